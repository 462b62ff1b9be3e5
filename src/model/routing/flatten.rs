//! Routers put together into applications, and routes with their whole prefix.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::graph::{Edge, Graph, NodeId, serves_files};
use super::scope::{package_of, server_scope, text};
use super::spelling::{joined, spelled, syntax_of};
use crate::base::{FileId, Place};
use crate::facts::{CorsWords, Expr, Framework, HoleReason, MountStyle, PatternSyntax, Protocol, RouterKind};
use crate::model::requirement::is_below_version;
use crate::model::{
    Adds, App, AppId, Known, MountPoint, Opening, PackageId, Registration, Route, Unknown, UnmountedRoute, Wiring,
};

/// Routers inside routers beyond this depth are not followed.
const MAX_DEPTH: usize = 12;
/// Routes of one repository beyond this number are not kept.
const MAX_ROUTES: usize = 20_000;
/// Mounts of one application that are weighed against its routes.
const MAX_MOUNTS: usize = 100;
/// Routers visited for one application: where routers include each other several times, the ways multiply.
const MAX_VISITS: usize = 20_000;

/// The applications and routes of a repository.
#[derive(Debug, Default)]
pub struct Built {
    /// Applications.
    pub apps: Vec<App>,
    /// Routes, by application.
    pub routes: Vec<Route>,
    /// Routes of routers that are part of no application.
    pub unmounted: Vec<UnmountedRoute>,
    /// The applications that each node is part of.
    pub owners: Owners,
    /// The applications that begin at each node.
    pub roots: BTreeMap<NodeId, AppId>,
    /// What is noted of applications that are not wholly known: a second reason for the same adds nothing.
    opened: BTreeSet<(AppId, Option<Arc<str>>, Adds)>,
}

impl Built {
    fn open(&mut self, app: AppId, opening: Opening) {
        if let Some(known) = self.apps.get_mut(app.0 as usize)
            && self.opened.insert((app, opening.below.clone(), opening.adds))
        {
            known.open.push(opening);
        }
    }
}

/// The applications that each node is part of.
pub type Owners = BTreeMap<NodeId, Vec<AppId>>;

/// A prefix on the way to a router.
#[derive(Clone, Debug)]
struct Prefix {
    text: Result<String, Unknown>,
    places: Vec<Place>,
    /// The registrations that lead there.
    way: Vec<Registration>,
    /// The mount that hands whole paths to what compares them itself.
    whole: Option<Whole>,
    own: Own,
}

/// A mount of an application that compares whole paths.
#[derive(Clone, Debug)]
struct Whole {
    /// What paths below the mount begin with.
    below: Arc<str>,
    /// The prefix of what it is mounted in.
    outside: String,
    place: Place,
}

impl Whole {
    /// The paths that come through the mount and that the application takes; `None` when there are none. Asked of Starlette
    /// 1.10 with python-socketio 5.18: both compare beginnings.
    fn narrowed(&self, own: &str) -> Option<String> {
        let mount = self.below.trim_end_matches('/');
        let bare = own.trim_end_matches('/');
        let is_below =
            |path: &str, of: &str| path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if is_below(bare, mount) {
            return Some(own.to_owned());
        }
        is_below(mount, bare).then(|| format!("{mount}/"))
    }
}

/// What becomes of the prefix that a router is created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    /// It follows the one that the router is registered with.
    Follows,
    /// The one that the router is registered with stands in its place.
    Replaced,
}

