//! The model of Traefik against the real one: generated configurations, generated requests, the same answers.

mod compare;
mod docker;
mod generate;
mod recorded;
mod requests;
mod server;
mod several;

use std::collections::BTreeMap;

use wirelint::model::proxy::{Outcome, Proxy};
use wirelint::model::traefik::TraefikInstance;

use self::compare::{Comparison, compare};
use self::server::{Scene, start};
use crate::differential::ask;
use crate::differential::dice::Dice;
use crate::table::check;

const CONFIGURATIONS: usize = 150;
const REQUESTS: usize = 20;
const SEED: u64 = 20_261_130;

/// Counts of a run.
#[derive(Default)]
struct Tally {
    asked: usize,
    unknown: usize,
    reasons: BTreeMap<String, usize>,
    outcomes: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

#[test]
fn the_model_answers_as_traefik_does() {
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
    let Tally { asked, unknown, reasons, outcomes, failures } = tally;
    println!("seed {seed}: {asked} requests over {configurations} configurations");
    println!("{unknown} unknown {reasons:#?}");
    println!("{outcomes:#?}");
    println!("{:#?}", dice.features);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for failure in &failures {
        *kinds.entry(failure.split(": ").nth(1).unwrap_or("").lines().next().unwrap_or("")).or_default() += 1;
    }
    println!("{kinds:#?}");
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for failure in &failures {
        let kind: String = failure.chars().skip_while(char::is_ascii_digit).take(60).collect();
        let count = shown.entry(kind).or_default();
        *count += 1;
        if *count < 3 {
            println!("{failure}\n");
        }
    }
    assert!(failures.is_empty(), "{} disagreements, the first of them above", failures.len());
    assert!(unknown * 20 <= asked, "{unknown} of {asked} unknown");
    let forwarded = outcomes.get("forwarded").copied().unwrap_or(0);
    assert!(forwarded * 4 >= asked, "{forwarded} of {asked} forwarded");
}

/// One configuration with its requests.
fn one(scene: &Scene, dice: &mut Dice, number: usize, tally: &mut Tally) {
    let config = generate::config(dice);
    let folder = scene.folder.path().join(format!("c{number}"));
    scene.write(&folder, &config);
    let report = check(&folder);
    let instance = report.wiring.proxies.all::<TraefikInstance>().map(|(_, instance)| instance).next();
    let instance: &dyn Proxy = instance.expect("an instance");
    let running = start(&folder, scene);
    let paths = requests::paths(&config.dynamic);
    for _ in 0..REQUESTS {
        let question = requests::question(dice, scene, &paths);
        let answer = instance.answer(&question.request());
        let real = ask::ask(&question, scene.tunnel);
        tally.asked += 1;
        *tally.outcomes.entry(word(&answer.outcome)).or_default() += 1;
        match compare(instance, &answer, &real) {
            Comparison::Same => {}
            Comparison::Unknown(why) => {
                tally.unknown += 1;
                *tally.reasons.entry(why).or_default() += 1;
            }
            Comparison::Different(why) => {
                let outcome = &answer.outcome;
                let steps: Vec<_> = answer.steps.iter().map(|(_, step)| step).collect();
                tally.failures.push(format!(
                    "{number}: {why}\n  {question:?}\n  model {outcome:?}\n  {steps:?}\n  Traefik {real:?}\n{}{}",
                    config.fixed, config.dynamic
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
