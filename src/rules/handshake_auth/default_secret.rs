//! `default-secret`: keys that everybody can read.

use crate::facts::SecretPurpose;
use crate::model::{CauseKind, KeyKnownFrom, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "default-secret";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/default-secret.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::DefaultSecret { purpose, known_from } => Some(Words {
            message: format!(
                "Whoever has read this repository can sign in as anybody: the {} {} a key that is {}.",
                at.back_end(),
                does(*purpose),
                from(known_from)
            ),
            label: "a key that everybody can read".to_owned(),
            help: Some(help(known_from)),
            strength: match known_from {
                // Whoever wrote it there can see it; that a variable never arrived nobody sees.
                KeyKnownFrom::Settings | KeyKnownFrom::Source => Strength::Note,
                KeyKnownFrom::Fallback(_) => Strength::Full,
            },
        }),
        _ => None,
    })
}

fn does(purpose: SecretPurpose) -> &'static str {
    match purpose {
        SecretPurpose::SignsTokens | SecretPurpose::Tokens => "signs its tokens with",
        SecretPurpose::VerifiesTokens => "believes tokens that are signed with",
        SecretPurpose::Sessions | SecretPurpose::Settings => "signs its sessions with",
    }
}

fn from(known_from: &KeyKnownFrom) -> String {
    match known_from {
        KeyKnownFrom::Source => "written in the source".to_owned(),
        KeyKnownFrom::Fallback(name) => format!("written here wherever `{name}` is not set, and starts all the same"),
        KeyKnownFrom::Settings => "committed with its settings".to_owned(),
    }
}

fn help(known_from: &KeyKnownFrom) -> String {
    match known_from {
        KeyKnownFrom::Fallback(name) => format!(
            "take the text out, so that nothing starts without `{name}`, and set it where the back end runs: `openssl rand -hex 32` makes one"
        ),
        KeyKnownFrom::Source => {
            "read the key from the environment without a fallback; `openssl rand -hex 32` makes a new one".to_owned()
        }
        KeyKnownFrom::Settings => {
            "keep the key of production out of the repository; `openssl rand -hex 32` makes a new one".to_owned()
        }
    }
}
