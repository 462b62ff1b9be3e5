//! What leaves: findings in every format, text without secrets, and what people say against findings.

use wirelint::base::{FileId, MemoryTree, RepoPath, Tree, decode};
use wirelint::config::Config;
use wirelint::engine::{CollectSettings, collect};
use wirelint::model::Wiring;
use wirelint::report::{Detail, Format, Links, Paint, Run, Style, View, trace};
use wirelint::{Report, Settings, check};

use super::parsers::facts_of;

/// Checks a tree as its own settings say, and renders what is found in every format.
pub fn checked(tree: &dyn Tree) {
    let Ok(config) = Config::of_tree(tree) else { return };
    let report = check(tree, &Settings::new(config));
    let inside = report.findings.iter().find(|finding| finding.rule.0 == "internal-error");
    assert!(inside.is_none(), "{inside:?}");
    rendered(tree, &report);
}

fn rendered(tree: &dyn Tree, report: &Report) {
    let view = View::new(Run { tree, wiring: &report.wiring, findings: &report.findings, compared: None });
    let style = Style { paint: Paint::Colour, links: Links::With, width: 60, detail: Detail::Full, ..Style::default() };
    let _ = Format::Human.render(&view, style, None);
    for format in Format::ALL {
        let text = format.render(&view, Style::default(), None);
        let documents: Vec<&str> = match format {
            Format::Json | Format::Sarif | Format::Gitlab => vec![text.as_str()],
            Format::Jsonl => text.as_str().lines().collect(),
            _ => Vec::new(),
        };
        for document in documents {
            if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(document) {
                unreadable(&error);
            }
        }
    }
    let request = trace::Request {
        tree,
        wiring: &report.wiring,
        target: &trace::Target::All,
        only: trace::Only::Everything,
        ways: trace::Ways::Each,
        here: &RepoPath::root(),
    };
    let _ = trace::text(request);
    let _ = trace::json(request);
}

#[allow(clippy::panic, reason = "this is how a target fails")]
fn unreadable(error: &serde_json::Error) {
    panic!("not JSON: {error}");
}

/// The facts of a tree, not linked.
fn collected(tree: &dyn Tree) -> Wiring {
    Wiring { repository: collect(tree, &CollectSettings::default()), ..Wiring::default() }
}

/// Text without secrets is as long as the text, byte for byte, and so are its lines.
pub fn redaction(bytes: &[u8]) {
    let text = decode(bytes.to_vec()).text;
    let paths = [".env", "app.py", "docker-compose.yml", "nginx/nginx.conf", "package.json", "run.sh", "src/a.ts"];
    let tree = MemoryTree::from_files(paths.map(|path| (path, bytes)));
    let wiring = collected(&tree);
    let view = View::new(Run { tree: &tree, wiring: &wiring, findings: &[], compared: None });
    for (id, _) in (0..).map(FileId).zip(&wiring.repository.files) {
        let shown = &view.source(id).text;
        assert_eq!(shown.len(), text.len());
        let lines = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(lines(shown), lines(&text));
    }
    let _ = view.prose(&text);
}

/// Comments against findings, in every notation of a comment.
pub fn suppression(bytes: &[u8]) {
    for path in ["nginx/nginx.conf", "src/a.ts", "index.html"] {
        for comment in facts_of(path, bytes).into_iter().flat_map(|facts| facts.suppressions) {
            assert!(comment.first_line <= comment.last_line);
        }
    }
    let broken = b"server {\n listen 80;\n map $http_upgrade $u { default upgrade; }\n location / { root /srv; }\n}\n";
    let text = [bytes, b"\n", broken].concat();
    checked(&MemoryTree::from_files([("nginx/nginx.conf", text)]));
}
