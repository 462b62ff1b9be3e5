//! `unused-suppression`: a suppression with nothing to suppress.

use super::{NOWHERE, finding};
use crate::base::Place;
use crate::model::Wiring;
use crate::rules::registry::Rule;
use crate::rules::suppress::{StatedSuppression, Used};
use crate::rules::{Finding, RuleId, Selector, fixes};

const ID: &str = RuleId::UNUSED_SUPPRESSION.0;

/// The rule. It can speak only when all others have spoken, so its findings are made by the run.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unused-suppression.md"), |_| Vec::new());

/// The suppressions that are not in `used`.
pub(in crate::rules) fn findings(wiring: &Wiring, used: &Used, stated: &[StatedSuppression]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        for (index, suppression) in facts.suppressions.iter().enumerate() {
            for (position, (name, span)) in suppression.rules.iter().enumerate() {
                if Selector::find(name).is_some() && !used.comments.contains(&(file, index, position)) {
                    let told = unused(Place::new(file, *span), name, "remove the rule from the comment");
                    // Of several rules of a comment that nobody needs, one goes after the other.
                    let whole = Place::new(file, suppression.span);
                    let fix = match suppression.rules.len() {
                        1 => fixes::unused_comment(whole, name),
                        _ => fixes::unused_name(whole, name),
                    };
                    findings.push(Finding { fix: Some(fix), ..told });
                }
            }
        }
    }
    for (index, statement) in stated.iter().enumerate().filter(|(index, _)| !used.stated.contains(index)) {
        let help = format!("remove entry {} of `[[suppress]]` ({})", index + 1, statement.at);
        findings.push(unused(statement.place.unwrap_or(NOWHERE), statement.rule.name(), &help));
    }
    findings
}

fn unused(place: Place, rule: &str, help: &str) -> Finding {
    let message = format!("Nothing is suppressed here any more: `{rule}` finds nothing that this covers.");
    finding(ID, place, message, "suppresses nothing", Some(help.to_owned()), rule)
}
