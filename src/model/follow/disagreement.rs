//! Values of one back end that name different places: two fallbacks of one variable, or two spellings of loopback where
//! cookies tell the spellings apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decide::cause;
use super::loopback::missing_variable;
use super::network::is_loopback;
use super::walk::Candidate;
use crate::base::Place;
use crate::model::{
    CauseKind, Component, ConnectionId, ConnectionUrl, DeploymentId, Environment, HopKind, Mode, Openness, PackageId,
    UrlRelation, Wiring,
};

/// Whether over TLS, host and port.
type Address = (bool, Arc<str>, u16);

/// What a URL says about the back end, and where.
type Seen = BTreeMap<Address, (Place, String, Place)>;

/// Adds the causes.
pub(super) fn check(wiring: &mut Wiring) {
    fallbacks(wiring);
    spellings(wiring);
}

/// One spelling of loopback on a port: where it is written, who connects, and whether cookies must arrive there.
struct Spelling {
    host: Arc<str>,
    place: Place,
    call: Place,
    connection: ConnectionId,
    is_socket: bool,
}

/// A page that calls `localhost` with cookies and opens its socket on `127.0.0.1`: the cookie belongs to one host name,
/// and the handshake arrives without it.
fn spellings(wiring: &mut Wiring) {
    let mut by_port: BTreeMap<(PackageId, DeploymentId, u16), (Vec<Spelling>, bool)> = BTreeMap::new();
    for handshake in wiring.handshakes.iter().filter(|handshake| handshake.mode == Mode::Development) {
        let Some(connection) = wiring.connections.get(handshake.connection.0 as usize) else { continue };
        let Some(((_, host, port), place)) = address(&handshake.url) else { continue };
        if !is_loopback(&host) || &*host == "::1" || !wiring.repository.may_be_accused(place.file) {
            continue;
        }
        let (seen, cookies) = by_port.entry((connection.package, handshake.deployment, port)).or_default();
        *cookies |= connection.credentials == Some(true);
        if !seen.iter().any(|known| known.host == host && known.is_socket == connection.api.is_socket()) {
            let is_socket = connection.api.is_socket();
            seen.push(Spelling { host, place, call: connection.place, connection: handshake.connection, is_socket });
        }
    }
    for ((_, deployment, port), (seen, cookies)) in by_port {
        let socket = seen.iter().find(|one| one.is_socket);
        let Some(socket) = socket.filter(|_| cookies) else { continue };
        let same = seen.iter().any(|one| !one.is_socket && one.host == socket.host);
        let Some(other) = seen.iter().find(|one| !one.is_socket && one.host != socket.host).filter(|_| !same) else {
            continue;
        };
        let kind = CauseKind::UrlDisagreement {
            one: format!("{}:{port}", other.host),
            other: format!("{}:{port}", socket.host),
            differs: Arc::from("host"),
        };
        let candidate = Candidate::new(kind, socket.place, format!("spelling:{port}"))
            .link(other.place, "the HTTP address of the same back end")
            .link(other.call, "these requests carry cookies")
            .link(socket.call, "the socket is opened here");
        let wire = Some((socket.connection, deployment));
        wiring.add_cause(cause(candidate, wire, Some(HopKind::Url)));
    }
}

/// Two fallbacks of one variable.
fn fallbacks(wiring: &mut Wiring) {
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
    for ((package, deployment, mode, variable), seen) in by_variable {
        let mut entries = seen.iter();
        let (Some((one, (one_place, _, one_call))), Some((other, (other_place, _, other_call)))) =
            (entries.next(), entries.next())
        else {
            continue;
        };
        if one_place == other_place || !wiring.repository.may_be_accused(other_place.file) {
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
            .link(*other_call, "used here")
            .links(&without(wiring, package, &mode), "does not set it");
        found.push((candidate, deployment));
    }
    for (candidate, _) in found {
        wiring.add_cause(cause(candidate, None, None));
    }
}

/// The files that say which variables a package has in a mode.
fn without(wiring: &Wiring, package: PackageId, mode: &Mode) -> Vec<Place> {
    let is_read = |environment: &&Environment| environment.package == Some(package) && environment.mode == *mode;
    let environments = wiring.environments.iter().filter(is_read);
    let mut places: Vec<Place> = environments
        .flat_map(|environment| match &environment.openness {
            Openness::Closed(places) | Openness::SetOutside(places) => places.clone(),
            Openness::Open | Openness::Unread => Vec::new(),
        })
        .collect();
    places.sort();
    places.dedup_by_key(|place| place.file);
    places
}

fn show((secure, host, port): &Address) -> String {
    format!("{host}:{port}{}", if *secure { " over TLS" } else { "" })
}

fn address(url: &ConnectionUrl) -> Option<(Address, Place)> {
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
