//! The back end at the end of the way: which route takes the request, and whether it really comes to it.

use std::sync::Arc;

use super::route::{Asked, Matched, is_for_all, route_of};
use super::taking::{Takes, takes_with};
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::{Framework, PatternSyntax, Protocol};
use crate::model::{AppId, CauseKind, HopKind, Listener, MethodRefuser, PathPiece, PathText, Piece, Route, RouteId};

/// Whether a route takes a path however the unknown parts of it come out, as far as its beginning says.
fn takes_whatever_is_unknown(route: &Route, path: &PathText) -> bool {
    // Files take whatever is below their path, which is not every path.
    if path.as_known().is_some() || route.protocol != Protocol::Static && is_for_all(route) {
        return true;
    }
    let head = match path.0.first() {
        Some(PathPiece::Known(text)) => &**text,
        _ => "",
    };
    let prefix = route.path.value().and_then(|path| path.as_deref()).map(|prefix| prefix.trim_end_matches('/'));
    prefix.and_then(|prefix| head.strip_prefix(prefix)).is_some_and(|rest| rest.starts_with('/'))
}

impl<'w> Walk<'w> {
    pub(super) fn walk_route(&mut self, listener: &Listener, path: &PathText) {
        let apps = listener.apps.as_slice();
        let service = listener.service;
        if self.speaks_another_interface(listener) || self.takes_no_sockets(listener, path) {
            self.walk_origin(apps, &[], path, service);
            self.skipped(HopKind::Token, "not checked");
            return;
        }
        let protocol = self.protocol();
        let method = if protocol == Protocol::Http { self.connection.method.as_deref() } else { None };
        match route_of(self.wiring, apps, path, &Asked { protocol, method }) {
            Matched::Routes(routes) => {
                for passage in &mut self.passages {
                    passage.routes.clone_from(&routes);
                }
                if let Some((candidate, note)) = self.unknown_namespace(&routes) {
                    self.breaks(HopKind::Route, candidate, note);
                } else if self.may_lack_namespace() {
                    self.unknown(HopKind::Route, &[], "whether the server has the namespace is not known");
                } else if !self.comes_to_another(&routes, apps, path) && !self.is_sent_on(&routes, path) {
                    let (places, note) = self.named(&routes);
                    self.holds(HopKind::Route, &places, note);
                }
                self.subprotocol(&routes, service);
                self.walk_origin(apps, &routes, path, service);
                return self.walk_session(listener, &routes);
            }
            Matched::WrongMethod(routes, methods) => {
                let candidate = self.wrong_method(&routes, methods, path);
                let note = format!("`{}` is there, and not for {}", path.display(), self.method());
                self.breaks(HopKind::Route, candidate, note);
                self.walk_origin(apps, &routes, path, service);
            }
            // Whoever writes the query of engine.io by hand may speak the rest of it as well.
            Matched::OtherProtocol(_) if protocol == Protocol::WebSocket && self.speaks_engine_io() => {
                self.unknown(HopKind::Route, &[], "what is sent over the socket is not read");
                self.walk_origin(apps, &[], path, service);
            }
            Matched::OtherProtocol(routes) => {
                let candidate = self.other_protocol(&routes);
                let note = match protocol {
                    Protocol::SocketIo => "socket.io is spoken to a plain WebSocket server",
                    _ => "plain WebSocket is spoken to a socket.io server",
                };
                self.breaks(HopKind::Route, candidate, note);
                self.walk_origin(apps, &[], path, service);
            }
            Matched::Unknown(why) => {
                self.unknown(HopKind::Route, &[], why);
                self.walk_origin(apps, &[], path, service);
            }
            Matched::None(missed) => {
                let rewrite = self.path_rewrite(apps, &missed, path);
                let candidate = rewrite.or_else(|| self.path_mismatch(&missed, path));
                match candidate {
                    Some(candidate) => {
                        let note = format!("`{}` arrives, and {}", path.display(), missed.why);
                        self.breaks(HopKind::Route, candidate, note);
                    }
                    None => self.unknown(HopKind::Route, &[missed.app_place], "too little of the path is known"),
                }
                self.walk_origin(apps, &[], path, service);
            }
        }
        self.skipped(HopKind::Token, "not checked");
    }

