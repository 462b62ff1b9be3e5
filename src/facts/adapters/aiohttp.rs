//! aiohttp servers.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::ScopeId;
use crate::facts::lang::python::{At, PythonAdapter, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, FolderFact, Framework, HandlerFact, ListenFact, MiddlewareFact, MountFact, MountStyle,
    PatternSyntax, PolicyFact, Protocol, RouteFact, RouterFact, RouterKind, ServerProgram, Step, StepKind,
};

const APP: &str = "aiohttp.web.Application";
const TABLE: &str = "aiohttp.web.RouteTableDef";
const VERBS: &[&str] = &["get", "post", "put", "delete", "patch", "head", "options", "view", "route"];

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "aiohttp",
    needles: &["web.Application(", "RouteTableDef(", "web.run_app(", "WebSocketResponse("],
    marks: &["aiohttp"],
    kept: &[APP, TABLE, "aiohttp.web.run_app"],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if !cx.imports("aiohttp") {
        return;
    }
    match site.node.kind() {
        "call" => call(cx, site, facts),
        "function_definition" => decorated(cx, site, facts),
        _ => {}
    }
}

fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let at = cx.at(site);
    let args = cx.args(site.node);
    match cx.constructor(site.node).as_deref() {
        Some(made @ (APP | TABLE)) => {
            facts.routers.push(RouterFact::new(
                span(site.node),
                cx.bound_name(site),
                cx.around(site.scope),
                Framework::Aiohttp,
                if made == APP { RouterKind::App } else { RouterKind::Router },
            ));
            if let Some(middlewares) = args.get(usize::MAX, "middlewares") {
                gate(cx, site, middlewares, &at, facts);
            }
        }
        Some("aiohttp.web.run_app") => {
            let given = |index: usize, name: &str, default: ExprKind| {
                let value =
                    args.get(index, name).map(|node| cx.expr(node, &at)).or_else(|| cx.option(&args, name, &at));
                Some(value.unwrap_or_else(|| Expr::new(span(site.node), default)))
            };
            facts.listeners.push(ListenFact {
                span: span(site.node),
                app: args.get(0, "app").map(|app| cx.reference(app, &at)),
                server: ServerProgram::PythonListen,
                host: given(usize::MAX, "host", ExprKind::Str(Arc::from("0.0.0.0"))),
                port: given(usize::MAX, "port", ExprKind::Num(Arc::from("8080"))),
                tls: cx.keyword_value(&args, "ssl_context", &at),
                options: Vec::new(),
                function: cx.around(site.scope),
            });
        }
        _ => {}
    }
    let Some((object, method)) = cx.method(site.node) else { return };
    let object = match cx.method(object) {
        // `app.router.add_get(...)`
        Some((app, "router")) => app,
        _ => object,
    };
    match method {
        "add_routes" => {
            let Some(list) = args.positional.first().copied() else { return };
            match cx.elements(list, &at) {
                Some(elements) => {
                    elements.into_iter().for_each(|element| listed(cx, site, object, element, &at, facts))
                }
                None => facts.mounts.push(mount(cx, site, object, cx.reference(list, &at), None, &at)),
            }
        }
        "add_subapp" => {
            if let (Some(prefix), Some(child)) = (args.get(0, "prefix"), args.get(1, "subapp")) {
                let mut fact = mount(cx, site, object, cx.reference(child, &at), Some(cx.expr(prefix, &at)), &at);
                fact.style = MountStyle::Mount;
                facts.mounts.push(fact);
            }
        }
        "add_static" => {
            let Some(prefix) = args.get(0, "prefix") else { return };
            let child = Expr::hole(span(site.node), crate::facts::HoleReason::Unsupported);
            let mut fact = mount(cx, site, object, child, Some(cx.expr(prefix, &at)), &at);
            fact.style = MountStyle::Static;
            folder(cx, &fact, args.get(1, "path"), &at, facts);
            facts.mounts.push(fact);
        }
        "add_route" => {
            if let (Some(verb), Some(path), Some(handler)) =
                (args.get(0, "method"), args.get(1, "path"), args.get(2, "handler"))
            {
                let verb = cx.constant_text(verb, &at).unwrap_or_default();
                route(cx, site, site.node, object, (&verb, path, Some(handler)), &at, facts);
            }
        }
        _ => {
            let Some(verb) = method.strip_prefix("add_").filter(|verb| VERBS.contains(verb)) else { return };
            if let (Some(path), Some(handler)) = (args.get(0, "path"), args.get(1, "handler")) {
                route(cx, site, site.node, object, (verb, path, Some(handler)), &at, facts);
            }
        }
    }
}

fn mount<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    object: Node<'t>,
    child: Expr,
    prefix: Option<Expr>,
    at: &At<'t>,
) -> MountFact {
    MountFact {
        span: span(site.node),
        parent: cx.reference(object, at),
        child,
        prefix,
        style: MountStyle::Include,
        function: cx.around(site.scope),
    }
}

/// The folder that files are taken from.
fn folder<'t>(cx: &PythonCx<'t>, mount: &MountFact, path: Option<Node<'t>>, at: &At<'t>, facts: &mut FileFacts) {
    let folder = path.and_then(|path| cx.folder(path, at));
    facts.folders.extend(folder.map(|folder| FolderFact {
        span: mount.span,
        target: mount.parent.clone(),
        folder,
        function: mount.function.clone(),
    }));
}

