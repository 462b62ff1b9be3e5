//! `loopback-alias-mismatch`: an allow-list that names the page's machine by its other name.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "loopback-alias-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/loopback-alias-mismatch.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::LoopbackAliasMismatch { origin, entry } => Some(Words {
            message: format!(
                "The page works only when it is opened as `{entry}`: its server gives out `{origin}`, which browsers take for another origin and the list does not hold."
            ),
            label: format!("`{origin}` is another origin"),
            help: Some(format!("list `{origin}` as well")),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
