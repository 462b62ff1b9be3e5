//! Routes behind a proxy, whether or not a client of the repository is known to call them: the ways to them, and the
//! upgrades that are lost there.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::network::{Network, Peer, is_loopback};
use super::route::{Matched, route};
use super::shadow::Asker;
use super::upgrade::refuses_http10;
use crate::base::{Limit, Limits};
use crate::facts::{PatternSyntax, Protocol};
use crate::model::proxy::{ListenAddress, Outcome, Proxied, Proxy, Request, Upgrade, upgrade_causes};
use crate::model::{
    AppId, Assumption, Cause, Chain, Deployment, DeploymentId, Link, ListenerId, Mode, Pairing, Passage, PathPiece,
    PathText, ProxyId, Route, RouteId, Tls, Wiring,
};

/// Paths outside of one proxy that may lead to one route.
const PATHS: Limit = Limit::new(
    64,
    "paths by which one proxy may lead to one route",
    "how requests that no client of the repository makes come to the route is unknown",
    "forward to the route in fewer places",
);
/// Requests for socket routes, at all proxies together.
const SOCKETS: Limit = Limit::new(
    50_000,
    "ways of requests for WebSocket routes through proxies",
    "how requests that no client of the repository makes come to the remaining routes is unknown",
    "leave out code and deployments of no interest, with `exclude` in `wirelint.toml`",
);
/// Requests for HTTP routes, at all proxies together: a location takes many of them in the same way.
const REQUESTS: Limit = Limit::new(
    2_000,
    "ways of requests for HTTP routes through proxies",
    "how requests that no client of the repository makes come to the remaining routes is unknown",
    "leave out code and deployments of no interest, with `exclude` in `wirelint.toml`",
);

/// Adds the passages to routes, and a cause for each location that hands a socket route's requests on without the upgrade.
pub(super) fn check(wiring: &mut Wiring) {
    let mut found = Vec::new();
    let mut passages = Vec::new();
    let reads_address = wiring.repository.iter().any(|(_, facts)| !facts.addresses.is_empty());
    let takes_tls = wiring.listeners.iter().any(|listener| listener.proxy.is_none() && listener.tls == Tls::Tls);
    let depends = if reads_address || takes_tls { OnLocation::Somewhere } else { OnLocation::Nowhere };
    let left = Left { sockets: Cell::new(SOCKETS.most()), http: Cell::new(REQUESTS.most()) };
    for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        if deployment.pairing == Pairing::Ambiguous {
            continue;
        }
        let Some(network) = Network::new(wiring, id, &Mode::Production) else { continue };
        for nginx in &deployment.proxies {
            let Some(instance) = wiring.proxies.get(*nginx).filter(|instance| instance.accusable()) else {
                continue;
            };
            let proxy = Asked {
                wiring,
                network,
                deployment,
                deployment_id: id,
                id: *nginx,
                instance,
                passes: Passes::new(instance.passes()),
                sets_cors: instance.sets_cors(),
                left: &left,
            };
            let mut seen = BTreeSet::new();
            let mut known = BTreeSet::new();
            for (id, route) in (0u32..).map(RouteId).zip(&wiring.routes) {
                let wanted = match route.protocol {
                    Protocol::Static => false,
                    Protocol::Http => proxy.wants(route, depends, &mut seen),
                    Protocol::WebSocket | Protocol::SocketIo => true,
                };
                // What is registered once more comes by the same way.
                let path = route.path.value();
                let again = path.is_some_and(|path| !known.insert((route.app, route.protocol, &route.methods, path)));
                if !wanted || again {
                    continue;
                }
                let passed = proxy.passages(id, route);
                if route.protocol != Protocol::Http {
                    let shaded = proxy.shaded(route, &passed);
                    if shaded.is_empty() && route.protocol == Protocol::WebSocket {
                        found.extend(proxy.causes(route, &passed));
                    }
                    found.extend(shaded);
                }
                passages.extend(passed);
            }
        }
    }
    wiring.passages.append(&mut passages);
    for cause in found {
        wiring.add_cause(cause);
    }
}

