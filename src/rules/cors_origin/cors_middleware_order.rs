//! `cors-middleware-order`: CORS middleware behind the routes that it is meant for.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "cors-middleware-order";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/cors-middleware-order.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::CorsMiddlewareOrder { route } => Some({
            Words {
                message: format!(
                    "CORS is registered after the route `{route}`{}, which answers before it is reached: the answer has no Access-Control-Allow-Origin, and the browser hides it from pages of other origins.",
                    at.back_end_after("of")
                ),
                label: "comes after the routes".to_owned(),
                help: Some("move this line above the routes".to_owned()),
                strength: Strength::Full,
            }
        }),
        CauseKind::CorsWithoutPreflight { method, path } => Some(Words {
            message: format!(
                "CORS is registered with the route `{method} {path}`{} alone. The browser asks ahead of this request whether it may send it (OPTIONS, the preflight), which is no request of the route: the answer has no CORS headers, and the request itself is never sent.",
                at.back_end_after("of")
            ),
            label: "not asked for OPTIONS".to_owned(),
            help: Some(format!(
                "answer the preflight as well: `app.options('{path}', cors(..))`, or `app.use(cors(..))` above the routes"
            )),
            strength: Strength::Full,
        }),
        CauseKind::CorsBehindLogin { layer } => Some(Words {
            message: format!(
                "`{layer}` stands in front of CORS{} and refuses requests without credentials. What the browser asks ahead of this request (the preflight) has none, so it is refused without CORS headers, and the request itself is never sent.",
                at.back_end_after("of")
            ),
            label: format!("`{layer}` answers before it"),
            help: Some(format!("let CORS be the outermost: in front of `{layer}` (Starlette: added after it)")),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
