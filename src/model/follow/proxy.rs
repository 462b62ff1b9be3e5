//! A proxy on the way: redirect, server, location, headers, upstream.

use std::sync::Arc;

use super::network::{Nobody, Peer, is_loopback};
use super::origin::listening_apps;
use super::redirect::Redirect;
use super::route::named_route;
use super::tls::{Speaker, Spoken};
use super::walk::{Candidate, Forwarded, Walk};
use crate::base::Place;
use crate::facts::Protocol;
use crate::model::proxy::{Outcome, Proxied, Request, Sent};
use crate::model::{
    AddressPart, Assumption, CauseKind, DeploymentKind, HopKind, Link, Passage, PathPiece, PathText, ProxyId, Route,
    ServedBy, Tls,
};

impl Walk<'_> {
    fn request(&self, port: u16, tls: Tls, path: &PathText) -> Request {
        let asked = self.url().host.value();
        let host = asked.filter(|host| !is_loopback(host)).cloned();
        let host = host.or_else(|| self.page.and_then(|page| page.host.value()).cloned());
        // a proxy in front may have put another Host in its place
        let is_asked = self.passages.is_empty() && host.is_some() && asked == host.as_ref();
        let named_port = self.url().port.value().copied().filter(|_| is_asked);
        let mut request = Request::from_browser(port, tls, host, path.clone(), self.wire_protocol())
            .with_method(self.method())
            .with_named_port(named_port);
        let authority = self.authority().filter(|_| is_asked);
        request.headers.listed.extend(authority.map(|text| ("Host".into(), Sent::Text(text))));
        request
    }

    /// The Host header as the browser writes it: with a port that is not the usual one of the scheme.
    fn authority(&self) -> Option<Arc<str>> {
        let url = self.url();
        let host = url.host.value().filter(|host| !is_loopback(host))?;
        let (scheme, port) = (url.scheme.value()?, *url.port.value()?);
        let usual = if matches!(&**scheme, "wss" | "https") { 443 } else { 80 };
        Some(if port == usual { Arc::clone(host) } else { format!("{host}:{port}").into() })
    }

    /// Whether the nginx that serves the page hands this path on to an application of the repository that has the route.
    pub(super) fn page_proxy_forwards(&self) -> bool {
        let Some(ServedBy::Proxy(id)) = self.page.map(|page| &page.served_by) else { return false };
        let (Peer::Proxy(id, port, tls), Some(path)) = (self.page_proxy(*id), self.url().path.value()) else {
            return false;
        };
        let Some(answer) = self.network.ask(id, &self.request(port, tls, path)) else { return false };
        let Outcome::Proxied(proxied) = answer.outcome else { return false };
        let apps = listening_apps(self);
        named_route(self.wiring, &apps, &proxied.path, self.protocol()).is_some()
    }

    pub(super) fn proxy(&mut self, id: ProxyId, port: u16, tls: Tls, path: &PathText) {
        let request = self.request(port, tls, path);
        let Some(answer) = self.network.ask(id, &request) else {
            self.unknown(HopKind::VirtualServer, &[], "the configuration of the proxy is not known");
            return;
        };
        let answer = self.shaded(id, &request, &answer).unwrap_or(answer);
        let mut steps = answer.steps.iter();
        if let Some((place, words)) = steps.next() {
            self.holds(HopKind::VirtualServer, &[*place], words.clone());
        }
        let places: Vec<Place> = steps.clone().map(|(place, _)| *place).collect();
        let words: Vec<&str> = steps.map(|(_, words)| words.as_str()).collect();
        let words = words.join(", then ");
        match answer.outcome {
            Outcome::Proxied(proxied) => {
                self.holds(HopKind::Location, &places, words);
                self.proxied(id, &request, &proxied, &answer.assumptions);
            }
            Outcome::Files { location, place, .. } => {
                self.unproxied(id, &Stop { location, place, status: None }, path, &answer.assumptions);
            }
            Outcome::Redirect { automatic_slash: true, place, code, .. } => {
                self.slash_redirect(id, place, code, path);
                let mut fixed = path.clone();
                fixed.0.push(PathPiece::Known(Arc::from("/")));
                if self.passed < 4 {
                    self.passed += 1;
                    self.proxy(id, port, tls, &fixed);
                }
            }
            Outcome::Redirect { code, target, place, .. } => {
                self.redirected(
                    id,
                    &request,
                    &Redirect { code, target: &target, place, level: answer.level },
                    &answer.assumptions,
                );
            }
            Outcome::Status { code, place } => {
                let proxy = self.wiring.proxies.get(id);
                let is_missing = |location: &str| proxy.is_some_and(|proxy| proxy.finds_nothing(code, place, location));
                match answer.location.filter(|location| is_missing(&location.written)) {
                    Some(location) => {
                        let stop = Stop { location: location.written, place: location.place, status: Some(code) };
                        self.unproxied(id, &stop, path, &answer.assumptions);
                    }
                    None => self.unknown(
                        HopKind::Location,
                        &[place],
                        format!("{} answers {code}", self.wiring.proxies.name(id)),
                    ),
                }
            }
            Outcome::Unknown(unknown) => self.unknown(HopKind::Location, &places, unknown.words()),
        }
    }

    fn slash_redirect(&mut self, id: ProxyId, place: Place, code: u16, path: &PathText) {
        let name = self.wiring.proxies.name(id);
        if self.wire_protocol() != Protocol::WebSocket {
            self.holds(HopKind::Redirect, &[place], format!("{name} adds the slash ({code})"));
            return;
        }
        let shown = path.display();
        let at = self.url().path.places().last().copied().unwrap_or(self.connection.url_place);
        let kind = CauseKind::PathMismatch {
            path: shown.clone(),
            asked: None,
            nearest: Some(Arc::from(format!("{shown}/"))),
            why: format!(
                "{name} redirects ({code}) to the location `{shown}/`, and browsers follow no redirect of a handshake"
            ),
            symptom: Arc::from("the handshake fails"),
            base: None,
            app: None,
            below: None,
        };
        let candidate = Candidate::new(kind, at, shown)
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(place, "the location ends in a slash")
            .resting_on(&self.url().assumptions);
        self.breaks(HopKind::Redirect, candidate, format!("{name} redirects to the path with a slash"));
    }

    /// The request ends in a location that never asks the back end.
    fn unproxied(&mut self, id: ProxyId, stop: &Stop, path: &PathText, assumptions: &[Assumption]) {
        let Stop { location, place, status } = stop;
        let words = self.wiring.proxies.words(id);
        let block = if words.block.is_empty() { format!("`{location}`") } else { format!("location `{location}`") };
        let does = match status {
            Some(code) => format!("{block} answers {code}"),
            None => format!("{block} serves files"),
        };
        let apps = listening_apps(self);
        let protocol = self.protocol();
        let route = named_route(self.wiring, &apps, path, protocol);
        // Files open no socket. Where images are run by something that is not read, that may have taken the path before.
        let deployment = self.wiring.deployments.get(self.network.id().0 as usize);
        // other manifests may bring paths of the same host, or another way to it
        let stated = [DeploymentKind::Compose, DeploymentKind::Host];
        let is_whole = deployment.is_some_and(|deployment| stated.contains(&deployment.kind));
        let is_whole = is_whole || self.is_edge(id);
        let is_named = matches!(path.0.first(), Some(PathPiece::Known(first)) if first.len() > 1);
        if route.is_none() && !(protocol == Protocol::WebSocket && is_whole && is_named) {
            match self.answered_nowhere(path).filter(|_| is_whole) {
                Some(candidate) => {
                    let candidate = candidate.link(*place, "takes the path").resting_on(assumptions);
                    self.breaks(HopKind::Location, candidate, does);
                }
                None => self.unknown(HopKind::Location, &[*place], does),
            }
            return;
        }
        let name = |route: &Route| route.path.value().cloned().flatten().unwrap_or_else(|| Arc::from("/"));
        let nothing = self.wiring.proxies.get(id).and_then(|proxy| proxy.why_nothing(*place));
        let kind = CauseKind::UnproxiedPath {
            nothing,
            by: Some(self.wiring.proxies.words(id)),
            path: path.display(),
            location: Some(location.clone()),
            route: route.map(name),
            status: *status,
        };
        let mut candidate = Candidate::new(kind, *place, path_key(path))
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .resting_on(assumptions)
            .resting_on(&self.url().assumptions);
        if let Some(route) = route {
            candidate = candidate.link(route.place, format!("the back end has `{}`", name(route)));
        }
        self.breaks(HopKind::Location, candidate, does);
    }

    /// Whether the TLS of the address itself ends at this proxy: what is in front of it sees no paths.
    fn is_edge(&self, id: ProxyId) -> bool {
        let url = self.url();
        let secure = url.scheme.value().is_some_and(|scheme| matches!(&**scheme, "wss" | "https"));
        let named = url.host.value().and_then(|host| self.network.server_named(host));
        secure && named.is_some_and(|(named, mut listens)| named == id && listens.any(|listen| listen.tls == Tls::Tls))
    }

    /// Keeps the passage; its end is filled in when the walk comes there.
    fn record(&mut self, proxy: ProxyId, request: &Request, proxied: &Proxied, assumptions: &[Assumption]) {
        let shows = format!("opens `{}`", self.url().display);
        self.passages.push(Passage {
            wire: Some((self.handshake.connection, self.handshake.deployment)),
            deployment: self.network.id(),
            mode: self.handshake.mode.clone(),
            proxy,
            request: request.clone(),
            proxied: proxied.clone(),
            listener: None,
            apps: Vec::new(),
            routes: Vec::new(),
            links: vec![Link { place: self.connection.place, shows }],
            assumptions: [assumptions, &self.url().assumptions, &self.guessed].concat(),
        });
    }

    fn proxied(&mut self, id: ProxyId, request: &Request, proxied: &Proxied, assumptions: &[Assumption]) {
        self.headers(id, proxied, assumptions);
        self.record(id, request, proxied, assumptions);
        if request.path != proxied.path || self.forwarded.is_none() {
            let instance = self.wiring.proxies.get(id);
            let fixes = instance.map(|instance| instance.path_fixes(proxied, &request.path)).unwrap_or_default();
            self.forwarded = Some(Forwarded {
                place: proxied.pass_place,
                from: request.path.clone(),
                to: proxied.path.clone(),
                fixes,
            });
        }
        let tls = if &*proxied.scheme == "https" { Tls::Tls } else { Tls::Plain };
        self.spoken = Some(Spoken {
            tls,
            address: address_of(proxied),
            scheme: proxied.scheme.clone(),
            place: proxied.pass_place,
            by: Speaker::Proxy,
        });
        let service = self.network.service_of(id);
        let mut nobody = None;
        for target in &proxied.targets {
            let (Some(host), Some(port)) = (&target.host, target.port) else {
                self.unknown(HopKind::Upstream, &[target.place], "the address of the upstream holds variables");
                return;
            };
            self.names(host);
            match self.network.upstream(service, host, port) {
                Peer::Nobody(found) => nobody = nobody.or(Some((target.place, format!("{host}:{port}"), found))),
                peer => {
                    self.visit(HopKind::Upstream, peer, &proxied.path);
                    return;
                }
            }
        }
        let Some((place, address, found)) = nobody else {
            self.unknown(
                HopKind::Upstream,
                &[proxied.pass_place],
                format!("where {} forwards to is not known", self.wiring.proxies.name(id)),
            );
            return;
        };
        let candidate = unreachable(&address, place, &found)
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .resting_on(assumptions);
        self.breaks(HopKind::Upstream, candidate, found.why.clone());
    }
}