struct Asked<'w> {
    wiring: &'w Wiring,
    network: Network<'w>,
    deployment: &'w Deployment,
    deployment_id: DeploymentId,
    id: ProxyId,
    instance: &'w dyn Proxy,
    passes: Passes<'w>,
    /// Whether it adds CORS headers to some answers.
    sets_cors: bool,
    left: &'w Left,
}

/// The blocks of a proxy that forward.
struct Passes<'w> {
    /// Their paths.
    locations: Vec<&'w str>,
    /// The numbers of those that put a text in the place of their path, by that text.
    by_uri: BTreeMap<&'w str, Vec<usize>>,
}

impl<'w> Passes<'w> {
    fn new(passes: Vec<(&'w str, Option<&'w str>)>) -> Self {
        let mut by_uri: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, uri) in passes.iter().enumerate().filter_map(|(at, (_, uri))| Some((at, (*uri)?))) {
            by_uri.entry(uri).or_default().push(at);
        }
        Self { locations: passes.into_iter().map(|(location, _)| location).collect(), by_uri }
    }

    /// The blocks whose text a path begins with, in order, each with the rest of the path; no more than are tried.
    fn leading_to<'p>(&self, path: &'p str) -> Vec<(&'w str, &'p str)> {
        let ends = path.char_indices().map(|(at, _)| at).chain([path.len()]);
        let mut found: Vec<(usize, &str)> = Vec::new();
        for (text, rest) in ends.filter_map(|end| path.split_at_checked(end)) {
            let blocks = self.by_uri.get(text).into_iter().flatten();
            found.extend(blocks.map(|at| (*at, rest)).take(PATHS.most_items() + 1));
            if found.len() > PATHS.most_items() {
                break;
            }
        }
        found.sort_unstable();
        found.into_iter().filter_map(|(at, rest)| Some((*self.locations.get(at)?, rest))).collect()
    }
}

/// Whether anything depends on the location that an HTTP request comes through: some code of the repository reads the host or
/// scheme that the browser used, or some process takes TLS alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnLocation {
    Somewhere,
    Nowhere,
}

/// Requests that may still be tried.
struct Left {
    sockets: Cell<u64>,
    http: Cell<u64>,
}

impl Left {
    fn of(&self, route: &Route) -> (&Cell<u64>, Limit) {
        if route.protocol == Protocol::Http { (&self.http, REQUESTS) } else { (&self.sockets, SOCKETS) }
    }

    /// Whether a request for the route may still be tried.
    fn has(&self, route: &Route, limits: &Limits) -> bool {
        let (left, limit) = self.of(route);
        if left.get() == 0 {
            limits.reached(None, &limit);
        }
        left.get() > 0
    }

    /// Takes one request for the route; `None` when there is none left.
    fn take(&self, route: &Route, limits: &Limits) -> Option<()> {
        self.has(route, limits).then(|| {
            let left = self.of(route).0;
            left.set(left.get() - 1);
        })
    }
}

/// What takes the requests that a proxy hands on.
struct Behind {
    listener: Option<ListenerId>,
    apps: Vec<AppId>,
    assumption: Option<Assumption>,
}

