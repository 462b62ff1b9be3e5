//! Whether the server at the end of the way takes WebSocket handshakes at all, and selects a sub-protocol.

use std::sync::Arc;

use super::decide::cause;
use super::network::program_name;
use super::route::{is_taken, named_route};
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::{ExprKind, Framework, Protocol, ServerProgram, StepKind};
use crate::model::evaluate::{Scope, evaluate, evaluate_in};
use crate::model::requirement::is_below_version;
use crate::model::{
    Alternative, App, AppId, CauseKind, HopKind, Listener, NoSockets, PathText, Rest, RouteId, ServiceId, Side, Value,
    Wiring,
};

/// Libraries with which uvicorn speaks WebSocket.
const LIBRARIES: &[&str] = &["websockets", "wsproto"];
/// Packages that bring none of them along.
const WITHOUT: &[&str] = &[
    "aiofiles",
    "alembic",
    "asyncpg",
    "bcrypt",
    "email-validator",
    "fastapi",
    "gunicorn",
    "httpx",
    "itsdangerous",
    "jinja2",
    "orjson",
    "passlib",
    "psycopg",
    "psycopg2",
    "psycopg2-binary",
    "pydantic",
    "pydantic-settings",
    "pyjwt",
    "pytest",
    "python-dotenv",
    "python-jose",
    "python-multipart",
    "pyyaml",
    "redis",
    "requests",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
    "uvicorn",
];

/// Adds a cause for each `ws` server that is given a server and a port, whether or not a client is known to come there.
pub(super) fn check(wiring: &mut Wiring) {
    let found: Vec<Candidate> = wiring.listeners.iter().filter_map(|listener| twofold(wiring, listener)).collect();
    for candidate in found {
        if wiring.repository.may_be_accused(candidate.place.file) {
            wiring.add_cause(cause(candidate, None, None));
        }
    }
}

/// What is wrong with a `ws` server that is given a server and a port. Asked of ws 5.2, 6.2 and 7.4: they open a plain server
/// on the port and never touch the other one; 7.5 and 8 throw.
fn twofold(wiring: &Wiring, listener: &Listener) -> Option<Candidate> {
    let (file, option) = listener.option("beside_server")?;
    let is_tls = matches!(option.value.kind, ExprKind::Bool(true));
    let package = listener.package?;
    let kind = match is_below_version(wiring, package, "ws", (7, 5)) {
        false => {
            let path = String::from("/");
            CauseKind::MissingWebSocketSupport { path, why: NoSockets::ServerAndPort }
        }
        true if is_tls => CauseKind::PlainSocketPort { port: listener.port.value().copied() },
        true => return None,
    };
    let shows = "the server that it is given as well";
    Some(Candidate::new(kind, listener.place, "server and port").link(Place::new(file, option.value.span), shows))
}

/// The sub-protocols that a client offers.
struct Offered {
    known: Vec<Arc<str>>,
    rest: Rest,
}

