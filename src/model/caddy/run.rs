//! A request on its way through the routes of a server.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::expand::Environment;
use super::headers::{Headers, Presence};
use super::matcher::{MatcherKind, MatcherSet};
use super::matching::{FoundFile, Match};
use super::placeholder::Known;
use super::proxy::ReverseProxy;
use super::route::{Handler, HandlerKind, Mapping, ResponseHeaders, ResponseTime, Route, RouteEnd, Server};
use super::servers::Config;
use super::url::{BadPath, Query, Url};
use super::version::Defaults;
use crate::base::{Limit, Place};
use crate::facts::HoleReason;
use crate::model::proxy::{Gate, Outcome, Patterns, Request, Sent};
use crate::model::{Assumption, Tls, Unknown};

/// Matchers, handlers and routes that are looked at for one request.
const STEPS: Limit = Limit::new(
    200_000,
    "steps for one request through the routes of a Caddyfile",
    "what becomes of it is unknown",
    "leave out Caddyfiles that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// Decisions that are not known, and are made both ways, one after the other.
const MOST_FORKS: u8 = 6;

/// Routes inside routes: a named route may invoke itself.
const MOST_FRAMES: usize = 400;

/// A request under way.
#[derive(Clone, Debug)]
pub(super) struct Run<'c> {
    pub config: &'c Config,
    pub server: &'c Server,
    pub environment: &'c Environment,
    pub patterns: &'c Patterns,
    pub defaults: Defaults,
    pub request: &'c Request,
    pub tls: bool,
    pub method: Arc<str>,
    pub original_method: Arc<str>,
    pub url: Url,
    pub original: Url,
    pub original_uri: Known,
    /// The Host header.
    pub host: Known,
    pub headers: Headers,
    /// Values of `vars`.
    pub vars: BTreeMap<Arc<str>, Known>,
    /// Values that matchers leave: groups of patterns.
    pub set: BTreeMap<Arc<str>, Known>,
    pub file: Option<FoundFile>,
    /// A path that is taken to be that of a file.
    pub existing: Option<String>,
    /// The first `map` of each destination, with the number of the destination in it.
    pub maps: BTreeMap<Arc<str>, (Arc<Mapping>, usize)>,
    pub map_depth: Cell<usize>,
    /// The status of the error that is answered.
    pub error: Option<u16>,
    pub trail: Trail<'c>,
    groups: BTreeSet<u32>,
    frames: Vec<Frame<'c>>,
    forks: u8,
    fuel: Rc<Cell<usize>>,
}

/// What a request met.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail<'c> {
    pub site: Option<usize>,
    pub steps: Vec<(Place, String)>,
    pub gates: Vec<Gate>,
    pub origin_gate: Option<Place>,
    pub assumptions: Vec<Assumption>,
    /// Changes of the answer's headers, in the order in which they are met.
    pub response: Vec<(&'c ResponseHeaders, Place)>,
    /// The proxy that takes it.
    pub proxy: Option<Arc<ReverseProxy>>,
    /// The blocks that it is in, the outermost first.
    pub blocks: Vec<(&'c Handler, Arc<str>)>,
}

/// Routes that are tried in turn.
#[derive(Clone, Debug)]
struct Frame<'c> {
    routes: &'c [Route],
    next: usize,
    /// The handlers of the route that was taken.
    handlers: &'c [Handler],
    handler: usize,
    end: RouteEnd,
    /// How many blocks are around it.
    blocks: usize,
}

impl<'c> Frame<'c> {
    fn new(routes: &'c [Route], blocks: usize) -> Self {
        Self { routes, next: 0, handlers: &[], handler: 0, end: RouteEnd::GoesOn, blocks }
    }
}

/// What a handler leads to.
pub(super) enum Flow<'c> {
    GoesOn,
    Into(&'c [Route]),
    Done(Outcome),
    Fails(u16, Place),
}

/// The end of a request.
pub(super) struct Finished<'c> {
    pub outcome: Outcome,
    pub trail: Trail<'c>,
}

