//! `missing-origin-check`: a WebSocket endpoint that takes pages of any origin.

use crate::model::{CauseKind, Trusts, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-origin-check";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/missing-origin-check.md"), check).yields_to(&["late-origin-check"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingOriginCheck { socket, trusts } => Some(Words {
            message: format!(
                "Pages of any origin can open {socket}{}, because nothing compares the Origin header{}. Browsers apply no CORS to WebSockets: {}.",
                at.back_end_after("of"),
                match trusts {
                    Trusts::Cookie => " and a cookie says who the visitor is",
                    Trusts::Token => "",
                    Trusts::Nothing => " and no authentication is required",
                },
                match trusts {
                    Trusts::Cookie =>
                        "a foreign page gets a socket in the name of whoever visits it, whatever the CORS settings are",
                    Trusts::Token => "only a token that other sites do not know keeps them out",
                    Trusts::Nothing =>
                        "any web site can use it from the browsers of its visitors, whatever the CORS settings are",
                }
            ),
            label: "accepts any Origin".to_owned(),
            help: Some(format!(
                "in {at}, before the socket is accepted, compare the Origin header with a list of your own origins and refuse the handshake when it is not in it"
            )),
            strength: Strength::milder_if(*trusts == Trusts::Token),
        }),
        _ => None,
    })
}
