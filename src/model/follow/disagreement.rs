//! Two fallbacks of one variable that name different places.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decide::{cause, may_be_accused};
use super::loopback::missing_variable;
use super::walk::Candidate;
use crate::base::Place;
use crate::model::{CauseKind, Component, ConnectionUrl, DeploymentId, Mode, PackageId, UrlRelation, Wiring};

/// What a URL says about the back end, and where.
type Seen = BTreeMap<(bool, Arc<str>, u16), (Place, String, Place)>;

/// Adds a cause for each variable whose fallbacks differ.
pub(super) fn check(wiring: &mut Wiring) {
    let mut by_variable: BTreeMap<(PackageId, DeploymentId, Mode, Arc<str>), Seen> = BTreeMap::new();
    for handshake in &wiring.handshakes {
        let Some(connection) = wiring.connections.get(handshake.connection.0 as usize) else { continue };
        let url = &handshake.url;
        let Some(variable) = missing_variable(&url.assumptions) else { continue };
        let Some((address, place)) = address(url) else { continue };
        let key = (connection.package, handshake.deployment, handshake.mode.clone(), variable);
        let shown = format!("{}://{}:{}", if address.0 { "secure" } else { "plain" }, address.1, address.2);
        by_variable.entry(key).or_default().entry(address).or_insert((place, shown, connection.place));
    }
    let mut found = Vec::new();
    for ((_, deployment, _, variable), seen) in by_variable {
        let mut entries = seen.iter();
        let (Some((one, (one_place, _, one_call))), Some((other, (other_place, _, other_call)))) =
            (entries.next(), entries.next())
        else {
            continue;
        };
        if one_place == other_place || !may_be_accused(wiring, *other_place) {
            continue;
        }
        let differs = if one.1 != other.1 {
            "host"
        } else if one.2 != other.2 {
            "port"
        } else {
            "scheme"
        };
        let kind = CauseKind::UrlDisagreement { one: show(one), other: show(other), differs: Arc::from(differs) };
        let candidate = Candidate::new(kind, *other_place, variable.to_string())
            .link(*one_place, format!("the other fallback of `{variable}`"))
            .link(*one_call, "used here")
            .link(*other_call, "used here");
        found.push((candidate, deployment));
    }
    for (candidate, _) in found {
        wiring.add_cause(cause(candidate, None, None));
    }
}

fn show((secure, host, port): &(bool, Arc<str>, u16)) -> String {
    format!("{host}:{port}{}", if *secure { " over TLS" } else { "" })
}

fn address(url: &ConnectionUrl) -> Option<((bool, Arc<str>, u16), Place)> {
    if url.relation != UrlRelation::Absolute || url.problem.is_some() {
        return None;
    }
    let (Component::Is(scheme, _), Component::Is(host, places), Component::Is(port, _)) =
        (&url.scheme, &url.host, &url.port)
    else {
        return None;
    };
    let secure = matches!(&**scheme, "https" | "wss");
    Some(((secure, host.clone(), *port), *places.first()?))
}
