//! The model of nginx against the real one: generated configurations, generated requests, the same answers.

mod echo;
mod generate;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use wirelint::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use wirelint::facts::{Protocol, Repository, extract};
use wirelint::model::nginx::{Outcome, Request, Upgrade};
use wirelint::model::{ModelSettings, PathPiece, PathText, Tls, Wiring, build};

use self::echo::Echo;
use self::generate::{Dice, Generator};
use crate::{nginx, process};

const BATCHES: usize = 12;
const SERVERS: usize = 100;
const REQUESTS: usize = 10;
const SEED: u64 = 20_260_729;

/// The model of one configuration text.
fn model(text: &str) -> Wiring {
    let path = RepoPath::new("nginx/conf.d/site.conf").expect("inside");
    let size = text.len() as u64;
    let entry = Entry { path, size, kind: FileKind::Nginx, role: FileRole::Production, tracking: Tracking::Tracked };
    let facts = extract(&entry, text);
    assert_eq!(facts.syntax_errors, [], "nginx accepts it");
    let repository = Repository { files: vec![facts], paths: [entry.path].into(), ..Repository::default() };
    build(repository, &ModelSettings::default())
}

/// What the real nginx answered.
#[derive(Debug)]
struct Real {
    status: u16,
    headers: BTreeMap<String, String>,
    /// The request that the upstream received, when it did.
    upstream: Option<String>,
}

