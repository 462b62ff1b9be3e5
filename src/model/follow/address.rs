//! The first hops: the page, the URL as the constructor takes it, and mixed content.

use std::net::IpAddr;
use std::sync::Arc;

use super::loopback;
use super::network::{Peer, is_loopback};
use super::route::named_route;
use super::undefined;
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::{ClientApi, Sense, Test};
use crate::model::csp::Match;
use crate::model::{
    AppId, CauseKind, Component, FixedScheme, HopKind, Known, Mode, Namespace, PageScheme, PathText, ServedBy, Tls,
    UrlRelation,
};

/// Linux and macOS connect to loopback instead, Windows to nothing.
const UNSPECIFIED: &str = "0.0.0.0";

impl Walk<'_> {
    pub(super) fn walk_page(&mut self) {
        let Some(page) = self.page else {
            self.unknown(HopKind::Page, &[], "no origin that serves the page is known");
            return;
        };
        let mut places = page.https.clone();
        if let Known::Is(_, more) = &page.scheme {
            places.extend(more.iter().copied().filter(|place| !page.https.contains(place)));
        }
        let origin = super::origin::display(page);
        let by = match &page.served_by {
            ServedBy::DevServer(_) => "the development server",
            ServedBy::Proxy(id) => self.wiring.proxies.name(*id),
            ServedBy::App(_) => "the application",
            ServedBy::Hosting(name) => name,
            ServedBy::Stated => "what a setting names",
            ServedBy::Unknown => "the tool's own server",
        };
        self.holds(HopKind::Page, &places, format!("{origin}, served by {by}"));
    }

    /// The URL hop. Gives whether mixed content can still be judged.
    pub(super) fn walk_url(&mut self) -> Judge {
        let url = self.url();
        let places: Vec<Place> =
            if url.evidence.is_empty() { vec![self.connection.url_place] } else { url.evidence.clone() };
        if let Some(candidate) = super::unexposed::variable(self) {
            self.breaks(HopKind::Url, candidate, "the bundler keeps a variable out of browser code");
            return Judge::No;
        }
        if let Some(candidate) = undefined::variable(self) {
            self.breaks(HopKind::Url, candidate, "a variable without a value becomes part of the URL");
            return Judge::No;
        }
        let is_open = |guard: &(Test, Sense)| !super::unexposed::is_hidden_by_bundler(self, guard);
        if url.display.contains("undefined") && url.guards.iter().any(is_open) {
            self.unknown(HopKind::Url, &places, "a variable has no value here, though something else sets it");
            return Judge::No;
        }
        if let Some(problem) = &url.problem {
            let kind = CauseKind::MalformedConnectionUrl {
                url: url.display.clone(),
                problem: problem.what.clone(),
                fix: problem.fix.clone(),
            };
            let place = self.first_place(url.host.places());
            let note = format!("the URL {}", problem.what);
            let candidate = Candidate::new(kind, place, format!("{}:{}", self.connection.api.name(), url.display))
                .links(&places, "part of the URL")
                .resting_on(&url.assumptions);
            self.breaks(HopKind::Url, candidate, note);
            return Judge::No;
        }
        if let Some((host, path, route)) = self.path_for_host() {
            let place = self.first_place(url.host.places());
            let what = format!("names the host `{host}`, where the path `{path}` of the page's own server is meant");
            let fix = if self.connection.api.is_socket() {
                format!(
                    "begin with the page's own host: `${{location.protocol === 'https:' ? 'wss' : 'ws'}}://${{location.host}}{path}`"
                )
            } else {
                format!("leave the scheme out: `{path}`")
            };
            let kind = CauseKind::MalformedConnectionUrl { url: url.display.clone(), problem: what.clone(), fix };
            let candidate = Candidate::new(kind, place, format!("{}:{}", self.connection.api.name(), url.display))
                .links(&places, "part of the URL")
                .link(route, "the route of this path")
                .resting_on(&url.assumptions);
            self.breaks(HopKind::Url, candidate, format!("the URL {what}"));
            return Judge::No;
        }
        if let Some((host, what)) = self.internal_host() {
            let place = self.first_place(url.host.places());
            let local = &*host == UNSPECIFIED && self.in_development();
            let key = if local { format!("{host} in development") } else { host.to_string() };
            let kind = CauseKind::InternalHostInBrowser { host: host.clone(), what, url: url.display.clone(), local };
            let mut candidate = Candidate::new(kind, place, key);
            let named = self.network.services().find(|(_, service)| service.host_names.contains(&host));
            if let Some((_, service)) = named {
                candidate = candidate.link(service.place, "the service of this name");
            }
            let candidate = candidate
                .link(self.connection.place, format!("{} runs in a browser", self.connection.api.name()))
                .resting_on(&url.assumptions);
            self.breaks(HopKind::Url, candidate, format!("a browser cannot reach `{host}`"));
            return Judge::No;
        }
        if let Some(candidate) = loopback::in_production(self) {
            self.breaks(HopKind::Url, candidate, "production code would connect to the visitor's own machine");
            // Fixed as the help says, the URL keeps the page's origin, when that proxy hands this path on.
            self.fixed_to_page = self.page_proxy_forwards();
            return Judge::No;
        }
        if let Some(candidate) = super::fallback::port(self) {
            self.breaks(HopKind::Url, candidate, "an empty variable brings a port in that the proxy does not serve");
            // Without the port the URL is the page's own origin.
            self.fixed_to_page = true;
            return Judge::Yes;
        }
        let shown = if url.relation == UrlRelation::Relative { " on the page's origin" } else { "" };
        self.holds(HopKind::Url, &places, format!("{}{shown}", url.display));
        Judge::Yes
    }

    pub(super) fn first_place(&self, places: &[Place]) -> Place {
        places.first().copied().unwrap_or(self.connection.url_place)
    }

    /// The first part of a path that is written where the host belongs: `ws://stream/connect` for the route `/stream/connect`.
    fn path_for_host(&self) -> Option<(Arc<str>, String, Place)> {
        let url = self.url();
        let (Component::Is(host, _), Component::Is(scheme, _)) = (&url.host, &url.scheme) else { return None };
        let usual = if matches!(&**scheme, "wss" | "https") { 443 } else { 80 };
        let is_word = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let plain = is_word && !is_loopback(host) && host.parse::<u32>().is_err() && url.port.value() == Some(&usual);
        let is_machine = self.network.service_named(host).is_some() || self.network.server_named(host).is_some();
        if url.relation != UrlRelation::Absolute || !plain || is_machine {
            return None;
        }
        let mut path = PathText::known(&format!("/{host}"));
        path.0.extend(url.path.value()?.0.iter().cloned());
        let apps: Vec<AppId> = (0u32..).map(AppId).take(self.wiring.apps.len()).collect();
        named_route(self.wiring, &apps, &path, self.protocol()).map(|route| (host.clone(), path.display(), route.place))
    }

    /// A host name that only other containers, or nobody, can connect to.
    fn internal_host(&self) -> Option<(Arc<str>, Arc<str>)> {
        let Component::Is(host, _) = &self.url().host else { return None };
        if self.url().relation != UrlRelation::Absolute {
            return None;
        }
        let what = if &**host == UNSPECIFIED {
            "a bind address, not a host"
        } else if &**host == "host.docker.internal" {
            "a name that only containers know"
        } else if host.ends_with(".svc.cluster.local") {
            "a name that only a cluster's pods know"
        } else if !host.contains('.')
            && !is_loopback(host)
            && self.network.services().any(|(_, service)| {
                service.namespace == Namespace::Container && service.host_names.iter().any(|name| name == host)
            })
        {
            "a compose service"
        } else {
            return None;
        };
        Some((host.clone(), Arc::from(what)))
    }

    pub(super) fn walk_mixed_content(&mut self, judge: Judge) {
        if judge == Judge::No {
            self.skipped(HopKind::MixedContent, "the URL has to be fixed first");
            return;
        }
        let url = self.url();
        let scheme = match &url.scheme {
            Component::Unknown(_) if url.relation == UrlRelation::Relative => {
                self.holds(HopKind::MixedContent, &[], "the address takes the page's own scheme");
                return;
            }
            Component::Unknown(unknown) => {
                let why = format!("the scheme is not known: {}", unknown.words());
                self.unknown(HopKind::MixedContent, &[], why);
                return;
            }
            Component::FromPage(scheme, _) => {
                let note = format!("the scheme `{scheme}` follows the page");
                self.holds(HopKind::MixedContent, &[], note);
                return;
            }
            Component::Is(scheme, _) => scheme.clone(),
        };
        if matches!(&*scheme, "wss" | "https") {
            self.holds(HopKind::MixedContent, &[], format!("`{scheme}` is allowed from every page"));
            return;
        }
        let same_host = matches!(url.host, Component::FromPage(..));
        match self.page.map(|page| &page.scheme) {
            Some(Known::Is(PageScheme::Https, _)) => {
                // an https page's own host, whatever it is called
                let same_host = same_host || url.relation == UrlRelation::SameHost;
                self.insecure_on_https(&scheme, same_host);
            }
            Some(Known::Is(PageScheme::Http, _)) if self.page_is_local_or_plain() || !same_host => {
                self.holds(HopKind::MixedContent, &[], "the page is http, so nothing is blocked");
            }
            _ if (self.is_for_any_page() || self.never_chooses()) && self.handshake.mode == Mode::Production => {
                let candidate = self.fixed_scheme(false);
                self.breaks(HopKind::MixedContent, candidate, "the scheme does not follow the page");
            }
            _ => self.unknown(HopKind::MixedContent, &[], "whether the page is https is not known"),
        }
    }

    /// Whether it is a socket to the host of whatever page runs the code, known or not.
    fn is_for_any_page(&self) -> bool {
        let url = self.url();
        let of_page = matches!(url.host, Component::FromPage(..)) || url.relation == UrlRelation::SameHost;
        of_page && self.connection.api.is_socket() && !url.page_guards.iter().any(is_local)
    }

    /// Whether the code means to choose the scheme, and compares a `protocol` with a text that it never equals.
    fn never_chooses(&self) -> bool {
        let is_never = |(test, _): &(Test, Sense)| *test == Test::SchemeWithoutColon;
        self.connection.api.is_socket() && self.url().guards.iter().any(is_never)
    }

    /// Whether an http page is how the thing is meant to be used.
    fn page_is_local_or_plain(&self) -> bool {
        self.in_development()
            || self
                .page
                .and_then(|page| page.host.value())
                .is_some_and(|host| is_loopback(host) || host.parse::<IpAddr>().is_ok())
    }

    fn fixed_scheme(&self, https_shown: bool) -> Candidate {
        let url = self.url();
        let place = self.first_place(url.scheme.places());
        let why = if self.never_chooses() { FixedScheme::NeverChosen } else { FixedScheme::Literal };
        let kind = CauseKind::FixedWebSocketScheme { url: url.display.clone(), https_shown, why };
        let mut candidate = Candidate::new(kind, place, "ws").resting_on(&url.assumptions);
        if let Some(page) = self.page {
            candidate = candidate.links(&page.https, "the page is served over https");
        }
        candidate.link(self.connection.place, "the socket is opened here")
    }

    fn insecure_on_https(&mut self, scheme: &str, same_host: bool) {
        let url = self.url();
        let api = self.connection.api;
        let host = match &url.host {
            Component::Is(host, _) | Component::FromPage(host, _) => host.clone(),
            Component::Unknown(_) if same_host || self.never_chooses() => Arc::from(""),
            Component::Unknown(unknown) => {
                let why = format!("loopback is exempt, and the host is not known: {}", unknown.words());
                self.unknown(HopKind::MixedContent, &[], why);
                return;
            }
        };
        if is_loopback(&host) {
            self.holds(HopKind::MixedContent, &[], "browsers exempt loopback from mixed-content blocking");
            return;
        }
        if self.upgrades != Match::No {
            self.upgraded(&host, same_host);
            return;
        }
        if self.never_chooses() || same_host && api.is_socket() {
            let candidate = self.fixed_scheme(true);
            self.breaks(HopKind::MixedContent, candidate, "a page over https may not open `ws:`");
            return;
        }
        let place = self.first_place(url.scheme.places());
        let kind = if api.is_socket() && matches!(scheme, "ws" | "http") {
            CauseKind::InsecureWebSocketUrl {
                url: url.display.clone(),
                secure: secure(&url.display),
                milder: milder(&host),
            }
        } else {
            CauseKind::InsecureHttpUrl {
                url: url.display.clone(),
                api: Arc::from(api.name()),
                upgraded: api == ClientApi::Upgradable,
            }
        };
        let mut candidate = Candidate::new(kind, place, format!("{scheme}://{host}"));
        if let Some(page) = self.page {
            candidate = candidate.links(&page.https, "the page is served over https");
        }
        let candidate = candidate
            .link(self.connection.place, format!("{} opens it", api.name()))
            .resting_on(&self.url().assumptions);
        self.breaks(HopKind::MixedContent, candidate, format!("browsers block `{scheme}:` on an https page"));
    }
}

