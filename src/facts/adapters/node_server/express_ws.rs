//! express-ws: sockets as routes of an Express application.

use std::sync::Arc;

use tree_sitter::Node;

use super::express::{handler_of, paths};
use super::value::{MethodCall, ServerValue, surrounding, target};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::arguments;
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HandlerFact, MountFact, MountStyle, Protocol, RouteFact, RouterFact,
    RouterKind, Step, StepKind,
};

/// `expressWs(app)` and `expressWs(app, server)`: without a server the sockets live on the one that `app.listen` makes.
pub fn applied<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let Some(callee) = node.child_by_field_name("function") else { return };
    if !cx.origin(callee).is_some_and(|origin| origin.is_module("express-ws")) {
        return;
    }
    let span = cx.span(node);
    let function = surrounding(cx, node);
    let own = Expr::new(span, ExprKind::Name(Arc::from("")));
    facts.routers.push(RouterFact::new(
        span,
        Arc::from(""),
        function.clone(),
        Framework::ExpressWs,
        RouterKind::Router,
    ));
    let server = arguments(node).get(1).and_then(|server| target(cx, *server, facts));
    if let Some(server) = server {
        facts.mounts.push(MountFact {
            span,
            parent: server.expr,
            child: own,
            prefix: None,
            style: MountStyle::Serves,
            function,
        });
    }
}

/// `app.ws('/path', handler)`.
pub fn registered<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    if call.method != "ws" {
        return;
    }
    let Some(app) = target(cx, call.receiver, facts) else { return };
    if !matches!(app.value, Some(ServerValue::ExpressApp | ServerValue::ExpressRouter)) {
        return;
    }
    let Some((path, handlers)) = call.args.split_first() else { return };
    let Some(last) = handlers.last() else { return };
    // It has accepted before the handler runs.
    let accept = Step { span: call.head, kind: StepKind::Accept(None) };
    let mut handler =
        handler_of(cx, *last).unwrap_or_else(|| HandlerFact { span: cx.span(*last), ..HandlerFact::default() });
    handler.steps.insert(0, accept);
    for (path, pattern) in paths(cx, *path) {
        facts.routes.push(RouteFact {
            span: call.head,
            router: app.expr.clone(),
            protocol: Protocol::WebSocket,
            methods: Vec::new(),
            path: Some(path),
            pattern,
            handler: Some(handler.clone()),
            function: app.function.clone().or_else(|| surrounding(cx, call.node)),
        });
    }
}
