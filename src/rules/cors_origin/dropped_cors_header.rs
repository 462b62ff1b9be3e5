//! `dropped-cors-header`: answers that lack the Access-Control-Allow-Origin that nginx is told to add.

use crate::model::{Callers, CauseKind, CorsLoss, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "dropped-cors-header";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/dropped-cors-header.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::DroppedCorsHeader { location, value, loss } => Some(match loss {
            CorsLoss::Replaced(level) => Words {
                message: format!(
                    "`add_header` in `location {location}` replaces all that the {level} level adds, so its answers lack `Access-Control-Allow-Origin: {value}`. nginx inherits `add_header` only where a level has none of its own."
                ),
                label: "replaces every `add_header` of the outer level".to_owned(),
                help: Some(format!(
                    "repeat it beside {at}:\n    add_header Access-Control-Allow-Origin {value} always;\nnginx 1.29.3 and newer can keep the outer ones with `add_header_inherit merge;`"
                )),
                strength: Strength::Full,
            },
            CorsLoss::Preflight => Words {
                message: format!(
                    "nginx answers preflights of `location {location}` in this `if`, whose `add_header` replaces those around it: the answer lacks `Access-Control-Allow-Origin: {value}`, and browsers never send the request that they asked for."
                ),
                label: "replaces every `add_header` around the `if`".to_owned(),
                help: Some(format!(
                    "repeat it in the block of {at}:\n    add_header Access-Control-Allow-Origin {value};"
                )),
                strength: Strength::Full,
            },
            CorsLoss::Idle(idle) => Words {
                message: format!(
                    "The policy for pages of other origins does nothing at `{location}`, because {}: answers lack `Access-Control-Allow-Origin: {value}`, and the back end adds none.",
                    idle.why
                ),
                label: "does nothing".to_owned(),
                help: Some(format!("for the policy in {at}, set:\n    {}", idle.fix)),
                strength: Strength::Full,
            },
            CorsLoss::RefusedAhead => Words {
                message: format!(
                    "Browsers ask ahead of this request whether they may send it (OPTIONS, the preflight). The proxy hands that on at `{location}`, and the back end answers it with an error: whatever headers are added, browsers take only a 2xx answer, and the request itself is never sent."
                ),
                label: "of no use to a preflight that is refused".to_owned(),
                help: Some(format!("beside {at}, let the proxy answer OPTIONS with 204 and the same headers")),
                strength: Strength::Full,
            },
            CorsLoss::Errors(callers) => Words {
                message: format!(
                    "Without `always` nginx adds `Access-Control-Allow-Origin: {value}` only to answers that succeed or redirect. When the back end answers 4xx or 5xx, or is down, pages of other origins see a CORS error in place of the status."
                ),
                label: "not added to errors".to_owned(),
                help: Some(format!(
                    "write in {at}:\n    add_header Access-Control-Allow-Origin {value} always;\nThe other `add_header` lines for CORS need it as well."
                )),
                strength: Strength::milder_if(*callers == Callers::Supposed),
            },
        }),
        _ => None,
    })
}