/// Builds them.
pub fn applications(wiring: &Wiring, graph: &Graph<'_>, listened: &BTreeSet<NodeId>) -> Built {
    let mut built = Built::default();
    let middlewares = middlewares(wiring);
    for (index, node) in graph.nodes.iter().enumerate() {
        let id = NodeId(index);
        let stands_alone = node.fact.kind == RouterKind::App
            || matches!(node.fact.framework, Framework::Ws | Framework::SocketIo | Framework::PythonSocketIo);
        // What `app.listen` serves is the application alone, whatever else hangs on a server that it was handed to.
        let may_be = matches!(node.fact.framework, Framework::Express | Framework::FastApi | Framework::Starlette);
        let apart = may_be && (listened.contains(&id) || has_own_sockets(graph, id)) && is_served_alone(graph, id);
        if !stands_alone || graph.is_inner(id) && !apart {
            continue;
        }
        let app = AppId(u32::try_from(built.apps.len()).unwrap_or(u32::MAX));
        let package = package_of(wiring, node.file);
        let root_path = node.fact.root_path.as_ref().and_then(|path| {
            let function = node.fact.function.as_deref();
            text(wiring, node.file, function, path, &server_scope(package)).value().cloned()
        });
        built.apps.push(App {
            place: Place::new(node.file, node.fact.span),
            framework: framework_of(graph, id),
            package,
            open: Vec::new(),
            mounts_at: None,
            root_path: root_path.filter(|path| !path.is_empty()),
            rivals: rivals(graph, id),
            speaks_of_cors: CorsWords::Headers,
            mounts: Vec::new(),
        });
        built.roots.insert(id, app);
        let start =
            Prefix { text: Ok(String::new()), places: Vec::new(), way: Vec::new(), whole: None, own: Own::Follows };
        let express_ws = node.fact.framework == Framework::Express || takes_express_ws(graph, id);
        let sockets = if express_ws { Sockets::Taken } else { Sockets::Dropped };
        let (way, visits, middlewares) = (Vec::new(), 0, &middlewares);
        Walk { wiring, graph, app, built: &mut built, way, visits, sockets, middlewares }.node(id, start);
    }
    built.unmounted = unmounted(wiring, graph, &built.owners);
    let mut adrift: BTreeMap<PackageId, &Unknown> = BTreeMap::new();
    for (file, unknown) in &graph.adrift {
        adrift.entry(package_of(wiring, *file)).or_insert(unknown);
    }
    let of_package = |app: &App| adrift.get(&app.package).map(|why| (*why).clone());
    let reasons: Vec<Option<Unknown>> = built.apps.iter().map(of_package).collect();
    for (app, why) in (0u32..).map(AppId).zip(reasons) {
        if let Some(why) = why {
            built.open(app, Opening { below: None, adds: Adds::Routes, why });
        }
    }
    built
}

/// What runs in front of the routes of each router, by the place of the router.
fn middlewares(wiring: &Wiring) -> BTreeMap<Place, Vec<&Expr>> {
    let mut found: BTreeMap<Place, Vec<&Expr>> = BTreeMap::new();
    for (file, facts) in wiring.repository.iter() {
        for middleware in &facts.middlewares {
            found.entry(Place::new(file, middleware.router)).or_default().push(&middleware.function);
        }
    }
    found
}

/// The routes of routers that nothing takes in, and that go nowhere else either.
fn unmounted(wiring: &Wiring, graph: &Graph<'_>, owners: &Owners) -> Vec<UnmountedRoute> {
    let mut found = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let id = NodeId(index);
        let is_part = owners.contains_key(&id) || graph.handed.open.contains_key(&id) || graph.is_inner(id);
        let speaks = wiring.repository.may_be_accused(node.file);
        if node.fact.kind != RouterKind::Router || node.fact.name.is_empty() || is_part || !speaks {
            continue;
        }
        let package = package_of(wiring, node.file);
        let own = |function: Option<&str>, expr: &Expr, file: FileId| {
            text(wiring, file, function, expr, &server_scope(package)).value().cloned()
        };
        let prefix = match &node.fact.prefix {
            Some(prefix) => own(node.fact.function.as_deref(), prefix, node.file),
            None => Some(Arc::from("")),
        };
        for (file, fact) in graph.routes.get(&id).into_iter().flatten() {
            let path = fact.path.as_ref().and_then(|path| own(fact.function.as_deref(), path, *file));
            let (Some(prefix), Some(path)) = (prefix.as_deref(), path) else { continue };
            let whole = spelled(&joined(prefix, &path, node.fact.framework), node.fact.framework);
            found.push(UnmountedRoute {
                router: (Arc::clone(&node.fact.name), Place::new(node.file, node.fact.span)),
                package,
                protocol: fact.protocol,
                pattern: Arc::from(whole),
                syntax: syntax_of(fact.pattern, node.fact.framework),
                place: Place::new(*file, fact.span),
            });
        }
    }
    found
}

