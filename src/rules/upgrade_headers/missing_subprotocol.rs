//! `missing-subprotocol`: a sub-protocol that the client offers and the server does not select.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-subprotocol";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-subprotocol.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingSubprotocol { offered, selected } => Some({
            let what = match selected {
                Some(selected) => format!("selects `{selected}`, which was not offered"),
                None => "selects none".to_owned(),
            };
            Words {
                message: format!(
                    "The client offers {}, and the server{} {what}: browsers close the connection.",
                    match offered.is_empty() {
                        true => "a sub-protocol".to_owned(),
                        false => format!("the sub-protocol {}", words::list(offered)),
                    },
                    at.back_end_after("of")
                ),
                label: "no sub-protocol that was offered".to_owned(),
                help: Some(match offered.first() {
                    Some(first) => format!("select one that the client offers, such as `subprotocol=\"{first}\"`"),
                    None => "select one that the client offers".to_owned(),
                }),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
