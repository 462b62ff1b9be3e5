//! What a person sees of a finding whose evidence is in several files.

use std::collections::BTreeSet;
use std::sync::Arc;

use wirelint::base::{MemoryTree, Place, RepoPath, Span};
use wirelint::config::Config;
use wirelint::model::Assumption;
use wirelint::report::{Detail, Paint, Run, Style, human};
use wirelint::rules::{Evidence, Finding, KnownBy, RuleId, Severity};
use wirelint::{Settings, wire};

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
        rule: RuleId("insecure-websocket-url"),
        severity: Severity::Warning,
        message: "The browser blocks `ws://chat.example.com/ws`, because the page that opens it is served over https."
            .to_owned(),
        place: fix,
        label: "a plain `ws:` address".to_owned(),
        chains: vec![chain("new WebSocket(url)"), chain("new WebSocket(url)")],
        help: Some("use `wss://chat.example.com/ws`".to_owned()),
        rests_on: Vec::new(),
        assumptions: BTreeSet::from([Assumption::NoOverride(Arc::from("VITE_WS_URL"))]),
        key: String::new(),
        known_by: KnownBy::Place,
        local: false,
        suppressed: None,
        fingerprint: None,
        anchor: None,
        state: None,
    };
    let findings = [finding];
    let run = Run { tree: &tree, wiring: &wiring, findings: &findings, compared: None };
    let text = human::render(run, Style { paint: Paint::Plain, width: 90, detail: Detail::Summary });
    insta::assert_snapshot!(text.as_str());
}
