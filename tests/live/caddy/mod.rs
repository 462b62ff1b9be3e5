//! The model of Caddy against real ones: generated configurations, generated requests, the same answers.

mod compare;
mod generate;
mod program;
mod recorded;
mod requests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::compare::{Comparison, compare};
use self::generate::World;
use self::program::{Release, running};
use crate::caddy_cases::instance;
use crate::differential::ask::ask;
use crate::differential::dice::Dice;
use crate::differential::echo::Echo;
use crate::process::{self, Running, program as find};
use crate::table::{Names, check};
use wirelint::model::proxy::{Outcome, Proxy};

const CONFIGURATIONS: usize = 110;
const REQUESTS: usize = 10;
const SEED: u64 = 20_261_129;

/// What all configurations of a run share.
pub struct Scene {
    world: World,
    /// Where the TLS helper listens.
    tunnel: u16,
    /// Ends the helper and removes the folder with the run.
    _running: Running,
    folder: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["root", "keys"] {
            std::fs::create_dir(at(name)).expect("a folder");
        }
        std::fs::write(at("root/index.html"), "index").expect("a file");
        certificate(&at("keys"));
        let tunnel = process::free_port();
        let mut helper = Command::new(find(&["/usr/bin/python3"].map(PathBuf::from), "apt-get install -y python3"));
        helper.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/tls.py")).arg(tunnel.to_string());
        let running = Running::start(helper, tunnel, &at("tls.log"));
        let shown = |name: &str| at(name).display().to_string();
        let world = World {
            http: process::free_port(),
            https: process::free_port(),
            plain: process::free_port(),
            tls: process::free_port(),
            echoes: [Echo::start().port, Echo::start().port],
            root: shown("root"),
            keys: shown("keys"),
        };
        Self { world, tunnel, _running: running, folder }
    }

    /// The names in the recorded cases.
    fn names(&self) -> Names {
        let world = &self.world;
        let [first, second] = world.echoes;
        Names(vec![
            ("PLAIN1", world.http.to_string()),
            ("PLAIN2", world.plain.to_string()),
            ("TLS1", world.https.to_string()),
            ("TLS2", world.tls.to_string()),
            ("ECHO1", first.to_string()),
            ("ECHO2", second.to_string()),
            ("ROOT", world.root.clone()),
        ])
    }
}

/// A certificate for the names of the tests that nobody else trusts.
fn certificate(folder: &Path) {
    let mut command = Command::new(find(&["/usr/bin/openssl"].map(PathBuf::from), "apt-get install -y openssl"));
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    command.args(["-addext", "subjectAltName=DNS:f.test,DNS:g.test"]);
    command.args(["-subj", "/CN=test", "-keyout", "key.pem", "-out", "cert.pem"]).current_dir(folder);
    let quiet = || std::process::Stdio::null();
    let status = command.stdout(quiet()).stderr(quiet()).status().expect("openssl runs");
    assert!(status.success(), "openssl makes a certificate");
}

/// How often a request is asked again while Caddy makes a certificate for its name: for ten seconds in all, on a busy machine.
const CERTIFICATE_WAITS: u32 = 400;
/// How often that is enough when nothing else runs.
const USUAL_WAITS: u32 = 20;

/// Counts of a run.
#[derive(Default)]
struct Tally {
    asked: usize,
    unknown: usize,
    reasons: BTreeMap<String, usize>,
    outcomes: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
    /// Answers that differed once and agreed when the same was asked again.
    passing: Vec<String>,
}

#[test]
fn the_model_answers_as_the_current_caddy_does() {
    run(Release::Current);
}

#[test]
fn the_model_answers_as_the_caddy_of_debian_does() {
    run(Release::Debian);
}

