//! `proxy-path-rewrite`: a proxy that changes a path, or keeps it, so that the route is missed.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "proxy-path-rewrite";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/proxy-path-rewrite.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::ProxyPathRewrite { asked, arrives, route, lines, shared, symptom } => Some({
            let does = if asked == arrives {
                format!("The proxy hands `{asked}` on as it came")
            } else {
                format!("The proxy turns `{asked}` into `{arrives}`")
            };
            let help = match lines {
                None => format!("let what rewrites the path in {at} leave `{asked}` as it is"),
                Some(lines) if *shared => {
                    format!("give `{asked}` a location or entry of its own beside {at}, with:\n    {lines}")
                }
                Some(lines) => format!("change the line in {at} to:\n    {lines}"),
            };
            Words {
                message: format!(
                    "{does}. The {} has no route for that, but one for `{route}`, so {symptom}.",
                    at.back_end()
                ),
                label: format!("`{arrives}` goes to the back end"),
                help: Some(help),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
