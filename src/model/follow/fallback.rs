//! An empty variable, or the empty port of the page, whose default brings in a port beside the TLS proxy.

use std::sync::Arc;

use super::network::{Peer, is_loopback};
use super::walk::{Candidate, Walk};
use crate::facts::{Sense, Test};
use crate::model::{CauseKind, Component, PageScheme, ServedBy, Tls, Value};

/// The cause, when an empty variable takes part in a URL that keeps the page's host and leaves the page's port.
pub(super) fn port(walk: &Walk<'_>) -> Option<Candidate> {
    let url = walk.url();
    let page = walk.page?;
    let Component::Is(port, port_places) = &url.port else { return None };
    if walk.in_development() || page.scheme.value() != Some(&PageScheme::Https) || page.port.value() == Some(port) {
        return None;
    }
    let same_host = match &url.host {
        Component::FromPage(..) => true,
        Component::Is(host, _) => page.host.value() == Some(host) && !is_loopback(host),
        Component::Unknown(_) => url.relation == crate::model::UrlRelation::SameHost,
    };
    if !same_host {
        return None;
    }
    // The port must be written in source code: one that the empty file itself names was meant.
    let empty = walk
        .wiring
        .environments
        .iter()
        .filter(|environment| environment.mode == walk.handshake.mode)
        .flat_map(|environment| &environment.bindings)
        .filter(|binding| url.evidence.contains(&binding.place))
        .find(|binding| is_empty(&binding.value));
    let no_port = url.page_guards.contains(&(Test::PageHasPort, Sense::Fails));
    if empty.is_none() && !no_port {
        return None;
    }
    if let ServedBy::Proxy(id) = page.served_by {
        let listens = walk.wiring.proxies.get(id).map(|nginx| nginx.listens()).unwrap_or_default();
        if listens.iter().any(|listen| listen.port == *port && listen.tls == Tls::Tls) {
            return None;
        }
    }
    match walk.network.at_host(*port) {
        Peer::Proxy(..) => return None,
        Peer::Listener(id) if walk.wiring.listeners.get(id.0 as usize).is_none_or(|it| it.tls != Tls::Plain) => {
            return None;
        }
        Peer::Unknown(_) | Peer::Service(_) if empty.is_none() => return None,
        _ => {}
    }
    let place = walk.first_place(port_places);
    let name = empty.map_or_else(|| Arc::from("location.port"), |binding| binding.name.clone());
    let mut candidate = Candidate::new(
        CauseKind::PortFallbackBypassesProxy { name: name.clone(), port: *port, url: url.display.clone() },
        place,
        format!("{name}:{port}"),
    );
    if let Some(binding) = empty {
        candidate = candidate.link(binding.place, format!("`{name}` is empty"));
    }
    let candidate = candidate
        .links(&page.https, "the page is served over https")
        .link(walk.connection.place, "the connection is opened here")
        .resting_on(&url.assumptions);
    Some(candidate)
}

fn is_empty(value: &Value) -> bool {
    value.as_known_text().is_some_and(|text| text.is_empty())
}
