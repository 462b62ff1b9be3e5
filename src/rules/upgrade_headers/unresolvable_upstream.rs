//! `unresolvable-upstream`: an address or name that nginx cannot resolve, or never matches.

use crate::model::{CauseKind, NameFault, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unresolvable-upstream";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unresolvable-upstream.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| {
        let CauseKind::UnresolvableUpstream { fault } = kind else { return None };
        let (message, label, help) = worded(fault, at.place());
        Some(Words { message, label, help: Some(help), strength: Strength::Full })
    })
}

fn worded(fault: &NameFault, at: &str) -> (String, String, String) {
    match fault {
        NameFault::NoResolver { written, host, upstream_with_port } => (
            format!(
                "Every request gets 502: `{written}` is put together at run time, so nginx has to look up `{host}`, and no `resolver` is in effect: `no resolver defined to resolve {host}`.{}",
                if *upstream_with_port {
                    " The `upstream` of this name is not taken, because the address has a port."
                } else {
                    ""
                }
            ),
            "no `resolver` is in effect".to_owned(),
            if *upstream_with_port {
                format!("remove the port from the address in {at}, so that nginx takes the `upstream`")
            } else {
                format!(
                    "add beside {at} (the address is that of docker's own name server):\n    resolver 127.0.0.11 valid=10s;\nor write the address without variables"
                )
            },
        ),
        NameFault::ShortName { written, host, namespace } => (
            format!(
                "Every request gets 502: `{written}` is put together at run time, so nginx itself looks up `{host}`, and its `resolver` knows no search domains of the cluster: `{host} could not be resolved`."
            ),
            format!("`{host}` is a name only with search domains"),
            format!(
                "write the whole name of the Service in {at}:\n    {host}.{}.svc.cluster.local",
                namespace.as_deref().unwrap_or("NAMESPACE")
            ),
        ),
        NameFault::ServerNameWithScheme { written, name } => (
            format!(
                "`server_name {written}` matches no request: a Host header has no scheme. Requests for `{name}` go to the default server."
            ),
            "has a scheme".to_owned(),
            format!("change {at} to `server_name {name};`"),
        ),
        NameFault::ServerNameWithPort { written, name } => (
            format!(
                "`server_name {written}` matches no request: nginx compares names without the port. Requests for `{name}` go to the default server."
            ),
            "has a port".to_owned(),
            format!("change {at} to `server_name {name};`, and put the port into `listen`"),
        ),
        NameFault::MemberWithScheme { written, address } => (
            format!(
                "nginx does not start: `invalid host in upstream \"{written}\"`. A `server` of an `upstream` is an address without a scheme."
            ),
            "has a scheme".to_owned(),
            format!("change {at} to `server {address};`, and put the scheme into `proxy_pass`"),
        ),
    }
}
