//! `conflicting-env-values`: variables that stand twice in one env file.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "conflicting-env-values";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/conflicting-env-values.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::ConflictingEnvValues { name } => Some(Words {
            message: format!(
                "`{name}` stands twice in this file with different values. Every loader takes the last one, so that whoever changes the first changes nothing."
            ),
            label: "this value counts".to_owned(),
            help: Some(format!("keep one line with `{name}`")),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
