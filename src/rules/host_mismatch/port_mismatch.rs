//! `port-mismatch`: a port that nobody answers on.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "port-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/port-mismatch.md"), check)
    .once_per_place()
    .yields_to(&["port-fallback-bypasses-proxy", "loopback-in-production"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::PortMismatch { port, host, answers } => Some({
            let others: Vec<String> = answers.iter().map(|(port, who)| format!("{port} ({who})")).collect();
            Words {
                message: format!(
                    "The browser's connection to port {port} on `{host}` is refused, because nothing listens on, publishes or proxies that port{}.",
                    if others.is_empty() {
                        String::new()
                    } else {
                        format!("; what answers on this host is {}", others.join(", "))
                    }
                ),
                label: format!("nobody answers on port {port}"),
                help: Some(match (answers.as_slice(), port) {
                    ([(right, _)], 80 | 443) => format!("add port {right} to the address in {at}"),
                    ([(right, _)], _) => format!("change {port} to {right} in {at}"),
                    _ => format!("change {port} in {at} to a port that answers, or publish port {port}"),
                }),
                strength: Strength::Full,
            }
        }),
        CauseKind::HmrPortMismatch { port, host, right } => Some(Words {
            message: format!(
                "Vite's client cannot connect to port {port} on `{host}` and learns of no changes: behind the proxy, which answers on port {right}, nothing listens on that port, and nothing publishes it."
            ),
            label: format!("nobody answers on port {port}"),
            help: Some(format!(
                "let the client use the proxy's port and the server its own, in {at}:\n    hmr: {{ clientPort: {right} }},"
            )),
            strength: Strength::Milder,
        }),
        _ => None,
    })
}
