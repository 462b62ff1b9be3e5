//! `missing-origin-check`: a WebSocket endpoint that takes pages of any origin.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-origin-check";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/missing-origin-check.md"), check).yields_to(&["late-origin-check"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| {
        match kind {
        CauseKind::MissingOriginCheck { path, trusts, token } => Some(Words {
            message: format!(
                "Pages of any origin can open the WebSocket `{path}`, because nothing compares its Origin header, and it trusts {trusts}. Browsers apply no CORS to WebSockets: {}",
                if *token {
                    "only a token that other sites do not know keeps them out."
                } else {
                    "a foreign page gets a socket in the name of whoever visits it, and CORS settings do not help."
                }
            ),
            label: "accepts any Origin".to_owned(),
            help: Some("compare the Origin header with your allow-list before accepting the socket, and refuse the handshake when it is not in it".to_owned()),
            strength: Strength::milder_if(*token),
        }),
        _ => None,
    }
    })
}
