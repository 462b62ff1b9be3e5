//! `protocol-mismatch`: the client and the server speak different protocols over their socket.

use std::sync::Arc;

use crate::facts::Protocol;
use crate::facts::known::{GRAPHQL_TRANSPORT_WS, GRAPHQL_WS, library_of};
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
        CauseKind::ForeignSubprotocol { offered, spoken } => Some(Words {
            message: format!(
                "The client offers the sub-protocol {}, and the server{} speaks {}: it refuses or closes every socket of this client.",
                named(offered),
                at.back_end_after("of"),
                named(spoken)
            ),
            label: format!("offers {}", words::list(offered)),
            help: Some(way_out(offered, spoken)),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

/// Sub-protocols with the libraries that speak them: their names are easily taken for one another.
fn named(names: &[Arc<str>]) -> String {
    let libraries: Vec<&str> = names.iter().filter_map(|name| library_of(name)).collect();
    match libraries.as_slice() {
        [] => words::list(names),
        libraries => format!("{} (that of {})", words::list(names), words::list(libraries)),
    }
}

fn way_out(offered: &[Arc<str>], spoken: &[Arc<str>]) -> String {
    let is = |names: &[Arc<str>], wanted: &str| names.iter().any(|name| &**name == wanted);
    if is(offered, GRAPHQL_WS.name) && is(spoken, GRAPHQL_TRANSPORT_WS.name) {
        return "open it with `createClient` of `graphql-ws` (for Apollo: `GraphQLWsLink`)".to_owned();
    }
    format!("use the library for {} on both sides", words::list(spoken))
}