/// Whether nothing but servers holds the node.
fn is_served_alone(graph: &Graph<'_>, id: NodeId) -> bool {
    graph.above(id).all(|(_, edge)| edge.fact.style == MountStyle::Serves)
}

/// Whether express-ws registers sockets on the node, which no server in front of it was told of.
fn has_own_sockets(graph: &Graph<'_>, id: NodeId) -> bool {
    let sockets = graph.routes.get(&id).into_iter().flatten().any(|(_, fact)| fact.protocol == Protocol::WebSocket);
    sockets && !graph.above(id).any(|(server, _)| takes_express_ws(graph, server))
}

/// Whether express-ws was handed the server.
fn takes_express_ws(graph: &Graph<'_>, server: NodeId) -> bool {
    graph
        .below(server)
        .flat_map(|edge| &edge.children)
        .any(|child| graph.nodes.get(child.0).is_some_and(|node| node.fact.framework == Framework::ExpressWs))
}

/// WebSocket servers that each listen to the upgrades of one server by themselves, when there are several: whoever does
/// not know a path refuses it, on the connection that another one has accepted.
fn rivals(graph: &Graph<'_>, server: NodeId) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    let mut seen = BTreeSet::new();
    for edge in graph.below(server).filter(|edge| edge.fact.style == MountStyle::Serves) {
        for child in edge.children.iter().filter_map(|child| graph.nodes.get(child.0)) {
            // `{ server }` in its options; an upgrade handler is another line.
            let attached =
                child.fact.framework == Framework::Ws && child.file == edge.file && child.fact.span == edge.fact.span;
            let place = Place::new(child.file, child.fact.span);
            if attached && seen.insert(place) {
                found.push(place);
            }
        }
    }
    if found.len() < 2 { Vec::new() } else { found }
}

/// A bare HTTP server is of the framework that answers in it.
fn framework_of(graph: &Graph<'_>, id: NodeId) -> Framework {
    let own = graph.nodes[id.0].fact.framework;
    if own != Framework::NodeHttp {
        return own;
    }
    let served = graph.below(id).filter(|edge| edge.fact.style == MountStyle::Serves);
    served
        .flat_map(|edge| &edge.children)
        .map(|child| graph.nodes[child.0].fact.framework)
        .find(|framework| {
            !matches!(framework, Framework::Ws | Framework::SocketIo | Framework::NodeHttp | Framework::ExpressWs)
        })
        .unwrap_or(own)
}

struct Walk<'a, 'b> {
    wiring: &'a Wiring,
    graph: &'a Graph<'a>,
    app: AppId,
    built: &'b mut Built,
    way: Vec<NodeId>,
    visits: usize,
    sockets: Sockets,
    middlewares: &'b BTreeMap<Place, Vec<&'a Expr>>,
}

/// Whether the server of an application takes the sockets that express-ws registers on Express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sockets {
    Taken,
    Dropped,
}

impl Walk<'_, '_> {
    fn package(&self) -> PackageId {
        self.built.apps.get(self.app.0 as usize).map_or(PackageId(0), |app| app.package)
    }

    fn incomplete(&mut self, why: Unknown) {
        self.open(Opening { below: None, adds: Adds::Routes, why });
    }

    /// Something unseen may add to the application below a prefix.
    fn open_below(&mut self, prefix: &Prefix, adds: Adds, why: Unknown) {
        let below = prefix.text.as_deref().ok().filter(|text| !text.is_empty() && *text != "/").map(Arc::from);
        self.open(Opening { below, adds, why });
    }

