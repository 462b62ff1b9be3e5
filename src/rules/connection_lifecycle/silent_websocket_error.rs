//! `silent-websocket-error`: sockets whose errors nobody sees.

use crate::model::{CauseKind, Silence, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "silent-websocket-error";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/silent-websocket-error.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| {
        match kind {
        CauseKind::SilentWebSocketError { silence } => Some(Words {
            message: match silence {
                Silence::NoHandler => {
                    "Nothing listens to the errors of this WebSocket, nor to its end: when the handshake is refused, the page waits for ever and says nothing.".to_owned()
                }
                Silence::EmptyHandler => {
                    "What listens to the errors of this WebSocket does nothing: when the handshake is refused, neither the visitor nor the log learns of it.".to_owned()
                }
            },
            label: match silence {
                Silence::NoHandler => "errors go nowhere".to_owned(),
                Silence::EmptyHandler => "does nothing".to_owned(),
            },
            help: Some("log it and show it: `socket.addEventListener('error', ...)`; the reason stands only in the `close` event that follows (`event.code`), and often there is none but 1006".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    }
    })
}
