//! A concrete request on its way through one connection manager.

use std::sync::Arc;

use super::EnvoyInstance;
use super::config::{Action, Chain, DotInHost, Forward, Manager, OldHttp, Route, Table, VirtualHost};
use super::cors::Effective;
use super::filters::Filter;
use super::headers::{Headers, Value};
use super::matcher::Truth;
use super::path::{self, Read};
use super::select;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{AddedHeader, Gate, HeaderOrigin, HeaderValue, HttpVersion, Outcome, Request, Sent};
use crate::model::{Tls, Unknown};

/// What was met on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail<'c> {
    pub host: Option<&'c VirtualHost>,
    pub route: Option<&'c Route>,
    /// What answers where there is no route: its place and words.
    pub end: Option<(Place, Arc<str>)>,
    pub steps: Vec<(Place, String)>,
    pub gates: Vec<Gate>,
    pub added: Vec<AddedHeader>,
    pub hidden: Vec<Arc<str>>,
    /// Whom the CORS filter lets in.
    pub cors: Option<Effective>,
}

/// A request.
#[derive(Clone)]
pub(super) struct Run<'c> {
    pub instance: &'c EnvoyInstance,
    pub manager: &'c Manager,
    pub chain: &'c Chain,
    pub request: &'c Request,
    pub table: &'c Table,
    /// Without its query.
    pub path: String,
    pub query: Sent,
    /// As it arrives after the manager has looked at it.
    pub host: Value,
    /// What stands in `:scheme`.
    pub scheme: Value,
    pub headers: Headers,
    pub trail: Trail<'c>,
}

/// What becomes of an upgrade that is asked for.
#[derive(Clone, Debug)]
pub(super) enum Asked<'c> {
    /// None is.
    Nothing,
    Allowed(&'c Arc<Vec<Filter>>),
    /// What refuses it, in words.
    Refused(Place, String),
    Unknown,
}

