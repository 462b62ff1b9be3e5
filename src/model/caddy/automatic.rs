//! Automatic HTTPS: which servers speak TLS, what they have certificates for, and the redirects from plain HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::address::Scheme;
use super::matcher::{Matcher, MatcherKind};
use super::options::{Options, Switch};
use super::route::{AnyName, Certificates, Handler, HandlerKind, Route, Server, Socket};
use super::servers::{OwnCertificate, Placed, Written};
use crate::base::Place;

/// Names with the place of the first.
type Names = (Vec<Arc<str>>, Place);

/// Where a site listens.
type Address = (Option<IpAddr>, u16, Place);

/// Redirects to TLS that are to be added.
#[derive(Debug, Default)]
pub(super) struct Redirects {
    /// Each name with the address that it is redirected to; the empty one is every name.
    names: BTreeMap<Arc<str>, Vec<Address>>,
    /// Certificates that Caddy gets itself.
    managed: usize,
    /// All certificates.
    certificates: Certificates,
}

/// Decides whether a server speaks TLS, and with what.
pub(super) fn decide(server: &mut Server, placed: &[Placed<'_>], options: &Options, redirects: &mut Redirects) {
    let Some(socket) = server.sockets.first().cloned() else { return };
    let other_port = socket.port != options.http_port;
    let automatic = options.automatic.all == Switch::On;
    let mut skipped: BTreeSet<&str> = BTreeSet::new();
    let mut policies = 0;
    let (mut for_all, mut qualifies, mut will_add) = (false, false, automatic);
    for one in placed {
        if one.site.tls.written == Written::WithSettings {
            policies += 1;
            for_all = one.addresses.iter().any(|address| address.host.is_empty());
        }
        for address in &one.addresses {
            let named = !address.host.is_empty();
            if other_port && address.scheme == Scheme::Http && named {
                skipped.insert(&address.host);
            }
            let by_name = named && !skipped.contains(&*address.host);
            let enabled = one.site.tls.written != Written::No || by_name;
            let plain_port = address.port == Some(options.http_port);
            qualifies |= address.scheme == Scheme::Https || address.scheme != Scheme::Http && !plain_port && enabled;
            will_add &= address.port == Some(options.https_port) || !plain_port && named;
        }
    }
    if qualifies && !for_all && (policies > 0 || !will_add || options.default_sni.is_some()) {
        policies += 1;
    }
    let hosts = placed.iter().filter(|one| !one.addresses.iter().any(|address| address.host.is_empty()));
    let mut names: Vec<(Arc<str>, Place)> = Vec::new();
    for one in hosts.clone() {
        for address in one.addresses.iter().filter(|address| !skipped.contains(&*address.host)) {
            names.push((Arc::clone(&address.host), address.place));
        }
    }
    for one in placed {
        let unnamed = one.addresses.iter().any(|address| address.host.is_empty());
        match one.site.tls.certificate {
            OwnCertificate::Managed => {}
            OwnCertificate::OnDemand => server.any_name = AnyName::Yes,
            OwnCertificate::File => {
                redirects.certificates.files += 1;
                redirects.certificates.names.extend(one.addresses.iter().map(|address| Arc::clone(&address.host)));
                if unnamed {
                    server.any_name = AnyName::Yes;
                }
            }
        }
    }
    if automatic && other_port {
        if policies == 0 && socket.port == options.https_port {
            policies = 1;
        }
        if !names.is_empty() || policies > 0 {
            policies = policies.max(1);
            if options.automatic.certificates == Switch::On {
                let managed = hosts.filter(|one| one.site.tls.certificate != OwnCertificate::File);
                let managed: Vec<Arc<str>> = managed
                    .flat_map(|one| &one.addresses)
                    .filter(|address| !skipped.contains(&*address.host))
                    .map(|address| Arc::clone(&address.host))
                    .collect();
                redirects.managed += managed.len();
                redirects.certificates.names.extend(managed);
            }
            if options.automatic.redirects == Switch::On {
                let place = placed.first().map(|one| one.site.place);
                if names.is_empty() {
                    names.extend(place.map(|place| ("".into(), place)));
                }
                for (name, place) in names {
                    redirects.record(name, (socket.host, socket.port, place), options);
                }
            }
        }
    }
    server.tls = policies > 0 && other_port;
}

impl Redirects {
    /// The usual port of HTTPS wins over others; of those the first.
    fn record(&mut self, name: Arc<str>, address: (Option<IpAddr>, u16, Place), options: &Options) {
        let known = self.names.entry(name).or_default();
        match known.first().map(|(_, port, _)| *port) {
            None => known.push(address),
            Some(port) if port != address.1 => {
                if address.1 == options.https_port {
                    *known = vec![address];
                }
            }
            Some(_) if known.iter().any(|(host, ..)| *host == address.0) => {}
            Some(_) => known.push(address),
        }
    }

    /// Adds the redirects: to the servers of plain HTTP, and where there is none as servers of their own.
    pub fn apply(self, servers: &mut Vec<Server>, options: &Options) -> Certificates {
        let mut by_address: BTreeMap<(Option<IpAddr>, u16), Names> = BTreeMap::new();
        for (name, addresses) in self.names {
            for (host, port, place) in addresses {
                by_address.entry((host, port)).or_insert_with(|| (Vec::new(), place)).0.push(Arc::clone(&name));
            }
        }
        let mut by_socket: BTreeMap<Socket, Vec<Route>> = BTreeMap::new();
        let mut places: BTreeMap<Socket, Place> = BTreeMap::new();
        for ((host, port), (names, place)) in by_address {
            let socket = Socket { host, port: options.http_port };
            let all = names.len() == 1 && names.iter().all(|name| name.is_empty());
            let hosts = (!all).then_some(names);
            by_socket.entry(socket.clone()).or_default().push(redirect(hosts, port, place, options));
            places.entry(socket).or_insert(place);
        }
        let mut remaining: Vec<(Socket, Vec<Route>, Place)> = Vec::new();
        for (socket, mut routes) in by_socket {
            routes.sort_by_key(rank);
            let Some(place) = places.get(&socket).copied() else { continue };
            let same = |known: &Socket| {
                known.port == socket.port
                    && (known.host == socket.host || known.host.is_none() || socket.host.is_none())
            };
            if let Some(server) = servers.iter_mut().find(|server| server.sockets.iter().any(same)) {
                if self.managed > 0 {
                    let at = after_last_name(&server.routes);
                    server.routes.splice(at..at, routes);
                }
                server.routes.push(redirect(None, options.https_port, place, options));
                continue;
            }
            remaining.push((socket, routes, place));
        }
        if let Some((_, _, place)) = remaining.first() {
            let place = *place;
            let sockets = remaining.iter().map(|(socket, ..)| socket.clone()).collect();
            let mut routes: Vec<Route> = remaining.into_iter().flat_map(|(_, routes, _)| routes).collect();
            routes.push(redirect(None, options.https_port, place, options));
            servers.push(Server {
                sockets,
                tls: false,
                routes,
                error_routes: Vec::new(),
                any_name: AnyName::No,
                trusted: options.trusted.clone(),
            });
        }
        self.certificates
    }
}

/// Names without a star come first, the longer before the shorter; every name comes last.
fn rank(route: &Route) -> (u8, std::cmp::Reverse<usize>, Arc<str>) {
    let host = route.matchers.iter().flat_map(|set| set.iter()).find_map(|matcher| match &matcher.kind {
        MatcherKind::Host(hosts) => hosts.first().cloned(),
        _ => None,
    });
    let host = host.unwrap_or_default();
    let class = if host.is_empty() { 2 } else { u8::from(host.contains('*')) };
    (class, std::cmp::Reverse(host.len()), host)
}

/// The hosts that a route is for.
pub(super) fn names(route: &Route) -> Vec<Arc<str>> {
    let hosts = route.matchers.iter().flat_map(|set| set.iter()).filter_map(|matcher| match &matcher.kind {
        MatcherKind::Host(hosts) => Some(hosts.clone()),
        _ => None,
    });
    hosts.flatten().collect()
}

/// Where a redirect goes between the routes of a server: behind the last that names a host.
fn after_last_name(routes: &[Route]) -> usize {
    let names = |route: &Route| {
        route.matchers.iter().flat_map(|set| set.iter()).any(|matcher| matches!(matcher.kind, MatcherKind::Host(_)))
    };
    routes.iter().rposition(names).map_or(0, |at| at + 1)
}

fn redirect(hosts: Option<Vec<Arc<str>>>, port: u16, place: Place, options: &Options) -> Route {
    let mut set = vec![Matcher { place, kind: MatcherKind::Protocol("http".into()) }];
    set.extend(hosts.map(|hosts| Matcher { place, kind: MatcherKind::Host(hosts) }));
    let usual = [options.http_port, options.https_port, 80, 443];
    let shown = if usual.contains(&port) { String::new() } else { format!(":{port}") };
    let to = format!("https://{{http.request.host}}{shown}{{http.request.uri}}");
    let kind = HandlerKind::Respond { status: "308".into(), headers: vec![("Location".into(), to.into())] };
    Route::new(vec![set.into()], vec![Handler { place, kind }])
}
