//! `dev-proxy-without-websocket`: a development server's proxy entry that forwards requests, but no handshakes.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "dev-proxy-without-websocket";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/dev-proxy-without-websocket.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::DevProxyWithoutWebSocket { entry, polls } => Some({
            let effect = if *polls {
                "the upgrade of this socket.io connection gets no answer, and it stays with long polling"
            } else {
                "the handshake of this socket gets no answer and hangs until it times out"
            };
            Words {
                message: format!(
                    "The proxy entry `{entry}` of the development server forwards requests, but no WebSocket handshakes, because it has neither `ws: true` nor a `ws:` target: {effect}."
                ),
                label: "handshakes get no answer here".to_owned(),
                help: Some(format!(
                    "add `ws: true` to the entry `{entry}` in {at}:\n    '{entry}': {{ target: ..., ws: true }},"
                )),
                strength: Strength::milder_if(*polls),
            }
        }),
        _ => None,
    })
}
