//! `dropped-proxy-headers`: outer headers that an inner level throws away.

use std::sync::Arc;

use super::effects;
use crate::model::{CauseKind, DropEffect, ForwardedProblem, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, About, Strength, Words};
use crate::rules::{Finding, RuleId, fixes};

const ID: &str = "dropped-proxy-headers";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/dropped-proxy-headers.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::DroppedProxyHeaders { location, lost, level, effect } => Some({
            let lines: Vec<String> = lost.iter().map(line).collect();
            let (are, they) = if lost.len() == 1 { ("is", "It") } else { ("are", "They") };
            Words {
                message: format!(
                    "`location {location}` loses {}, {}. {they} {are} set at {level} level, and nginx inherits proxy_set_header only into levels that set no header of their own.",
                    words::list(lost),
                    comes_of(effect, at)
                ),
                label: "sets a header of its own and inherits none".to_owned(),
                help: Some(format!("repeat in `location {location}` ({at}):\n    {}", lines.join("\n    "))),
                strength: Strength::milder_if(effect.is_mild()),
            }
        }),
        _ => None,
    })
}

fn comes_of(effect: &DropEffect, at: &About<'_>) -> String {
    match effect {
        DropEffect::Handshake => "so the WebSocket handshake fails there".to_owned(),
        DropEffect::Forwarded(problem @ ForwardedProblem::Host(sent), effect) => {
            format!("nginx sends `Host: {sent}`, {}", effects::of(problem, effect, at))
        }
        DropEffect::Forwarded(problem, effect) => effects::of(problem, effect, at),
    }
}

/// The usual way to set a header.
fn line(name: &Arc<str>) -> String {
    let value = fixes::usual(name).unwrap_or("...");
    format!("proxy_set_header {name} {value};")
}
