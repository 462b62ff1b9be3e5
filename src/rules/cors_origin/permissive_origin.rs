//! `permissive-origin`: an allow-list that lets strangers in.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "permissive-origin";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/permissive-origin.md"), check)
    .yields_to(&["wildcard-origin-with-credentials"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::PermissiveOrigin { what, harmless } => Some({
            let effect = if *harmless {
                "any web site can read the answers of this API; without credentials that shows only what is public"
            } else {
                "any web site that a user visits can talk to this back end from the user's browser"
            };
            Words {
                message: format!("The {} lets in {what} in production, so {effect}.", at.back_end()),
                label: "admits too many origins".to_owned(),
                help: Some(format!("write the origins of your own pages in {at}, such as `https://app.example.com`")),
                strength: Strength::milder_if(*harmless),
            }
        }),
        _ => None,
    })
}
