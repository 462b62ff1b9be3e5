//! One fault is one finding, and stays the same one while the rest of the repository changes.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::Repo;

const PACKAGE: &str =
    "{ \"scripts\": { \"dev\": \"vite\", \"build\": \"vite build\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }";
const BACK_END: &str = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get(\"/api/users\")\ndef users():\n    return []\n\n\n@app.get(\"/api/orders\")\ndef orders():\n    return []\n";

/// A front end and a back end that run together.
fn stack(files: &[(&str, &str)]) -> Repo {
    let repo = Repo::new()
        .with("web/package.json", PACKAGE)
        .with("web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with("web/vite.config.ts", "import { defineConfig } from 'vite';\nexport default defineConfig({ server: { proxy: { '/api': 'http://localhost:8000' } } });\n")
        .with("api/requirements.txt", "fastapi\nuvicorn\n")
        .with("api/main.py", BACK_END)
        .with("api/start.sh", "uvicorn main:app --port 8000\n");
    files.iter().fold(repo, |repo, (path, text)| repo.with(path, text))
}

fn of_rule(repo: &Repo, rule: &str) -> Vec<Value> {
    let run = repo.run(&["--format", "json", "--exit-zero"]);
    let document: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    let findings = document["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["rule"] == rule).cloned().collect()
}

fn prints(repo: &Repo, rule: &str) -> BTreeSet<String> {
    let all: Vec<String> =
        of_rule(repo, rule).iter().map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect();
    let set: BTreeSet<String> = all.iter().cloned().collect();
    assert_eq!(set.len(), all.len(), "two findings share a fingerprint: {:?}", of_rule(repo, rule));
    set
}

/// The lines of places and links, `path:line`.
fn places(finding: &Value) -> BTreeSet<String> {
    let at = |place: &Value| format!("{}:{}", place["path"].as_str().unwrap(), place["line"]);
    let links = finding["chains"].as_array().unwrap().iter().flat_map(|chain| chain.as_array().unwrap());
    std::iter::once(&finding["place"]).chain(links).map(at).collect()
}

#[test]
fn calls_below_a_path_that_no_route_has_are_one_finding() {
    let calls = "fetch('/api/billing/invoices');\nfetch('/api/billing/cards');\nfetch(`/api/billing/cards/${id}`);\nfetch('/api/users');\nfetch('/api/teams');\n";
    let repo = stack(&[("web/src/main.ts", calls)]);
    let found = of_rule(&repo, "path-mismatch");
    assert_eq!(found.len(), 2, "{found:?}");
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.contains("no route that begins with `/api/billing`, and 3 places ask for one"), "{message}");
    let places = places(&found[0]);
    for line in 1..=3 {
        assert!(places.contains(&format!("web/src/main.ts:{line}")), "{places:?}");
    }
    assert_eq!(found[0]["deployments"].as_array().unwrap().len(), 1, "{found:?}");
    let text = repo.run(&["check"]).out;
    assert!(text.contains("  also web/src/main.ts:3  asks for `/api/billing/cards/{...}`"), "{text}");
    assert!(text.contains("breaks in development"), "{text}");
}

#[test]
fn a_group_of_calls_is_told_at_the_client_object_when_none_of_its_calls_arrives() {
    let package = "{ \"scripts\": { \"dev\": \"vite\" }, \"dependencies\": { \"axios\": \"^1.7.0\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }";
    let client =
        "import axios from 'axios';\n\nexport const billing = axios.create({\n  baseURL: '/api/billing',\n});\n";
    let calls = "import { billing } from './client';\nbilling.get('/invoices');\nbilling.get('/cards');\nfetch('/api/users');\n";
    let with = |client: &str, calls: &str| {
        let repo = stack(&[("web/package.json", package), ("web/src/client.ts", client), ("web/src/main.ts", calls)]);
        (of_rule(&repo, "path-mismatch"), prints(&repo, "path-mismatch"))
    };
    let (found, print) = with(client, calls);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["place"]["path"], &found[0]["place"]["line"]), (&"web/src/client.ts".into(), &4.into()));
    assert_eq!(found[0]["label"], "no route takes what 2 places build on this");
    let places = places(&found[0]);
    assert!(places.contains("web/src/main.ts:2") && places.contains("web/src/main.ts:3"), "{places:?}");
    // the same finding when another call comes before, and when lines move
    let (_, more) = with(
        &format!("// a comment\n{client}"),
        &calls.replace("billing.get('/invoices')", "billing.get('/'  + 'all');\nbilling.get('/invoices')"),
    );
    assert_eq!(print, more);
    // a client object some of whose calls arrive is right
    let shared = client.replace("/api/billing", "/api");
    let (found, _) = with(
        &shared,
        &calls.replace("get('/", "get('/billing/").replace("fetch('/api/users')", "billing.get('/users')"),
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["place"]["path"], "web/src/main.ts", "{found:?}");
}