impl<'w> Asked<'w> {
    /// Whether a cause may hang on how requests for an HTTP route go, whoever sends them. For the headers that the back end
    /// learns the browser's address from, and for TLS, one route of an application tells enough of a location.
    fn wants(&self, route: &Route, depends: OnLocation, seen: &mut BTreeSet<(AppId, Option<&'w str>)>) -> bool {
        if route.streams_events() || self.sets_cors {
            return true;
        }
        if depends == OnLocation::Nowhere {
            return false;
        }
        let Some(Some(pattern)) = route.path.value() else { return true };
        let path = format!("/{}", pattern.trim_start_matches(['^', '/']));
        match self.instance.plain_location(&path) {
            Some(location) => seen.insert((route.app, location)),
            None => true,
        }
    }
}

impl Asked<'_> {
    /// Every way on which requests for a route come through the proxy.
    fn passages(&self, id: RouteId, route: &Route) -> Vec<Passage> {
        let mut passages = Vec::new();
        let limits = &self.wiring.limits;
        if !self.left.has(route, limits) {
            return passages;
        }
        let paths = self.paths(route);
        if paths.len() > PATHS.most_items() {
            limits.reached(self.instance.first_place(), &PATHS);
            return passages;
        }
        for listen in self.instance.listens() {
            for path in &paths {
                if self.left.take(route, limits).is_none() {
                    return Vec::new();
                }
                passages.extend(self.arrives(id, route, listen, path));
            }
        }
        passages
    }

    /// Locations that were written for the route's own path, when nginx picks others and no way carries the upgrade.
    fn shaded(&self, route: &Route, passages: &[Passage]) -> Vec<Cause> {
        if passages.iter().any(is_carried) {
            return Vec::new();
        }
        let Some(path) = route.path.value().cloned().flatten().and_then(|pattern| example(&pattern, route.syntax))
        else {
            return Vec::new();
        };
        let asker = Asker { wiring: self.wiring, network: self.network, proxy: self.id, protocol: route.protocol };
        let mut causes = Vec::new();
        for listen in self.instance.listens() {
            if self.left.take(route, &self.wiring.limits).is_none() {
                break;
            }
            let request = arriving(route, listen, &path);
            let Some(answer) = self.network.ask(self.id, &request) else { continue };
            let Some(shade) = asker.shade(&request, &answer).filter(|shade| asker.reaches(&shade.answer)) else {
                continue;
            };
            if !self.wiring.repository.may_be_accused(shade.place.file) {
                continue;
            }
            let taken = shade.taken.map(|place| Link { place, shows: "this one takes it".to_owned() });
            let files = shade.files.map(|place| Link { place, shows: "it leads to files only".to_owned() });
            let links = [Link { place: route.place, shows: "the WebSocket route".to_owned() }];
            causes.push(Cause {
                kind: shade.kind,
                place: shade.place,
                key: shade.key,
                chains: vec![Chain {
                    wire: None,
                    hop: None,
                    links: links.into_iter().chain(taken).chain(files).collect(),
                }],
                assumptions: [answer.assumptions, shade.answer.assumptions].concat(),
            });
        }
        causes
    }

    /// The upgrades that are lost on all ways. One way that works is enough: who knows of no client cannot tell which of
    /// them is meant.
    fn causes(&self, route: &Route, passages: &[Passage]) -> Vec<Cause> {
        if passages.iter().any(is_carried) {
            return Vec::new();
        }
        let mut causes = Vec::new();
        for Passage { proxied, assumptions, .. } in passages {
            let refuses = refuses_http10(self.wiring, &self.network, self.id, proxied);
            for cause in upgrade_causes(self.instance, proxied, refuses) {
                let mut links = vec![Link { place: route.place, shows: "the WebSocket route".to_owned() }];
                links.extend(cause.links);
                links.retain(|link| link.place != cause.place);
                if self.wiring.repository.may_be_accused(cause.place.file) {
                    causes.push(Cause {
                        kind: cause.kind,
                        place: cause.place,
                        key: cause.key,
                        chains: vec![Chain { wire: None, hop: None, links }],
                        assumptions: [cause.assumptions, assumptions.clone()].concat(),
                    });
                }
            }
        }
        causes
    }

