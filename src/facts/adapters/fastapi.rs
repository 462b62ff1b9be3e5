//! FastAPI and Starlette: applications, routers, routes, mounts.

mod graphql;
mod routes;

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{Args, At, PythonAdapter, PythonCx, span};
use crate::facts::{
    CallSite, Expr, ExprKind, FileFacts, FolderFact, Framework, MountFact, MountStyle, RouterFact, RouterKind,
};

const KEPT: &[&str] = &[
    "fastapi.FastAPI",
    "fastapi.applications.FastAPI",
    "fastapi.APIRouter",
    "fastapi.routing.APIRouter",
    "starlette.applications.Starlette",
    "starlette.routing.Router",
    graphql::ROUTER,
    "ariadne.asgi.GraphQL",
    "ariadne.asgi.graphql.GraphQL",
    "strawberry.asgi.GraphQL",
];

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "fastapi",
    needles: &[
        "FastAPI(",
        "APIRouter(",
        "Starlette(",
        "include_router(",
        "WebSocketRoute(",
        ".websocket(",
        ".websocket_route(",
        "add_api_websocket_route(",
        "add_api_route(",
        "add_websocket_route(",
        "StaticFiles(",
        "@app.",
        "GraphQLRouter(",
        "GraphQL(",
    ],
    marks: &[],
    kept: KEPT,
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    match site.node.kind() {
        "call" => call(cx, site, facts),
        "function_definition" => routes::decorated(cx, site, facts),
        _ => {}
    }
}

/// Whether the file speaks of FastAPI or Starlette at all.
fn concerned(cx: &PythonCx<'_>) -> bool {
    cx.imports("fastapi") || cx.imports("starlette")
}

fn framework_of(made: &str) -> Framework {
    if made.starts_with("fastapi.") { Framework::FastApi } else { Framework::Starlette }
}

fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let args = cx.args(site.node);
    if let Some(made) = cx.constructor(site.node).filter(|made| KEPT.contains(&made.as_str())) {
        return match graphql::is_one(&made) {
            true => graphql::made(cx, site, &args, &made, facts),
            false => constructor(cx, site, &args, &made, facts),
        };
    }
    let Some((object, method)) = cx.method(site.node) else { return hands_over(cx, site, &args, facts) };
    match method {
        "include_router" => {
            for at in cx.unrolled(site) {
                include(cx, site, object, &args, &at, facts);
            }
        }
        "mount" | "frontend" if concerned(cx) => {
            for at in cx.unrolled(site) {
                mount(cx, site, object, &args, &at, method, facts);
            }
        }
        "add_api_route" | "add_route" | "add_websocket_route" | "add_api_websocket_route" => {
            if concerned(cx) || method.contains("api") {
                routes::added(cx, site, object, &args, method, facts);
            }
        }
        _ => hands_over(cx, site, &args, facts),
    }
}

fn constructor<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>, made: &str, facts: &mut FileFacts) {
    let at = cx.at(site);
    let name = cx.bound_name(site);
    let app = made.ends_with("FastAPI") || made.ends_with("Starlette");
    facts.routers.push(RouterFact {
        span: span(site.node),
        name: Arc::clone(&name),
        function: cx.around(site.scope),
        framework: framework_of(made),
        kind: if app { RouterKind::App } else { RouterKind::Router },
        prefix: cx.keyword_value(args, "prefix", &at),
        root_path: cx.keyword_value(args, "root_path", &at),
    });
    if let Some(list) = args.get(if app { usize::MAX } else { 0 }, "routes") {
        let router = Expr::new(span(site.node), ExprKind::Name(name));
        routes::listed(cx, site, list, &router, None, facts);
    }
}

