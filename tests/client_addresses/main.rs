//! Which addresses a front end opens: modules that people could have written, with what they open when Node runs them.
//!
//! `answers.txt` is recorded by the live check of the same name, which runs the modules and says when one opens something else.

#![allow(clippy::expect_used, reason = "a harness fails by panicking")]

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use wirelint::Settings;
use wirelint::config::Config;

use self::cases::{Case, MODES, compare, read, real, repository, written};

/// What Node opened, by case and mode.
const ANSWERS: &str = include_str!("answers.txt");

/// What frameworks, whose compilers Node does not run, make of pages, as their documentation has it.
const STATED: &str = include_str!("stated.txt");
/// What those open.
const STATED_ANSWERS: &str = include_str!("stated_answers.txt");

/// What is wrong with the predictions of some cases, how many addresses they open, and which are not predicted exactly.
fn judged(cases: &[Case], answers: &str) -> (Vec<String>, usize, Vec<String>) {
    let answers = recorded(answers);
    let (mut wrong, mut opened, mut missed) = (Vec::new(), 0, Vec::new());
    for case in cases {
        let tree = repository(case);
        let report = wirelint::check(&tree, &Settings::new(Config::of_tree(&tree).expect("no settings")));
        for (mode, origin, _) in MODES {
            let title = format!("{} in {mode}", case.name);
            let texts = answers.get(title.as_str()).expect("recorded");
            let addresses: BTreeSet<_> = texts.iter().map(|text| real(case, text)).collect();
            let (more, exact) = compare(case, &report.wiring, (mode, origin), &addresses);
            opened += addresses.len();
            missed.extend(std::iter::repeat_n(title, addresses.len() - exact));
            wrong.extend(more);
        }
    }
    (wrong, opened, missed)
}

fn recorded(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut answers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut title = "";
    for line in text.lines() {
        match line.strip_prefix("=== ") {
            Some(name) => {
                title = name;
                answers.entry(title).or_default();
            }
            None => {
                answers.entry(title).or_default().insert(line);
            }
        }
    }
    answers
}

#[test]
fn what_is_opened_is_predicted() {
    let (wrong, opened, missed) = judged(&written(), ANSWERS);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    // What only the run knows is little.
    assert!(missed.len() * 40 <= opened, "{} of {opened} are not predicted exactly: {missed:?}", missed.len());
}

#[test]
fn what_frameworks_open_is_predicted() {
    let (wrong, _, missed) = judged(&read(STATED), STATED_ANSWERS);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(missed.is_empty(), "not predicted exactly: {missed:?}");
}
