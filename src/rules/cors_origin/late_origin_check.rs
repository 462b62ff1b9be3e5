//! `late-origin-check`: an Origin that is compared after the socket was accepted.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "late-origin-check";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/late-origin-check.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::LateOriginCheck { socket } => Some(Words {
            message: format!(
                "The {} accepts {socket} before it compares the Origin header, so a page of any origin gets an open socket, and whatever is sent before the check reaches that page.",
                at.back_end()
            ),
            label: "the Origin is compared too late".to_owned(),
            help: Some(format!(
                "move the comparison in {at} above the `accept`: close the socket with code 1008 when the Origin is not allowed, and accept it only afterwards"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
