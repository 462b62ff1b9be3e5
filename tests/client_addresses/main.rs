//! Which addresses a front end opens: modules that people could have written, with what they open when Node runs them.
//!
//! `answers.txt` is recorded by the live check of the same name, which runs the modules and says when one opens something else.

#![allow(clippy::expect_used, reason = "a harness fails by panicking")]

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use wirelint::Settings;
use wirelint::config::Config;

use self::cases::{MODES, compare, real, repository, written};

/// What Node opened, by case and mode.
const ANSWERS: &str = include_str!("answers.txt");

#[test]
fn what_is_opened_is_predicted() {
    let mut answers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut title = "";
    for line in ANSWERS.lines() {
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
    let (mut opened, mut exactly) = (0, 0);
    let (mut wrong, mut partly) = (Vec::new(), Vec::new());
    for case in written() {
        let tree = repository(&case);
        let report = wirelint::check(&tree, &Settings::new(Config::of_tree(&tree).expect("no settings")));
        for (mode, origin, _) in MODES {
            let title = format!("{} in {mode}", case.name);
            let texts = answers.get(title.as_str()).expect("recorded");
            let addresses: BTreeSet<_> = texts.iter().map(|text| real(&case, text)).collect();
            let (more, exact) = compare(&case, &report.wiring, (mode, origin), &addresses);
            opened += addresses.len();
            exactly += exact;
            if exact < addresses.len() {
                partly.push(title.clone());
            }
            wrong.extend(more);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    // What only the run knows is little.
    assert!(exactly * 40 >= opened * 39, "{exactly} of {opened} are predicted exactly; not: {partly:?}");
}
