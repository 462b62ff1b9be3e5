//! `wildcard-origin-with-credentials`: every origin together with credentials.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "wildcard-origin-with-credentials";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/wildcard-origin-with-credentials.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::WildcardOriginWithCredentials { effect } => Some(Words {
            message: format!("Every origin is allowed together with credentials: {effect}."),
            label: "any origin, with credentials".to_owned(),
            help: Some("list the origins that may send credentials, or leave credentials out".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
