//! `redirected-websocket`: a handshake that nginx answers by a redirect.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "redirected-websocket";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/redirected-websocket.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::RedirectedWebSocket { by, url, code, target, fixed } => Some(Words {
            message: format!(
                "{} answers the handshake to `{url}` with a redirect ({code}) to `{target}`. Browsers follow no redirect of a WebSocket handshake, so the socket never opens.",
                by.name
            ),
            label: format!("{} answers {code} here", by.name),
            help: Some(match fixed {
                Some(fixed) => {
                    format!("change the address in {at} to the one that the redirect leads to:\n    {fixed}")
                }
                None => format!(
                    "change the address in {at} to the one that the redirect leads to (`{target}`), or take the path out of the redirect"
                ),
            }),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
