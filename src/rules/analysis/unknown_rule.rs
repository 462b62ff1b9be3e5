//! `unknown-rule`: a suppression that names no rule.

use super::finding;
use crate::base::Place;
use crate::model::Wiring;
use crate::rules::registry::Rule;
use crate::rules::{Finding, Selector, fixes, nearest};

const ID: &str = "unknown-rule";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unknown-rule.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, facts) in wiring.repository.iter() {
        for (name, span) in facts.suppressions.iter().flat_map(|suppression| &suppression.rules) {
            if Selector::find(name).is_some() {
                continue;
            }
            let place = Place::new(file, *span);
            let near = nearest(name);
            let told = finding(
                ID,
                place,
                format!("This suppression has no effect, because no rule or family is called `{name}`."),
                "no such rule",
                near.map(|near| format!("did you mean `{near}`?")),
                name,
            );
            let fix = near.map(|near| fixes::rule_name(place, name, near));
            findings.push(Finding { fix, ..told });
        }
    }
    findings
}
