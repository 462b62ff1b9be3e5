//! `csp-blocks-connection`: the page's own Content-Security-Policy keeps the connection in.

use crate::model::{CauseKind, CspFault, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "csp-blocks-connection";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/csp-blocks-connection.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::CspBlocksConnection { url, by, api, why } => Some(match why {
            CspFault::NotListed { directive, sources, add } => Words {
                message: format!(
                    "The browser blocks `{url}` ({api}), because the Content-Security-Policy of the page, which {by} sends, has `{directive} {sources}`, and none of these sources takes that address. No request leaves the browser; the console names the directive."
                ),
                label: format!("`{directive}` lists what pages may connect to"),
                help: Some(match (&**directive, add) {
                    ("connect-src", Some(add)) => format!("add `{add}` to `connect-src` in {at}"),
                    ("connect-src", None) => format!("add the address to `connect-src` in {at}"),
                    (_, Some(add)) => format!("add a `connect-src` with what `{directive}` lists and `{add}` in {at}"),
                    (_, None) => format!("add a `connect-src` with the address in {at}"),
                }),
                strength: Strength::Full,
            },
            CspFault::Upgraded => Words {
                message: format!(
                    "The browser asks for `{url}` ({api}) over TLS, because the Content-Security-Policy of the page, which {by} sends, holds `upgrade-insecure-requests`; the page itself comes over plain http, and its port takes no TLS. Scripts, styles, requests and sockets of the page all fail, except on localhost."
                ),
                label: "has plain addresses asked for over TLS".to_owned(),
                help: Some(format!(
                    "serve the site over https, or take `upgrade-insecure-requests` out of the policy in {at} (helmet: `upgradeInsecureRequests: null` in `directives`)"
                )),
                strength: Strength::Full,
            },
        }),
        _ => None,
    })
}
