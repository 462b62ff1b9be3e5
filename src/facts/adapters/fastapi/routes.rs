//! Routes: decorators, `add_route` and its relatives, and `routes=[...]` lists.

use std::sync::Arc;

use tree_sitter::Node;

use super::{compares_whole_path, concerned, directory, serves_files};
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::{BindKind, ScopeId, ScopeKind};
use crate::facts::lang::python::{Args, At, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, FolderFact, Framework, HandlerFact, MountFact, MountStyle, Op, PatternSyntax, Protocol,
    RouteFact, RouterFact, RouterKind,
};

const HTTP: &[&str] = &["get", "post", "put", "delete", "patch", "options", "head", "trace"];

/// How deep `Mount(routes=[Mount(...)])` is followed.
const MAX_NESTING: usize = 8;

fn rivals(cx: &PythonCx<'_>) -> bool {
    ["flask", "quart", "sanic", "aiohttp", "bottle", "litestar", "robyn"].iter().any(|root| cx.imports(root))
}

fn made_here(made: &str) -> bool {
    made.starts_with("fastapi.") || made.starts_with("starlette.")
}

/// `@app.get("/x")`, `@router.websocket("/ws")`.
pub(super) fn decorated<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    for decorator in &site.decorators {
        if decorator.kind() != "call" {
            continue;
        }
        let Some((object, method)) = cx.method(*decorator) else { continue };
        let protocol = match method {
            "websocket" | "websocket_route" => Protocol::WebSocket,
            "api_route" | "route" => Protocol::Http,
            method if HTTP.contains(&method) => Protocol::Http,
            _ => continue,
        };
        let args = cx.args(*decorator);
        let at = cx.at(site);
        let ours = match cx.made_by(object, &at) {
            Some(made) => made_here(&made) || (concerned(cx) && !rivals(cx)),
            None => {
                let is_given = || matches!(cx.reference(object, &at).kind, ExprKind::Param(_) | ExprKind::Name(_));
                concerned(cx) || (!rivals(cx) && (method.starts_with("websocket") || is_given()))
            }
        };
        // `bp=` is an argument of Flask-Sock.
        let ours = ours && args.keyword("bp").is_none();
        let Some(path) = args.get(0, "path").filter(|_| ours) else { continue };
        let methods = match method {
            method if HTTP.contains(&method) => vec![Arc::from(method.to_ascii_uppercase())],
            _ => methods(cx, &args, &at),
        };
        let mut handler = site.opens.map(|id| match protocol {
            Protocol::Http => cx.request_handler(id, cx.sockets(id)),
            _ => cx.handler(id, cx.sockets(id)),
        });
        if let Some(handler) = &mut handler {
            let mut before = Vec::new();
            router_dependencies(cx, object, &at, &mut before);
            if let Some(list) = args.keyword("dependencies") {
                cx.depends(list, &mut before);
            }
            before.append(&mut handler.before);
            handler.before = before;
        }
        facts.routes.push(RouteFact {
            span: span(*decorator),
            router: cx.reference(object, &at),
            protocol,
            methods,
            path: Some(cx.expr(path, &at)),
            pattern: PatternSyntax::Starlette,
            handler,
            function: cx.around(site.scope),
        });
    }
}

/// `APIRouter(dependencies=[...])` of the router, when it is made in this file.
fn router_dependencies<'t>(cx: &PythonCx<'t>, object: Node<'t>, at: &At<'t>, before: &mut Vec<Expr>) {
    let made = cx.resolve(object, at);
    if made.kind() == "call"
        && let Some(list) = cx.args(made).keyword("dependencies")
    {
        cx.depends(list, before);
    }
}

fn methods<'t>(cx: &PythonCx<'t>, args: &Args<'t>, at: &At<'t>) -> Vec<Arc<str>> {
    let Some(list) = args.keyword("methods") else { return Vec::new() };
    let words = cx.elements(list, at).unwrap_or_default();
    words.iter().filter_map(|word| Some(Arc::from(cx.constant_text(*word, at)?.to_ascii_uppercase()))).collect()
}

/// The methods of a route of Starlette: those that are given, GET for a function, those of the class for a class.
fn of_endpoint<'t>(cx: &PythonCx<'t>, given: Vec<Arc<str>>, endpoint: Option<Node<'t>>) -> Vec<Arc<str>> {
    let name = endpoint.map_or("", |endpoint| cx.text(endpoint));
    let bound = cx.outline.scopes.first().and_then(|module| module.bindings.get(name)?.first());
    let Some(BindKind::Scope(id)) = bound.map(|bound| &bound.kind).filter(|_| given.is_empty()) else { return given };
    let Some(scope) = cx.outline.scopes.get(id.0) else { return given };
    match scope.kind {
        ScopeKind::Function => vec![Arc::from("GET")],
        ScopeKind::Class if cx.dotted_bases(name).iter().all(|base| base == "starlette.endpoints.HTTPEndpoint") => {
            let verbs = HTTP.iter().filter(|verb| scope.bindings.contains_key(**verb));
            verbs.map(|verb| Arc::from(verb.to_ascii_uppercase())).collect()
        }
        _ => given,
    }
}