impl Walk<'_> {
    /// `upgrade-insecure-requests` comes before the check: the address is asked for over TLS, on the same port.
    fn upgraded(&mut self, host: &str, same_host: bool) {
        let port = self.url().port.value().map(|port| self.asked_port(*port));
        let named = port.and_then(|port| self.server_named(host, port));
        let places: Vec<Place> = self.policies.sent.iter().map(|sent| sent.place).collect();
        let speaks_tls = same_host && self.is_pages_own_origin() || matches!(named, Some(Peer::Proxy(_, _, Tls::Tls)));
        if self.upgrades == Match::Yes && speaks_tls {
            let note = "`upgrade-insecure-requests` has the browser ask over TLS";
            self.holds(HopKind::MixedContent, &places, note);
        } else {
            let why = "`upgrade-insecure-requests` may have it asked for over TLS, and whether that port takes it is not known";
            self.unknown(HopKind::MixedContent, &places, why);
        }
    }

    /// The port that is asked in the end: the usual one of plain addresses becomes that of TLS.
    pub(super) fn asked_port(&self, port: u16) -> u16 {
        let plain = self.url().scheme.value().is_some_and(|scheme| matches!(&**scheme, "ws" | "http"));
        if port == 80 && plain && self.upgrades == Match::Yes { 443 } else { port }
    }
}

/// Whether the next hop can be judged on the URL as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judge {
    Yes,
    No,
}

/// Whether a test keeps the code for pages of the developer's machine or network.
fn is_local((test, sense): &(Test, Sense)) -> bool {
    let Test::PageHostIs(hosts) = test else { return false };
    *sense == Sense::Holds && hosts.iter().any(|host| is_loopback(host) || host.parse::<IpAddr>().is_ok())
}

fn secure(url: &str) -> String {
    url.strip_prefix("ws://")
        .map(|rest| format!("wss://{rest}"))
        .or_else(|| url.strip_prefix("http://").map(|rest| format!("https://{rest}")))
        .unwrap_or_else(|| url.to_owned())
}

/// Why browsers only warn about a host.
fn milder(host: &str) -> Option<Arc<str>> {
    if host.ends_with(".local") {
        return Some(Arc::from("`.local` names are only warned about by some browsers"));
    }
    let private = match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
        _ => false,
    };
    private.then(|| Arc::from("private addresses are only warned about by some browsers"))
}
