//! A development server on the way: its proxy entries and rewrites.

use std::sync::Arc;

use super::dev_configuration::Parts;
use super::dev_rewrite::path_fixes;
use super::network::Peer;
use super::origin::listening_apps;
use super::pattern::{Slash, may_match};
use super::proxy::unreachable;
use super::route::{Asked, Matched, named_route, route_of, taking};
use super::tls::{Speaker, Spoken};
use super::undefined;
use super::walk::{Candidate, Forwarded, Walk};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{DevProxy, DevServer, Expr, Framework, FrontEndTool, PatternSyntax, Protocol, ServerProgram};
use crate::model::evaluate::{Scope, evaluate};
use crate::model::{
    Alternative, AppId, Assumption, CauseKind, HopKind, Listener, ListenerId, PackageId, PathPiece, PathText,
    ServiceId, Side, Tls, Value,
};

/// What is not known of a development server that forwards nothing itself.
const UNLESS_BEHIND: &str = "the development server answers by itself, unless a proxy is before it";

/// What a proxy entry does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// It does not take it.
    Passes,
    /// It takes it.
    Takes,
    /// Not known.
    Unknown,
}

impl<'w> Walk<'w> {
    pub(super) fn dev_server(&mut self, listener: Option<ListenerId>, path: &PathText) {
        let listener = listener.and_then(|id| self.wiring.listeners.get(id.0 as usize));
        let package = listener.and_then(|listener| listener.package).unwrap_or(self.connection.package);
        let service = listener.and_then(|listener| listener.service);
        let servers = self.configurations(package, listener.map(|listener| listener.program));
        let [(file, server)] = servers.as_slice() else {
            if servers.is_empty() {
                self.not_proxied(None, package, path);
            } else {
                self.unknown(HopKind::Location, &[], "there are several configurations of the development server");
            }
            return;
        };
        let (file, server) = (*file, *server);
        if server.tool == FrontEndTool::Next && self.is_whole_route(package, path) {
            self.next_routes(package, path);
            return;
        }
        let mut parts = Parts::default();
        parts.add(self.wiring, file, server, 0);
        for (file, server, proxy) in parts.entries() {
            let place = Place::new(file, proxy.span);
            match self.takes(file, server, proxy, path, package, service) {
                Entry::Passes => {}
                Entry::Unknown => {
                    self.unknown(HopKind::Location, &[place], "whether this proxy entry takes the path is not known");
                    return;
                }
                Entry::Takes => {
                    self.forward(file, server, proxy, path, package, service);
                    return;
                }
            }
        }
        if let Some(place) = parts.more {
            self.unknown(HopKind::Location, &[place], "more proxy entries may come from code that is not followed");
            return;
        }
        let said = parts.read.iter().rev().find(|(_, server)| !server.proxies.is_empty()).copied();
        self.not_proxied(said.or(Some((file, server))), package, path);
    }

