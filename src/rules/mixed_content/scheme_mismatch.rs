//! `scheme-mismatch`: TLS spoken to a plain port, or plain to a port of TLS.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "scheme-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/scheme-mismatch.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::SchemeMismatch { address, spoken, taken, program, symptom } => Some({
            Words {
                message: format!(
                    "`{address}` speaks `{spoken}` to {program}, which takes `{taken}` on this port: {symptom}."
                ),
                label: format!("`{spoken}` to a port of `{taken}`"),
                help: Some(format!("change `{spoken}` to `{taken}` here")),
                strength: Strength::Full,
            }
        }),
        CauseKind::PlainSocketPort { port } => Some(Words {
            message: format!(
                "`ws` is given a TLS server and a port. It then opens a plain server of its own on {} and leaves the TLS server alone, so `wss:` clients find nobody there who speaks TLS.",
                port.map_or_else(|| "that port".to_owned(), |port| format!("port {port}"))
            ),
            label: "a plain server of its own".to_owned(),
            help: Some("leave `port` out here, and let the TLS server listen: `server.listen(port)`".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
