//! A proxy answers by a redirect: a request follows it, the handshake of a socket does not.

use std::sync::Arc;

use super::network::is_loopback;
use super::walk::{Candidate, Outcome, Walk};
use crate::base::Place;
use crate::facts::{ClientApi, Protocol};
use crate::model::proxy::{BlockId, Request};
use crate::model::{Assumption, CauseKind, Component, HopKind, PathText, ProxyId, Tls, UrlRelation};

/// A redirect as configured.
pub(super) struct Redirect<'a> {
    /// The status.
    pub code: u16,
    /// The address as configured (`https://$host$request_uri`).
    pub target: &'a str,
    /// Where.
    pub place: Place,
    /// The block whose headers the answer has.
    pub level: BlockId,
}

/// Which part of the URL the redirect fixes.
struct Fix {
    /// Where that part is written.
    place: Place,
    /// The whole URL that needs no redirect, when it is known.
    url: Option<String>,
}

impl Walk<'_> {
    /// A redirect by `return` or `rewrite`.
    pub(super) fn redirected(
        &mut self,
        id: ProxyId,
        request: &Request,
        redirect: &Redirect<'_>,
        assumptions: &[Assumption],
    ) {
        let Redirect { code, target, place, level } = *redirect;
        let name = self.wiring.proxies.name(id);
        let is_handshake = request.protocol == Protocol::WebSocket;
        let is_followed = !is_handshake && !self.needs_cors(id, level);
        match self.fix(target, request.tls).filter(|_| !is_followed && self.forwarded.is_none()) {
            Some(fix) => {
                let (by, url) = (self.wiring.proxies.words(id), self.url().display.clone());
                let (target, fixed): (Arc<str>, _) = (Arc::from(target), fix.url);
                let kind = if is_handshake {
                    CauseKind::RedirectedWebSocket { by, url, code, target, fixed }
                } else {
                    CauseKind::RedirectedRequest { by, url, code, target, fixed }
                };
                let candidate = Candidate::new(kind, fix.place, redirect.target)
                    .link(self.connection.place, format!("opens `{}`", self.url().display))
                    .link(place, format!("answers {code}"))
                    .resting_on(assumptions)
                    .resting_on(&self.url().assumptions)
                    .resting_on(&self.guessed);
                self.breaks(HopKind::Redirect, candidate, format!("{name} answers {code} to `{}`", redirect.target));
            }
            None if is_handshake => {
                let why = format!("{name} answers {code} to `{target}`, which browsers do not follow in a handshake");
                self.unknown(HopKind::Redirect, &[place], why);
            }
            None => self.unknown(HopKind::Redirect, &[place], format!("{name} answers {code} to `{target}`")),
        }
        self.behind_redirect(id, target, &request.path);
    }

    /// Whether a script of another origin may not see the redirect: browsers follow it only when it has CORS headers itself.
    fn needs_cors(&self, id: ProxyId, level: BlockId) -> bool {
        let asks = matches!(
            self.connection.api,
            ClientApi::Fetch | ClientApi::Xhr | ClientApi::Axios | ClientApi::EventSource
        );
        let Some(page) = self.page.filter(|_| asks && !self.is_same_origin()) else { return false };
        // Where it is the same host, another page of it may be the one that asks.
        let (Some(host), Some(own)) = (page.host.value(), self.url().host.value()) else { return false };
        if page.scheme.value().is_none() || page.port.value().is_none() || host.eq_ignore_ascii_case(own) {
            return false;
        }
        let added = self.wiring.proxies.get(id).map(|proxy| proxy.added_headers(level)).unwrap_or_default();
        !added.iter().any(|header| header.name.eq_ignore_ascii_case("access-control-allow-origin"))
    }

    /// Goes on at the TLS end that a redirect of the whole site leads to.
    fn behind_redirect(&mut self, id: ProxyId, target: &str, path: &PathText) {
        if !target.starts_with("https://") || self.passed >= 3 {
            return;
        }
        let listens = self.wiring.proxies.get(id).map(|nginx| nginx.listens()).unwrap_or_default();
        if let Some(listen) = listens.iter().find(|listen| listen.tls == Tls::Tls) {
            self.passed += 1;
            self.proxy(id, listen.port, Tls::Tls, path);
        }
    }

    /// The part of the URL that differs from where the redirect leads; `None` where the page's own address decides it, or
    /// where the fix is that of an earlier hop.
    fn fix(&self, target: &str, tls: Tls) -> Option<Fix> {
        let url = self.url();
        let Some((scheme, rest)) = target.split_once("://") else {
            let place = url.path.places().last().copied().unwrap_or(self.connection.url_place);
            return target.starts_with('/').then_some(Fix { place, url: None });
        };
        // A page follows the redirect of its whole site, and its sockets with it.
        let Component::Is(host, host_places) = &url.host else { return None };
        if url.relation != UrlRelation::Absolute || self.fixed_to_page || is_loopback(host) {
            return None;
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let tails = ["$request_uri", "$uri", "$document_uri"].iter().filter_map(|name| rest.find(name));
        let end = tails.fold(end, usize::min);
        let (authority, tail) = rest.split_at_checked(end)?;
        let leads_to = match authority {
            "$host" | "$http_host" => Some(&**host),
            other => (!other.contains('$')).then_some(other),
        };
        let Component::Is(own, scheme_places) = &url.scheme else { return None };
        // TLS ends before this nginx, so the redirect is not for those who come through there.
        if matches!(&**own, "wss" | "https") && tls != Tls::Tls {
            return None;
        }
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => matches!(&**own, "wss" | "https"),
        };
        let place = if secure && matches!(&**own, "ws" | "http") {
            if self.is_mixed_content() {
                return None;
            }
            scheme_places.last()
        } else if leads_to.is_none_or(|other| !other.eq_ignore_ascii_case(host)) {
            host_places.last()
        } else {
            url.path.places().last()
        };
        let own_tail = url.display.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
        let tail = match tail {
            "$request_uri" => own_tail,
            other => (!other.contains('$')).then_some(other),
        };
        let scheme = match (own.starts_with("ws"), secure) {
            (true, true) => "wss",
            (true, false) => "ws",
            (false, true) => "https",
            (false, false) => "http",
        };
        let fixed = leads_to.zip(tail).map(|(host, tail)| format!("{scheme}://{host}{tail}"));
        Some(Fix { place: place.copied().unwrap_or(self.connection.url_place), url: fixed })
    }

    /// Whether the URL's scheme is already known to be wrong for its page.
    fn is_mixed_content(&self) -> bool {
        self.steps.iter().any(|step| step.kind == HopKind::MixedContent && matches!(step.outcome, Outcome::Breaks(_)))
    }
}
