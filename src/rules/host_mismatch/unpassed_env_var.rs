//! `unpassed-env-var`: a variable that arrives after the pages were built.

use crate::model::{CauseKind, PassedOn, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unpassed-env-var";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unpassed-env-var.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, _| match kind {
        CauseKind::UnpassedEnvVar { name, service, url, given } => Some(match given {
            PassedOn::AtStart => Words {
                message: format!(
                    "`{name}` comes too late: `{service}` gets it when its container starts, and the pages took it in when the image was built, where nothing passes it, so browsers open `{url}` whatever it says here."
                ),
                label: "has no effect on the built pages".to_owned(),
                help: Some(format!(
                    "pass it to the build: `build: {{ args: {{ {name}: ... }} }}` here, and `ARG {name}` in the Dockerfile, in the stage that builds and before it does"
                )),
                strength: Strength::Full,
            },
            PassedOn::ToTheBuild => Words {
                message: format!(
                    "`{name}` never reaches the build of `{service}`: no stage of its Dockerfile that builds the pages declares the argument, so browsers open `{url}` whatever it says here."
                ),
                label: "an argument that the Dockerfile does not declare".to_owned(),
                help: Some(format!(
                    "write `ARG {name}` into the Dockerfile, in the stage that builds and before it does"
                )),
                strength: Strength::Full,
            },
        }),
        _ => None,
    })
}
