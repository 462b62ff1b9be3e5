//! `auth-request-upgrade`: a question to an authentication service that is a handshake.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "auth-request-upgrade";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/auth-request-upgrade.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::AuthRequestUpgrade { location, asked_for } => Some(Words {
            message: format!(
                "Before a handshake in `location {asked_for}` goes on, nginx asks `location {location}` whether it may, and that question carries the Upgrade and Connection headers too. The authentication service sees a WebSocket handshake: where it accepts one, nginx drops the client, and where it has no socket there, it refuses."
            ),
            label: "the upgrade goes with the question".to_owned(),
            help: Some(format!(
                "clear both in `location {location}` ({at}):\n    proxy_set_header Upgrade \"\";\n    proxy_set_header Connection \"\";"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