    pub(super) fn route(&self, id: RouteId) -> Option<&'w Route> {
        self.wiring.routes.get(id.0 as usize)
    }

    pub(super) fn framework(&self, app: AppId) -> Option<Framework> {
        self.wiring.apps.get(app.0 as usize).map(|app| app.framework)
    }

    /// The places of routes, and their name for people.
    fn named(&self, routes: &[RouteId]) -> (Vec<Place>, String) {
        let places = routes.iter().filter_map(|id| self.route(*id)).map(|route| route.place).take(3).collect();
        let name =
            routes.first().and_then(|id| self.route(*id)).and_then(|route| route.path.value().cloned().flatten());
        (places, name.map_or_else(|| "every path".to_owned(), |name| format!("route `{name}`")))
    }

    pub(super) fn wrong_method(&self, routes: &[RouteId], methods: Vec<Arc<str>>, path: &PathText) -> Candidate {
        let kind = CauseKind::MethodMismatch {
            method: Arc::from(self.method()),
            path: path.display(),
            by: MethodRefuser::Routes(methods),
        };
        let mut candidate =
            Candidate::new(kind, self.connection.place, format!("{} {}", self.method(), path.display()))
                .resting_on(&self.url().assumptions)
                .resting_on(&self.guessed);
        for route in routes.iter().filter_map(|id| self.route(*id)).take(3) {
            candidate = candidate.link(route.place, "a route of this path");
        }
        candidate
    }

    /// Whether the query asks for a version of engine.io.
    fn speaks_engine_io(&self) -> bool {
        let query = self.url().query.as_ref();
        query.is_some_and(|query| {
            query.0.iter().any(|piece| matches!(piece, Piece::Known(text, _) if text.contains("EIO=")))
        })
    }

    fn other_protocol(&self, routes: &[RouteId]) -> Candidate {
        let kind = CauseKind::ProtocolMismatch {
            client: Arc::from(self.connection.api.name()),
            server: match self.protocol() {
                Protocol::SocketIo => Protocol::WebSocket,
                _ => Protocol::SocketIo,
            },
        };
        let mut candidate = Candidate::new(kind, self.connection.place, "protocol")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        for route in routes.iter().filter_map(|id| self.route(*id)).take(3) {
            candidate = candidate.link(route.place, "takes the sockets of this server");
        }
        candidate
    }

    /// Whether something that is registered before every one of the routes takes the request; says so.
    fn comes_to_another(&mut self, routes: &[RouteId], apps: &[AppId], path: &PathText) -> bool {
        if let Some((candidate, note)) = self.rivals(routes) {
            self.breaks(HopKind::Route, candidate, note);
            return true;
        }
        let found: Vec<&Route> = routes.iter().filter_map(|id| self.route(*id)).collect();
        let mut first = None;
        for route in &found {
            match self.earlier(route, apps, path) {
                Some(earlier) => first = first.or(Some((*route, earlier))),
                None => return false,
            }
        }
        let Some((route, earlier)) = first else { return false };
        let files = earlier.protocol == Protocol::Static;
        let name = |route: &Route| route.path.value().cloned().flatten().unwrap_or_else(|| Arc::from("/"));
        let by = if files {
            format!("the static files at `{}`", name(earlier))
        } else {
            format!("the handler for `{}`", name(earlier))
        };
        let symptom = match (files, self.protocol()) {
            (true, Protocol::WebSocket) => "the handshake fails",
            (true, _) => "the answer is a file or 404",
            (false, _) => "the answer is that of the other one",
        };
        let note = format!("{by} is registered before `{}` and takes the request", name(route));
        let kind = CauseKind::ShadowedRoute { route: name(route), by, symptom: Arc::from(symptom) };
        let candidate = Candidate::new(kind, earlier.place, name(route).to_string())
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(route.place, "the route for it")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        self.breaks(HopKind::Route, candidate, note);
        true
    }

    /// What takes the path and is registered before the route, in frameworks that ask in order.
    fn earlier(&self, route: &Route, apps: &[AppId], path: &PathText) -> Option<&'w Route> {
        let framework = self.framework(route.app)?;
        let all = self.wiring.index.routes(self.wiring).candidates(apps, path);
        all.into_iter().filter_map(|id| self.route(id)).find(|other| {
            let kind = match framework {
                // Files below a path take handshakes too.
                Framework::FastApi | Framework::Starlette => other.protocol == Protocol::Static,
                Framework::Express => {
                    self.protocol() == Protocol::Http
                        && is_for_all(other)
                        && other.protocol == Protocol::Http
                        && other.handler.is_some()
                        && (other.methods.is_empty() || other.methods.iter().any(|method| &**method == self.method()))
                }
                _ => false,
            };
            let app = self.wiring.apps.get(other.app.0 as usize);
            kind && other.app == route.app
                && takes_whatever_is_unknown(other, path)
                && takes_with(self.wiring, other, app, path, Protocol::Http) == Takes::Yes
                && is_before(other, route)
        })
    }

    /// Several WebSocket servers on one server, each of which refuses what is not its own.
    fn rivals(&self, routes: &[RouteId]) -> Option<(Candidate, String)> {
        let route = routes.first().and_then(|id| self.route(*id))?;
        let app = self.wiring.apps.get(route.app.0 as usize)?;
        let (first, others) = app.rivals.split_first().filter(|_| self.protocol() == Protocol::WebSocket)?;
        if !app.rivals.contains(&route.place) {
            return None;
        }
        let kind = CauseKind::CompetingUpgradeListeners { count: app.rivals.len() };
        let candidate = Candidate::new(kind, others.last().copied().unwrap_or(*first), "upgrade")
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .links(&app.rivals, "listens to the same upgrades")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        Some((candidate, "another WebSocket server on the same server refuses the handshake".to_owned()))
    }

    /// Whether the back end answers with a redirect to the path with the slash, or without it; says what comes of it.
    fn is_sent_on(&mut self, routes: &[RouteId], path: &PathText) -> bool {
        let protocol = self.protocol();
        let sent_on = |id: &RouteId| {
            let route = self.route(*id)?;
            let app = self.wiring.apps.get(route.app.0 as usize);
            (takes_with(self.wiring, route, app, path, protocol) == Takes::Redirected).then_some(route)
        };
        let found: Option<Vec<&Route>> = routes.iter().map(sent_on).collect();
        let Some(route) = found.and_then(|found| found.first().copied()) else { return false };
        let name = route.path.value().cloned().flatten().unwrap_or_else(|| Arc::from("/"));
        let redirect = match self.redirect_breaks(route) {
            Redirect::Arrives => {
                self.holds(HopKind::Route, &[route.place], format!("redirected to the route `{name}`"));
                return true;
            }
            Redirect::Unknown(why) => {
                self.unknown(HopKind::Route, &[route.place], why);
                return true;
            }
            Redirect::Breaks(symptom) => symptom,
        };
        let at = self.url().path.places().last().copied().unwrap_or(self.connection.url_place);
        let kind = CauseKind::PathMismatch {
            path: path.display(),
            asked: self.forwarded.as_ref().filter(|it| it.from != it.to).map(|it| it.from.display()),
            nearest: Some(name.clone()),
            why: format!("the route is `{name}`, and the back end redirects to it"),
            symptom: Arc::from(redirect),
            base: None,
            app: None,
            below: None,
        };
        let candidate = Candidate::new(kind, at, "slash")
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(route.place, "the route")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        self.breaks(HopKind::Route, candidate, format!("the back end redirects to `{name}`, and {redirect}"));
        true
    }
}

/// Whether one route is registered before another, where the text shows which comes first.
fn is_before(one: &Route, other: &Route) -> bool {
    let mut pairs = one.registered.iter().zip(&other.registered);
    pairs.find(|(one, other)| one != other).is_some_and(|(one, other)| one.is_before(other) == Some(true))
        && one.syntax != PatternSyntax::Exact
}

/// What becomes of a request that is redirected to its own path with a slash.
pub(super) enum Redirect {
    /// It comes to the route.
    Arrives,
    /// It does not: what happens, as a clause.
    Breaks(&'static str),
    /// Not known.
    Unknown(&'static str),
}
