//! `fixed-websocket-scheme`: `ws:` written in front of the page's own host.

use crate::model::{CauseKind, FixedScheme, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "fixed-websocket-scheme";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/fixed-websocket-scheme.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::FixedWebSocketScheme { url, https_shown, why } => Some({
            let page =
                if *https_shown { "the page is served over https" } else { "a page served over https runs this code" };
            let (because, help) = match why {
                FixedScheme::Literal => (
                    "while the host follows the page",
                    format!(
                        "choose the scheme in {at} by that of the page (`location.protocol` ends in a colon):\n    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';\n    const base = `${{scheme}}//${{location.host}}`;"
                    ),
                ),
                FixedScheme::NeverChosen => (
                    "although the code means to choose it: a `protocol` ends in a colon, so it never equals `https`",
                    format!("write the colon in {at}: `protocol === 'https:'`"),
                ),
            };
            Words {
                message: format!(
                    "The browser blocks `{url}` as soon as {page}, because the scheme is always `ws:`, {because}. The WebSocket constructor throws a SecurityError and no request leaves the browser."
                ),
                label: "the scheme does not follow the page".to_owned(),
                help: Some(help),
                strength: Strength::milder_if(!*https_shown),
            }
        }),
        _ => None,
    })
}
