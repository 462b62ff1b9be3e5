//! The model of nginx against the real one: generated configurations, generated requests, the same answers.

pub mod ask;
mod compare;
mod config;
pub mod dice;
pub mod echo;
mod faults;
mod generate;
mod headers;
mod locations;
mod requests;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use self::compare::{Comparison, compare};
use self::config::{Configuration, Node};
use self::dice::Dice;
use self::echo::Echo;
use self::generate::World;
use self::requests::{Address, Aims};
use crate::nginx;
use crate::process::{self, Running, program};
use crate::table::{Names, check, instance};
use wirelint::model::proxy::Proxy;

const CONFIGURATIONS: usize = 1000;
const REQUESTS: usize = 12;
const SEED: u64 = 20_260_729;

/// What all configurations of a run share.
pub struct Scene {
    world: World,
    /// Where the TLS helper listens.
    pub tunnel: u16,
    /// Ends the helper and removes the folder with the run.
    _running: Running,
    folder: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["root", "scratch", "keys"] {
            std::fs::create_dir(at(name)).expect("a folder");
        }
        std::fs::write(at("root/index.html"), "index").expect("a file");
        std::fs::write(at("root/fallback.html"), "fallback").expect("a file");
        std::fs::write(at("keys/users"), "user:{PLAIN}secret\n").expect("users");
        certificate(&at("keys"));
        let tunnel = process::free_port();
        let mut helper = Command::new(program(&["/usr/bin/python3"].map(PathBuf::from), "apt-get install -y python3"));
        helper.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/tls.py")).arg(tunnel.to_string());
        let running = Running::start(helper, tunnel, &at("tls.log"));
        let shown = |name: &str| at(name).display().to_string();
        let world = World {
            plain: [process::free_port(), process::free_port()],
            tls: process::free_port(),
            echoes: [Echo::start().port, Echo::start().port],
            root: shown("root"),
            scratch: shown("scratch"),
            keys: shown("keys"),
        };
        Self { world, tunnel, _running: running, folder }
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The names in the recorded cases.
    pub fn names(&self) -> Names {
        let world = &self.world;
        let [one, two] = world.plain;
        let [first, second] = world.echoes;
        Names(vec![
            ("PLAIN1", one.to_string()),
            ("PLAIN2", two.to_string()),
            ("TLS1", world.tls.to_string()),
            ("ECHO1", first.to_string()),
            ("ECHO2", second.to_string()),
            ("ROOT", world.root.clone()),
            ("SCRATCH", world.scratch.clone()),
            ("KEYS", world.keys.clone()),
        ])
    }
}

/// A certificate that nobody but this test trusts.
fn certificate(folder: &Path) {
    let mut command = Command::new(program(&["/usr/bin/openssl"].map(PathBuf::from), "apt-get install -y openssl"));
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    command.args(["-subj", "/CN=test", "-keyout", "key.pem", "-out", "cert.pem"]).current_dir(folder);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("openssl runs");
    assert!(status.success(), "openssl makes a certificate");
}

/// Every address that a configuration listens on, as a client sees it.
fn addresses(configuration: &Configuration) -> Vec<Address> {
    fn collect(nodes: &[Node], found: &mut Vec<Address>) {
        for node in nodes {
            if let Some(listen) = node.words.strip_prefix("listen ") {
                let text = listen.split(' ').next().unwrap_or_default();
                let (host, port) = text.rsplit_once(':').unwrap_or(("*", text));
                let port = port.parse().expect("a port");
                let hosts = match host.parse::<Ipv4Addr>() {
                    Ok(address) => vec![address],
                    Err(_) => vec![Ipv4Addr::new(127, 0, 0, 1), Ipv4Addr::new(127, 0, 0, 2)],
                };
                found.extend(hosts.into_iter().map(|address| Address { address, port }));
            }
            collect(node.block.as_deref().unwrap_or_default(), found);
        }
    }
    let mut found = Vec::new();
    for file in &configuration.files {
        collect(&file.nodes, &mut found);
    }
    // in the order of the files: the same whatever ports are free
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|address| seen.insert((address.address, address.port)));
    found
}