    /// How a request for the path reaches the route, when it does.
    fn arrives(&self, id: RouteId, wanted: &Route, listen: &ListenAddress, path: &PathText) -> Option<Passage> {
        let request = arriving(wanted, listen, path);
        let answer = self.network.ask(self.id, &request)?;
        let Outcome::Proxied(proxied) = answer.outcome else { return None };
        let Behind { listener, apps, assumption } = self.behind(&proxied, wanted.app)?;
        let mut assumptions = answer.assumptions;
        assumptions.extend(assumption);
        if self.deployment.pairing != Pairing::Stated && !assumptions.contains(&Assumption::LikelyPairing) {
            assumptions.push(Assumption::LikelyPairing);
        }
        let Matched::Routes(routes) = route(self.wiring, &apps, &proxied.path, wanted.protocol) else { return None };
        routes.contains(&id).then(|| Passage {
            wire: None,
            deployment: self.deployment_id,
            mode: Mode::Production,
            proxy: self.id,
            request,
            proxied: *proxied,
            listener,
            apps,
            routes: vec![id],
            links: vec![Link { place: wanted.place, shows: "the route".to_owned() }],
            assumptions,
        })
    }

    /// The applications behind the upstream, when every member of it is known to serve the wanted one.
    fn behind(&self, proxied: &Proxied, wanted: AppId) -> Option<Behind> {
        let service = self.network.service_of(self.id);
        let mut behind = None;
        for target in &proxied.targets {
            let (host, port) = (target.host.as_deref()?, target.port?);
            match self.network.upstream(service, host, port) {
                Peer::Listener(id) => {
                    let listener = self.wiring.listeners.get(id.0 as usize)?;
                    if !listener.apps.contains(&wanted) {
                        return None;
                    }
                    let apps = listener.apps.clone();
                    behind.get_or_insert(Behind { listener: Some(id), apps, assumption: None });
                }
                // Started by something that is not in the repository, such as a unit of the machine.
                Peer::Unknown(_) if service.is_none() && is_loopback(host) && self.is_only_app(wanted) => {
                    let assumption = Some(Assumption::LikelyPairing);
                    behind.get_or_insert(Behind { listener: None, apps: vec![wanted], assumption });
                }
                _ => return None,
            }
        }
        behind
    }

    /// Whether no other application of the repository could be behind an address.
    fn is_only_app(&self, wanted: AppId) -> bool {
        self.network.services().next().is_none()
            && self.wiring.packages.iter().all(|package| package.back_end.is_none())
            && self.wiring.apps.len() == 1
            && self.wiring.apps.get(wanted.0 as usize).is_some_and(|app| app.open.is_empty())
    }

    /// Paths outside of the proxy that may lead to the route: its own, and those that a `proxy_pass` with a URI maps to it.
    fn paths(&self, route: &Route) -> Vec<PathText> {
        let Some(pattern) = route.path.value() else { return Vec::new() };
        let Some(pattern) = pattern.as_deref() else {
            // It takes any path, so the path of a location is one.
            return self
                .passes
                .locations
                .iter()
                .take(PATHS.most_items() + 1)
                .map(|path| PathText::known(path))
                .collect();
        };
        let Some(own) = example(pattern, route.syntax) else { return Vec::new() };
        let mut paths = Vec::new();
        if let Some(PathPiece::Known(first)) = own.0.first() {
            for (location, rest) in self.passes.leading_to(first) {
                let mut mapped = own.clone();
                if let Some(slot) = mapped.0.first_mut() {
                    *slot = PathPiece::Known(format!("{location}{rest}").into());
                }
                paths.push(mapped);
            }
        }
        paths.push(own);
        paths
    }
}

/// Whether the upgrade may well come through.
fn is_carried(passage: &Passage) -> bool {
    matches!(passage.proxied.upgrade, Upgrade::Carried | Upgrade::Unknown(_))
}

