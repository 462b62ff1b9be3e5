//! Fixes over all examples of rules and all fixtures: each that is offered leaves a tree in which its finding is gone and nothing is new.
//!
//! `cargo test --test fixes -- --ignored --nocapture` prints what is found and fixed, by rule; `TREES=a:b` in the environment prints that of
//! the trees in these folders instead, `ONLY=rule` limits it to one rule and shows the edits.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a harness reads files and its own options, and fails by panicking"
)]

#[path = "support/examples.rs"]
mod examples;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use examples::sections;
use wirelint::base::{MemoryTree, Tree};
use wirelint::config::Config;
use wirelint::rules::{Applicability, REMEDIES, RULES, find, remedies_of};
use wirelint::walk::DiskTree;
use wirelint::{Settings, apply, fix};

/// Fixes that are held back, with what they would bring.
const HELD_BACK: [(&str, &str, &str); 3] = [
    ("rules/unknown-rule.md", "unknown-rule", "a suppression that suppresses nothing: the example has no finding"),
    ("rules/malformed-suppression.md", "malformed-suppression", "the same"),
    ("nuxt-runtime-config", "insecure-websocket-url", "the proxy, which the socket comes to now, lacks the upgrade"),
];

/// What became of the findings of a rule.
#[derive(Clone, Copy, Default)]
struct Count {
    /// Proven findings, and those that rest on assumptions.
    proven: usize,
    likely: usize,
    /// Of each, those with a fix that takes them away.
    fixed: usize,
    likely_fixed: usize,
    /// Fixes that are written without being asked for by name.
    safe: usize,
    /// Fixes that are not possible in the text, and those that do not hold.
    impossible: usize,
    failing: usize,
}

#[derive(Default)]
struct Numbers {
    rules: BTreeMap<&'static str, Count>,
    failures: String,
    edits: String,
}

impl Numbers {
    fn add(&mut self, name: &str, tree: &dyn Tree) {
        let only = std::env::var("ONLY").ok();
        let config = Config::of_tree(tree).unwrap_or_else(|error| panic!("{name}: {error}"));
        let settings = Settings::new(config);
        let report = wirelint::check(tree, &settings);
        for (index, finding) in report.findings.iter().enumerate().filter(|(_, finding)| finding.suppressed.is_none()) {
            if only.as_deref().is_some_and(|only| only != finding.rule.0) {
                continue;
            }
            let count = self.rules.entry(finding.rule.0).or_default();
            let is_proven = finding.assumptions.is_empty();
            if is_proven {
                count.proven += 1
            } else {
                count.likely += 1
            }
            let Some(fix) = &finding.fix else { continue };
            assert!(is_proven || fix.applicability == Applicability::Unsafe, "{name}: {}", fix.title);
            let path = report.wiring.repository.get(finding.place.file).map(|facts| facts.path.to_string());
            let at = format!("{name}: {} {}: {}", path.unwrap_or_default(), finding.rule, fix.title);
            let Some(changes) = fix::changes(tree, &report.wiring, fix) else {
                count.impossible += 1;
                writeln!(self.edits, "impossible {at}\n    {:?}", fix.edits).unwrap();
                continue;
            };
            writeln!(self.edits, "{at}").unwrap();
            for (path, change) in &changes {
                for replacement in &change.replacements {
                    let before = change.before.get(replacement.span.range()).unwrap();
                    writeln!(self.edits, "    {path}: {before:?} -> {:?}", replacement.text).unwrap();
                }
            }
            let is_known = |(of, rule, _): &(&str, &str, &str)| name.contains(of) && *rule == finding.rule.0;
            let holds = apply::one(tree, &settings, &report, index).is_some();
            if !holds && HELD_BACK.iter().any(is_known) {
                continue;
            }
            if !holds {
                count.failing += 1;
                let texts: Vec<String> = changes.values().map(fix::FileChange::after).collect();
                writeln!(self.failures, "{at}\n{}", texts.join("\n----\n")).unwrap();
                continue;
            }
            if is_proven {
                count.fixed += 1
            } else {
                count.likely_fixed += 1
            }
            count.safe += usize::from(fix.applicability == Applicability::Safe);
        }
    }

