//! The examples of the rules' files do what the files say.
//!
//! Each section is a tree in memory. A Bad one yields exactly the findings of its `expect` block, a Good one nothing at
//! warning or above. All differences are printed in one report; `RULE=<id>` in the environment limits it to one rule.
#![allow(clippy::disallowed_methods, reason = "a harness reads its own options")]

#[path = "support/examples.rs"]
mod examples;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use examples::{Section, sections};
use wirelint::Settings;
use wirelint::base::MemoryTree;
use wirelint::config::Config;
use wirelint::report::{Format, Run, Style, View};
use wirelint::rules::{Finding, RULES, Rule, Severity};

/// A rule that no input can be written for.
const WITHOUT_EXAMPLES: [&str; 1] = ["internal-error"];

impl Section {
    /// What differs from the section. Of a rule that only makes notes its own notes count in a Good section too.
    fn check(&self, rule: &Rule) -> Result<(), String> {
        let is_of_notes = rule.metadata().severity() == Severity::Note;
        let tree = MemoryTree::from_files(self.files.iter().map(|(path, text)| (path, text)));
        let config = Config::of_tree(&tree).map_err(|error| error.to_string())?;
        let report = wirelint::check(&tree, &Settings::new(config));
        let run = Run { tree: &tree, wiring: &report.wiring, findings: &report.findings, compared: None };
        let view = View::new(run);
        let open: Vec<&Finding> = report.findings.iter().filter(|finding| finding.suppressed.is_none()).collect();
        let found: BTreeSet<String> = open
            .iter()
            .filter(|finding| {
                self.is_bad() || finding.severity >= Severity::Warning || is_of_notes && finding.rule == rule.id
            })
            .map(|finding| headline(&view, finding))
            .collect();
        let expected = self.expected.as_deref().unwrap_or_default();
        let wanted: BTreeSet<String> =
            expected.lines().filter(|line| !line.starts_with("  also")).map(str::to_owned).collect();
        let mut problems = String::new();
        for line in wanted.difference(&found) {
            let _ = writeln!(problems, "    missing:    {line}");
        }
        for line in found.difference(&wanted) {
            let _ = writeln!(problems, "    unexpected: {line}");
            for finding in open.iter().filter(|finding| headline(&view, finding) == *line) {
                let _ = writeln!(problems, "                {}", finding.message);
                let _ = writeln!(problems, "                {:?}", finding.assumptions);
            }
        }
        let mut places = BTreeSet::new();
        for line in expected.lines() {
            match line.strip_prefix("  also ") {
                Some(place) if !places.is_empty() && !places.contains(place) => {
                    let _ = writeln!(problems, "    no evidence at {place}, but at {places:?}");
                }
                Some(_) => {}
                None => {
                    let of_line = open.iter().filter(|finding| headline(&view, finding) == line);
                    places = of_line.flat_map(|finding| evidence(&view, finding)).collect();
                }
            }
        }
        let json = Format::Json.render(&view, Style::default(), None);
        let document: serde_json::Value = serde_json::from_str(json.as_str()).map_err(|error| error.to_string())?;
        let mut prints = BTreeSet::new();
        for finding in document["findings"].as_array().into_iter().flatten() {
            if !prints.insert(finding["fingerprint"].to_string()) {
                let _ = writeln!(problems, "    the fingerprint of another finding: {}", finding["message"]);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

fn headline(view: &View<'_>, finding: &Finding) -> String {
    let path = view.path(finding.place.file).map(ToString::to_string).unwrap_or_default();
    format!("{path}:{} {} {}", view.position(finding.place).line, finding.severity.name(), finding.rule)
}

fn evidence(view: &View<'_>, finding: &Finding) -> Vec<String> {
    let links = finding.chains.iter().flat_map(|chain| &chain.links);
    links.filter_map(|(place, _)| Some(format!("{}:{}", view.path(place.file)?, view.position(*place).line))).collect()
}

#[test]
fn examples_yield_what_they_say() {
    let only = std::env::var("RULE").ok();
    let mut report = String::new();
    let (mut failed, mut all) = (0, 0);
    for rule in RULES.iter().filter(|rule| only.as_deref().is_none_or(|id| id == rule.id.0)) {
        for section in sections(rule.body()) {
            all += 1;
            if let Err(problems) = section.check(rule) {
                failed += 1;
                let _ = writeln!(report, "rules/{}.md, {}\n{problems}", rule.id, section.title);
            }
        }
    }
    assert!(failed == 0, "{failed} of {all} examples differ:\n\n{report}");
}

#[test]
fn every_rule_shows_what_it_finds_and_what_it_leaves_alone() {
    for rule in RULES.iter().filter(|rule| !WITHOUT_EXAMPLES.contains(&rule.id.0)) {
        let sections = sections(rule.body());
        let (bad, good): (Vec<_>, Vec<_>) = sections.iter().partition(|section| section.is_bad());
        assert!(!bad.is_empty(), "{} has no Bad example", rule.id);
        assert!(good.len() >= 2, "{} has fewer than two Good examples", rule.id);
        for section in &bad {
            let expected = section.expected.as_deref().unwrap_or_default();
            let own = expected.lines().filter(|line| line.ends_with(&format!(" {}", rule.id))).count();
            assert!(own > 0, "{}: {} does not expect the rule itself", rule.id, section.title);
        }
        assert!(good.iter().all(|section| section.expected.is_none() && section.title.starts_with("Good")));
    }
}
