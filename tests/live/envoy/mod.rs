//! The model of Envoy against the real one: generated bootstraps, generated requests, the same answers.

mod compare;
mod generate;
mod program;
mod recorded;
mod requests;

use std::collections::BTreeMap;

use wirelint::model::envoy::EnvoyInstance;
use wirelint::model::proxy::{Outcome, Proxy};

use self::compare::{Comparison, compare};
use self::program::{Scene, start};
use crate::differential::ask;
use crate::differential::dice::Dice;
use crate::table::check;

const CONFIGURATIONS: usize = 200;
const REQUESTS: usize = 14;
const SEED: u64 = 20_261_129;

/// Counts of a run.
#[derive(Default)]
struct Tally {
    asked: usize,
    unknown: usize,
    refused: usize,
    reasons: BTreeMap<String, usize>,
    outcomes: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
    /// What Envoy says to bootstraps that it refuses.
    words: Vec<String>,
}

#[test]
#[allow(clippy::print_stdout, reason = "what was asked, for people")]
fn the_model_answers_as_envoy_does() {
    let from = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let seed = from("WIRELINT_SEED").unwrap_or(SEED);
    let configurations = from("WIRELINT_CASES").map_or(CONFIGURATIONS, |cases: u64| cases as usize);
    let scene = Scene::new();
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    for number in 0..configurations {
        one(&scene, &mut dice, number, &mut tally);
        if tally.failures.len() > 40 {
            break;
        }
    }
    let Tally { asked, unknown, refused, reasons, outcomes, failures, words } = tally;
    println!("seed {seed}: {asked} requests over {configurations} configurations, {refused} of them refused by Envoy");
    println!("{}", words.join("\n"));
    println!("{unknown} unknown {reasons:#?}");
    println!("{outcomes:#?}");
    println!("{:#?}", dice.features);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for failure in &failures {
        *kinds.entry(failure.split(": ").nth(1).unwrap_or("").lines().next().unwrap_or("")).or_default() += 1;
    }
    println!("{kinds:#?}");
    println!("{}", failures[..failures.len().min(12)].join("\n\n"));
    assert!(failures.is_empty(), "{} disagreements, the first of them above", failures.len());
    assert!(unknown * 20 <= asked, "{unknown} of {asked} unknown");
    let forwarded = outcomes.get("forwarded").copied().unwrap_or(0);
    assert!(forwarded * 3 >= asked, "{forwarded} of {asked} forwarded");
    assert!(refused * 20 <= configurations, "{refused} configurations are refused");
}

/// One configuration with its requests.
fn one(scene: &Scene, dice: &mut Dice, number: usize, tally: &mut Tally) {
    let configuration = generate::listeners(dice, &scene.names());
    let folder = scene.folder.path().join(format!("c{number}"));
    scene.write(&folder, &configuration);
    let report = check(&folder);
    let instance = report.wiring.proxies.all::<EnvoyInstance>().map(|(_, instance)| instance).next();
    let instance: &dyn Proxy = instance.expect("an instance");
    let running = match start(&folder, &scene.world) {
        Ok(running) => running,
        Err(words) => {
            tally.refused += 1;
            tally
                .words
                .push(format!("{number}: Envoy does not start: {}", words.chars().take(400).collect::<String>()));
            return;
        }
    };
    let paths = requests::paths(&configuration);
    for _ in 0..REQUESTS {
        let question = requests::question(dice, &scene.world, &paths);
        let answer = instance.answer(&question.request());
        let real = ask::ask(&question, scene.tunnel);
        tally.asked += 1;
        *tally.outcomes.entry(word(&answer.outcome)).or_default() += 1;
        match compare(instance, &question, &answer, &real) {
            Comparison::Same => {}
            Comparison::Unknown(why) => {
                tally.unknown += 1;
                *tally.reasons.entry(why).or_default() += 1;
            }
            Comparison::Different(why) => {
                let outcome = &answer.outcome;
                let steps: Vec<_> = answer.steps.iter().map(|(_, step)| step).collect();
                tally.failures.push(format!(
                    "{number}: {why}\n  {question:?}\n  model {outcome:?}\n  {steps:?}\n  Envoy {real:?}\n{configuration}"
                ));
            }
        }
    }
    drop(running);
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Proxied(_) => "forwarded",
        Outcome::Redirect { .. } => "redirected",
        Outcome::Files { .. } => "files",
        Outcome::Status { .. } => "status",
        Outcome::Unknown(_) => "unknown",
    }
}
