//! `check` and `trace` read one verdict: what is reported of a wire is a hop that breaks, and a hop that breaks is reported.
//! Asked of every fixture and of every example of the rules.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness reads files, and fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wirelint::Settings;
use wirelint::base::MemoryTree;
use wirelint::config::Config;
use wirelint::model::{ConnectionId, DeploymentId, Handshake, Verdict, Wiring};
use wirelint::rules::{RULES, Severity};

/// Rules that speak of connections which work: of risks, of other values, of what only some requests meet.
const WORKING: [&str; 6] = [
    "dropped-cors-header",
    "insecure-http-url",
    "late-origin-check",
    "missing-forwarded-headers",
    "missing-origin-check",
    "url-disagreement",
];

type Files = Vec<(String, String)>;

/// The trees of the fixtures, and those of the rules' examples, with their names.
fn trees() -> Vec<(String, Files)> {
    let mut trees = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut cases: Vec<_> = fs::read_dir(folder).expect("fixtures/").map(|case| case.expect("a case").path()).collect();
    cases.sort();
    for case in cases {
        let root = case.join("repo");
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        trees.push((case.display().to_string(), files));
    }
    for rule in RULES {
        let mut current: Option<(String, Files)> = None;
        let mut fence: Option<(Option<String>, String)> = None;
        for line in rule.body().lines() {
            match fence.take() {
                Some((path, text)) if line == "```" => {
                    if let (Some(path), Some((_, files))) = (path, current.as_mut()) {
                        files.push((path, text));
                    }
                }
                Some((path, text)) => fence = Some((path, format!("{text}{line}\n"))),
                None => {
                    if let Some(title) = line.strip_prefix("## ") {
                        trees.extend(current.replace((format!("{}: {title}", rule.id), Vec::new())));
                    } else if let Some(info) = line.strip_prefix("```") {
                        let path = info.split_once(" path=").map(|(_, path)| path.to_owned());
                        fence = Some((path, String::new()));
                    }
                }
            }
        }
        trees.extend(current);
    }
    trees
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() && !path.is_symlink() {
            collect(root, &path, files);
        } else if let (Ok(text), Ok(name)) = (fs::read_to_string(&path), path.strip_prefix(root)) {
            files.push((name.display().to_string(), text));
        }
    }
}

/// The rules that break hops of a wire.
fn broken(wiring: &Wiring, (connection, deployment): (ConnectionId, DeploymentId)) -> BTreeSet<&'static str> {
    let of_wire = |handshake: &&Handshake| handshake.connection == connection && handshake.deployment == deployment;
    let hops = wiring.handshakes.iter().filter(of_wire).flat_map(|handshake| &handshake.hops);
    let causes = hops.filter_map(|hop| match &hop.verdict {
        Verdict::Breaks(causes) => Some(causes),
        _ => None,
    });
    causes.flatten().filter_map(|id| wiring.causes.get(id.0 as usize)).map(|cause| cause.kind.rule()).collect()
}

#[test]
fn what_is_reported_of_a_wire_breaks_a_hop_and_what_breaks_a_hop_is_reported() {
    let mut differences = Vec::new();
    for (name, files) in trees() {
        let tree = MemoryTree::from_files(files.iter().map(|(path, text)| (path, text)));
        let Ok(config) = Config::of_tree(&tree) else { continue };
        let report = wirelint::check(&tree, &Settings::new(config));
        let wiring = &report.wiring;
        for finding in report.findings.iter().filter(|finding| finding.severity >= Severity::Warning) {
            for wire in finding.chains.iter().filter_map(|chain| chain.wire) {
                if !broken(wiring, wire).contains(finding.rule.0) && !WORKING.contains(&finding.rule.0) {
                    differences.push(format!("{name}: {} is reported, and no hop breaks by it", finding.rule));
                }
            }
        }
        let reported: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule.0).collect();
        for handshake in &wiring.handshakes {
            for hop in &handshake.hops {
                let Verdict::Breaks(causes) = &hop.verdict else { continue };
                let rules: Vec<&str> = causes
                    .iter()
                    .filter_map(|id| wiring.causes.get(id.0 as usize))
                    .map(|cause| cause.kind.rule())
                    .collect();
                if !rules.iter().any(|rule| reported.contains(rule)) {
                    differences.push(format!("{name}: {:?} breaks by {rules:?}, and none is reported", hop.kind));
                }
            }
        }
    }
    differences.sort();
    differences.dedup();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
