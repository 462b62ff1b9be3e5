//! `unreachable-upstream`: a proxy target where nobody answers.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unreachable-upstream";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unreachable-upstream.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::UnreachableUpstream { target, why, suggestion } => Some(Words {
            message: format!(
                "nginx forwards to `{target}` and nobody answers there: {why}. The browser gets 502 Bad Gateway."
            ),
            label: format!("nobody answers at `{target}`"),
            help: suggestion.as_ref().map(|right| format!("forward to `{right}`")),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