/// `app.add_api_websocket_route("/ws", endpoint)`.
pub(super) fn added<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    object: Node<'t>,
    args: &Args<'t>,
    method: &str,
    facts: &mut FileFacts,
) {
    for at in cx.unrolled(site) {
        let Some(path) = args.get(0, "path") else { return };
        let endpoint = args.get(1, "endpoint").or_else(|| args.keyword("route"));
        facts.routes.push(RouteFact {
            span: span(site.node),
            router: cx.reference(object, &at),
            protocol: if method.contains("websocket") { Protocol::WebSocket } else { Protocol::Http },
            methods: methods(cx, args, &at),
            path: Some(cx.expr(path, &at)),
            pattern: PatternSyntax::Starlette,
            handler: endpoint.and_then(|endpoint| endpoint_handler(cx, endpoint, &at)),
            function: cx.around(site.scope),
        });
    }
}

/// The handler that an endpoint names: a function, or a class with `on_connect`.
fn endpoint_handler<'t>(cx: &PythonCx<'t>, endpoint: Node<'t>, at: &At<'t>) -> Option<HandlerFact> {
    let name = cx.text(endpoint);
    let Some(id) = cx.bound_definition(name) else {
        let callee = cx.expr(endpoint, at);
        let known = matches!(callee.kind, ExprKind::Name(_) | ExprKind::Member(..));
        // Its body is elsewhere: the model sees a call of it.
        return known.then(|| HandlerFact {
            name: Arc::from(name),
            span: span(endpoint),
            steps: vec![crate::facts::Step { span: span(endpoint), kind: crate::facts::StepKind::Calls(callee) }],
            before: Vec::new(),
        });
    };
    let scope = cx.outline.scopes.get(id.0)?;
    let id: ScopeId = match scope.kind {
        ScopeKind::Class => match scope.bindings.get("on_connect")?.first()?.kind {
            BindKind::Scope(method) => method,
            _ => return None,
        },
        _ => id,
    };
    Some(cx.handler(id, cx.sockets(id)))
}

/// `routes=[Route("/", home), WebSocketRoute("/ws", ws), Mount("/api", routes=[...])]`.
pub(super) fn listed<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    list: Node<'t>,
    router: &Expr,
    prefix: Option<Expr>,
    facts: &mut FileFacts,
) {
    let at = cx.at(site);
    let mut work = vec![(list, router.clone(), prefix, 0)];
    while let Some((list, router, prefix, level)) = work.pop() {
        for element in cx.elements(list, &at).unwrap_or_default() {
            let made = cx.constructor(element).unwrap_or_default();
            let args = cx.args(element);
            let Some(path) = args.get(0, "path").filter(|_| made.contains("rout")) else { continue };
            let path = joined(prefix.as_ref(), cx.expr(path, &at));
            match made.rsplit('.').next().unwrap_or("") {
                name @ ("Route" | "WebSocketRoute" | "APIRoute" | "APIWebSocketRoute") => {
                    let endpoint = args.get(1, "endpoint");
                    facts.routes.push(RouteFact {
                        span: span(element),
                        router: router.clone(),
                        protocol: if name.contains("WebSocket") { Protocol::WebSocket } else { Protocol::Http },
                        methods: of_endpoint(cx, methods(cx, &args, &at), endpoint),
                        path: Some(path),
                        pattern: PatternSyntax::Starlette,
                        handler: endpoint.and_then(|endpoint| endpoint_handler(cx, endpoint, &at)),
                        function: cx.around(site.scope),
                    });
                }
                "Mount" => {
                    let inner = args.keyword("routes").filter(|_| level < MAX_NESTING);
                    let (child, files) = match (inner, args.get(1, "app")) {
                        (Some(inner), _) => {
                            let child = inner_router(cx, site, element, facts);
                            work.push((inner, child.clone(), None, level + 1));
                            (child, false)
                        }
                        (None, Some(app)) => (cx.reference(app, &at), serves_files(cx, app, &at)),
                        (None, None) => continue,
                    };
                    let folder = args.get(1, "app").filter(|_| files).and_then(|app| directory(cx, app, &at));
                    facts.folders.extend(folder.map(|folder| FolderFact {
                        span: span(element),
                        target: router.clone(),
                        folder,
                        function: cx.around(site.scope),
                    }));
                    facts.mounts.push(MountFact {
                        span: span(element),
                        parent: router.clone(),
                        child,
                        prefix: Some(path),
                        style: match args.get(1, "app") {
                            _ if files => MountStyle::Static,
                            Some(app) if compares_whole_path(cx, app, &at) => MountStyle::WholePath,
                            _ => MountStyle::Mount,
                        },
                        function: cx.around(site.scope),
                    });
                }
                _ => {}
            }
        }
    }
}

/// The router that `Mount(path, routes=[...])` makes, under a name that no code can have.
fn inner_router<'t>(cx: &PythonCx<'t>, site: &Site<'t>, element: Node<'t>, facts: &mut FileFacts) -> Expr {
    let span = span(element);
    let name: Arc<str> = Arc::from(format!("Mount at {}", span.start));
    let function = cx.around(site.scope);
    if !facts.routers.iter().any(|router| router.name == name) {
        facts.routers.push(RouterFact::new(
            span,
            Arc::clone(&name),
            function,
            Framework::Starlette,
            RouterKind::Router,
        ));
    }
    Expr::new(span, ExprKind::Name(name))
}

fn joined(prefix: Option<&Expr>, path: Expr) -> Expr {
    match prefix {
        None => path,
        Some(prefix) => Expr::new(path.span, ExprKind::Op(Op::Concat, vec![prefix.clone(), path])),
    }
}