impl<'c> Run<'c> {
    pub fn new(
        (config, server): (&'c Config, &'c Server),
        (environment, patterns): (&'c Environment, &'c Patterns),
        request: &'c Request,
        path: &str,
    ) -> Result<Self, BadPath> {
        let query = match &request.query {
            Sent::Text(text) => Query { text: Ok(text.to_string()), mark: true },
            Sent::Nothing => Query { text: Ok(String::new()), mark: false },
            Sent::Unknown => Query { text: Err(HoleReason::Runtime), mark: false },
        };
        let url = Url::new(path, query)?;
        let host = match request.headers.get("Host") {
            Sent::Text(text) => Ok(text.to_string()),
            Sent::Nothing => Ok(String::new()),
            Sent::Unknown => Err(HoleReason::Runtime),
        };
        let mut headers = Headers::of(&request.headers);
        if config.defaults.drops_odd_headers.is_on() {
            headers.retain(|name| !name.contains(['_', '.']));
        }
        Ok(Self {
            config,
            server,
            environment,
            patterns,
            defaults: config.defaults,
            request,
            tls: request.tls == Tls::Tls,
            method: Arc::clone(&request.method),
            original_method: Arc::clone(&request.method),
            original: url.clone(),
            original_uri: match &url.query.text {
                Ok(text) if url.query.mark => Ok(format!("{path}?{text}")),
                Ok(_) => Ok(path.to_owned()),
                Err(why) => Err(why.clone()),
            },
            url,
            host,
            headers,
            vars: BTreeMap::new(),
            set: BTreeMap::new(),
            file: None,
            existing: None,
            maps: BTreeMap::new(),
            map_depth: Cell::new(0),
            error: None,
            trail: Trail::default(),
            groups: BTreeSet::new(),
            frames: vec![Frame::new(&server.routes, 0)],
            forks: 0,
            fuel: Rc::new(Cell::new(STEPS.most_items())),
        })
    }

    /// The same request with another address.
    pub fn with_url(&self, url: Url) -> Self {
        let mut run = self.clone();
        run.url = url;
        run
    }

    /// The same request with other values of placeholders.
    pub fn with_set(&self, set: BTreeMap<Arc<str>, Known>) -> Self {
        let mut run = self.clone();
        run.set = set;
        run
    }

    /// Takes steps out of what one request may cost; `false` when it is used up.
    pub fn spend(&self, steps: usize) -> bool {
        let left = self.fuel.get().saturating_sub(steps);
        self.fuel.set(left);
        let place = self.server.routes.iter().flat_map(|route| &route.handlers).map(|handler| handler.place).next();
        if left == 0 {
            self.patterns.reached(place, &STEPS);
        }
        left > 0 && self.patterns.spend(steps as u64, place)
    }

    /// The name in the Host header.
    pub fn host_name(&self) -> Known {
        match (&self.host, &self.request.host) {
            (Ok(host), _) => Ok(super::address::split_port(host).0.to_owned()),
            (Err(_), Some(name)) => Ok(name.to_string()),
            (Err(why), None) => Err(why.clone()),
        }
    }

    /// The address of the other end of the connection.
    pub fn peer(&self) -> Known {
        self.request.client.map(|address| address.to_string()).ok_or(HoleReason::Runtime)
    }

    /// The address of the client, as trusted proxies tell it.
    pub fn client_ip(&self) -> Known {
        let trust = &self.server.trusted;
        if trust.ranges.is_empty() && trust.unknown.is_none() {
            return self.peer();
        }
        let told = self.headers.get("X-Forwarded-For");
        if told == Presence::Absent { self.peer() } else { Err(HoleReason::Runtime) }
    }

