//! `loopback-bind`: a process that listens inside its own container alone.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "loopback-bind";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/loopback-bind.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::LoopbackBind { program, host, service, reached } => Some(Words {
            message: format!(
                "{} binds `{host}` in the container `{service}`, so nothing outside of that container reaches it, although {reached}: the connection is refused, and a proxy answers 502.",
                capitalized(program)
            ),
            label: format!("binds `{host}` inside `{service}`"),
            help: Some("bind every address of the container: `0.0.0.0` as the host".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

fn capitalized(text: &str) -> String {
    match text.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => text.to_owned(),
    }
}
