//! Planted secrets in every format, above, below and at findings.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write;

use support::{BROKEN_NGINX, Repo};
use wirelint::base::{MemoryTree, Place, RepoPath, Span};
use wirelint::config::Config;
use wirelint::report::{Detail, Format, Run, Style, View};
use wirelint::rules::{Evidence, Finding, RuleId, Severity, Suppressed, SuppressedBy};
use wirelint::{Settings, wire};

const PLANTED: &str = include_str!("data/secrets/planted.txt");
const ATTACK: &str = include_str!("data/secrets/attack.txt");

/// The file of a kind, and what makes wirelint read it.
fn file(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "env" => (".env", ""),
        "yaml" => ("deploy/compose.yaml", ""),
        "json" => ("package.json", ""),
        "toml" => ("pyproject.toml", ""),
        "docker" => ("Dockerfile", "FROM nginx\n"),
        "sh" => ("start.sh", ""),
        "nginx" => ("nginx.conf", "server { listen 80; }\n"),
        "py" => ("main.py", "from fastapi import FastAPI\napp = FastAPI()\n"),
        "ts" => ("src/socket.tsx", "new WebSocket(\"ws://localhost:8000/ws\");\n"),
        "html" => ("index.html", ""),
        "vue" => ("src/App.vue", ""),
        _ => return None,
    })
}

fn finding(place: Place, text: &str, shown: &[Place]) -> Finding {
    Finding {
        rule: RuleId("insecure-websocket-url"),
        severity: Severity::Warning,
        message: text.to_owned(),
        place,
        label: text.to_owned(),
        chains: vec![Evidence {
            wire: None,
            hop: None,
            links: shown.iter().map(|place| (*place, text.to_owned())).collect(),
        }],
        help: Some(text.to_owned()),
        fix: None,
        rests_on: Vec::new(),
        assumptions: BTreeSet::new(),
        key: text.to_owned(),
        known_by: wirelint::rules::KnownBy::Place,
        local: false,
        suppressed: None,
        fingerprint: None,
        anchor: None,
        state: None,
    }
}

#[test]
fn no_format_shows_a_planted_secret() {
    let sentences: Vec<&str> = [PLANTED, ATTACK]
        .iter()
        .flat_map(|table| table.split("### ").filter_map(|block| block.strip_prefix("prose\n")))
        .flat_map(str::lines)
        .filter(|line| !line.is_empty())
        .collect();
    let (mut looked_at, mut leaks) = (0, String::new());
    for block in [PLANTED, ATTACK].iter().flat_map(|table| table.split("### ").skip(1)) {
        let (kind, text) = block.split_once('\n').unwrap();
        let Some((path, lead)) = file(kind) else { continue };
        let text = format!("{lead}{text}");
        let tree = MemoryTree::from_files([(path, text.as_str())]);
        let wiring = wire(&tree, &Settings::new(Config::default()));
        let Some(id) = wiring.repository.find(&RepoPath::new(path).unwrap()) else { continue };
        let mut places = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            places.push(Place::new(id, Span::new(start, start + line.trim_end().len().max(1))));
            start += line.len();
        }
        looked_at += text.matches("planted").count();
        let findings: Vec<Finding> = (0..places.len())
            .map(|index| {
                let sentence = sentences[index % sentences.len()];
                let mut finding = finding(places[index], sentence, &[places[(index + 2) % places.len()]]);
                if index % 7 == 6 {
                    finding.suppressed = Some(Suppressed { reason: sentence.to_owned(), by: SuppressedBy::Comment });
                }
                finding
            })
            .collect();
        let run = Run { tree: &tree, wiring: &wiring, findings: &findings, compared: None };
        let style = Style { width: 140, detail: Detail::Full, ..Style::default() };
        let view = View::new(run);
        for format in Format::ALL {
            let text = format.render(&view, style, None);
            for line in text.as_str().lines().filter(|line| line.contains("planted")) {
                let _ = writeln!(leaks, "{kind} {format:?}: {line}");
            }
        }
    }
    assert!(looked_at >= 300, "{looked_at} secrets are in files that are read");
    assert!(leaks.is_empty(), "{leaks}");
}

