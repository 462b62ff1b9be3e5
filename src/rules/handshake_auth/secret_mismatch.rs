//! `secret-mismatch`: tokens are signed with one key and verified with another.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "secret-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/secret-mismatch.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::SecretMismatch { name } => Some(Words {
            message: format!(
                "Every token is refused as forged (\"invalid signature\"){}: {}.",
                at.back_end_after("by"),
                match name {
                    Some(name) =>
                        format!("`{name}` has one value where tokens are signed and another where they are verified"),
                    None => "nothing signs with the key that they are verified with".to_owned(),
                }
            ),
            label: "not the key that signs".to_owned(),
            help: Some("give both sides one key, from one place: a variable that both services get".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
