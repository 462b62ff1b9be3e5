//! `unpassed-env-var`: a variable that arrives after the pages were built.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unpassed-env-var";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unpassed-env-var.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, _| match kind {
        CauseKind::UnpassedEnvVar { name, service, url } => Some(Words {
            message: format!(
                "`{name}` comes too late: `{service}` gets it when its container starts, and the pages took it in when the image was built, where nothing passes it, so browsers open `{url}` whatever it says here."
            ),
            label: "has no effect on the built pages".to_owned(),
            help: Some(format!(
                "pass it to the build: `build: {{ args: {{ {name}: ... }} }}` here, and `ARG {name}` with `ENV {name}=${name}` in the Dockerfile, before the line that builds"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