#[test]
fn no_command_shows_a_planted_secret() {
    let repo = Repo::new()
        .with("nginx.conf", BROKEN_NGINX.replace("listen 80;", "listen 80; # token: planted1\n    set $api_token planted;"))
        .with("conf/ghp_planted1234567890abcdef/nginx.conf", BROKEN_NGINX)
        .with("ghp_planted1234567890abcdef/legacy/nginx.conf", BROKEN_NGINX)
        .with(".env", "VITE_WS_URL=wss://u:planted@h.example.com/ws?token=planted\nVITE_TOKEN=planted-value-9\n")
        .with("package.json", "{\"devDependencies\": {\"vite\": \"5\"}}")
        .with(
            "src/a.ts",
            "new WebSocket(import.meta.env.VITE_WS_URL);\nnew WebSocket(`ws://localhost:9/${import.meta.env.VITE_TOKEN}`);\n\
             new WebSocket(`ws://localhost:9/ws?token=planted`);\nfetch(\"http://localhost:9/x?pw=planted\");\n",
        );
    for arguments in [
        &["check"][..],
        &["check", "--verbose"],
        &["check", "--format", "concise", "--verbose", "--statistics", "--explain-skipped"],
        &["check", "--format", "json"],
        &["check", "--format", "jsonl"],
        &["check", "--format", "sarif"],
        &["check", "--format", "github"],
        &["check", "--format", "gitlab"],
        &["check", "--format", "junit"],
        &["check", "--format", "markdown"],
        &["trace"],
        &["init"],
        &["trace", "--format", "json"],
        &["check", "--local", "--verbose"],
    ] {
        let run = repo.run(arguments);
        assert!(!run.out.is_empty(), "{arguments:?}: {run:?}");
        for line in run.out.lines().chain(run.err.lines()) {
            assert!(!line.contains("planted"), "{arguments:?}: {line}");
        }
    }
}

/// Numbers that a manifest gives where only text is taken: the message says where they are, and not what they are.
#[test]
fn no_message_shows_a_number_of_a_manifest() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    env:\n    - name: DB_PASSWORD\n      value: 7351924680\n";
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  API_TOKEN: 7351924680\n";
    let repo = Repo::new().with("k8s/pod.yaml", pod).with("k8s/config.yaml", config);
    for format in Format::ALL.map(Format::name) {
        let run = repo.run(&["check", "--verbose", "--format", format]);
        assert!(run.out.contains("syntax-error"), "{format}: {run:?}");
        assert!(!run.out.contains("7351924680"), "{format}: {}", run.out);
    }
}

#[test]
fn errors_of_the_configuration_show_no_secret() {
    for text in [
        "token = 'planted'",
        "select = ['password=planted']",
        "fail-on = 'sk_live_planted1234567890'",
        "exclude = ['[z-a]token=planted']",
        "[[suppress]]\nrule = 'ghp_planted1234567890abcdef'\npath = 'a'\nreason = 'x'",
        "password = planted",
        "'https://u:planted@h/x' = 1",
    ] {
        let run = Repo::new().with("wirelint.toml", text).run(&["check"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(!run.err.contains("planted"), "{}", run.err);
    }
    let run = Repo::new().run(&["check", "--select", "token=planted", "no/ghp_planted1234567890abcdef"]);
    assert!(!run.err.contains("planted"), "{}", run.err);
}

/// Only redaction can make a page of text, which its type says; that nothing but pages is written is looked at here.
#[test]
fn nothing_writes_but_the_command_line() {
    fn files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    for path in found {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let writes = ["stdout()", "stderr()", "println!", "eprintln!", "print!("];
        if name != "cli/output.rs" {
            assert!(!writes.iter().any(|write| text.contains(write)), "{name} writes by itself");
        }
    }
}