fn ask(port: u16, host: &str, path: &str) -> Real {
    let mut stream = TcpStream::connect(process::loopback(port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    .expect("a request");
    // the answer's length says where it ends: nginx keeps the connection open
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (head, length) = loop {
        let count = stream.read(&mut buffer).expect("an answer");
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            break (head.to_owned(), length.unwrap_or(0usize));
        }
        assert!(count > 0, "closed early: {text}");
    };
    while bytes.len() < head.len() + 4 + length {
        let count = stream.read(&mut buffer).expect("the rest");
        assert!(count > 0, "closed early");
        bytes.extend_from_slice(&buffer[..count]);
    }
    let body = String::from_utf8_lossy(&bytes[head.len() + 4..]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let upstream = headers.contains_key("x-echo").then_some(body);
    Real { status, headers, upstream }
}

fn known(path: &PathText) -> Option<String> {
    path.0
        .iter()
        .map(|piece| match piece {
            PathPiece::Known(text) => Some(&**text),
            PathPiece::Segment | PathPiece::Rest => None,
        })
        .collect()
}

/// Why model and nginx disagree, if they do.
fn disagreement(text: &str, outcome: &Outcome, real: &Real) -> Option<String> {
    let fail = |why: String| Some(format!("{why}\n  model {outcome:?}\n  nginx {real:?}"));
    match outcome {
        Outcome::Unknown(_) => None,
        Outcome::Proxied(proxied) => {
            let Some(received) = &real.upstream else { return fail("nginx did not forward it".into()) };
            let line = received.lines().next().unwrap_or_default();
            let Some(path) = known(&proxied.path) else { return fail("the path is not known".into()) };
            if line.split(' ').nth(1) != Some(path.as_str()) {
                return fail(format!("another path: {line}"));
            }
            let has = |name: &str, word: &str| {
                received
                    .lines()
                    .filter_map(|line| line.split_once(": "))
                    .any(|(key, value)| key.eq_ignore_ascii_case(name) && value.to_ascii_lowercase().contains(word))
            };
            let carried = has("upgrade", "websocket") && has("connection", "upgrade");
            let old = line.ends_with("HTTP/1.0");
            let expected = match &proxied.upgrade {
                Upgrade::Carried => (true, Some(false)),
                Upgrade::Http10 { .. } => (true, Some(true)),
                Upgrade::Lost(_) => (false, None),
                Upgrade::Unknown(unknown) => return fail(format!("the upgrade is not known: {unknown:?}")),
            };
            if carried != expected.0 || expected.1.is_some_and(|expected| expected != old) {
                return fail("the upgrade fares otherwise".into());
            }
            // every location begins with its mark
            let after = &text[proxied.location_place.span.end as usize..];
            let mark = after.split("X-Loc ").nth(1).and_then(|rest| rest.split(' ').next());
            if mark != real.headers.get("x-loc").map(String::as_str) {
                return fail(format!("another location: {mark:?}"));
            }
            None
        }
        Outcome::Redirect { code, target, automatic_slash, .. } => {
            let location = real.headers.get("location").cloned().unwrap_or_default();
            let path = target.split('?').next().unwrap_or_default();
            if real.status != *code || !location.ends_with(path) && !*automatic_slash {
                return fail("another redirect".into());
            }
            None
        }
        Outcome::Files { .. } => {
            let served = real.upstream.is_none() && matches!(real.status, 200 | 403 | 404 | 500);
            if served { None } else { fail("nginx did not answer from files".into()) }
        }
        Outcome::Status { code, .. } => {
            if real.upstream.is_none() && real.status == *code {
                None
            } else {
                fail("another status".into())
            }
        }
    }
}

#[test]
fn the_model_answers_as_nginx_does() {
    let seed = std::env::var("WIRELINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    let echo = Echo::start();
    let mut dice = Dice::new(seed);
    let mut features: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let (mut asked, mut unknown, mut failures) = (0usize, 0usize, Vec::new());
    for batch in 0..BATCHES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("root");
        std::fs::create_dir(&root).expect("a root");
        std::fs::write(root.join("index.html"), "index").expect("an index");
        let port = process::free_port();
        let mut generator =
            Generator { dice: &mut dice, upstream: echo.port, marks: 0, features: std::mem::take(&mut features) };
        let mut text = format!(
            "map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\n\
             upstream back {{ server 127.0.0.1:{}; }}\nroot {};\n",
            echo.port,
            root.display()
        );
        if generator.dice.one_in(3) {
            text += &generator.headers();
            text += "\n";
        }
        for index in 0..SERVERS {
            text += &generator.server(port, &format!("s{index}.test"));
        }
        features = generator.features;
        let _nginx = nginx::start(folder.path(), &text, port);
        let wiring = model(&text);
        let instance = wiring.nginx.first().expect("an instance");
        for index in 0..SERVERS {
            let host = format!("s{index}.test");
            for _ in 0..REQUESTS {
                let path = generate::path(&mut dice);
                let known = PathText(vec![PathPiece::Known(path.as_str().into())]);
                let name = Some(host.as_str().into());
                let request = Request::from_browser(port, Tls::Plain, name, known, Protocol::WebSocket);
                let outcome = instance.answer(&wiring, &request).outcome;
                let real = ask(port, &host, &path);
                asked += 1;
                if let Outcome::Unknown(reason) = &outcome {
                    unknown += 1;
                    *reasons.entry(format!("{:?}", reason.reason)).or_default() += 1;
                }
                if let Some(why) = disagreement(&text, &outcome, &real) {
                    let from = text.find(&format!("server_name {host};")).unwrap_or(0);
                    let server = text[from..].split("\nserver {").next().unwrap_or_default();
                    failures.push(format!("batch {batch} {path}: {why}\n{server}"));
                }
            }
        }
    }
    println!("seed {seed}: {asked} requests over {} configurations, {unknown} unknown {reasons:?}", BATCHES * SERVERS);
    println!("{features:#?}");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for failure in &failures {
        *kinds.entry(failure.split(": ").nth(1).unwrap_or("").lines().next().unwrap_or("")).or_default() += 1;
    }
    println!("{kinds:#?}");
    assert!(
        failures.is_empty(),
        "{} disagreements, the first:\n{}",
        failures.len(),
        failures[..failures.len().min(4)].join("\n\n")
    );
    assert!(unknown * 50 <= asked, "{unknown} of {asked} unknown");
}
