//! A request on its way through the middlewares of one router.

use std::sync::Arc;

use super::TraefikInstance;
use super::entry_point::EntryPoint;
use super::gaps::{has_gap, unknown};
use super::headers::Headers;
use super::middleware::{CorsTerms, HeaderTerms, Kind, Middleware};
use super::names::Name;
use super::router::Router;
use crate::base::{Limit, Place};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{AddedHeader, Gate, Outcome, Request, Sent};

/// Middlewares that one request passes. Chains of chains make many of a few.
const MIDDLEWARES: Limit = Limit::new(
    1_000,
    "middlewares that one request passes in Traefik",
    "what becomes of the request is unknown",
    "put fewer chains into each other",
);

/// Chains inside of chains that are followed.
const CHAINS: Limit = Limit::new(
    24,
    "chains of middlewares inside each other in Traefik",
    "what becomes of the request is unknown",
    "put fewer chains into each other",
);

/// Stands for the page's own origin in a header.
pub(super) const ORIGIN: &str = "{origin}";

/// A request.
pub(super) struct Run<'a> {
    /// The Traefik that it came to.
    pub instance: &'a TraefikInstance,
    /// Where it came in.
    pub entry: &'a EntryPoint,
    /// What takes it.
    pub router: &'a Router,
    /// As it was sent.
    pub request: &'a Request,
    /// Without query.
    pub path: String,
    /// Its query without the question mark.
    pub query: Sent,
    /// Its headers so far.
    pub headers: Headers,
    /// What was met so far.
    pub trail: Trail,
    /// Middlewares that it came to.
    pub passed: u64,
}

/// What was met on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    /// What happened, in words.
    pub steps: Vec<(Place, String)>,
    /// What lets in only some clients.
    pub gates: Vec<Gate>,
    /// What is to become of the headers of the answer.
    pub later: Vec<Arc<HeaderTerms>>,
    /// Headers of the answer, those of the first middleware first.
    pub added: Vec<AddedHeader>,
    /// Names of headers that are taken out of the answer.
    pub hidden: Vec<Arc<str>>,
    /// The CORS policy of the last middleware that has one.
    pub cors: Option<CorsTerms>,
    /// What made the path another one.
    pub rewritten: Option<Place>,
    /// Whether a cookie binds a client to one server.
    pub sticky: bool,
    /// What reads whole answers before they go on.
    pub buffers: Option<Place>,
}

impl<'a> Run<'a> {
    /// What becomes of it.
    pub fn outcome(&mut self) -> Outcome {
        let router = self.router;
        self.entry_middlewares()
            .and_then(|()| self.middlewares(&router.middlewares))
            .map_or_else(|outcome| outcome, |()| self.forward())
    }

    /// What was met, with the headers of the answer.
    pub fn into_trail(mut self) -> Trail {
        self.answer_headers();
        self.trail
    }

    /// What is sent for a header after the middlewares so far.
    pub fn sent(&self, name: &str) -> Sent {
        self.headers.told(name).unwrap_or_else(|| self.request.headers.get(name))
    }

    /// Refuses to say what becomes of a path with `.` or `..` in what is left of it: Traefik answers some of them with 400.
    fn stripped(&self, rest: &str, place: Place) -> Result<(), Outcome> {
        let is_dotted = rest.split('/').any(|part| matches!(part, "." | ".."));
        if is_dotted { Err(Outcome::Unknown(unknown(place))) } else { Ok(()) }
    }

    /// The middlewares of all routers of the entry point, whose names are those of the router's provider.
    pub fn entry_middlewares(&mut self) -> Result<(), Outcome> {
        let (entry, owner) = (self.entry, &self.router.name.owner);
        let mut names = entry.middlewares.iter().map(|(name, place)| (Name::written(name, owner), *place));
        names.try_for_each(|(name, place)| self.middleware(&name, place, 0))
    }

    /// Middlewares in their order; `Err` with the answer of one.
    fn middlewares(&mut self, names: &[(Name, Place)]) -> Result<(), Outcome> {
        names.iter().try_for_each(|(name, place)| self.middleware(name, *place, 0))
    }

