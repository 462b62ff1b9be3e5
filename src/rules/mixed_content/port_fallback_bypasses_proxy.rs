//! `port-fallback-bypasses-proxy`: an empty port variable that falls back to a port beside the proxy.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "port-fallback-bypasses-proxy";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/port-fallback-bypasses-proxy.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::PortFallbackBypassesProxy { name, port, url } => Some(Words {
            message: format!(
                "The browser connects to `{url}`, past the proxy that serves the page: `{name}` is empty, so `||` puts in the fallback port {port}. Nothing speaks TLS on port {port}, so the connection fails, although the proxy would have taken it."
            ),
            label: format!("an empty `{name}` becomes {port}"),
            help: Some(format!(
                "write `location.host` in {at}, which holds the page's host with its port, or leave the port out when `{name}` is empty"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
