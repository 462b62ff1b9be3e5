//! GraphQL as a router or an application: Strawberry and Ariadne, with the sub-protocols that they take over WebSocket.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::known::{GRAPHQL_TRANSPORT_WS, GRAPHQL_WS, GraphQlProtocol};
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{Args, At, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HandlerFact, HoleReason, PatternSyntax, Protocol, RouteFact, RouterFact,
    RouterKind, Step, StepKind,
};

/// What takes GraphQL at its own path: a router of FastAPI.
pub(super) const ROUTER: &str = "strawberry.fastapi.GraphQLRouter";

/// Whether this is made by a library for GraphQL.
pub(super) fn is_one(made: &str) -> bool {
    ["strawberry.", "ariadne."].iter().any(|library| made.starts_with(library))
}

/// The router or application that a call makes.
pub(super) fn made<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>, made: &str, facts: &mut FileFacts) {
    let at = cx.at(site);
    let here = span(site.node);
    let is_router = made == ROUTER;
    let name = cx.bound_name(site);
    let (framework, kind) =
        if is_router { (Framework::FastApi, RouterKind::Router) } else { (Framework::Starlette, RouterKind::App) };
    let router = Expr::new(here, ExprKind::Name(Arc::clone(&name)));
    let path = match args.get(1, "path").filter(|_| is_router) {
        Some(path) => cx.expr(path, &at),
        None => Expr::str(here, if is_router { "" } else { "/{path:path}" }),
    };
    let spoken = if made.starts_with("ariadne.") { of_ariadne(cx, args, &at) } else { of_strawberry(cx, args, &at) };
    for protocol in [Protocol::Http, Protocol::WebSocket] {
        let methods = if protocol == Protocol::Http { vec![Arc::from("GET"), Arc::from("POST")] } else { Vec::new() };
        // Whom else the library lets in depends on its version.
        let library = StepKind::Calls(Expr::hole(here, HoleReason::ExternalCall(Arc::from(made))));
        let speaks = spoken.as_ref().map(|names| StepKind::Speaks(names.clone()));
        let steps = speaks.into_iter().chain([library]).map(|kind| Step { span: here, kind }).collect();
        facts.routes.push(RouteFact {
            span: here,
            router: router.clone(),
            protocol,
            methods,
            path: Some(path.clone()),
            pattern: PatternSyntax::Starlette,
            handler: Some(HandlerFact { name: Arc::from(""), span: here, steps, before: Vec::new() }),
            function: cx.around(site.scope),
        });
    }
    facts.routers.push(RouterFact {
        span: here,
        name,
        function: cx.around(site.scope),
        framework,
        kind,
        prefix: cx.keyword_value(args, "prefix", &at).filter(|_| is_router),
        root_path: None,
    });
}

fn names(protocols: &[GraphQlProtocol]) -> Vec<Arc<str>> {
    protocols.iter().map(|protocol| Arc::from(protocol.name)).collect()
}

/// `subscription_protocols=[GRAPHQL_WS_PROTOCOL]`; both by default.
fn of_strawberry<'t>(cx: &PythonCx<'t>, args: &Args<'t>, at: &At<'t>) -> Option<Vec<Arc<str>>> {
    let Some(list) = args.keyword("subscription_protocols") else {
        return Some(names(&[GRAPHQL_TRANSPORT_WS, GRAPHQL_WS]));
    };
    let named = |item: Node<'t>| {
        let text = cx.dotted(item).or_else(|| cx.constant_text(item, at))?;
        match text.rsplit('.').next()? {
            "GRAPHQL_TRANSPORT_WS_PROTOCOL" => Some(Arc::from(GRAPHQL_TRANSPORT_WS.name)),
            "GRAPHQL_WS_PROTOCOL" => Some(Arc::from(GRAPHQL_WS.name)),
            "graphql-transport-ws" | "graphql-ws" => Some(Arc::from(text.as_str())),
            _ => None,
        }
    };
    cx.elements(list, at)?.into_iter().map(named).collect()
}

/// `websocket_handler=GraphQLTransportWSHandler()`; the old one by default.
fn of_ariadne<'t>(cx: &PythonCx<'t>, args: &Args<'t>, at: &At<'t>) -> Option<Vec<Arc<str>>> {
    let Some(handler) = args.keyword("websocket_handler") else { return Some(names(&[GRAPHQL_WS])) };
    match cx.constructor(cx.resolve(handler, at))?.rsplit('.').next()? {
        "GraphQLTransportWSHandler" => Some(names(&[GRAPHQL_TRANSPORT_WS])),
        "GraphQLWSHandler" => Some(names(&[GRAPHQL_WS])),
        _ => None,
    }
}
