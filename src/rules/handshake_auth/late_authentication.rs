//! `late-authentication`: sockets that are accepted before anybody asks who is there.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "late-authentication";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/late-authentication.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::LateAuthentication { socket } => Some(Words {
            message: format!(
                "The {} accepts {socket} before it looks at the credentials that came with the handshake: everybody gets an open socket first, and the refusal comes when the door is already open.",
                at.back_end()
            ),
            label: "asked after the socket was accepted".to_owned(),
            help: Some(format!(
                "check in {at} above the `accept`, and close with code 1008 instead of accepting: the client gets HTTP 403. Where the client needs a close code, accept and close at once in the branch that refuses"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
