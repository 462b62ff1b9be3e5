//! `certificate-host-mismatch`: certificates without the name of the server that shows them.

use crate::model::{CauseKind, NameGap, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "certificate-host-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/certificate-host-mismatch.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| {
        match kind {
        CauseKind::CertificateHostMismatch { gap } => Some(Words {
            message: match gap {
                NameGap::NoName => {
                    "The certificate that this command makes names no host at all: browsers refuse it under every address, also where somebody trusts it, so that https and wss fail.".to_owned()
                }
                NameGap::Lacks(name) => format!(
                    "The certificate that this command makes does not hold `{name}`, under which the server shows it: browsers refuse https and wss to `{name}`, also where somebody trusts it."
                ),
            },
            label: "the names of the certificate".to_owned(),
            help: Some(match gap {
                NameGap::NoName => "name the hosts that browsers use: `-addext \"subjectAltName=DNS:localhost,IP:127.0.0.1\"`; browsers do not look at the common name".to_owned(),
                NameGap::Lacks(name) => format!("add it to the names: `-addext \"subjectAltName=DNS:{name}\"`"),
            }),
            strength: Strength::Full,
        }),
        _ => None,
    }
    })
}
