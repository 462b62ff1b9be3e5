//! `loopback-in-production`: a production build that connects to the visitor's own machine.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "loopback-in-production";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/loopback-in-production.md"), check)
    .once_per_place()
    .yields_to(&["undefined-env-var"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::LoopbackInProduction { url, variable, because, documented } => Some(Words {
            message: format!(
                "Every visitor's browser connects to `{url}`, which is the visitor's own machine and not the server: {because}."
            ),
            label: "loopback reaches production".to_owned(),
            help: Some(match variable {
                Some(name) => format!(
                    "set `{name}` to the public address for the production build, or build the address in {at} from `location.host`"
                ),
                None => format!(
                    "build the address in {at} from `location.host`, or read it from a variable that the production build sets"
                ),
            }),
            strength: if *documented { Strength::Note } else { Strength::Full },
        }),
        _ => None,
    })
}