/// `web.get("/x", handler)` in a list.
fn listed<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    object: Node<'t>,
    element: Node<'t>,
    at: &At<'t>,
    facts: &mut FileFacts,
) {
    let made = cx.constructor(element).unwrap_or_default();
    let args = cx.args(element);
    let verb = made.strip_prefix("aiohttp.web.").unwrap_or("");
    if verb == "static" {
        let Some(prefix) = args.get(0, "prefix") else { return };
        let child = Expr::hole(span(element), crate::facts::HoleReason::Unsupported);
        let mut fact = mount(cx, site, object, child, Some(cx.expr(prefix, at)), at);
        fact.style = MountStyle::Static;
        folder(cx, &fact, args.get(1, "path"), at, facts);
        return facts.mounts.push(fact);
    }
    if !VERBS.contains(&verb) {
        // Something that adds routes of its own.
        return facts.mounts.push(mount(cx, site, object, cx.reference(element, at), None, at));
    }
    let skip = usize::from(verb == "route");
    if let (Some(path), Some(handler)) = (args.get(skip, "path"), args.get(skip + 1, "handler")) {
        route(cx, site, element, object, (verb, path, Some(handler)), at, facts);
    }
}

fn decorated<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let at = cx.at(site);
    for decorator in site.decorators.iter().filter(|node| node.kind() == "call") {
        let Some((object, verb)) = cx.method(*decorator) else { continue };
        if !VERBS.contains(&verb) || cx.made_by(object, &at).is_none_or(|made| made != TABLE) {
            continue;
        }
        let args = cx.args(*decorator);
        let Some(path) = args.get(usize::from(verb == "route"), "path") else { continue };
        route(cx, site, *decorator, object, (verb, path, None), &at, facts);
    }
}

/// Adds a route. A handler of another file may speak either protocol: both are stated then.
fn route<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    node: Node<'t>,
    object: Node<'t>,
    (verb, path, handler): (&str, Node<'t>, Option<Node<'t>>),
    at: &At<'t>,
    facts: &mut FileFacts,
) {
    let (known, fact) = match handler {
        None => (site.opens, site.opens.map(|id| cx.handler(id, cx.sockets(id)))),
        Some(handler) => named(cx, handler, at),
    };
    let upgrades = known.map(|id| {
        let scope = cx.outline.scopes.get(id.0);
        scope.is_some_and(|scope| cx.text(scope.node).contains("WebSocketResponse("))
    });
    let verb = verb.to_ascii_uppercase();
    let gets = matches!(verb.as_str(), "GET" | "VIEW" | "ROUTE" | "*");
    let mut protocols = Vec::new();
    if upgrades != Some(true) {
        protocols.push(Protocol::Http);
    }
    if gets && upgrades != Some(false) {
        protocols.push(Protocol::WebSocket);
    }
    for protocol in protocols {
        facts.routes.push(RouteFact {
            span: span(node),
            router: cx.reference(object, at),
            protocol,
            methods: if matches!(verb.as_str(), "VIEW" | "ROUTE" | "*") {
                Vec::new()
            } else {
                vec![Arc::from(verb.as_str())]
            },
            path: Some(cx.expr(path, at)),
            pattern: PatternSyntax::Aiohttp,
            handler: fact.clone(),
            function: cx.around(site.scope),
        });
    }
}

/// A handler given by name, seen through `wrapper(handler)`.
fn named<'t>(cx: &PythonCx<'t>, handler: Node<'t>, at: &At<'t>) -> (Option<ScopeId>, Option<HandlerFact>) {
    let mut node = handler;
    let mut before = Vec::new();
    for _ in 0..4 {
        let Some(inner) = (node.kind() == "call").then(|| cx.args(node).positional.first().copied()).flatten() else {
            break;
        };
        before.extend(node.child_by_field_name("function").map(|wrapper| cx.expr(wrapper, at)));
        node = inner;
    }
    let name = cx.text(node);
    let local = cx.bound_definition(name);
    let fact = match local {
        Some(id) => cx.handler(id, cx.sockets(id)),
        None => HandlerFact {
            name: Arc::from(name),
            span: span(node),
            steps: vec![Step { span: span(node), kind: StepKind::Calls(cx.expr(node, at)) }],
            before: Vec::new(),
        },
    };
    before.extend(fact.before);
    (local, Some(HandlerFact { before, ..fact }))
}

/// Middlewares that look at the Origin: they run before every handshake too, whatever they compare. One that is in
/// another file may look at it when its name says so.
fn gate<'t>(cx: &PythonCx<'t>, site: &Site<'t>, middlewares: Node<'t>, at: &At<'t>, facts: &mut FileFacts) {
    let looks = |node: Node<'t>| {
        let name = cx.text(node);
        let own = cx.definition_named(name).and_then(|id| cx.scope(id)).map(|scope| cx.text(scope.node));
        own.unwrap_or(name).to_ascii_lowercase().contains("origin")
    };
    if let Some(elements) = cx.elements(middlewares, at)
        && !elements.iter().copied().any(looks)
    {
        facts.middlewares.extend(
            elements
                .into_iter()
                .map(|element| MiddlewareFact { router: span(site.node), function: cx.expr(element, at) }),
        );
        return;
    }
    facts.policies.push(PolicyFact::own_check(
        span(middlewares),
        Expr::new(span(site.node), ExprKind::Name(cx.bound_name(site))),
        cx.around(site.scope),
    ));
}
