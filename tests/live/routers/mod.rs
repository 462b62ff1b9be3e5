//! Which route takes a request: routers of generated shapes, asked of the real frameworks and of the model.

mod grow;
mod write;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wirelint::Settings;
use wirelint::base::MemoryTree;
use wirelint::config::Config;
use wirelint::model::{HopKind, Verdict};

use self::grow::Request;
use self::write::{KINDS, Kind};
use crate::differential::dice::Dice;
use crate::process::program;

/// Applications of each framework.
const APPLICATIONS: usize = 150;
/// Of so many answers one may be unknown: paths below several mounts, and routes that begin with a parameter.
const KNOWN: usize = 6;

/// An application with what is asked of it.
struct Case {
    kind: Kind,
    source: String,
    requests: Vec<Request>,
}

/// What the model says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Answered,
    Missed,
    Unknown(String),
}

fn cases(kind: Kind, count: usize) -> Vec<Case> {
    let mut dice = Dice::new(0x0B5E_55ED ^ kind as u64);
    let spelling = kind.spelling();
    let one = |_| {
        let root = grow::router(&mut dice, &spelling, 0);
        let requests = grow::requests(&mut dice, &spelling, &root);
        Case { kind, source: kind.source(&root), requests }
    };
    (0..count).map(one).collect()
}

fn files(case: &Case) -> Vec<(String, String)> {
    let fetch = |request: &Request| {
        format!("fetch('http://localhost:8000{}', {{ method: '{}' }});\n", request.path, request.method)
    };
    let compose = format!(
        "services:\n  api:\n    build: ./api\n    command: {}\n    ports:\n      - \"8000:8000\"\n",
        case.kind.command()
    );
    let image = match case.kind {
        Kind::Express | Kind::Nest | Kind::Fastify => "FROM node:22\nWORKDIR /srv\nCOPY . .\n",
        _ => "FROM python:3.12-slim\nWORKDIR /srv\nCOPY . .\n",
    };
    let mut files = vec![
        ("compose.yaml".to_owned(), compose),
        ("api/Dockerfile".to_owned(), image.to_owned()),
        (format!("api/{}", case.kind.file()), case.source.clone()),
        (
            "web/package.json".to_owned(),
            "{ \"scripts\": { \"dev\": \"vite\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }\n".to_owned(),
        ),
        (
            "web/index.html".to_owned(),
            "<!doctype html>\n<script type=\"module\" src=\"/main.js\"></script>\n".to_owned(),
        ),
        ("web/main.js".to_owned(), case.requests.iter().map(fetch).collect()),
    ];
    files.extend(case.kind.project().into_iter().map(|(path, text)| (format!("api/{path}"), text)));
    files
}

/// What the model says of each request.
fn said(case: &Case) -> Vec<Said> {
    let tree = MemoryTree::from_files(files(case));
    let report = wirelint::check(&tree, &Settings::new(Config::of_tree(&tree).expect("no settings")));
    let wiring = &report.wiring;
    let mut by_start: BTreeMap<u32, Said> = BTreeMap::new();
    for handshake in &wiring.handshakes {
        let connection = &wiring.connections[handshake.connection.0 as usize];
        let route = handshake.hops.iter().find(|hop| hop.kind == HopKind::Route);
        let said = match route.map(|hop| &hop.verdict) {
            Some(Verdict::Holds) => Said::Answered,
            Some(Verdict::Breaks(_)) => Said::Missed,
            Some(Verdict::Unknown(why)) => Said::Unknown(why.clone()),
            Some(Verdict::Skipped) | None => Said::Unknown("the hop is not there".to_owned()),
        };
        let known = by_start.entry(connection.place.span.start).or_insert_with(|| said.clone());
        // what differs between the ways is not known
        if *known != said {
            *known = Said::Unknown("the ways differ".to_owned());
        }
    }
    let all: Vec<Said> = by_start.into_values().collect();
    assert_eq!(all.len(), case.requests.len(), "{:?}", files(case));
    all
}