    /// Says that no more is followed.
    fn stopped(&self, limit: &Limit, place: Place) -> Outcome {
        self.instance.limits.reached(Some(place), limit);
        Outcome::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) })
    }

    fn middleware(&mut self, name: &Name, place: Place, depth: u64) -> Result<(), Outcome> {
        self.passed += 1;
        if self.passed > MIDDLEWARES.most() {
            return Err(self.stopped(&MIDDLEWARES, place));
        }
        let Some(middleware) = self.instance.dynamic.middlewares.get(name) else {
            if self.router.fault.is_some() {
                return Ok(());
            }
            let reason = HoleReason::UnknownName(name.to_string().into());
            return Err(Outcome::Unknown(Unknown { reason, place: Some(place) }));
        };
        let named = &name.bare;
        let words = |does: &str| (middleware.place, format!("the middleware `{named}` {does}"));
        match &middleware.kind {
            Kind::Unknown(why) => return Err(Outcome::Unknown(why.clone())),
            Kind::Left(_) if self.router.fault.is_some() => {}
            Kind::Left(fault) => return Err(Outcome::Unknown(unknown(fault.place))),
            Kind::Passes => {}
            Kind::Buffers => self.trail.buffers = self.trail.buffers.or(Some(middleware.place)),
            Kind::Gate(status) => self.trail.gates.push(Gate { place: middleware.place, status: *status }),
            Kind::Chain(names) => {
                if depth >= CHAINS.most() {
                    return Err(self.stopped(&CHAINS, middleware.place));
                }
                for (name, place) in names {
                    self.middleware(name, *place, depth + 1)?;
                }
            }
            Kind::StripPrefix { prefixes, force_slash } => {
                self.known(prefixes, middleware.place)?;
                let path = self.path.clone();
                let cut = prefixes.iter().find_map(|prefix| Some((prefix, path.strip_prefix(&**prefix)?)));
                if let Some((prefix, rest)) = cut {
                    self.stripped(rest, middleware.place)?;
                    let slash = if rest.starts_with('/') || rest.is_empty() && !force_slash { "" } else { "/" };
                    self.rewrite(format!("{slash}{rest}"), middleware);
                    self.headers.add_beside("X-Forwarded-Prefix", prefix.trim());
                    self.trail.steps.push(words(&format!("takes `{prefix}` off")));
                }
            }
            Kind::StripPrefixRegex(patterns) => {
                self.known(patterns, middleware.place)?;
                for pattern in patterns {
                    let found = self.instance.patterns.find(pattern, &self.path, middleware.place);
                    let found = found.ok_or_else(|| Outcome::Unknown(unknown(middleware.place)))?;
                    let prefix = found.and_then(|found| found.groups.first().cloned());
                    let Some(prefix) =
                        prefix.filter(|prefix| !prefix.is_empty() && self.path.starts_with(prefix.as_str()))
                    else {
                        continue;
                    };
                    let rest = self.path.get(prefix.len()..).unwrap_or_default().to_owned();
                    self.stripped(&rest, middleware.place)?;
                    let slash = if rest.starts_with('/') { "" } else { "/" };
                    self.rewrite(format!("{slash}{rest}"), middleware);
                    self.headers.add_beside("X-Forwarded-Prefix", &prefix);
                    self.trail.steps.push(words(&format!("takes `{prefix}` off")));
                    break;
                }
            }
            Kind::AddPrefix(prefix) => {
                self.known(std::slice::from_ref(prefix), middleware.place)?;
                self.rewrite(format!("/{}{}", prefix.trim_start_matches('/'), self.path), middleware);
                self.trail.steps.push(words(&format!("puts `{prefix}` before the path")));
            }
            Kind::ReplacePath(path) => {
                self.known(std::slice::from_ref(path), middleware.place)?;
                let before = self.path.clone();
                self.rewrite(path.to_string(), middleware);
                self.headers.add_beside("X-Replaced-Path", &before);
                self.trail.steps.push(words("replaces the path"));
            }
            Kind::ReplacePathRegex { regex, replacement } => {
                self.known(&[Arc::clone(regex), Arc::clone(replacement)], middleware.place)?;
                let place = middleware.place;
                let found = self.instance.patterns.find(regex, &self.path, place);
                if found.ok_or_else(|| Outcome::Unknown(unknown(place)))?.is_some() {
                    let changed = self.instance.patterns.replace(regex, &self.path, replacement, place);
                    let changed = changed.ok_or_else(|| Outcome::Unknown(unknown(place)))?;
                    let before = self.path.clone();
                    self.rewrite(changed, middleware);
                    self.headers.add_beside("X-Replaced-Path", &before);
                    self.trail.steps.push(words("replaces the path"));
                }
            }
            Kind::RedirectScheme { scheme, port, permanent } => {
                if let Some(outcome) = self.to_scheme(scheme, port.as_deref(), *permanent, middleware.place) {
                    self.trail.steps.push(words("redirects"));
                    return Err(outcome);
                }
            }
            Kind::RedirectRegex { regex, replacement, permanent } => {
                self.known(&[Arc::clone(regex), Arc::clone(replacement)], middleware.place)?;
                if let Some(outcome) = self.by_pattern(regex, replacement, *permanent, middleware.place) {
                    self.trail.steps.push(words("redirects"));
                    return Err(outcome);
                }
            }
            Kind::Headers(terms) => self.header_terms(terms, middleware.place)?,
        }
        Ok(())
    }

    fn known(&self, texts: &[Arc<str>], place: Place) -> Result<(), Outcome> {
        if texts.iter().any(|text| has_gap(text)) { Err(Outcome::Unknown(unknown(place))) } else { Ok(()) }
    }

    fn rewrite(&mut self, path: String, middleware: &Middleware) {
        self.path = path;
        self.trail.rewritten = Some(middleware.place);
    }
}