    /// The configuration files that the tool reads by itself: of several tools those of the one whose server runs.
    fn configurations(&self, package: PackageId, program: Option<ServerProgram>) -> Vec<(FileId, &'w DevServer)> {
        let wiring: &'w crate::model::Wiring = self.wiring;
        let Some(info) = wiring.packages.get(package.0 as usize) else { return Vec::new() };
        let all: Vec<(FileId, &'w DevServer)> = wiring
            .index
            .dev_servers_under(wiring, &info.root)
            .filter(|(_, facts)| facts.role.may_be_accused() && is_read_by_tool(&info.root, &facts.path))
            .flat_map(|(file, facts)| facts.dev_servers.iter().map(move |server| (file, server)))
            .collect();
        if all.len() <= 1 {
            return all;
        }
        let usual: Vec<_> = all
            .iter()
            .copied()
            .filter(|(file, _)| {
                let name = self.wiring.repository.get(*file).map(|facts| facts.path.name()).unwrap_or_default();
                let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
                matches!(
                    stem,
                    "vite.config"
                        | "next.config"
                        | "vue.config"
                        | "nuxt.config"
                        | "webpack.config"
                        | "angular"
                        | "setupProxy"
                )
            })
            .collect();
        let usual = if usual.is_empty() { all } else { usual };
        let tool = match program {
            Some(ServerProgram::Vite | ServerProgram::VitePreview) => Some(FrontEndTool::Vite),
            Some(ServerProgram::Next) => Some(FrontEndTool::Next),
            Some(ServerProgram::Cra) => Some(FrontEndTool::Cra),
            _ => info.tool,
        };
        let of_tool: Vec<_> = usual.iter().copied().filter(|(_, server)| Some(server.tool) == tool).collect();
        if usual.len() > 1 && !of_tool.is_empty() { of_tool } else { usual }
    }

    fn scope(&self, package: PackageId, service: Option<ServiceId>) -> Scope {
        Scope {
            package,
            deployment: Some(self.handshake.deployment),
            service,
            mode: self.handshake.mode.clone(),
            side: Side::Server,
        }
    }

    fn takes(
        &self,
        file: FileId,
        server: &DevServer,
        proxy: &DevProxy,
        path: &PathText,
        package: PackageId,
        service: Option<ServiceId>,
    ) -> Entry {
        let alternatives = evaluate(self.wiring, file, &proxy.path, &self.scope(package, service));
        let [Alternative { value, .. }] = alternatives.as_slice() else { return Entry::Unknown };
        let Some(key) = value.as_known_text() else { return Entry::Unknown };
        let comparing = self.wiring.comparisons.at(Place::new(file, proxy.path.span));
        if server.tool == FrontEndTool::Next {
            return if may_match(path, &key, PatternSyntax::Express, Slash::Loose, comparing) {
                Entry::Takes
            } else {
                Entry::Passes
            };
        }
        if let Some(known) = path.as_known()
            && key.starts_with('^')
        {
            return match comparing.is_match(&key, &known) {
                None => Entry::Unknown,
                Some(true) => Entry::Takes,
                Some(false) => Entry::Passes,
            };
        }
        if key.starts_with('^') {
            return Entry::Unknown;
        }
        let Some(PathPiece::Known(first)) = path.0.first() else { return Entry::Unknown };
        let key = key.trim_end_matches("/**").trim_end_matches("**");
        if server.tool != FrontEndTool::Vite && key.contains('*') {
            return by_star(server.tool, key, first, path);
        }
        if first.starts_with(key) {
            Entry::Takes
        } else if path.0.len() > 1 && key.starts_with(&**first) {
            Entry::Unknown
        } else {
            Entry::Passes
        }
    }

    fn forward(
        &mut self,
        file: FileId,
        server: &DevServer,
        proxy: &DevProxy,
        path: &PathText,
        package: PackageId,
        service: Option<ServiceId>,
    ) {
        let place = Place::new(file, proxy.span);
        self.holds(HopKind::Location, &[place], "the development server's proxy entry takes it");
        let scope = self.scope(package, service);
        let Some(target) = &proxy.target else {
            self.unknown(HopKind::Upstream, &[place], "the target is not known");
            return;
        };
        let alternatives = evaluate(self.wiring, file, target, &scope);
        // A variable that nothing sets falls back to what is beside it.
        let mut known = alternatives.iter().filter_map(|one| Some((one.value.as_known_text()?, one)));
        let first = known.next();
        let Some((text, Alternative { value, assumptions, evidence, .. })) =
            first.filter(|(text, _)| known.all(|(other, _)| other == *text))
        else {
            self.unknown(HopKind::Upstream, &[place], "the target is not known");
            return;
        };
        let Ok(address) = url::Url::parse(&text) else {
            self.unknown(HopKind::Upstream, &[place], format!("`{text}` is no address"));
            return;
        };
        if self.wire_protocol() == Protocol::WebSocket {
            let upgrades = upgrades_by_default(server.tool)
                || matches!(address.scheme(), "ws" | "wss")
                || self.is_true(file, proxy.ws.as_ref(), &scope);
            if upgrades {
                self.holds(HopKind::Headers, &[place], "the entry forwards handshakes");
            } else {
                self.not_upgraded(place, file, proxy, &scope);
            }
        }
        let Some(seen) = self.seen_by(proxy, path, package) else {
            self.unknown(
                HopKind::Upstream,
                &[place],
                "which version of http-proxy-middleware sees the path is not known",
            );
            return;
        };
        let Some(after) = self.rewritten(file, server, proxy, &seen, &address, &scope) else {
            self.unknown(HopKind::Upstream, &[place], "what the rewrite does to the path is not known");
            return;
        };
        let fixes = path_fixes(server, proxy, place, path, &address);
        self.forwarded = Some(Forwarded { place, from: path.clone(), to: after.clone(), fixes });
        let (Some(host), Some(port)) = (address.host_str(), address.port_or_known_default()) else { return };
        let changes = proxy.change_origin.as_ref().map(|change| evaluate(self.wiring, file, change, &scope));
        if matches!(changes.as_deref(), Some([Alternative { value: Value::Bool(true), .. }])) {
            self.host_sent = Some(address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
        }
        self.spoken = Some(Spoken {
            tls: if matches!(address.scheme(), "https" | "wss") { Tls::Tls } else { Tls::Plain },
            address: Arc::from(text.as_str()),
            scheme: Arc::from(address.scheme()),
            place: evidence.last().copied().unwrap_or(place),
            by: Speaker::Proxy,
        });
        match self.network.upstream(service, host, port) {
            Peer::Nobody(nobody) if service.is_some() || self.is_elsewhere(host, &after) => {
                let at = match value {
                    Value::Text(text) => text.places().first().copied().unwrap_or(place),
                    _ => place,
                };
                let candidate = unreachable(&format!("{host}:{port}"), at, &nobody)
                    .link(place, "the proxy entry of the development server")
                    .links(evidence, "part of the target")
                    .resting_on(assumptions);
                self.breaks(HopKind::Upstream, candidate, nobody.why.clone());
            }
            Peer::Unknown(why) if service.is_none() && super::network::is_loopback(host) => {
                match self.lone_process(port, &after).or_else(|| self.likely(port, &after, None)) {
                    Some(id) => {
                        self.guessed.push(Assumption::LikelyPairing);
                        self.visit(HopKind::Upstream, Peer::Listener(id), &after);
                    }
                    None => self.unknown(HopKind::Upstream, &[], why),
                }
            }
            peer => self.visit(HopKind::Upstream, peer, &after),
        }
    }

    /// Whether a process of this machine has the path that is sent to a port of it where nobody listens: it is the one that is
    /// meant.
    fn is_elsewhere(&self, host: &str, path: &PathText) -> bool {
        let is_routed = || named_route(self.wiring, &listening_apps(self), path, self.protocol()).is_some();
        super::network::is_loopback(host) && is_routed()
    }

    /// The entry takes the path of a socket, and forwards requests only.
    fn not_upgraded(&mut self, place: Place, file: FileId, proxy: &DevProxy, scope: &Scope) {
        let keys = evaluate(self.wiring, file, &proxy.path, scope);
        let key = keys.first().and_then(|one| one.value.as_known_text()).unwrap_or_default();
        let kind = CauseKind::DevProxyWithoutWebSocket { entry: key.as_str().into(), polls: self.polls_first() };
        let candidate = Candidate::new(kind, place, key)
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .resting_on(&self.url().assumptions);
        // It begins with plain requests, and stays with them: worth telling, and no break.
        if self.polls_first() {
            self.asides.push(candidate);
            self.holds(HopKind::Headers, &[place], "socket.io stays with polling: the entry has no `ws: true`");
            return;
        }
        self.breaks(HopKind::Headers, candidate, "the entry has no `ws: true`, so handshakes get no answer");
    }

    /// The one application that runs beside the development server, when nobody states its port: the proxy says what it is.
    fn lone_process(&self, port: u16, path: &PathText) -> Option<ListenerId> {
        let mut serving = self.network.listeners().filter(|(_, listener)| !listener.apps.is_empty());
        let (id, listener) = serving.next()?;
        let alone = serving.next().is_none() && listener.service.is_none() && listener.port.value().is_none();
        (alone && self.is_meant(port, listener, path)).then_some(id)
    }

    /// Whether a process of which nobody states the port may be meant by this one: it is the port that its framework's
    /// own server takes, and no other process is known to have it.
    pub(super) fn is_usual_port(&self, port: u16, listener: &Listener) -> bool {
        let frameworks = listener.apps.iter().filter_map(|app| self.wiring.apps.get(app.0 as usize));
        let usual = frameworks.map(|app| usual_port(app.framework)).any(|usual| usual == Some(port));
        let is_unread = self.network.listeners().any(|(_, other)| matches!(other.program, ServerProgram::Unread(_)));
        usual && !is_unread && !self.network.is_port_of_another(port, listener)
    }

    fn is_true(&self, file: FileId, expr: Option<&Expr>, scope: &Scope) -> bool {
        let Some(expr) = expr else { return false };
        evaluate(self.wiring, file, expr, scope).iter().all(|one| !matches!(one.value, Value::Bool(false)))
    }

    /// The process of Next.js that has route handlers of a package.
    fn next_listener(&self, package: PackageId) -> Option<(ListenerId, &'w Listener)> {
        let serves = |listener: &Listener| {
            listener.program == ServerProgram::Next && listener.package == Some(package) && !listener.apps.is_empty()
        };
        let (id, _) = self.network.listeners().find(|(_, listener)| serves(listener))?;
        Some((id, self.wiring.listeners.get(id.0 as usize)?))
    }

    /// Whether a route handler without parameters has the path: Next.js asks those before the rewrites of a plain list
    /// (nextjs.org, "rewrites").
    fn is_whole_route(&self, package: PackageId, path: &PathText) -> bool {
        let Some((_, listener)) = self.next_listener(package) else { return false };
        let Some(path_text) = path.as_known() else { return false };
        let is_whole = |pattern: &Option<Arc<str>>| pattern.as_deref() == Some(path_text.as_str());
        taking(self.wiring, &listener.apps, path, Protocol::Http)
            .any(|(_, route, _)| route.path.value().is_some_and(is_whole))
    }

    /// Whether a route handler of Next.js takes a path.
    fn is_route_of_next(&self, package: PackageId, path: &PathText) -> bool {
        let listener = self.next_listener(package);
        listener.is_some_and(|(_, listener)| named_route(self.wiring, &listener.apps, path, Protocol::Http).is_some())
    }

    /// No rewrite takes the path: Next.js answers by itself, with a route handler, a page or a file.
    fn next_routes(&mut self, package: PackageId, path: &PathText) {
        let Some((id, listener)) = self.next_listener(package) else {
            self.unknown(HopKind::Location, &[], "no route handlers of Next.js are known");
            return;
        };
        // Pages and files have the other paths, and are not read.
        let is_of_api = matches!(path.0.first(), Some(PathPiece::Known(first)) if first.starts_with("/api/"));
        if !is_of_api && named_route(self.wiring, &listener.apps, path, Protocol::Http).is_none() {
            self.unknown(HopKind::Location, &[], "pages and files of Next.js are not read");
            return;
        }
        // Whoever has another application with the path has something in front of both.
        let is_own = named_route(self.wiring, &listener.apps, path, Protocol::Http).is_some();
        if !is_own && self.may_be_of_another(package, path) {
            self.unknown(HopKind::Location, &[], "another application of the repository may have the path");
            return;
        }
        self.holds(HopKind::Location, &[], "Next.js answers by itself");
        self.answered_by(id, listener, path);
    }

    /// Whether an application of another package may have the path.
    fn may_be_of_another(&self, package: PackageId, path: &PathText) -> bool {
        let apps = (0u32..).map(AppId).zip(&self.wiring.apps);
        let others: Vec<AppId> = apps.filter(|(_, app)| app.package != package).map(|(id, _)| id).collect();
        let asked = Asked { protocol: Protocol::Http, method: None };
        !others.is_empty() && !matches!(route_of(self.wiring, &others, path, &asked), Matched::None(_))
    }

    /// No entry takes the path: the development server answers by itself.
    fn not_proxied(&mut self, server: Option<(FileId, &DevServer)>, package: PackageId, path: &PathText) {
        let tool = self.wiring.packages.get(package.0 as usize).and_then(|info| info.tool);
        let websocket = self.wire_protocol() == Protocol::WebSocket;
        let has_proxies = self.wiring.deployments.iter().any(|deployment| !deployment.proxies.is_empty());
        if !has_proxies && let Some(candidate) = undefined::page_instead(self, path) {
            self.breaks(HopKind::Location, candidate, "the server of the page answers by itself");
            return;
        }
        let forwards = server.is_some_and(|(_, server)| !server.proxies.is_empty());
        // authors who forward nothing here may develop behind the proxy
        let may_be_behind = self.in_development() && has_proxies && !forwards;
        if tool == Some(FrontEndTool::Next) && !websocket {
            if may_be_behind && !self.is_route_of_next(package, path) {
                self.unknown(HopKind::Location, &[], UNLESS_BEHIND);
            } else {
                self.next_routes(package, path);
            }
            return;
        }
        if !self.in_development() {
            self.unknown(HopKind::Location, &[], "what serves the page in production is not known");
            return;
        }
        if may_be_behind {
            self.unknown(HopKind::Location, &[], UNLESS_BEHIND);
            return;
        }
        // Authors who proxy nothing here may develop behind another server.
        let Some((file, server)) = server.filter(|(_, server)| !server.proxies.is_empty()) else {
            self.unknown(HopKind::Location, &[], "the development server answers by itself, and proxies nothing");
            return;
        };
        let apps = listening_apps(self);
        let protocol = self.protocol();
        let Some(route) = named_route(self.wiring, &apps, path, protocol) else {
            let note = "the development server answers by itself";
            match self.answered_nowhere(path) {
                Some(candidate) => {
                    let place = Place::new(file, server.proxies.last().map_or(server.span, |proxy| proxy.span));
                    let candidate = candidate.link(place, "no entry of the development server takes it");
                    self.breaks(HopKind::Location, candidate, note);
                }
                None => self.unknown(HopKind::Location, &[], note),
            }
            return;
        };
        let name: Arc<str> = route.path.value().cloned().flatten().unwrap_or_else(|| Arc::from("/"));
        let place = server.proxies.last().map_or(server.span, |proxy| proxy.span);
        let place = Place::new(file, place);
        let kind = CauseKind::UnproxiedPath {
            nothing: None,
            by: None,
            path: path.display(),
            location: None,
            route: Some(name.clone()),
            status: None,
        };
        let candidate = Candidate::new(kind, place, path.display())
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(route.place, format!("the back end has `{name}`"))
            .resting_on(&self.url().assumptions);
        self.breaks(HopKind::Location, candidate, "the development server answers by itself");
    }
}

/// The port that a framework's own server, or the one that its documentation starts, listens on when it is told none.
fn usual_port(framework: Framework) -> Option<u16> {
    match framework {
        Framework::FastApi
        | Framework::Starlette
        | Framework::Django
        | Framework::Ninja
        | Framework::Channels
        | Framework::Sanic
        | Framework::PythonSocketIo => Some(8000),
        Framework::Flask | Framework::FlaskSock | Framework::FlaskSocketIo => Some(5000),
        Framework::Aiohttp => Some(8080),
        Framework::Tornado => Some(8888),
        Framework::Nest | Framework::NestGateway | Framework::Next | Framework::Fastify | Framework::Koa => Some(3000),
        Framework::Express
        | Framework::Hono
        | Framework::ExpressWs
        | Framework::NodeHttp
        | Framework::Ws
        | Framework::SocketIo
        | Framework::Websockets => None,
    }
}

/// Tools whose proxy forwards handshakes without being told.
fn upgrades_by_default(tool: FrontEndTool) -> bool {
    match tool {
        // an external rewrite takes upgrades along
        FrontEndTool::Next | FrontEndTool::VueCli => true,
        FrontEndTool::Vite
        | FrontEndTool::Cra
        | FrontEndTool::Angular
        | FrontEndTool::Nuxt
        | FrontEndTool::Webpack
        | FrontEndTool::Plain => false,
    }
}

/// A key with a star at the end. In an object webpack-dev-server 4 takes it off, in a list it stands for one segment, as it does
/// for Angular's server (`normalizeProxyConfiguration`), and Vue's takes the key for a regular expression: what all of them take
/// is one segment.
fn by_star(tool: FrontEndTool, key: &str, first: &str, path: &PathText) -> Entry {
    let Some(base) = key.strip_suffix("/*").filter(|base| !base.contains('*')) else { return Entry::Unknown };
    match first.strip_prefix(base) {
        Some(rest) if rest.starts_with('/') => {
            let is_one_segment = path.0.len() == 1 && !rest[1..].contains('/');
            if is_one_segment || tool == FrontEndTool::VueCli { Entry::Takes } else { Entry::Unknown }
        }
        Some(_) => Entry::Unknown,
        None if path.0.len() > 1 && base.starts_with(first) => Entry::Unknown,
        None => Entry::Passes,
    }
}

/// Whether the tool of a package reads a configuration by itself.
fn is_read_by_tool(root: &RepoPath, path: &RepoPath) -> bool {
    let folder = path.parent();
    let of_sources =
        || path.name().starts_with("setupProxy.") && folder.as_ref().and_then(RepoPath::parent).as_ref() == Some(root);
    folder.as_ref() == Some(root) || of_sources() && folder.as_ref().is_some_and(|folder| folder.name() == "src")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_at_the_end_is_what_the_tool_makes_of_it() {
        use FrontEndTool::{Angular, VueCli, Webpack};
        for (tool, key, path, expected) in [
            (Webpack, "/api/*", "/api/users", Entry::Takes),
            (Webpack, "/api/*", "/api/users/1", Entry::Unknown),
            (VueCli, "/api/*", "/api/users/1", Entry::Takes),
            (VueCli, "/api/*", "/auth/users", Entry::Passes),
            (Angular, "/api/*", "/api/users", Entry::Takes),
            (Angular, "/api/*", "/api/users/1", Entry::Unknown),
            (Angular, "/api/*", "/apis", Entry::Unknown),
            (Angular, "/*/users", "/api/users", Entry::Unknown),
        ] {
            assert_eq!(by_star(tool, key, path, &PathText::known(path)), expected, "{key} {path}");
        }
    }
}