    fn open(&mut self, opening: Opening) {
        self.built.open(self.app, opening);
    }

    fn node(&mut self, id: NodeId, prefix: Prefix) {
        if self.way.len() >= MAX_DEPTH || self.way.contains(&id) {
            return;
        }
        self.visits += 1;
        if self.visits > MAX_VISITS {
            self.incomplete(Unknown { reason: HoleReason::Limit, place: None });
            return;
        }
        let owners = self.built.owners.entry(id).or_default();
        // Each application is walked once, from beginning to end.
        if owners.last() != Some(&self.app) {
            owners.push(self.app);
        }
        self.way.push(id);
        let middlewares: Arc<[(FileId, Expr)]> = self.middlewares();
        let node = self.graph.nodes[id.0];
        let prefix = match &node.fact.prefix {
            Some(own) if prefix.own == Own::Follows => {
                self.extend(&prefix, node.file, node.fact.function.as_deref(), own, node.fact.framework)
            }
            _ => Prefix { own: Own::Follows, ..prefix },
        };
        if let Err(unknown) = &prefix.text {
            self.incomplete(unknown.clone());
        }
        let graph = self.graph;
        if let Some(why) = graph.handed.open.get(&id) {
            self.open_below(&prefix, Adds::Anything, why.clone());
        }
        for (file, fact) in graph.routes.get(&id).into_iter().flatten() {
            if self.built.routes.len() >= MAX_ROUTES {
                self.incomplete(Unknown { reason: HoleReason::Limit, place: None });
                break;
            }
            let framework = node.fact.framework;
            if framework == Framework::Express
                && fact.protocol == Protocol::WebSocket
                && self.sockets == Sockets::Dropped
            {
                continue;
            }
            if framework == Framework::NestGateway && !self.gateway_speaks(id, fact.protocol) {
                continue;
            }
            // Flask-Sock has sockets only. A file that takes its object from another one does not show whose it is.
            let is_socket = framework == Framework::FlaskSock && fact.protocol == Protocol::Http;
            let (path, mut evidence) = match &fact.path {
                // What hands the handshake over may have looked at its path.
                None => match &prefix.text {
                    Ok(text) if text.is_empty() => (Known::Is(None, Vec::new()), prefix.places.clone()),
                    Ok(text) => (Known::Is(Some(Arc::from(&**text)), prefix.places.clone()), prefix.places.clone()),
                    Err(unknown) => (Known::Unknown(unknown.clone()), prefix.places.clone()),
                },
                Some(own) => {
                    let by_pattern = matches!(framework, Framework::Channels | Framework::Django);
                    let is_pattern = fact.pattern == PatternSyntax::Regex && !by_pattern;
                    let whole = self.extend(&prefix, *file, fact.function.as_deref(), own, framework);
                    match whole.text {
                        // A pattern is not a path: nothing can be put in front of it but by frameworks of patterns.
                        Ok(_) if is_pattern && !prefix.text.as_deref().is_ok_and(str::is_empty) => {
                            let reason = HoleReason::Unsupported;
                            (
                                Known::Unknown(Unknown { reason, place: Some(Place::new(*file, fact.span)) }),
                                whole.places,
                            )
                        }
                        Ok(text) if is_pattern => {
                            (Known::Is(Some(Arc::from(text)), whole.places.clone()), whole.places)
                        }
                        Ok(text) => {
                            (Known::Is(Some(Arc::from(spelled(&text, framework))), whole.places.clone()), whole.places)
                        }
                        Err(unknown) => (Known::Unknown(unknown), whole.places),
                    }
                }
            };
            let place = Place::new(*file, fact.span);
            let whole = prefix.whole.as_ref().filter(|_| fact.protocol == Protocol::SocketIo);
            let (path, kept_out) = match (whole, fact.path.as_ref()) {
                (Some(whole), Some(own)) => self.whole_path(whole, *file, fact.function.as_deref(), own, path),
                _ => (path, None),
            };
            evidence.retain(|known| *known != place);
            let mut registered = prefix.way.clone();
            registered.push(Registration { place, function: fact.function.clone() });
            self.built.routes.push(Route {
                app: self.app,
                protocol: if is_socket { Protocol::WebSocket } else { fact.protocol },
                methods: if is_socket { Vec::new() } else { fact.methods.clone() },
                path,
                syntax: syntax_of(fact.pattern, framework),
                place,
                evidence,
                registered,
                middlewares: Arc::clone(&middlewares),
                kept_out,
                handler: fact.handler.clone().filter(|_| !is_socket).map(|handler| (*file, handler)),
            });
        }
        for edge in graph.below(id) {
            self.edge(edge, &prefix, node.fact.framework);
        }
        self.way.pop();
    }

