//! An empty variable whose `||` default brings in a port beside the TLS proxy.

use super::network::{Peer, is_loopback};
use super::walk::{Candidate, Walk};
use crate::model::{CauseKind, Component, PageScheme, ServedBy, Value};

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
        .find(|binding| is_empty(&binding.value))?;
    if let ServedBy::Nginx(id) = page.served_by {
        let listens = walk.wiring.nginx.get(id.0 as usize).map(|nginx| nginx.listens()).unwrap_or_default();
        if listens.iter().any(|listen| listen.port == *port && listen.tls == crate::model::Tls::Tls) {
            return None;
        }
    }
    if let Peer::Nginx(..) = walk.network.at_host(*port) {
        return None;
    }
    let place = walk.first_place(port_places);
    let kind =
        CauseKind::PortFallbackBypassesProxy { name: binding_name(empty), port: *port, url: url.display.clone() };
    let candidate = Candidate::new(kind, place, format!("{}:{port}", empty.name))
        .link(empty.place, format!("`{}` is empty", empty.name))
        .links(&page.https, "the page is served over https")
        .link(walk.connection.place, "the connection is opened here")
        .resting_on(&url.assumptions);
    Some(candidate)
}

fn binding_name(binding: &crate::model::Binding) -> std::sync::Arc<str> {
    binding.name.clone()
}

fn is_empty(value: &Value) -> bool {
    value.as_known_text().is_some_and(|text| text.is_empty())
}
