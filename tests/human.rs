//! What a person sees of a finding whose evidence is in several files.

#[path = "support/finding.rs"]
mod finding;

use std::collections::BTreeSet;
use std::sync::Arc;

use wirelint::base::{MemoryTree, Place, RepoPath, Span};
use wirelint::config::Config;
use wirelint::model::Assumption;
use wirelint::report::{Format, Links, Paint, Run, Statistics, Style, View};
use wirelint::rules::{Evidence, Finding, Severity};
use wirelint::{Settings, wire};

use finding::finding;

#[test]
fn evidence_of_every_file_is_drawn_once() {
    let files = [
        ("web/.env.production", "VITE_TOKEN=abc\nVITE_WS_URL=ws://chat.example.com/ws\n"),
        ("web/src/socket.ts", "const url = import.meta.env.VITE_WS_URL;\nexport const socket = new WebSocket(url);\n"),
        ("web/nginx.conf", "server {\n    listen 443 ssl;\n    location / {\n        root /srv;\n    }\n}\n"),
    ];
    let tree = MemoryTree::from_files(files);
    let wiring = wire(&tree, &Settings::new(Config::default()));
    let place = |path: &str, text: &str| {
        let (_, content) = files.iter().find(|(known, _)| *known == path).unwrap();
        let start = content.find(text).unwrap();
        let file = wiring.repository.find(&RepoPath::new(path).unwrap()).unwrap();
        Place::new(file, Span::new(start, start + text.len()))
    };
    let fix = place("web/.env.production", "ws://chat.example.com/ws");
    let chain = |socket: &str| Evidence {
        wire: None,
        hop: None,
        links: vec![
            (place("web/nginx.conf", "listen 443 ssl;"), "the page is served over TLS".to_owned()),
            (fix, "the address".to_owned()),
            (place("web/src/socket.ts", "import.meta.env.VITE_WS_URL"), "is read here".to_owned()),
            (place("web/src/socket.ts", socket), "opens the connection".to_owned()),
        ],
    };
    let finding = Finding {
        message: "The browser blocks `ws://chat.example.com/ws`, because the page that opens it is served over https."
            .to_owned(),
        label: "a plain `ws:` address".to_owned(),
        chains: vec![chain("new WebSocket(url)"), chain("new WebSocket(url)")],
        help: Some("use `wss://chat.example.com/ws`".to_owned()),
        assumptions: BTreeSet::from([Assumption::NoOverride(Arc::from("VITE_WS_URL"))]),
        ..finding("insecure-websocket-url", Severity::Warning, fix)
    };
    let findings = [finding];
    let run = Run { tree: &tree, wiring: &wiring, findings: &findings, compared: None };
    let text = Format::Human.render(&View::new(run), Style { width: 90, ..Style::default() }, None);
    insta::assert_snapshot!(text.as_str());
}

/// A terminal that shows links gets one from the rule's id to its page, and nothing of the repository is one.
#[test]
fn a_rule_leads_to_its_page() {
    let text = "server {\n    listen 80;\n    map $http_upgrade $c { default upgrade; }\n    # \u{1b}]8;;https://evil.example\u{1b}\\a\u{1b}]8;;\u{1b}\\\n}\n";
    let tree = MemoryTree::from_files([("nginx.conf", text)]);
    let report = wirelint::check(&tree, &Settings::new(Config::default()));
    let run = Run { tree: &tree, wiring: &report.wiring, findings: &report.findings, compared: None };
    let linked = Style { paint: Paint::Colour, links: Links::With, statistics: Statistics::Full, ..Style::default() };
    let shown = Format::Human.render(&View::new(run), linked, None);
    let page = "\u{1b}]8;;https://github.com/wirelint/wirelint/blob/main/rules/misplaced-directive.md\u{1b}\\misplaced-directive\u{1b}]8;;\u{1b}\\";
    assert_eq!(shown.as_str().matches(page).count(), 2, "at the finding and in the counts: {}", shown.as_str());
    assert_eq!(shown.as_str().matches("\u{1b}]8;;").count(), 4, "{}", shown.as_str());
    let without = Format::Human.render(&View::new(run), Style { links: Links::Without, ..linked }, None);
    assert!(!without.as_str().contains("\u{1b}]8;;"));
}