    /// Whether a gateway of NestJS speaks a protocol: its file may say so, else the adapter that is installed does.
    fn gateway_speaks(&mut self, id: NodeId, protocol: Protocol) -> bool {
        if self.graph.routes.get(&id).is_some_and(|routes| routes.len() == 1) {
            return true;
        }
        let package = self.wiring.packages.get(self.package().0 as usize);
        let own: &[Arc<str>] = package.map_or(&[], |package| &package.dependencies);
        // A workspace has its packages at the root.
        let all = || self.wiring.packages.iter().flat_map(|package| &package.dependencies);
        let has = |name: &str| own.iter().any(|known| &**known == name);
        let has = |name: &str| has(name) || !has("@nestjs/websockets") && all().any(|known| &**known == name);
        match (has("@nestjs/platform-ws"), has("@nestjs/platform-socket.io")) {
            (true, false) => protocol == Protocol::WebSocket,
            (false, true) => protocol == Protocol::SocketIo,
            _ => {
                let place = self.graph.nodes.get(id.0).map(|node| Place::new(node.file, node.fact.span));
                self.incomplete(Unknown { reason: HoleReason::Unsupported, place });
                false
            }
        }
    }

    /// What requests pass on the way to where the walk is.
    fn middlewares(&self) -> Arc<[(FileId, Expr)]> {
        let of_node = |id: &NodeId| {
            let node = self.graph.nodes[id.0];
            let known = self.middlewares.get(&Place::new(node.file, node.fact.span));
            known.into_iter().flatten().map(move |function| (node.file, (*function).clone()))
        };
        self.way.iter().flat_map(of_node).collect()
    }

    fn edge(&mut self, edge: &Edge<'_>, prefix: &Prefix, framework: Framework) {
        let place = Place::new(edge.file, edge.fact.span);
        if edge.fact.style == MountStyle::Include
            && let Some(app) = self.built.apps.get_mut(self.app.0 as usize)
        {
            app.mounts_at = Some(place);
        }
        let outside = Prefix { text: Ok(String::new()), ..prefix.clone() };
        let prefix = if edge.fact.style == MountStyle::Gateway { &outside } else { prefix };
        let mut below = match &edge.fact.prefix {
            Some(own) => self.extend(prefix, edge.file, edge.fact.function.as_deref(), own, framework),
            None => prefix.clone(),
        };
        // Flask takes the prefix of the registration instead of the blueprint's own.
        if matches!(framework, Framework::Flask | Framework::Sanic) && edge.fact.prefix.is_some() {
            below.own = Own::Replaced;
        }
        below.places.push(place);
        // What a server is made for is in no order with what is registered.
        if edge.fact.style != MountStyle::Serves {
            below.way.push(Registration { place, function: edge.fact.function.clone() });
        }
        let files = edge.fact.style == MountStyle::Mount && serves_files(self.wiring, edge.file, &edge.fact.child);
        if edge.fact.style == MountStyle::Static || files {
            let path = match below.text {
                Ok(text) => Known::Is(Some(Arc::from(if text.is_empty() { "/" } else { &*text })), Vec::new()),
                Err(unknown) => Known::Unknown(unknown),
            };
            self.built.routes.push(Route {
                app: self.app,
                protocol: Protocol::Static,
                methods: Vec::new(),
                path,
                syntax: PatternSyntax::Prefix,
                place,
                evidence: below.places,
                registered: below.way,
                middlewares: self.middlewares(),
                kept_out: None,
                handler: None,
            });
            return;
        }
        if edge.fact.style == MountStyle::WholePath && self.shows_whole_paths() {
            below.whole = match (&below.text, &prefix.text) {
                (Ok(text), Ok(outside)) => Some(Whole { below: Arc::from(&**text), outside: outside.clone(), place }),
                _ => None,
            };
        }
        self.mount(edge, framework, &below);
        if let Some(unknown) = &edge.unknown {
            // What is mounted beside the others serves its own paths, and guards no other ones.
            self.open_below(&below, Adds::Routes, unknown.clone());
        }
        for child in &edge.children {
            let is_plugin = self.graph.nodes.get(child.0).is_some_and(|node| node.fact.kind == RouterKind::Plugin);
            let below = match is_plugin {
                true => Prefix { text: prefix.text.clone(), ..below.clone() },
                false => below.clone(),
            };
            self.node(*child, below);
        }
    }

