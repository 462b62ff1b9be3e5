//! `proxy-path-rewrite`: a proxy that changes a path, or keeps it, so that the route is missed.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "proxy-path-rewrite";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/proxy-path-rewrite.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::ProxyPathRewrite { asked, arrives, route, lines, shared, symptom } => Some({
            let does = if asked == arrives {
                format!("The proxy hands `{asked}` on as it came")
            } else {
                format!("The proxy turns `{asked}` into `{arrives}`")
            };
            let help = match lines {
                None => "let the `rewrite` leave this path as it is".to_owned(),
                Some(lines) if *shared => {
                    format!("give this path a location or entry of its own, with:\n    {lines}")
                }
                Some(lines) => format!("write here:\n    {lines}"),
            };
            Words {
                message: format!("{does}. The back end has no route for that, but one for `{route}`, so {symptom}."),
                label: format!("`{arrives}` goes to the back end"),
                help: Some(help),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