fn include<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    object: Node<'t>,
    args: &Args<'t>,
    at: &At<'t>,
    facts: &mut FileFacts,
) {
    let Some(child) = args.get(0, "router") else { return };
    facts.mounts.push(MountFact {
        span: span(site.node),
        parent: cx.reference(object, at),
        child: cx.reference(child, at),
        prefix: cx.option(args, "prefix", at),
        style: MountStyle::Include,
        function: cx.around(site.scope),
    });
}

fn mount<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    object: Node<'t>,
    args: &Args<'t>,
    at: &At<'t>,
    method: &str,
    facts: &mut FileFacts,
) {
    let Some(path) = args.get(0, "path") else { return };
    let child = args.get(1, "app");
    let files = method == "frontend" || child.is_some_and(|child| serves_files(cx, child, at));
    let whole_path = child.is_some_and(|child| compares_whole_path(cx, child, at));
    let folder = child.filter(|_| files).and_then(|child| directory(cx, child, at));
    facts.folders.extend(folder.map(|folder| FolderFact {
        span: span(site.node),
        target: cx.reference(object, at),
        folder,
        function: cx.around(site.scope),
    }));
    let child = match child {
        Some(child) => cx.reference(child, at),
        None => Expr::hole(span(site.node), crate::facts::HoleReason::Unsupported),
    };
    facts.mounts.push(MountFact {
        span: span(site.node),
        parent: cx.reference(object, at),
        child,
        prefix: Some(cx.expr(path, at)),
        style: match (files, whole_path) {
            (true, _) => MountStyle::Static,
            (false, true) => MountStyle::WholePath,
            (false, false) => MountStyle::Mount,
        },
        function: cx.around(site.scope),
    });
}

/// Whether a mounted application compares the whole path with its own: that of socket.io does, unless its own one is empty.
fn compares_whole_path<'t>(cx: &PythonCx<'t>, child: Node<'t>, at: &At<'t>) -> bool {
    let made = cx.resolve(child, at);
    let own = cx.args(made).keyword("socketio_path").and_then(|path| cx.constant_text(path, at));
    cx.constructor(made).is_some_and(|name| name == "socketio.ASGIApp") && own.as_deref() != Some("")
}

/// Whether `app` is Starlette's `StaticFiles`, or a class of this file that extends it.
fn serves_files<'t>(cx: &PythonCx<'t>, app: Node<'t>, at: &At<'t>) -> bool {
    let made = cx.resolve(app, at);
    if made.kind() != "call" {
        return false;
    }
    let name = made.child_by_field_name("function").map_or("", |function| cx.text(function));
    cx.dotted_bases(name).iter().any(|base| base.ends_with("StaticFiles"))
}

/// The folder of `StaticFiles(directory=...)`.
fn directory<'t>(cx: &PythonCx<'t>, files: Node<'t>, at: &At<'t>) -> Option<Arc<str>> {
    cx.args(cx.resolve(files, at)).get(0, "directory").and_then(|path| cx.folder(path, at))
}

/// `register_routes(app)`: a function that gets an application of this file.
fn hands_over<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>, facts: &mut FileFacts) {
    let Some(function) = site.node.child_by_field_name("function") else { return };
    let at = cx.at(site);
    let kept = |node: &Node<'t>| cx.made_by(*node, &at).is_some_and(|made| KEPT.contains(&made.as_str()));
    if function.kind() != "identifier" && cx.dotted(function).is_none() {
        return;
    }
    if !concerned(cx) || !args.positional.iter().any(|node| node.kind() == "identifier" && kept(node)) {
        return;
    }
    let callee = cx.expr(function, &at);
    if matches!(callee.kind, ExprKind::Hole(_)) || cx.dotted(function).is_some_and(|name| name.starts_with("uvicorn."))
    {
        return;
    }
    facts.call_sites.push(CallSite {
        closure: None,
        target: None,
        keywords: Vec::new(),
        span: span(site.node),
        callee,
        args: args.positional.iter().map(|node| cx.reference(*node, &at)).collect(),
        function: cx.around(site.scope),
    });
}

#[cfg(test)]
mod tests;
