//! `token-in-url`: credentials that stand in the address of a connection.

use crate::facts::ClientApi;
use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "token-in-url";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/token-in-url.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::TokenInUrl { api, key } => Some(Words {
            message: format!(
                "The address of this {} carries a credential, the value of `{key}`, and servers, proxies and monitoring write addresses into their logs: whoever reads one of them can connect as this user for as long as it is valid.",
                api.name()
            ),
            label: format!("`{key}` becomes part of the address"),
            help: Some(help(*api).to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

fn help(api: ClientApi) -> &'static str {
    match api {
        ClientApi::SocketIo => {
            "hand it over as `auth: { token }`, which socket.io sends in its first packet; the server reads it from `socket.handshake.auth`"
        }
        ClientApi::EventSource => {
            "use a cookie, or read the stream with `fetch`, which can send `Authorization`; or ask the back end for a ticket that is good for one connection"
        }
        _ => {
            "send it as the first message, in a cookie or as a sub-protocol (the second argument of `new WebSocket`), or ask the back end for a ticket that is good for one connection"
        }
    }
}
