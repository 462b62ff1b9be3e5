//! `insecure-http-url`: a plain `http://` address requested by a page that came over TLS.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "insecure-http-url";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/insecure-http-url.md"), check)
    .once_per_place()
    .yields_to(&["loopback-in-production"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::InsecureHttpUrl { url, api, upgraded } => Some({
            let message = if *upgraded {
                format!(
                    "`{url}` is requested over https instead, because browsers upgrade plain http for this kind of content on an https page ({api}); it fails when that port does not speak TLS."
                )
            } else {
                format!(
                    "The browser blocks `{url}`, because the page that requests it ({api}) is served over https. It is mixed content: the request never leaves the browser, and the console names the address."
                )
            };
            Words {
                message,
                label: "a plain `http:` address".to_owned(),
                help: Some(format!(
                    "change `http:` to `https:` in {at} (`{}`), or write a relative address, which goes through the page's own origin",
                    url.replacen("http://", "https://", 1)
                )),
                strength: Strength::milder_if(*upgraded),
            }
        }),
        _ => None,
    })
}
