//! `close-before-accept`: close codes that never reach the browser.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "close-before-accept";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/close-before-accept.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::CloseBeforeAccept { code } => Some(Words {
            message: format!(
                "The {} closes the socket with code {code} before it accepts it. Such a refusal is an HTTP answer (403) without a close code: the browser reports 1006, and the code that looks for {code} never runs.",
                at.back_end()
            ),
            label: format!("{code} never reaches the browser"),
            help: Some(format!(
                "accept the socket in this branch and close it with {code} at once, or have the client treat 1006 before the first `open` as a refusal"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
