//! `host-not-allowed`: a server refuses the Host under which it is reached.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "host-not-allowed";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/host-not-allowed.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::HostNotAllowed { host, proxy, server, option } => Some(Words {
            message: format!(
                "{server} answers every request with 403 (\"Blocked request. This host is not allowed\"), because {proxy} hands the Host `{host}` on, and `{option}` does not list it: without the option only localhost and addresses are let in."
            ),
            label: format!("does not let `{host}` in"),
            help: Some(format!("add it in {at}:\n    {}: ['{host}'],", option.rsplit('.').next().unwrap_or(option))),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
