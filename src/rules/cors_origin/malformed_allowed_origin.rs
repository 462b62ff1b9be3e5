//! `malformed-allowed-origin`: an allow-list entry that no Origin header can equal.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "malformed-allowed-origin";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/malformed-allowed-origin.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MalformedAllowedOrigin { entry, why, right } => Some(Words {
            message: format!(
                "The allowed origin `{entry}`{} never matches, so the pages that it is meant for are refused: {why}.",
                at.back_end_after("of")
            ),
            label: "never equal to an Origin header".to_owned(),
            help: Some(match right {
                Some(right) => format!("change `{entry}` to `{right}` in {at}"),
                None => format!(
                    "change `{entry}` in {at} to the origin of a page: scheme, host and port, `https://app.example.com`"
                ),
            }),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