/// A request for the route as it comes to the proxy.
fn arriving(wanted: &Route, listen: &ListenAddress, path: &PathText) -> Request {
    let host = listen.names.first().filter(|name| !name.contains(['*', '~', '_', '$'])).cloned();
    let protocol = match wanted.protocol {
        Protocol::Http | Protocol::Static => Protocol::Http,
        // socket.io upgrades like any socket
        Protocol::WebSocket | Protocol::SocketIo => Protocol::WebSocket,
    };
    Request::from_browser(listen.port, listen.tls, host, path.clone(), protocol).with_method(&method(wanted))
}

/// The method of a request that asks for more than the options of a route.
fn method(route: &Route) -> Arc<str> {
    let asks = |method: &&Arc<str>| !matches!(&***method, "OPTIONS" | "HEAD");
    let stated = route.methods.iter().find(asks).filter(|_| route.protocol == Protocol::Http);
    stated.cloned().unwrap_or_else(|| Arc::from("GET"))
}

/// A path that the pattern takes; `None` for patterns that are not understood.
fn example(pattern: &str, syntax: PatternSyntax) -> Option<PathText> {
    let mut pieces = vec![PathPiece::Known(Arc::from("/"))];
    let mut known = String::new();
    let mut rest = pattern.trim_start_matches('^').trim_start_matches('/');
    if syntax == PatternSyntax::Regex {
        rest = rest.strip_suffix('$').unwrap_or(rest);
    }
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let tail = match (syntax, c) {
            (PatternSyntax::Starlette | PatternSyntax::Aiohttp, '{') => Some(after.split_once('}')?.1),
            (PatternSyntax::Angle, '<') => Some(after.split_once('>')?.1),
            (PatternSyntax::Regex, '(') => {
                let (inner, tail) = after.split_once(')')?;
                if inner.contains(['(', '|', '/']) || tail.starts_with(['?', '*', '+', '{']) {
                    return None;
                }
                Some(tail)
            }
            (PatternSyntax::Express | PatternSyntax::FindMyWay, ':') => {
                Some(after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'))
            }
            (PatternSyntax::Express | PatternSyntax::FindMyWay, '*' | '?' | '+' | '(' | '{' | '[') => return None,
            (PatternSyntax::Regex, '[' | '{' | '\\' | '.' | '*' | '+' | '|' | '^' | '$') => return None,
            (PatternSyntax::Regex, '?') if known.ends_with('/') => {
                rest = after;
                continue;
            }
            (PatternSyntax::Regex, '?') => return None,
            _ => None,
        };
        match tail {
            Some(tail) => {
                if !known.is_empty() {
                    pieces.push(PathPiece::Known(std::mem::take(&mut known).into()));
                }
                pieces.push(PathPiece::Segment);
                rest = tail;
            }
            None => {
                known.push(c);
                rest = after;
            }
        }
    }
    if !known.is_empty() {
        pieces.push(PathPiece::Known(known.into()));
    }
    // The first piece holds all of the known beginning.
    if let [PathPiece::Known(slash), PathPiece::Known(text), ..] = pieces.as_slice() {
        let joined = PathPiece::Known(format!("{slash}{text}").into());
        pieces.splice(..2, [joined]);
    }
    Some(PathText(pieces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_a_path_that_the_pattern_takes() {
        use PatternSyntax::{Angle, Exact, Express, Regex, Starlette};
        for (pattern, syntax, expected) in [
            ("/ws/{room}/live", Starlette, Some("/ws/{...}/live")),
            ("ws/chat/<str:name>/", Angle, Some("/ws/chat/{...}/")),
            (r"^ws/chat/(?P<name>\w+)/$", Regex, Some("/ws/chat/{...}/")),
            (r"^ws/?$", Regex, Some("/ws/")),
            (r"^ws/.*$", Regex, None),
            ("/live/:id", Express, Some("/live/{...}")),
            ("/live", Exact, Some("/live")),
        ] {
            assert_eq!(
                example(pattern, syntax).map(|path| path.display().to_string()).as_deref(),
                expected,
                "{pattern}"
            );
        }
    }
}
