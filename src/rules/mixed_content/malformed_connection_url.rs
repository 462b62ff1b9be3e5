//! `malformed-connection-url`: an address that the constructor refuses or reads as something else.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "malformed-connection-url";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/malformed-connection-url.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MalformedConnectionUrl { url, problem, fix } => Some(Words {
            message: format!("The browser does not connect where `{url}` is meant to lead: the address {problem}."),
            label: "not the address that was meant".to_owned(),
            help: Some(format!("in {at}, {fix}")),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
