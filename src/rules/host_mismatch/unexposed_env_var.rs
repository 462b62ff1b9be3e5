//! `unexposed-env-var`: a variable that is set, and that the bundler keeps out of browser code.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unexposed-env-var";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unexposed-env-var.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::UnexposedEnvVar { name, read, tool, right, url } => {
            let new = right.rsplit('.').next().unwrap_or(right);
            Some(Words {
                message: format!(
                    "`{read}` has no value in the browser although `{name}` is set, because {tool} hands out other variables only: the browser opens `{url}`."
                ),
                label: format!("`{name}` never reaches browser code"),
                help: Some(if new == &**name {
                    format!("read `{right}` in {at}")
                } else {
                    format!("rename the variable to `{new}` where it is set, and read `{right}` in {at}")
                }),
                strength: Strength::Full,
            })
        }
        _ => None,
    })
}