impl<'c> Run<'c> {
    /// What the manager does before it looks for a route; `Err` with the answer, when it makes one.
    pub fn new(
        instance: &'c EnvoyInstance,
        chain: &'c Chain,
        manager: &'c Manager,
        request: &'c Request,
        path: &str,
    ) -> Result<Self, Outcome> {
        let place = manager.place;
        if let Some(why) = manager.unknown.as_ref() {
            return Err(Outcome::Unknown(why.clone()));
        }
        if manager.only_http2 {
            return Err(unknown(HoleReason::Unsupported, place));
        }
        let status = |code| Err(Outcome::Status { code, place });
        let mut listed = request.headers.get("Host");
        if request.host.as_deref() == Some("") && listed == Sent::Unknown {
            listed = Sent::Nothing;
        }
        if request.version == HttpVersion::Http10 {
            match &manager.old_http {
                OldHttp::Refused => return status(426),
                OldHttp::Accepted { default_host: Some(name) } if listed == Sent::Nothing => {
                    listed = Sent::Text(Arc::clone(name));
                }
                OldHttp::Accepted { .. } => {}
            }
        }
        if listed == Sent::Nothing {
            return status(400);
        }
        if path.contains('#') {
            // no browser sends it
            return Err(unknown(HoleReason::Unsupported, place));
        }
        if !path.starts_with('/') {
            return status(404);
        }
        let path = match path::read(path, &manager.path) {
            Read::Path(path) => path,
            Read::Refused => return status(400),
            Read::Unknown => return Err(unknown(HoleReason::Unsupported, place)),
            Read::Redirect(path) => {
                let query = match &request.query {
                    Sent::Text(query) => format!("?{query}"),
                    Sent::Nothing => String::new(),
                    Sent::Unknown => "{...}".to_owned(),
                };
                let target: Arc<str> = format!("{path}{query}").into();
                let place = manager.path.place.unwrap_or(place);
                let location = match request.query {
                    Sent::Unknown => HeaderValue::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) }),
                    _ => HeaderValue::Known(Arc::clone(&target)),
                };
                return Err(Outcome::Redirect { code: 307, target, location, place, automatic_slash: false });
            }
        };
        let table = match &manager.table {
            Ok(table) => &**table,
            Err(why) => return Err(Outcome::Unknown(why.clone())),
        };
        let host = match listed {
            Sent::Text(text) => Ok(text),
            _ => Err(HoleReason::Runtime),
        };
        let mut run = Self {
            instance,
            manager,
            chain,
            request,
            table,
            path,
            query: request.query.clone(),
            host,
            scheme: Err(HoleReason::Runtime),
            headers: Headers::of(&request.headers),
            trail: Trail::default(),
        };
        run.host = run.host.map(|host| run_host(manager, &host, request.port));
        run.sanitize();
        run.forwarded();
        Ok(run)
    }

    /// The texts that Host may be, when it is not known but for its name.
    pub fn hosts(&self) -> Option<Vec<Arc<str>>> {
        if let Ok(host) = &self.host {
            return Some(vec![Arc::clone(host)]);
        }
        let name = self.request.host.as_ref()?;
        let is_usual = |port: u16| matches!((port, self.request.tls), (80, Tls::Plain) | (443, Tls::Tls));
        let mut found: Vec<Arc<str>> = Vec::new();
        match self.request.named_port {
            Some(port) if !is_usual(port) => found.push(format!("{name}:{port}").into()),
            Some(_) => found.push(Arc::clone(name)),
            None if is_usual(self.request.port) => found.push(Arc::clone(name)),
            // a name that is there without its port is meant to be reached at that of the scheme
            None => {
                let own: Arc<str> = format!("{name}:{}", self.request.port).into();
                let is_there = |host: &str| select::virtual_host(self.table, &host.to_ascii_lowercase()).is_some();
                found.push(if is_there(name) || !is_there(&own) { Arc::clone(name) } else { own });
            }
        }
        Some(found.iter().map(|host| run_host(self.manager, host, self.request.port)).collect())
    }

    /// What becomes of the request at a virtual host; at none, when there is none for it.
    pub fn at_host(mut self, host: Option<&'c VirtualHost>) -> (Outcome, Trail<'c>) {
        self.trail.host = host;
        let port = self.request.port;
        let Some(host) = host else {
            let place = self.table.place;
            let name = self.host.as_deref().map_or_else(|_| "the request".to_owned(), |host| format!("`{host}`"));
            self.trail.steps.push((place, format!("no virtual host of Envoy takes {name} on port {port}")));
            self.trail.end = Some((place, "route_config".into()));
            return (Outcome::Status { code: 404, place }, self.trail);
        };
        let words = format!("Envoy takes the request on port {port} at the virtual host `{}`", host.name);
        self.trail.steps.push((host.place, words));
        if let Some(place) = host.needs_tls {
            match self.headers.seldom("x-forwarded-proto") {
                Some(Ok(scheme)) if &*scheme == "https" => {}
                Some(Ok(_)) => return self.wants_tls(place),
                _ => return (unknown(HoleReason::Runtime, place), self.trail),
            }
        }
        if let Some(why) = &host.unknown {
            return (Outcome::Unknown(why.clone()), self.trail);
        }
        self.first_route(host, &host.routes)
    }

    /// The first route that fits. Where it is not known whether one does, both ways have to come to the same.
    fn first_route(mut self, host: &'c VirtualHost, routes: &'c [Route]) -> (Outcome, Trail<'c>) {
        let mut maybe: Vec<(Outcome, Trail<'c>)> = Vec::new();
        let mut end = None;
        for route in routes {
            match self.fits(route) {
                Truth::No => {}
                Truth::Unknown => maybe.push(self.clone().at_route(host, route)),
                Truth::Yes => {
                    end = Some(self.clone().at_route(host, route));
                    break;
                }
            }
        }
        let end = end.unwrap_or_else(|| {
            self.trail.end = Some((host.place, format!("virtual host {}", host.name).into()));
            self.trail.steps.push((host.place, "no route fits".to_owned()));
            (Outcome::Status { code: 404, place: host.place }, self.trail.clone())
        });
        match maybe.iter().find(|(outcome, _)| *outcome != end.0) {
            None => end,
            Some((_, trail)) => {
                let place = trail.route.map_or(host.place, |route| route.place);
                (unknown(HoleReason::Runtime, place), self.trail)
            }
        }
    }

    /// Whether a route is for the request.
    pub(super) fn fits(&self, route: &Route) -> Truth {
        let matching = &route.matching;
        let plain = |segment: &str| segment.split(';').next().unwrap_or_default().to_owned();
        let path = if self.table.ignores_parameters {
            self.path.split('/').map(plain).collect::<Vec<_>>().join("/")
        } else {
            self.path.clone()
        };
        let mut fits = matching.takes_path(&path, &self.instance.patterns);
        if fits == Truth::No {
            return fits;
        }
        for matcher in &matching.headers {
            let sent = self.read_header(&matcher.name);
            fits = fits.and(matcher.fits(&sent, &self.instance.patterns));
        }
        for matcher in &matching.query {
            fits = fits.and(matcher.fits(&self.query, &self.instance.patterns));
        }
        if matching.unknown.is_some() { fits.and(Truth::Unknown) } else { fits }
    }

    pub(super) fn at_route(mut self, host: &'c VirtualHost, route: &'c Route) -> (Outcome, Trail<'c>) {
        self.trail.route = Some(route);
        self.trail.steps.push((route.place, format!("the route `{}`", route.written)));
        let rules = match &route.action {
            Action::Forward(forward) => forward.upgrades.as_slice(),
            _ => &[],
        };
        let asked = self.asked(rules);
        let filters = match &asked {
            Asked::Allowed(filters) => filters,
            _ => &self.manager.filters,
        };
        if let Action::Forward(forward) = &route.action
            && let [only] = forward.clusters.as_slice()
        {
            self.answer_headers(&only.responses);
        }
        self.answers(&[&route.responses, &host.responses, &self.table.responses]);
        if !matches!(asked, Asked::Refused(..))
            && let Some(outcome) = self.filters(filters, &asked)
        {
            return (outcome, self.trail);
        }
        if let (Asked::Refused(place, _), Action::Direct { .. }) = (&asked, &route.action) {
            self.trail.added.clear();
            return (Outcome::Status { code: 403, place: *place }, self.trail);
        }
        let outcome = match &route.action {
            Action::Unknown(why) => Outcome::Unknown(why.clone()),
            Action::Direct { status, place } => self.direct(*status, *place),
            Action::Redirect(redirect) => {
                if let Asked::Refused(place, words) = &asked {
                    self.trail.steps.push((*place, refusal(words)));
                }
                self.redirect(redirect)
            }
            Action::Forward(forward) => self.forward(host, route, forward, &asked),
        };
        (outcome, self.trail)
    }

    /// A fixed answer; one with a Location leads on.
    fn direct(&self, code: u16, place: Place) -> Outcome {
        let location = self.trail.added.iter().find(|header| &*header.name == "location");
        match location {
            Some(header) if (300..400).contains(&code) => {
                let target = Arc::clone(&header.value);
                let location = if target.contains('%') {
                    HeaderValue::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(header.place) })
                } else {
                    HeaderValue::Known(Arc::clone(&target))
                };
                Outcome::Redirect { code, target, location, place, automatic_slash: false }
            }
            _ => Outcome::Status { code, place },
        }
    }

    /// The forward action of the route that was taken.
    pub fn forward_action(trail: &Trail<'c>) -> Option<&'c Forward> {
        match &trail.route?.action {
            Action::Forward(forward) => Some(forward),
            _ => None,
        }
    }
}

/// What a handshake meets in place of a redirect.
pub(super) fn refusal(words: &str) -> String {
    format!("{words}: a handshake gets 403")
}

fn run_host(manager: &Manager, host: &str, port: u16) -> Arc<str> {
    let host = match manager.dot_in_host {
        DotInHost::Stripped => without_dot(host),
        DotInHost::Kept => host.to_owned(),
    };
    select::stripped(&host, manager.port_in_host, port).into()
}

/// A Host without the dot at the end of its name.
fn without_dot(host: &str) -> String {
    match host.rsplit_once(':') {
        Some((name, port)) if name.ends_with('.') => format!("{}:{port}", name.trim_end_matches('.')),
        _ => host.strip_suffix('.').unwrap_or(host).to_owned(),
    }
}

pub(super) fn unknown(reason: HoleReason, place: Place) -> Outcome {
    Outcome::Unknown(Unknown { reason, place: Some(place) })
}

/// A header that Envoy makes by itself.
pub(super) const DEFAULT: HeaderOrigin = HeaderOrigin::Default;
