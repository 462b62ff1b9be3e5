//! `internal-host-in-browser`: a name that only containers can look up, in a browser's address.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "internal-host-in-browser";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/internal-host-in-browser.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::InternalHostInBrowser { host, what, url, local } => Some(Words {
            message: if *local {
                format!(
                    "Not every browser can reach `{url}`, because `{host}` is {what}: Linux and macOS take it for `localhost`, Windows refuses it."
                )
            } else {
                format!(
                    "The browser cannot reach `{url}`, because `{host}` is {what}: on the visitor's machine it leads nowhere."
                )
            },
            label: format!("`{host}` is {what}"),
            help: Some(if *local {
                format!("change `{host}` to `localhost` in {at}")
            } else {
                format!(
                    "change `{host}` in {at} to the host name that visitors use, or write a relative address that the proxy forwards"
                )
            }),
            strength: Strength::milder_if(*local),
        }),
        _ => None,
    })
}
