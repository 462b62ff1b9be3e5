//! `csrf-origin-mismatch`: trusted origins that no form's Origin can equal.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "csrf-origin-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/csrf-origin-mismatch.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::CsrfOriginMismatch { entry, why, right } => Some(Words {
            message: format!(
                "`{entry}` in CSRF_TRUSTED_ORIGINS never matches the Origin of a form or script: {why}. What pages of that origin post is refused with 403."
            ),
            label: "never matches".to_owned(),
            help: Some(match right {
                Some(right) => format!("change the entry in {at} to `{right}`"),
                None => format!(
                    "write the entry in {at} with scheme and host, and the port when it is not the default: `https://app.example.com`"
                ),
            }),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
