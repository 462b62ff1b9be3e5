//! `missing-upgrade-headers`: a location that does not hand the WebSocket upgrade on.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-upgrade-headers";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-upgrade-headers.md"), check)
    .yields_to(&["dropped-proxy-headers", "undefined-upgrade-map"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingUpgradeHeaders { by, location, problem, missing, .. } => Some({
            let block = by.block(location);
            Words {
                message: format!(
                    "A WebSocket handshake through `{block}` fails, because {problem}. {}, so the back end sees a plain request and the browser gets an unexpected response code instead of 101.",
                    by.loses_upgrade
                ),
                label: if missing.is_empty() {
                    "the upgrade is lost here".to_owned()
                } else {
                    format!("{} not sent", words::list(missing))
                },
                help: Some(format!("set in `{block}` ({at}):\n    {}", by.upgrade.join("\n    "))),
                // A location that is one by its name only carries that as an assumption.
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
