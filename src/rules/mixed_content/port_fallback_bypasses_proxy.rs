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
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::PortFallbackBypassesProxy { name, port, url } => Some(Words {
            message: format!(
                "The browser connects to `{url}`, past the proxy that serves the page: `{name}` is empty, and `||` then puts in the fallback port {port}. Nothing that speaks TLS for the page answers on {port}, so the connection fails there although the proxy would have taken it."
            ),
            label: format!("an empty `{name}` becomes {port}"),
            help: Some(format!(
                "leave the port out when `{name}` is empty: `const port = {name} ? `:${{{name}}}` : ''`, or use `location.host`"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
