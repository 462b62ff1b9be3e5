//! `dropped-proxy-headers`: outer headers that an inner level throws away.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "dropped-proxy-headers";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/dropped-proxy-headers.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::DroppedProxyHeaders { location, lost, level, upgrade_lost } => Some({
            let effect = if *upgrade_lost {
                "so the WebSocket handshake fails there"
            } else {
                "so the back end does not get them"
            };
            let lines: Vec<String> = lost
                .iter()
                .map(|name| match &*name.to_ascii_lowercase() {
                    "upgrade" => "proxy_set_header Upgrade $http_upgrade;".to_owned(),
                    "connection" => "proxy_set_header Connection \"upgrade\";".to_owned(),
                    "host" => "proxy_set_header Host $host;".to_owned(),
                    _ => format!("proxy_set_header {name} ...;"),
                })
                .collect();
            Words {
                message: format!(
                    "`location {location}` loses {}, {effect}: they are set at {level} level, and nginx inherits proxy_set_header only into levels that set no header of their own.",
                    words::list(lost)
                ),
                label: "sets a header of its own and inherits none".to_owned(),
                help: Some(format!("repeat in this location:\n    {}", lines.join("\n    "))),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
