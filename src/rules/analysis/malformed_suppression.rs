//! `malformed-suppression`: a comment that was meant as a suppression and is none.

use super::finding;
use crate::base::Place;
use crate::facts::{MalformedSuppression, SuppressionFault};
use crate::model::Wiring;
use crate::rules::registry::Rule;
use crate::rules::{Finding, Selector, fixes, nearest};

const ID: &str = "malformed-suppression";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/malformed-suppression.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, facts) in wiring.repository.iter() {
        for comment in &facts.malformed_suppressions {
            let (why, label) = words(&comment.fault);
            let place = Place::new(file, comment.span);
            let (rules, reason) = meant(comment);
            let told = finding(
                ID,
                place,
                format!("This comment suppresses nothing, because {why}."),
                label,
                Some(right_form(&rules, &reason)),
                &comment.names.join(","),
            );
            let fix = (comment.fault != SuppressionFault::Inside && !rules.is_empty() && !reason.is_empty())
                .then(|| fixes::suppression(place, &format!("wirelint: ignore[{}] {reason}", rules.join(", "))));
            findings.push(Finding { fix, ..told });
        }
    }
    findings
}

fn words(fault: &SuppressionFault) -> (String, &'static str) {
    match fault {
        SuppressionFault::Nameless => ("it names no rule".to_owned(), "no rule"),
        SuppressionFault::Bare => ("its rules are not in brackets".to_owned(), "no brackets"),
        SuppressionFault::Unclosed => ("no `]` ends its list of rules".to_owned(), "no `]`"),
        SuppressionFault::Word(word) => (format!("`{word}` is the word of another tool"), "not the word"),
        SuppressionFault::Spelling => {
            ("between `wirelint` and the rules stands something else than `: ignore`".to_owned(), "misspelt")
        }
        SuppressionFault::Inside => (
            "it is a line of a longer comment, and a suppression is a comment by itself".to_owned(),
            "in a longer comment",
        ),
    }
}

/// The rules and the reason that are meant. A word that is near to no rule belongs to the reason.
fn meant(comment: &MalformedSuppression) -> (Vec<&str>, String) {
    let mut rules: Vec<&str> = Vec::new();
    let mut reason: Vec<&str> = Vec::new();
    for name in &comment.names {
        match Selector::find(name).map(Selector::name).or_else(|| nearest(name)) {
            Some(rule) if reason.is_empty() => rules.push(rule),
            _ => reason.push(name),
        }
    }
    reason.push(comment.reason.trim_start_matches(['-', ':', ' ']));
    (rules, reason.join(" ").trim().to_owned())
}

/// What to type instead.
fn right_form(rules: &[&str], reason: &str) -> String {
    let said = if reason.is_empty() { "why it is fine" } else { reason };
    match rules {
        [] => format!("write `wirelint: ignore[RULE] {said}` with the id of a rule (`wirelint rules` lists them)"),
        rules => format!("write `wirelint: ignore[{}] {said}`", rules.join(", ")),
    }
}