#[test]
fn one_variable_is_one_finding_wherever_it_is_used() {
    let uses: String =
        (0..13).map(|index| format!("fetch(`${{import.meta.env.VITE_API}}/api/users?page={index}`);\n")).collect();
    let one = stack(&[("web/src/main.ts", "import './more';\n"), ("web/src/more.ts", &uses)]);
    let found = of_rule(&one, "undefined-env-var");
    assert_eq!(found.len(), 1, "{found:?}");
    let text = one.run(&["check"]).out;
    assert!(text.contains("more places (`--verbose` shows all)"), "{text}");
    let verbose = one.run(&["check", "--verbose"]).out;
    assert!(!verbose.contains("more places (") && verbose.contains("  also web/src/more.ts:13  "), "{verbose}");
    // a use that comes before all others is no new finding
    let two = stack(&[
        ("web/src/main.ts", "import './more';\nfetch(`${import.meta.env.VITE_API}/api/orders`);\n"),
        ("web/src/more.ts", &uses),
    ]);
    assert_eq!(prints(&one, "undefined-env-var"), prints(&two, "undefined-env-var"));
}

#[test]
fn equal_lines_in_two_functions_are_two_findings_that_moved_lines_do_not_change() {
    let first = "export function first() {\n  return new WebSocket('ws://app.example.com/ws');\n}\n";
    let second = "export function second() {\n  return new WebSocket('ws://app.example.com/ws');\n}\n";
    let nginx = "server {\n    listen 443 ssl;\n    server_name app.example.com;\n    root /srv;\n}\n";
    let with =
        |text: &str| prints(&stack(&[("web/src/main.ts", text), ("nginx.conf", nginx)]), "insecure-websocket-url");
    let both = with(&format!("{first}{second}"));
    assert_eq!(both.len(), 2);
    assert_eq!(both, with(&format!("import './x';\n\n// a comment\n{first}\n\n{second}")), "lines above");
    assert_eq!(both, with(&format!("{second}{first}")), "another order");
    assert!(with(second).is_subset(&both), "one of them fixed");
    let more = "export function third() {\n  return new WebSocket('ws://app.example.com/other');\n}\n";
    let three = with(&format!("{more}{first}{second}"));
    assert!(both.is_subset(&three) && three.len() == 3, "another wire");
}

#[test]
fn what_the_compiler_wrote_beside_its_source_says_nothing_a_second_time() {
    let socket = "import { createServer } from 'node:http';\nimport { WebSocketServer } from 'ws';\n\nconst server = createServer();\nconst wss = new WebSocketServer({ server });\nwss.on('connection', (socket) => socket.send('hello'));\nserver.listen(3001);\n";
    let package = |start: &str| {
        format!("{{ \"scripts\": {{ \"start\": \"{start}\" }}, \"dependencies\": {{ \"ws\": \"^8.0.0\" }} }}")
    };
    let both = |start: &str| {
        Repo::new().with("package.json", package(start)).with("server/live.js", socket).with("server/live.ts", socket)
    };
    for repo in [both("tsx server/live.ts"), both("node server/live.js"), both("node server/live")] {
        let found = of_rule(&repo, "missing-origin-check");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["place"]["path"], "server/live.ts");
        assert_eq!(found[0]["severity"], "warning");
    }
    let alone = Repo::new().with("package.json", package("node server/live.js")).with("server/live.js", socket);
    assert_eq!(of_rule(&alone, "missing-origin-check").len(), 1);
}
