//! `public-secret`: secrets that a bundler hands out.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "public-secret";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/public-secret.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| {
        match kind {
        CauseKind::PublicSecret { name, prefix } => Some(Words {
            message: format!(
                "`{name}` is named like a secret, and its prefix `{prefix}` tells the bundler to write its value into the files that every visitor loads."
            ),
            label: "goes into the bundle".to_owned(),
            help: Some("keep it on the server: take the prefix away, let the back end do what needs the secret, and replace the secret, because whoever has loaded the page knows it".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    }
    })
}
