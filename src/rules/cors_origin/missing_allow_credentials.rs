//! `missing-allow-credentials`: a request with credentials whose answer does not allow them.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-allow-credentials";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-allow-credentials.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingAllowCredentials { origin } => Some({
            Words {
                message: format!(
                    "The request is sent with credentials from pages of `{origin}`, and the CORS registration{} does not allow them: the browser hides the answer.",
                    at.back_end_after("of")
                ),
                label: "credentials are not allowed".to_owned(),
                help: Some("allow credentials in this registration, with the origins listed by name".to_owned()),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