    /// From here to the end.
    pub fn finish(mut self) -> Finished<'c> {
        loop {
            if !self.spend(1) {
                return self.gives_up(HoleReason::Limit, None);
            }
            let Some(frame) = self.frames.last_mut() else { return self.nothing_left() };
            if let Some(handler) = frame.handlers.get(frame.handler) {
                frame.handler += 1;
                let blocks = frame.blocks;
                self.trail.blocks.truncate(blocks);
                match self.handle(handler) {
                    Flow::GoesOn => {}
                    Flow::Into(routes) => {
                        if self.frames.len() >= MOST_FRAMES {
                            return self.gives_up(HoleReason::Limit, Some(handler.place));
                        }
                        let blocks = self.trail.blocks.len();
                        self.frames.push(Frame::new(routes, blocks));
                    }
                    Flow::Done(outcome) => return Finished { outcome, trail: self.trail },
                    Flow::Fails(status, place) => {
                        if let Some(finished) = self.fails(status, place) {
                            return finished;
                        }
                    }
                }
                continue;
            }
            if frame.end == RouteEnd::Terminal && !frame.handlers.is_empty() {
                return self.nothing_left();
            }
            let Some(route) = frame.routes.get(frame.next) else {
                self.frames.pop();
                continue;
            };
            frame.next += 1;
            let place = route.handlers.first().map(|handler| handler.place);
            match self.lets_in(route) {
                Match::Yes => self.enter(route),
                Match::No => {}
                Match::Fails(code) => {
                    if let Some(place) = place
                        && let Some(finished) = self.fails(code, place)
                    {
                        return finished;
                    }
                }
                Match::Unknown(why) => return self.both(route, why),
            }
        }
    }

    fn lets_in(&mut self, route: &Route) -> Match {
        // of a group only the first is taken: the others need no look
        if route.group.is_some_and(|group| self.groups.contains(&group)) {
            return Match::No;
        }
        self.any_match(&route.matchers)
    }

    fn enter(&mut self, route: &'c Route) {
        self.groups.extend(route.group);
        if let Some(frame) = self.frames.last_mut() {
            (frame.handlers, frame.handler, frame.end) = (&route.handlers, 0, route.end);
        }
    }

    /// A decision that is not known is made both ways: where they come to the same it makes no difference.
    fn both(mut self, route: &'c Route, why: Unknown) -> Finished<'c> {
        self.forks += 1;
        if self.forks > MOST_FORKS {
            return self.gives_up(why.reason, why.place);
        }
        let mut taken = self.clone();
        taken.enter(route);
        let taken = taken.finish();
        let mut passed = self.clone();
        if let Some(frame) = passed.frames.last_mut() {
            (frame.handlers, frame.handler, frame.end) = (&[], 0, RouteEnd::GoesOn);
        }
        let passed = passed.finish();
        if taken.outcome == passed.outcome {
            let response =
                taken.trail.response.iter().filter(|change| passed.trail.response.contains(change)).copied().collect();
            return Finished { trail: Trail { response, ..passed.trail }, outcome: passed.outcome };
        }
        // who asks for the Origin and refuses what it does not know lets in the others
        if asks_for_origin(&route.matchers) {
            for (refused, let_in) in [(&taken, &passed), (&passed, &taken)] {
                let refuses = matches!(refused.outcome, Outcome::Status { code: 400.., .. });
                if let (true, Outcome::Proxied(proxied)) = (refuses, &let_in.outcome) {
                    let mut proxied = proxied.clone();
                    proxied.origin_gate = proxied.origin_gate.or(why.place);
                    return Finished { outcome: Outcome::Proxied(proxied), trail: let_in.trail.clone() };
                }
            }
        }
        for one in [taken, passed] {
            if let Outcome::Unknown(_) = &one.outcome {
                return one;
            }
        }
        self.gives_up(why.reason, why.place)
    }

    fn gives_up(self, reason: HoleReason, place: Option<Place>) -> Finished<'c> {
        Finished { outcome: Outcome::Unknown(Unknown { reason, place }), trail: self.trail }
    }

    /// No handler answers: an empty answer, or the status of the error.
    fn nothing_left(mut self) -> Finished<'c> {
        if self.error.is_none() {
            // nobody writes an answer that headers could wait for
            self.trail.response.retain(|(headers, _)| headers.when == ResponseTime::AtOnce);
        }
        let place = self.place();
        match place {
            Some(place) => {
                let code = self.error.unwrap_or(200);
                Finished { outcome: Outcome::Status { code, place }, trail: self.trail }
            }
            None => self.gives_up(HoleReason::Unsupported, None),
        }
    }

    /// The place of the block that the request is in, or of its site.
    pub fn place(&self) -> Option<Place> {
        let block = self.trail.blocks.last().map(|(handler, _)| handler.place);
        let site = self.trail.site.and_then(|site| self.config.sites.get(site)).map(|site| site.place);
        let routes = self.server.routes.iter().flat_map(|route| &route.handlers);
        block.or(site).or_else(|| routes.map(|handler| handler.place).next())
    }

    /// An error: goes to what answers errors, or ends with its bare status.
    fn fails(&mut self, status: u16, place: Place) -> Option<Finished<'c>> {
        if self.fail_over(status, place) {
            return None;
        }
        let code = self.error.unwrap_or(status);
        Some(Finished { outcome: Outcome::Status { code, place }, trail: self.trail.clone() })
    }

    /// Goes to what answers errors, when there is anything.
    pub fn fail_over(&mut self, status: u16, place: Place) -> bool {
        // what waits for an answer waits in vain
        self.trail.response.retain(|(headers, _)| headers.when == ResponseTime::AtOnce);
        if self.error.is_some() || self.server.error_routes.is_empty() {
            return false;
        }
        self.error = Some(status);
        self.url = self.original.clone();
        self.method = Arc::clone(&self.original_method);
        self.trail.steps.push((place, format!("an error with status {status}")));
        self.trail.blocks.clear();
        self.frames = vec![Frame::new(&self.server.error_routes, 0)];
        true
    }

    fn handle(&mut self, handler: &'c Handler) -> Flow<'c> {
        let place = handler.place;
        match &handler.kind {
            HandlerKind::Site(number, routes) => {
                self.trail.site = Some(*number);
                if let Some(site) = self.config.sites.get(*number) {
                    let names: Vec<&str> = site.addresses.iter().map(|address| &*address.written).collect();
                    self.trail.steps.push((site.place, format!("the site `{}`", names.join(", "))));
                }
                Flow::Into(routes)
            }
            HandlerKind::Subroute(routes) => Flow::Into(routes),
            HandlerKind::Block { written, routes, .. } => {
                self.trail.steps.push((place, format!("`{written}`")));
                self.trail.blocks.push((handler, Arc::clone(written)));
                Flow::Into(routes)
            }
            HandlerKind::Invoke(name) => match self.config.named_routes.get(name) {
                Some(routes) => Flow::Into(routes),
                None => Flow::Done(unknown(HoleReason::UnknownName(Arc::clone(name)), place)),
            },
            HandlerKind::Rewrite(rewrite) => {
                let mut changed = (self.url.clone(), Arc::clone(&self.method));
                match self.rewrite(rewrite, &mut changed) {
                    Ok(()) => {
                        (self.url, self.method) = changed;
                        Flow::GoesOn
                    }
                    Err(why) => Flow::Done(Outcome::Unknown(why)),
                }
            }
            HandlerKind::RequestHeaders(ops) => {
                let (mut headers, mut host) = (self.headers.clone(), self.host.clone());
                match self.change_headers(ops, &mut headers, &mut host) {
                    Ok(()) => {
                        (self.headers, self.host) = (headers, host);
                        Flow::GoesOn
                    }
                    Err(reason) => Flow::Done(unknown(reason, place)),
                }
            }
            HandlerKind::ResponseHeaders(headers) => {
                self.trail.response.push((headers, place));
                Flow::GoesOn
            }
            HandlerKind::Vars(pairs) => {
                for (name, value) in pairs {
                    let value = self.fill(value, super::placeholder::Undefined::Emptied);
                    self.vars.insert(Arc::clone(name), value);
                }
                Flow::GoesOn
            }
            HandlerKind::Map(map) => {
                if !self.spend(map.destinations.len()) {
                    return Flow::Done(Outcome::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) }));
                }
                for (at, destination) in map.destinations.iter().enumerate() {
                    self.maps.entry(Arc::clone(destination)).or_insert_with(|| (Arc::clone(map), at));
                }
                Flow::GoesOn
            }
            HandlerKind::Respond { status, headers } => self.respond(status, headers, place),
            HandlerKind::Abort => Flow::Done(Outcome::Status { code: 444, place }),
            HandlerKind::Error(status) => match self.status(status) {
                Ok(status) => Flow::Fails(status.unwrap_or(500), place),
                Err(reason) => Flow::Done(unknown(reason, place)),
            },
            HandlerKind::Proxy(proxy) => self.forward(proxy),
            HandlerKind::Files(files) => self.serve_files(files, place),
            HandlerKind::Gate { status, sets } => {
                self.trail.gates.push(Gate { place, status: *status });
                for name in sets {
                    let origin = crate::model::proxy::HeaderOrigin::Set(place);
                    self.headers.set(name, Err(HoleReason::Runtime), origin);
                }
                Flow::GoesOn
            }
            HandlerKind::Pass => Flow::GoesOn,
            HandlerKind::Unknown(why) => Flow::Done(Outcome::Unknown(why.clone())),
        }
    }
}

pub(super) fn unknown(reason: HoleReason, place: Place) -> Outcome {
    Outcome::Unknown(Unknown { reason, place: Some(place) })
}

/// Whether a matcher looks at the header Origin.
fn asks_for_origin(sets: &[MatcherSet]) -> bool {
    let mut open: Vec<&MatcherSet> = sets.iter().collect();
    while let Some(set) = open.pop() {
        for matcher in set.iter() {
            match &matcher.kind {
                MatcherKind::Header(wanted) if wanted.contains_key("Origin") => return true,
                MatcherKind::HeaderPattern(wanted) if wanted.iter().any(|(n, _)| n.eq_ignore_ascii_case("origin")) => {
                    return true;
                }
                MatcherKind::Not(inner) => open.extend(inner),
                _ => {}
            }
        }
    }
    false
}