    fn table(&self) -> String {
        let mut out = format!(
            "{:<34} {:>6} {:>6} {:>6} {:>6} {:>6} {:>10} {:>8}\n",
            "rule", "proven", "fixed", "likely", "fixed", "safe", "impossible", "failing"
        );
        let mut row = |rule: &str, count: &Count| {
            let Count { proven, likely, fixed, likely_fixed, safe, impossible, failing } = count;
            writeln!(
                out,
                "{rule:<34} {proven:>6} {fixed:>6} {likely:>6} {likely_fixed:>6} {safe:>6} {impossible:>10} {failing:>8}"
            )
            .unwrap();
        };
        let mut all = Count::default();
        for (rule, count) in &self.rules {
            let is_fixable = remedies_of(rule).next().is_some();
            row(&format!("{}{rule}", if is_fixable { "" } else { "- " }), count);
            if is_fixable {
                all.proven += count.proven;
                all.likely += count.likely;
                all.fixed += count.fixed;
                all.likely_fixed += count.likely_fixed;
                all.safe += count.safe;
                all.impossible += count.impossible;
                all.failing += count.failing;
            }
        }
        row("all rules with fixes", &all);
        out
    }

    fn share(&self) -> (usize, usize) {
        let fixable = self.rules.iter().filter(|(rule, _)| remedies_of(rule).next().is_some());
        fixable.fold((0, 0), |(fixed, proven), (_, count)| (fixed + count.fixed, proven + count.proven))
    }
}

/// The examples of the rules and the fixtures.
fn own(numbers: &mut Numbers) {
    for rule in RULES {
        for (number, section) in sections(rule.body()).iter().enumerate() {
            let tree = MemoryTree::from_files(section.files.iter().map(|(path, text)| (path, text)));
            numbers.add(&format!("rules/{}.md {number}", rule.id), &tree);
        }
    }
    for repo in folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), "repo") {
        numbers.add(&repo.display().to_string(), &DiskTree::new(repo.clone()));
    }
}

/// The folders of this name that are in the folders of a folder.
fn folders(path: &Path, name: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path().join(name));
    let mut folders: Vec<PathBuf> = entries.filter(|folder| folder.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn every_fix_takes_its_finding_away_and_brings_none() {
    let mut numbers = Numbers::default();
    own(&mut numbers);
    assert!(numbers.failures.is_empty(), "{}\n{}", numbers.failures, numbers.table());
    let (fixed, proven) = numbers.share();
    assert!(fixed * 100 >= proven * 60, "{fixed} of {proven}\n{}", numbers.table());
    let is_held_back = |rule: &str| HELD_BACK.iter().any(|(_, held, _)| *held == rule);
    for remedy in REMEDIES.iter().filter(|remedy| !is_held_back(remedy.rule.0)) {
        let count = numbers.rules.get(remedy.rule.0).copied().unwrap_or_default();
        assert!(count.fixed + count.likely_fixed > 0, "no example of {} is fixed", remedy.rule);
    }
}

#[test]
#[ignore = "prints a table"]
fn print_what_is_fixed() {
    let mut numbers = Numbers::default();
    match std::env::var("TREES") {
        Ok(trees) => {
            for folder in trees.split(':').flat_map(|path| folders(Path::new(path), "broken")) {
                numbers.add(&folder.display().to_string(), &DiskTree::new(folder.clone()));
            }
        }
        Err(_) => own(&mut numbers),
    }
    let (fixed, proven) = numbers.share();
    println!("{}\nEDITS\n{}\nFAILURES\n{}", numbers.table(), numbers.edits, numbers.failures);
    println!("{fixed} of {proven} proven findings of rules with fixes have one");
}

/// What may be said of a rule in one place only.
#[test]
fn the_kinds_of_fixes_are_sorted_and_of_rules() {
    assert!(REMEDIES.is_sorted_by_key(|remedy| remedy.rule.0));
    assert!(REMEDIES.iter().all(|remedy| find(remedy.rule.0).is_some()));
    assert!(REMEDIES.iter().all(|remedy| !remedy.does.ends_with('.')));
}