/// The paths of its locations as requests write them, patterns left out.
fn paths(configuration: &Configuration) -> Vec<String> {
    fn collect(nodes: &[Node], found: &mut Vec<String>) {
        for node in nodes {
            let head = node.words.strip_prefix("location ").unwrap_or_default();
            let path = head.trim_start_matches("= ").trim_start_matches("^~ ").trim_matches('"');
            if path.starts_with('/') {
                found.push(path.replace(' ', "%20"));
            }
            collect(node.block.as_deref().unwrap_or_default(), found);
        }
    }
    let mut found = Vec::new();
    for file in &configuration.files {
        collect(&file.nodes, &mut found);
    }
    // files that are there are nothing that the model knows of; what `auth_request` asks is asked by it
    found.retain(|path| !path.ends_with(".html") && !path.starts_with("/auth-"));
    found
}

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
fn the_model_answers_as_nginx_does() {
    let seed = std::env::var("WIRELINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    let scene = Scene::new();
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    for number in 0..CONFIGURATIONS {
        one(&scene, &mut dice, number, &mut tally);
        if tally.failures.len() > 40 {
            break;
        }
    }
    let Tally { asked, unknown, reasons, outcomes, failures, passing } = tally;
    let forwarded = outcomes.get("forwarded").copied().unwrap_or(0);
    println!("seed {seed}: {asked} requests over {CONFIGURATIONS} configurations, {unknown} unknown {reasons:?}");
    println!("{outcomes:#?}");
    println!("{forwarded} of {asked} forwarded");
    println!("{} differed once only: {passing:#?}", passing.len());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for failure in &failures {
        *kinds.entry(failure.split(": ").nth(1).unwrap_or("").lines().next().unwrap_or("")).or_default() += 1;
    }
    println!("{kinds:#?}");
    let helper = std::fs::read_to_string(scene.folder.path().join("tls.log")).unwrap_or_default();
    println!("the TLS helper: {helper}");
    println!("{}", failures[..failures.len().min(20)].join("\n\n"));
    println!("{:#?}", dice.features);
    assert!(failures.is_empty(), "{} disagreements, the first of them above", failures.len());
    assert!(passing.len() * 1000 <= asked, "{} answers differed once only", passing.len());
    assert!(unknown * 50 <= asked, "{unknown} of {asked} unknown");
    assert!(forwarded * 3 >= asked, "{forwarded} of {asked} forwarded");
}

/// One configuration with its requests.
fn one(scene: &Scene, dice: &mut Dice, number: usize, tally: &mut Tally) {
    let configuration = generate::configuration(dice, &scene.world);
    let folder = scene.folder.path().join(format!("c{number}"));
    configuration.write(&folder);
    let report = check(&folder);
    let instance = instance(&report);
    let aims = Aims { addresses: addresses(&configuration), paths: paths(&configuration) };
    let listening: Vec<_> = aims.addresses.iter().map(|at| (at.address, at.port)).collect();
    let mut running = match nginx::run(&folder, &listening) {
        Ok(running) => running,
        Err(words) => {
            tally.failures.push(format!("{number}: nginx does not start: {words}\n{}", configuration.shown()));
            return;
        }
    };
    for _ in 0..REQUESTS {
        let question = requests::question(dice, &scene.world, &aims);
        let answer = instance.answer(&question.request());
        let mut real = ask::ask(&question, scene.tunnel);
        tally.asked += 1;
        *tally.outcomes.entry(word(&answer.outcome)).or_default() += 1;
        let mut comparison = compare(instance, &answer, &real);
        if let Comparison::Different(why) = &comparison {
            // what the model gets wrong is wrong each time; a connection that breaks off is not
            let once = format!("{number}: {why}\n  {question:?}\n  nginx {real:?}");
            real = ask::ask(&question, scene.tunnel);
            comparison = compare(instance, &answer, &real);
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
                    "{number}: {why}{}\n  {question:?}\n  model {outcome:?}\n  nginx {real:?}\n{}",
                    if running.has_ended() { " (nginx is gone)" } else { "" },
                    configuration.shown()
                ));
            }
        }
    }
    drop(running);
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

fn word(outcome: &wirelint::model::proxy::Outcome) -> &'static str {
    use wirelint::model::proxy::Outcome;
    match outcome {
        Outcome::Proxied(_) => "forwarded",
        Outcome::Redirect { .. } => "redirected",
        Outcome::Files { .. } => "files",
        Outcome::Status { .. } => "status",
        Outcome::Unknown(_) => "unknown",
    }
}
