//! `missing-http-version`: a WebSocket location that speaks HTTP/1.0 to the back end.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-http-version";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-http-version.md"), check)
    .yields_to(&["missing-upgrade-headers", "dropped-proxy-headers"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingHttpVersion { location, refused } => Some({
            let effect = if *refused {
                format!("the {} refuses handshakes below HTTP/1.1", at.back_end())
            } else {
                "not every back end takes an upgrade below HTTP/1.1".to_owned()
            };
            Words {
                message: format!(
                    "nginx forwards the WebSocket handshake of `location {location}` as HTTP/1.0, and {effect}. HTTP/1.0 is the default of `proxy_http_version` before nginx 1.29.7."
                ),
                label: "HTTP/1.0 to the back end".to_owned(),
                help: Some(format!("add to `location {location}` ({at}):\n    proxy_http_version 1.1;")),
                strength: if *refused { Strength::Full } else { Strength::Note },
            }
        }),
        _ => None,
    })
}
