//! The runs that the formats are looked at with.

use std::path::Path;

use wirelint::base::{MemoryTree, Place, RepoPath, Span};
use wirelint::config::Config;
use wirelint::model::Wiring;
use wirelint::report::{Chosen, Compared, ComparedBaseline, ComparedCommit, Format, Run, Stale, Style, View};
use wirelint::rules::{BaselineState, Evidence, Finding, Severity, Suppressed, SuppressedBy};
use wirelint::{Settings, check, wire};

use crate::finding::finding;

/// A tree, what is known of it, and findings.
pub struct Known {
    pub tree: MemoryTree,
    pub wiring: Wiring,
    pub findings: Vec<Finding>,
    pub compared: Option<Compared>,
}

impl Known {
    pub fn shown(&self, format: Format) -> String {
        let compared = self.compared.as_ref();
        let run = Run { tree: &self.tree, wiring: &self.wiring, findings: &self.findings, compared };
        format.render(&View::new(run), Style::default(), None).as_str().to_owned()
    }
}

/// A real run over a fixture.
pub fn fixture(name: &str) -> Known {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join("repo");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    let tree = MemoryTree::from_files(files);
    let report = check(&tree, &Settings::new(Config::of_tree(&tree).unwrap()));
    assert!(!report.findings.is_empty());
    Known { tree, wiring: report.wiring, findings: report.findings, compared: None }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

/// A file name that every format could be taken in by.
pub const EVIL_PATH: &str = "a\n::error file=x::y,z%0A]]>`<script>\u{1b}[31m|@team #1/nginx.conf";
/// A value of the same kind.
pub const EVIL_VALUE: &str =
    "v`\n::error::a%0A,b]]><script>alert(1)</script></details> ![x](https://e.example) @team #1 \u{1b}[2J\u{fffe}";

/// So many findings in as many lines of one file, each severity in turn, and none of a real fault.
pub fn synthetic(count: usize, path: &str, text: &str) -> Known {
    let line = "server { listen 80; }\n";
    let tree = MemoryTree::from_files([(path, line.repeat(count))]);
    let wiring = wire(&tree, &Settings::new(Config::default()));
    let file = wiring.repository.find(&RepoPath::new(path).unwrap()).unwrap();
    let place = |index: usize| Place::new(file, Span::new(index * line.len(), index * line.len() + 6));
    let rules = ["misplaced-directive", "missing-origin-check", "insecure-websocket-url"];
    let severities = [Severity::Note, Severity::Warning, Severity::Error];
    let finding = |index: usize| Finding {
        message: format!("Number {index}: {text}"),
        label: text.to_owned(),
        chains: vec![Evidence {
            wire: None,
            hop: None,
            links: (1..15).map(|step| (place((index + step) % count), text.to_owned())).collect(),
        }],
        rests_on: vec![file],
        help: Some(format!("write this\n{text}")),
        key: format!("key {index}"),
        ..finding(rules[index % 3], severities[index % 3], place(index))
    };
    let findings = (0..count).map(finding).collect();
    Known { tree, wiring, findings, compared: None }
}

/// One of each: hostile ones, a suppressed one, a local one, one that no file has, a new one on a changed line.
pub fn hostile() -> Known {
    let mut known = synthetic(7, EVIL_PATH, EVIL_VALUE);
    known.findings[3].suppressed = Some(Suppressed { reason: EVIL_VALUE.to_owned(), by: SuppressedBy::Comment });
    known.findings[4].local = true;
    known.findings[5].place = Place::new(wirelint::base::FileId(u32::MAX), Span::default());
    known.findings[6].state = Some(BaselineState::New);
    known.findings[6].anchor = Some(known.findings[0].place);
    let evil = || EVIL_VALUE.to_owned();
    let stale = vec![Stale { rule: evil(), path: evil(), message: evil() }];
    known.compared = Some(Compared {
        baseline: Some(ComparedBaseline { file: evil(), stale }),
        since: Some(ComparedCommit { revision: evil(), commit: None, chosen: Chosen::MergeBase }),
    });
    known
}