impl Walk<'_> {
    /// Whether nothing at the listener can take a handshake; says so.
    pub(super) fn takes_no_sockets(&mut self, listener: &Listener, path: &PathText) -> bool {
        let found = match self.protocol() {
            Protocol::WebSocket => self
                .never_starts(listener)
                .or_else(|| self.never_listens(listener, path))
                .or_else(|| self.is_switched_off(listener))
                .or_else(|| self.lacks_library(listener))
                .or_else(|| self.in_another_process(listener, path))
                .or_else(|| self.serves_wsgi(listener, path)),
            Protocol::SocketIo => self
                .never_listens(listener, path)
                .or_else(|| self.is_wrapped(listener, path))
                .or_else(|| self.in_another_process(listener, path)),
            _ => None,
        };
        let Some((candidate, note)) = found else { return false };
        self.breaks(HopKind::Listener, candidate, note);
        true
    }

    /// `ws` with a server and a port.
    fn never_starts(&self, listener: &Listener) -> Option<(Candidate, String)> {
        let candidate = twofold(self.wiring, listener)?;
        if !matches!(candidate.kind, CauseKind::MissingWebSocketSupport { .. }) {
            return None;
        }
        let candidate = candidate
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        Some((candidate, "`ws` is given a server and a port, and refuses to start".to_owned()))
    }

    /// What listens takes no sockets, and an application that nothing starts does.
    fn lacks_sockets(
        &self,
        listener: &Listener,
        path: &PathText,
        (why, key): (NoSockets, &str),
        (other, shows): (&App, &str),
    ) -> Candidate {
        let kind = CauseKind::MissingWebSocketSupport { path: path.display(), why };
        Candidate::new(kind, listener.place, key)
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(other.place, shows)
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed)
    }

    /// The sockets hang on another server, which never listens.
    fn never_listens(&self, listener: &Listener, path: &PathText) -> Option<(Candidate, String)> {
        let apps = || listener.apps.iter().filter_map(|id| self.wiring.apps.get(id.0 as usize));
        let plain = |app: &App| {
            app.open.is_empty() && matches!(app.framework, Framework::Express | Framework::Nest | Framework::NodeHttp)
        };
        let protocol = self.protocol();
        let sockets = |id: AppId| self.wiring.index.routes(self.wiring).speak(&[id], protocol);
        let own = apps().next()?;
        if !apps().all(plain) || listener.apps.iter().any(|id| sockets(*id)) {
            return None;
        }
        let listens = |id: AppId| self.wiring.index.network(self.wiring).is_listening(id);
        let (_, other) = (0u32..).map(AppId).zip(&self.wiring.apps).find(|(id, app)| {
            app.package == own.package
                && !listener.apps.contains(id)
                && !listens(*id)
                && is_taken(self.wiring, &[*id], path, protocol)
        })?;
        let why = NoSockets::OtherServer;
        let candidate = self.lacks_sockets(listener, path, (why, "server"), (other, "the sockets hang on this one"));
        Some((candidate, "the sockets hang on another server, which never listens".to_owned()))
    }

    /// The application inside is what runs, and the one around it, which has the sockets, is started by nothing.
    fn is_wrapped(&self, listener: &Listener, path: &PathText) -> Option<(Candidate, String)> {
        let apps: Option<Vec<&App>> = listener.apps.iter().map(|id| self.wiring.apps.get(id.0 as usize)).collect();
        let apps = apps.filter(|apps| !apps.is_empty())?;
        let is_inner =
            |app: &&App| app.open.is_empty() && matches!(app.framework, Framework::FastApi | Framework::Starlette);
        let protocol = self.protocol();
        let routes = self.wiring.index.routes(self.wiring);
        if !apps.iter().all(is_inner) || routes.speak(&listener.apps, protocol) {
            return None;
        }
        let network = self.wiring.index.network(self.wiring);
        let own = apps.first()?;
        let (_, around) = (0u32..).map(AppId).zip(&self.wiring.apps).find(|(id, app)| {
            app.framework == Framework::PythonSocketIo
                && app.place.file == own.place.file
                && !network.is_listening(*id)
                && is_taken(self.wiring, &[*id], path, protocol)
        })?;
        let why = NoSockets::Wrapped;
        let candidate =
            self.lacks_sockets(listener, path, (why, "wrapped"), (around, "the application around it has the sockets"));
        Some((candidate, "the application inside is started, without the sockets around it".to_owned()))
    }

    /// The WSGI application of Django is what runs, and the ASGI application beside it has the route.
    fn serves_wsgi(&self, listener: &Listener, path: &PathText) -> Option<(Candidate, String)> {
        let apps: Option<Vec<&App>> = listener.apps.iter().map(|id| self.wiring.apps.get(id.0 as usize)).collect();
        let apps = apps.filter(|apps| !apps.is_empty())?;
        let is_wsgi = matches!(listener.program, ServerProgram::Gunicorn | ServerProgram::PythonListen)
            && apps.iter().all(|app| app.framework == Framework::Django);
        if !is_wsgi {
            return None;
        }
        let package = apps.first()?.package;
        let (_, other) = (0u32..).map(AppId).zip(&self.wiring.apps).find(|(id, app)| {
            app.framework == Framework::Channels
                && app.package == package
                && is_taken(self.wiring, &[*id], path, self.protocol())
        })?;
        let why = NoSockets::Wsgi;
        let candidate = self.lacks_sockets(
            listener,
            path,
            (why, "wsgi"),
            (other, "the application with the sockets, which nothing starts"),
        );
        Some((candidate, "the WSGI application is served, which takes no sockets".to_owned()))
    }

    /// A proxy sends the handshake to an application without sockets, and another process of the deployment has the route.
    fn in_another_process(&self, listener: &Listener, path: &PathText) -> Option<(Candidate, String)> {
        let (wiring, protocol) = (self.wiring, self.protocol());
        let (forwarded, passage) = (self.forwarded.as_ref()?, self.passages.last()?);
        let apps: Option<Vec<&App>> = listener.apps.iter().map(|id| wiring.apps.get(id.0 as usize)).collect();
        let routes = wiring.index.routes(wiring);
        let takes_none = |protocol| !routes.speak(&listener.apps, protocol);
        let without = apps.filter(|apps| !apps.is_empty() && apps.iter().all(|app| app.opening(path).is_none()))?;
        if !takes_none(Protocol::WebSocket) || !takes_none(Protocol::SocketIo) {
            return None;
        }
        let (other, route) = self.network.listeners().find_map(|(_, other)| {
            let is_apart = !other.apps.iter().any(|app| listener.apps.contains(app));
            Some((other, named_route(wiring, &other.apps, path, protocol)?)).filter(|_| is_apart)
        })?;
        let service = other.service.and_then(|id| wiring.services.get(id.0 as usize));
        // The name of a service means something to its neighbours alone.
        let is_in_container = wiring.services.iter().any(|service| service.proxy == Some(passage.proxy));
        let host = match service {
            None => Some("127.0.0.1"),
            Some(service) => Some(&*service.name).filter(|_| is_in_container),
        };
        let address = host.zip(other.port.value()).map(|(host, port)| Arc::from(format!("{host}:{port}")));
        let kind = CauseKind::MissingWebSocketSupport {
            path: path.display(),
            why: NoSockets::OtherProcess {
                by: Arc::from(wiring.proxies.name(passage.proxy)),
                to: program_name(listener.program),
                other: program_name(other.program),
                address,
            },
        };
        let candidate = Candidate::new(kind, forwarded.place, "another process")
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(listener.place, "gets the handshake")
            .links(&without.iter().map(|app| app.place).collect::<Vec<_>>(), "the application, which takes no sockets")
            .link(other.place, "listens with the sockets")
            .link(route.place, "has the route")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        Some((candidate, "its application takes no sockets, and another process has the route".to_owned()))
    }

    /// `--ws none`.
    fn is_switched_off(&self, listener: &Listener) -> Option<(Candidate, String)> {
        let (file, option) = listener.option("ws")?;
        let takes = matches!(listener.program, ServerProgram::Uvicorn | ServerProgram::PythonListen);
        if !takes || option.value.as_str() != Some("none") {
            return None;
        }
        let kind = CauseKind::MissingWebSocketSupport { path: self.url().display.clone(), why: NoSockets::SwitchedOff };
        let candidate = Candidate::new(kind, Place::new(file, option.value.span), "switched off")
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        Some((candidate, "the server is told to take no sockets".to_owned()))
    }

    /// uvicorn without a library for sockets, where the list of dependencies is known to bring none.
    fn lacks_library(&self, listener: &Listener) -> Option<(Candidate, String)> {
        if listener.program != ServerProgram::Uvicorn {
            return None;
        }
        let app = listener.apps.first().and_then(|id| self.wiring.apps.get(id.0 as usize))?;
        let package = self.wiring.packages.get(app.package.0 as usize)?;
        let mut at = None;
        for id in &package.manifests {
            let manifest = self.wiring.repository.get(*id)?.manifest.as_deref()?;
            for dependency in &manifest.dependencies {
                let name = dependency.name.to_ascii_lowercase().replace('_', "-");
                let extras = dependency.extras.iter().any(|extra| matches!(&**extra, "standard" | "all"));
                if LIBRARIES.contains(&&*name) || extras || !WITHOUT.contains(&&*name) {
                    return None;
                }
                if name == "uvicorn" {
                    at = Some(Place::new(*id, dependency.span));
                }
            }
        }
        let kind = CauseKind::MissingWebSocketSupport { path: self.url().display.clone(), why: NoSockets::NoLibrary };
        let candidate = Candidate::new(kind, at?, "library")
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(listener.place, "uvicorn serves it")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        Some((candidate, "uvicorn has no library for WebSocket".to_owned()))
    }

    /// Whether the server selects one of the sub-protocols that the client offers: browsers fail without one.
    pub(super) fn subprotocol(&mut self, routes: &[RouteId], service: Option<ServiceId>) {
        let Some(Offered { known: offered, rest }) = self.offered() else { return };
        let Some(route) = routes.first().and_then(|id| self.route(*id)) else { return };
        if rest == Rest::None && self.speaks_another(routes, &offered) {
            return;
        }
        let Some((file, handler)) = &route.handler else { return };
        let by_hand =
            matches!(self.framework(route.app), Some(Framework::FastApi | Framework::Starlette | Framework::Channels));
        if matches!(self.framework(route.app), Some(Framework::FlaskSock | Framework::Flask | Framework::Tornado)) {
            // They select none unless a setting or a method that is not read does.
            self.unknown(HopKind::Route, &[route.place], "whether the server selects a sub-protocol is not known");
            return;
        }
        if !by_hand || routes.len() > 1 {
            return;
        }
        let mut accepts = handler.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Accept(selected) => Some((Place::new(*file, step.span), selected)),
            _ => None,
        });
        let Some((place, selected)) = accepts.next() else { return };
        if accepts.next().is_some() {
            return;
        }
        let selected = match selected {
            None => None,
            Some(expr) => {
                let package =
                    self.wiring.apps.get(route.app.0 as usize).map_or(self.connection.package, |app| app.package);
                let scope = Scope {
                    package,
                    deployment: Some(self.network.id()),
                    service,
                    mode: self.handshake.mode.clone(),
                    side: Side::Server,
                };
                match evaluate(self.wiring, *file, expr, &scope).as_slice() {
                    [Alternative { value: Value::Null, .. }] => None,
                    [Alternative { value, .. }] => match value.as_known_text() {
                        Some(text) => Some(Arc::from(text)),
                        None => return,
                    },
                    _ => return,
                }
            }
        };
        // One that is selected may be among those that are not known; none is none of them.
        if selected.as_ref().is_some_and(|one| rest == Rest::Unknown || offered.contains(one)) {
            return;
        }
        let kind = CauseKind::MissingSubprotocol { offered, selected };
        let candidate = Candidate::new(kind, place, "subprotocol")
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        self.breaks(HopKind::Route, candidate, "the server selects none of the sub-protocols that the client offers");
    }

    /// Whether the libraries behind all of the routes speak sub-protocols that the client does not offer; says so.
    fn speaks_another(&mut self, routes: &[RouteId], offered: &[Arc<str>]) -> bool {
        let mut spoken: Vec<Arc<str>> = Vec::new();
        let mut places = Vec::new();
        for route in routes {
            let Some((file, handler)) = self.route(*route).and_then(|route| route.handler.as_ref()) else {
                return false;
            };
            let mut found = handler.steps.iter().filter_map(|step| match &step.kind {
                StepKind::Speaks(names) => Some((Place::new(*file, step.span), names)),
                _ => None,
            });
            let Some((place, names)) = found.next() else { return false };
            places.push(place);
            spoken.extend(names.iter().chain(found.flat_map(|(_, names)| names)).cloned());
        }
        if spoken.is_empty() || offered.iter().any(|one| spoken.contains(one)) {
            return false;
        }
        spoken.sort();
        spoken.dedup();
        let kind = CauseKind::ForeignSubprotocol { offered: offered.to_vec(), spoken };
        let candidate = Candidate::new(kind, self.connection.place, "subprotocol")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        let candidate = places
            .iter()
            .fold(candidate, |candidate, place| candidate.link(*place, "takes the sockets of this server"));
        self.breaks(HopKind::Route, candidate, "client and server speak different sub-protocols");
        true
    }

    /// The sub-protocols that the client offers, when it surely offers one.
    fn offered(&self) -> Option<Offered> {
        let facts = self.wiring.repository.get(self.connection.place.file)?;
        let call = facts.client_calls.iter().find(|call| call.span == self.connection.place.span)?;
        let scope = Scope {
            package: self.connection.package,
            deployment: Some(self.handshake.deployment),
            service: None,
            mode: self.handshake.mode.clone(),
            side: Side::Browser,
        };
        let alternatives = evaluate_in(
            self.wiring,
            self.connection.place.file,
            call.function.as_deref(),
            call.protocols.as_ref()?,
            &scope,
        );
        let [Alternative { value, .. }] = alternatives.as_slice() else { return None };
        let Value::List(items) = value else {
            let only = value.as_known_text().map(Arc::from)?;
            return Some(Offered { known: vec![only], rest: Rest::None });
        };
        let known: Vec<Arc<str>> = items.iter().filter_map(|item| item.as_known_text().map(Arc::from)).collect();
        let rest = if known.len() == items.len() { Rest::None } else { Rest::Unknown };
        (!items.is_empty()).then_some(Offered { known, rest })
    }
}
