//! `committed-private-key`: private keys that are part of the repository.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "committed-private-key";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/committed-private-key.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| {
        match kind {
        CauseKind::CommittedPrivateKey => Some(Words {
            message: "This private key is part of the repository: whoever has ever had a copy can pose as every server that shows its certificate.".to_owned(),
            label: "a private key without a passphrase".to_owned(),
            help: Some("make a new pair where it is used, take this one out (`git rm --cached`) and ignore its path; it stays in the history, so that the old certificate must not be trusted any more".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    }
    })
}