#[allow(clippy::print_stdout, reason = "what was asked, for people")]
fn run(release: Release) {
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let seed = number("WIRELINT_SEED", SEED);
    let configurations = number("WIRELINT_CONFIGURATIONS", CONFIGURATIONS as u64);
    let scene = Scene::new();
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    for count in 0..configurations {
        one(&scene, release, &mut dice, count, &mut tally);
        if tally.failures.len() > 40 {
            break;
        }
    }
    let Tally { asked, unknown, reasons, outcomes, failures, passing } = tally;
    println!(
        "{release:?}, seed {seed}: {asked} requests over {configurations} configurations, {unknown} unknown {reasons:#?}"
    );
    println!("{outcomes:#?}");
    println!("{} differed once only: {passing:#?}", passing.len());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for failure in &failures {
        let words = failure.split_once(": ").map_or("", |(_, words)| words).lines().next().unwrap_or("");
        *kinds.entry(words.get(..words.len().min(150)).unwrap_or(words)).or_default() += 1;
    }
    println!("{kinds:#?}");
    println!("{}", failures[..failures.len().min(number("WIRELINT_SHOWN", 12) as usize)].join("\n\n"));
    println!("{:#?}", dice.features);
    assert!(failures.is_empty(), "{} disagreements, the first of them above", failures.len());
    assert!(passing.len() * 1000 <= asked, "{} answers differed once only", passing.len());
    assert!(unknown * 20 <= asked, "{unknown} of {asked} unknown");
    let forwarded = outcomes.get("forwarded").copied().unwrap_or(0);
    assert!(forwarded * 4 >= asked, "{forwarded} of {asked} forwarded");
}

/// One configuration with its requests.
fn one(scene: &Scene, release: Release, dice: &mut Dice, number: u64, tally: &mut Tally) {
    let configuration = generate::configuration(dice, &scene.world, release);
    let folder = scene.folder.path().join(format!("c{number}"));
    std::fs::create_dir(&folder).expect("a folder");
    configuration.write(&folder);
    let report = check(&folder);
    let instance = instance(&report, release.version(), &generate::environment(&scene.world));
    let running = match running(release, &folder, &scene.world, &configuration.ports) {
        Ok(running) => running,
        Err(words) => {
            tally.failures.push(format!("{number}: Caddy does not start: {words}\n{}", configuration.shown()));
            return;
        }
    };
    for _ in 0..REQUESTS {
        let question = requests::question(dice, &configuration);
        let answer = instance.answer(&question.request());
        let mut real = ask(&question, scene.tunnel);
        // a certificate that is still being made
        let closed = matches!(answer.outcome, Outcome::Status { code: 444, .. });
        for wait in 0..CERTIFICATE_WAITS {
            if !question.tls || real.status.is_some() || closed {
                break;
            }
            // on a busy machine that takes longer; who agrees that nothing answers need not wait for it
            if wait >= USUAL_WAITS && !matches!(compare(&instance, &answer, &real), Comparison::Different(_)) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
            real = ask(&question, scene.tunnel);
        }
        tally.asked += 1;
        *tally.outcomes.entry(word(&answer.outcome)).or_default() += 1;
        let mut comparison = compare(&instance, &answer, &real);
        if let Comparison::Different(why) = &comparison {
            // what the model gets wrong is wrong each time
            let once = format!("{number}: {why}\n  {question:?}\n  Caddy {real:?}");
            real = ask(&question, scene.tunnel);
            comparison = compare(&instance, &answer, &real);
            if !matches!(comparison, Comparison::Different(_)) {
                tally.passing.push(once);
            }
        }
        match comparison {
            Comparison::Same => {}
            Comparison::Unknown(why) => {
                tally.unknown += 1;
                *tally.reasons.entry(why).or_default() += 1;
            }
            Comparison::Different(why) => {
                let outcome = &answer.outcome;
                tally.failures.push(format!(
                    "{number}: {why}\n  {question:?}\n  model {outcome:?}\n  {:?}\n  Caddy {real:?}\n{}",
                    answer.steps.iter().map(|step| &step.1).collect::<Vec<_>>(),
                    configuration.shown()
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