    /// The path of a route that compares whole paths, and the mount that keeps all of them from it.
    fn whole_path(
        &self,
        whole: &Whole,
        file: FileId,
        function: Option<&str>,
        own: &Expr,
        joined: Known<Option<Arc<str>>>,
    ) -> (Known<Option<Arc<str>>>, Option<Place>) {
        match text(self.wiring, file, function, own, &server_scope(self.package())) {
            Known::Is(own, places) => match whole.narrowed(&format!("{}{own}", whole.outside)) {
                Some(path) => (Known::Is(Some(Arc::from(path)), places), None),
                None => (joined, Some(whole.place)),
            },
            Known::Unknown(unknown) => (Known::Unknown(unknown), None),
        }
    }

    /// Whether an application below a mount is shown the whole path: since Starlette 0.33, which FastAPI 0.108 brought.
    fn shows_whole_paths(&self) -> bool {
        let below = |name: &str, version| is_below_version(self.wiring, self.package(), name, version);
        !below("fastapi", (0, 108)) && !below("starlette", (0, 33))
    }

    /// Notes what answers for every path below it.
    fn mount(&mut self, edge: &Edge<'_>, framework: Framework, below: &Prefix) {
        let syntax = match framework {
            Framework::Starlette | Framework::FastApi => PatternSyntax::Starlette,
            Framework::Aiohttp => PatternSyntax::Aiohttp,
            _ => return,
        };
        let Some(app) = self.built.apps.get_mut(self.app.0 as usize) else { return };
        if let (MountStyle::Mount | MountStyle::WholePath, Ok(prefix)) = (edge.fact.style, &below.text)
            && app.mounts.len() < MAX_MOUNTS
        {
            let prefix = Arc::from(prefix.trim_end_matches('/'));
            app.mounts.push(MountPoint { prefix, syntax, way: below.way.clone() });
        }
    }

    fn extend(
        &self,
        prefix: &Prefix,
        file: FileId,
        function: Option<&str>,
        own: &Expr,
        framework: Framework,
    ) -> Prefix {
        let mut places = prefix.places.clone();
        let known = text(self.wiring, file, function, own, &server_scope(self.package()));
        let text = match (&prefix.text, known) {
            (Err(unknown), _) => Err(unknown.clone()),
            (_, Known::Unknown(unknown)) => Err(unknown),
            (Ok(before), Known::Is(own, more)) => {
                for place in more {
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
                Ok(joined(before, &own, framework))
            }
        };
        Prefix { text, places, way: prefix.way.clone(), whole: prefix.whole.clone(), own: Own::Follows }
    }
}
