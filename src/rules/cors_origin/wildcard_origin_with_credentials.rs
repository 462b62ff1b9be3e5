//! `wildcard-origin-with-credentials`: every origin together with credentials.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "wildcard-origin-with-credentials";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/wildcard-origin-with-credentials.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::WildcardOriginWithCredentials { effect } => Some(Words {
            message: format!("Every origin is allowed together with credentials{}: {effect}.", at.back_end_after("by")),
            label: "any origin, with credentials".to_owned(),
            help: Some(format!(
                "write the origins that may send credentials in {at}, such as `https://app.example.com`, or leave credentials out"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
