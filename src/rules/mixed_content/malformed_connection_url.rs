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
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::MalformedConnectionUrl { url, problem, mend } => Some(Words {
            message: format!("The browser does not connect where `{url}` is meant to lead: the address {problem}."),
            label: "not the address that was meant".to_owned(),
            help: Some(mend.clone()),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
