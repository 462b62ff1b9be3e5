//! `shadowed-route`: a route behind something that takes its requests.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "shadowed-route";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/shadowed-route.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::ShadowedRoute { route, by, symptom } => Some({
            Words {
                message: format!(
                    "Requests for `{route}`{} come to {by} instead, because that is registered first: {symptom}.",
                    at.back_end_after("of")
                ),
                label: format!("takes requests for `{route}`"),
                help: Some("register this after the routes".to_owned()),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
