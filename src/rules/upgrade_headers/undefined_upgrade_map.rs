//! `undefined-upgrade-map`: a variable that no map defines.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "undefined-upgrade-map";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/undefined-upgrade-map.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::UndefinedUpgradeMap { variable } => Some({
            let fix = if &**variable == "$connection_upgrade" {
                "add at http level, outside of every `server`:\n    map $http_upgrade $connection_upgrade {\n        default upgrade;\n        ''      close;\n    }".to_owned()
            } else {
                format!("define `{variable}` with a `map` or `set`, or fix its name in {at}")
            };
            Words {
                message: format!(
                    "nginx does not start, because `{variable}` is used but defined nowhere: `unknown \"{}\" variable`. nginx has no such variable of its own; a `map` at http level has to define it.",
                    variable.trim_start_matches('$')
                ),
                label: format!("`{variable}` is defined nowhere"),
                help: Some(fix),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
