//! `redirected-request`: a request of another origin that a proxy answers by a redirect.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "redirected-request";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/redirected-request.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::RedirectedRequest { by, url, code, target, fixed } => Some(Words {
            message: format!(
                "{} answers `{url}` with a redirect ({code}) to `{target}`, without CORS headers. The page is of another origin, and browsers follow such a redirect for a script only when the redirect itself lets the page in, so the request fails.",
                by.name
            ),
            label: format!("{} answers {code} here", by.name),
            help: Some(match fixed {
                Some(fixed) => {
                    format!("change the address in {at} to the one that the redirect leads to:\n    {fixed}")
                }
                None => format!("change the address in {at} to the one that the redirect leads to (`{target}`)"),
            }),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
