//! `method-mismatch`: a request whose method the back end does not take.

use crate::model::{CauseKind, MethodRefuser, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "method-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/method-mismatch.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MethodMismatch { method, path, by } => Some({
            let (why, help) = match by {
                MethodRefuser::Routes(methods) => (
                    format!("the routes of this path take {} only", words::list(methods)),
                    format!("send {}, or add a route for {method}", words::list(methods)),
                ),
                MethodRefuser::Preflight(methods) => (
                    format!(
                        "the CORS registration, which the browser asks before it sends the request, allows {} only",
                        words::list(methods)
                    ),
                    format!("add \"{method}\" to the methods of this registration"),
                ),
            };
            Words {
                message: format!("{method} `{path}` is refused{}, because {why}.", at.back_end_after("by")),
                label: format!("{method} is not allowed"),
                help: Some(help),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