/// The address that is forwarded to, for people.
pub(in crate::model) fn address_of(proxied: &Proxied) -> Arc<str> {
    let first = proxied.targets.first().and_then(|target| Some((target.host.as_ref()?, target.port?)));
    let address = match (&proxied.upstream, first) {
        (Some(name), _) => format!("{}://{name}", proxied.scheme),
        (None, Some((host, port))) => format!("{}://{host}:{port}", proxied.scheme),
        (None, None) => format!("{}://...", proxied.scheme),
    };
    Arc::from(address)
}

/// Where a request ends at nginx itself.
struct Stop {
    /// The location, as written.
    location: Arc<str>,
    /// The location's place.
    place: Place,
    /// The status; `None`: a file or the single-page fallback.
    status: Option<u16>,
}

/// Nobody answers where a proxy forwards to.
pub(super) fn unreachable(address: &str, place: Place, nobody: &Nobody) -> Candidate {
    let kind = CauseKind::UnreachableUpstream {
        target: Arc::from(address),
        why: nobody.why.clone(),
        suggestion: nobody.suggestion.clone(),
        part: nobody.edit.map_or(AddressPart::Whole, |(_, part)| part),
        status: nobody.status,
    };
    let at = nobody.edit.map_or(place, |(place, _)| place);
    let mut candidate = Candidate::new(kind, at, address).resting_on(&nobody.assumptions);
    if at != place {
        candidate = candidate.link(place, "this asks for it");
    }
    for (place, shows) in &nobody.places {
        candidate = candidate.link(*place, shows.clone());
    }
    candidate
}

/// What tells unproxied paths of one location apart: their first segment.
fn path_key(path: &PathText) -> String {
    let shown = path.display();
    let first = shown.trim_start_matches('/').split('/').next().unwrap_or_default();
    format!("/{first}")
}
