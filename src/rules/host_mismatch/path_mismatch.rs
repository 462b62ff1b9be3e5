//! `path-mismatch`: a path that the back end has no route for.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "path-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/path-mismatch.md"), check)
    .once_per_place()
    .yields_to(&["unproxied-path"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::PathMismatch { path, nearest, why, symptom } => Some(Words {
            message: format!("The back end has no route for `{path}`: {why}, so {symptom}."),
            label: format!("no route takes `{path}`"),
            help: Some(match nearest {
                Some(route) => format!("use the same path on both sides: the nearest route is `{route}`"),
                None => {
                    format!("ask for a path that the back end has, or forward `{path}` to the process that serves it")
                }
            }),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
