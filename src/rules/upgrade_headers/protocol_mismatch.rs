//! `protocol-mismatch`: the client and the server speak different protocols over their socket.

use crate::facts::Protocol;
use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "protocol-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/protocol-mismatch.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::ProtocolMismatch { client, server } => Some(match server {
            Protocol::SocketIo => Words {
                message: format!(
                    "`{client}` never gets through to the socket.io server{}: socket.io speaks a protocol of its own inside of its sockets, and closes one that does not.",
                    at.back_end_after("of")
                ),
                label: "no socket.io client".to_owned(),
                help: Some("open it with `io()` of socket.io-client, or serve plain WebSockets (`ws`)".to_owned()),
                strength: Strength::Full,
            },
            _ => Words {
                message: format!(
                    "socket.io never connects to the plain WebSocket server{}: it asks for `/socket.io/` and speaks a protocol of its own, which that server does not answer.",
                    at.back_end_after("of")
                ),
                label: "no socket.io server".to_owned(),
                help: Some("open it with `new WebSocket(url)`, or serve socket.io".to_owned()),
                strength: Strength::Full,
            },
        }),
        _ => None,
    })
}
