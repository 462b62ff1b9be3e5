//! `insecure-websocket-url`: a `ws://` address opened by a page that came over TLS.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "insecure-websocket-url";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/insecure-websocket-url.md"), check)
    .once_per_place()
    .yields_to(&["fixed-websocket-scheme", "loopback-in-production"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::InsecureWebSocketUrl { url, secure, milder } => Some({
            let effect = match milder {
                Some(why) => format!("; {why}, so what happens depends on the browser"),
                None => String::new(),
            };
            Words {
                message: format!(
                    "The browser blocks `{url}`, because the page that opens it is served over https{effect}. The WebSocket constructor throws a SecurityError (mixed content) and no request leaves the browser."
                ),
                label: "a plain `ws:` address".to_owned(),
                help: Some(format!(
                    "change `ws:` to `wss:` in {at} (`{secure}`), or build the address from `location` so that it follows the page"
                )),
                strength: Strength::milder_if(milder.is_some()),
            }
        }),
        _ => None,
    })
}
