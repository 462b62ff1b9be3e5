//! `url-disagreement`: two addresses of one back end that differ.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "url-disagreement";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/url-disagreement.md"), check)
    .yields_to(&["loopback-in-production", "undefined-env-var"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::UrlDisagreement { one, other, differs } => Some(Words {
            message: format!(
                "`{one}` and `{other}` are both in force for the same {} and differ in the {differs}{}",
                at.back_end(),
                match &**differs {
                    "host" => ": cookies, allow-lists and certificates that hold for one do not hold for the other.",
                    _ => ", so one of the two connections does not arrive where the other does.",
                }
            ),
            label: format!("the {differs} differs from the other address"),
            help: Some(format!(
                "change `{other}` to `{one}` in {at}, or the other one, or make one address from the other"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