fn python() -> Command {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live/venv/bin/python");
    let mut command = Command::new(program(
        &[target],
        "python3 -m venv target/live/venv && target/live/venv/bin/pip install -r tests/live/requirements.txt",
    ));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/routers/ask.py"));
    command
}

fn node() -> Command {
    let node = program(&["/usr/bin/node", "/usr/local/bin/node"].map(PathBuf::from), "apt-get install -y nodejs");
    let mut command = Command::new(node);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    command.env("NODE_PATH", root.join("target/live/node/node_modules"));
    command.arg(root.join("tests/live/routers/ask.js"));
    command
}

/// Whether the page gets an answer of a route of the real application, or why there is no such application.
fn happens(kind: Kind, cases: &[Case]) -> Vec<Result<Vec<bool>, String>> {
    let mut command = if matches!(kind, Kind::Express | Kind::Nest | Kind::Fastify) { node() } else { python() };
    let asked = |case: &Case| {
        let requests: Vec<_> = case.requests.iter().map(|request| json!([request.method, request.path])).collect();
        json!({ "kind": format!("{:?}", case.kind), "source": case.source, "requests": requests })
    };
    let input = Value::from(cases.iter().map(asked).collect::<Vec<_>>()).to_string();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("no panic").expect("the program reads");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{kind:?}: {error}: {}", String::from_utf8_lossy(&output.stdout)));
    let gets = |(request, answer): (&Request, &Value)| match answer.as_u64() {
        Some(0) => false,
        Some(1) => true,
        // The question before the request follows no redirect, but that of Starlette is answered before routes are looked
        // at. Django's redirect turns a POST into a GET.
        Some(2) => match kind {
            Kind::FastApi | Kind::Starlette => true,
            Kind::Django => request.method == "GET",
            _ => matches!(request.method, "GET" | "POST"),
        },
        _ => panic!("{answer}"),
    };
    let one = |(case, answer): (&Case, Value)| match answer {
        Value::Array(all) => Ok(case.requests.iter().zip(&all).map(gets).collect()),
        other => Err(other.to_string()),
    };
    cases.iter().zip(answers).map(one).collect()
}

#[test]
fn the_route_that_is_found_is_the_one_that_answers() {
    let mut wrong = Vec::new();
    for kind in KINDS {
        let cases = cases(kind, APPLICATIONS);
        let (mut asked, mut answered, mut unknown, mut refused) = (0, 0, BTreeMap::<String, usize>::new(), 0);
        let before = wrong.len();
        for (case, happened) in cases.iter().zip(happens(kind, &cases)) {
            let Ok(happened) = happened else {
                refused += 1;
                if refused < 3 {
                    println!("{happened:?}\n{}", case.source);
                }
                continue;
            };
            for ((request, said), happened) in case.requests.iter().zip(said(case)).zip(happened) {
                asked += 1;
                answered += usize::from(happened);
                match said {
                    Said::Unknown(why) => *unknown.entry(why).or_default() += 1,
                    said if (said == Said::Answered) == happened => {}
                    said => wrong.push(format!(
                        "{kind:?}: {} {}: wirelint says {said:?}, answered: {happened}\n{}",
                        request.method, request.path, case.source
                    )),
                }
            }
        }
        let not_known: usize = unknown.values().sum();
        println!(
            "{kind:?}: {asked} requests of {APPLICATIONS} applications, {answered} answered, {} wrong, {not_known} unknown {unknown:?}, {refused} applications refused",
            wrong.len() - before
        );
        assert!(refused * 5 < APPLICATIONS, "{kind:?} refuses {refused} applications");
        assert!(not_known * KNOWN <= asked, "{kind:?}: {unknown:?}");
    }
    let shown: Vec<_> = wrong.iter().take(12).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), shown.join("\n"));
}
