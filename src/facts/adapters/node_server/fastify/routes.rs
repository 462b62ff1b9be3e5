//! Routes: `app.get(path, options, handler)` and `app.route({ method, url, handler })`.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::express::handler_of;
use super::super::value::MethodCall;
use super::instance::{self, Instance};
use crate::base::Span;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::{Expr, FileFacts, HandlerFact, MountFact, PatternSyntax, Protocol, RouteFact, Step, StepKind};

/// Methods of an instance that add a route.
pub fn is_verb(method: &str) -> bool {
    matches!(method, "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "all")
}

/// `app.get(path, options, handler)`.
pub fn shorthand<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, instance: &Instance, facts: &mut FileFacts) {
    let [path, rest @ ..] = call.args.as_slice() else { return };
    let Some(last) = rest.last() else { return };
    let options = rest.iter().map(|options| cx.initial(*options)).find(|options| options.kind() == "object");
    let handler = if options.is_some_and(|options| options.id() == cx.initial(*last).id()) {
        options.and_then(|options| cx.option(options, "handler"))
    } else {
        Some(*last)
    };
    let methods = match call.method {
        "all" => Vec::new(),
        method => vec![Arc::from(method.to_ascii_uppercase())],
    };
    add(cx, call.head, *path, methods, Answers { options, handler, socket: None }, instance, facts);
}

/// `app.route({ method, url, handler, wsHandler })`.
pub fn described<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, instance: &Instance, facts: &mut FileFacts) {
    let options = call.args.first().map(|options| cx.initial(*options)).filter(|options| options.kind() == "object");
    let path = options.and_then(|options| cx.option(options, "url").or_else(|| cx.option(options, "path")));
    let methods = options.and_then(|options| instance::methods(cx, cx.option(options, "method")?));
    let (Some(options), Some(path), Some(methods)) = (options, path, methods) else {
        let function = instance.function.clone();
        facts.mounts.push(MountFact::unread(call.head, instance.expr.clone(), function));
        return;
    };
    let answers = Answers {
        options: Some(options),
        handler: cx.option(options, "handler"),
        socket: cx.option(options, "wsHandler"),
    };
    add(cx, cx.span(path), path, methods, answers, instance, facts);
}

/// What answers at a route.
struct Answers<'t> {
    options: Option<Node<'t>>,
    handler: Option<Node<'t>>,
    /// A handler of sockets beside the one of requests.
    socket: Option<Node<'t>>,
}

fn add<'t>(
    cx: &EcmaCx<'t>,
    span: Span,
    path: Node<'t>,
    methods: Vec<Arc<str>>,
    answers: Answers<'t>,
    instance: &Instance,
    facts: &mut FileFacts,
) {
    let is_socket = answers.options.is_some_and(|options| instance::is_true(cx, options, "websocket"));
    let handler = answers.handler.and_then(|handler| handler_of(cx, handler));
    let socket = answers.socket.or(answers.handler.filter(|_| is_socket));
    let checks = before(cx, answers.options);
    let path = cx.expr(path);
    // Below a prefix, a route at `/` is there without the slash too.
    let mut paths = vec![path.clone()];
    if path.as_str() == Some("/") {
        paths.push(Expr::str(path.span, ""));
    }
    for path in paths {
        let route = |protocol, methods, handler: Option<HandlerFact>| RouteFact {
            span,
            router: instance.expr.clone(),
            protocol,
            methods,
            path: Some(path.clone()),
            pattern: PatternSyntax::FindMyWay,
            handler: handler.map(|handler| HandlerFact { before: checks.clone(), ..handler }),
            function: instance.function.clone(),
        };
        if let Some(socket) = socket {
            let mut steps = vec![Step { span, kind: StepKind::Accept(None) }];
            steps.extend(handler_of(cx, socket).map(|handler| handler.steps).unwrap_or_default());
            let taken = HandlerFact { name: Arc::from(""), span, steps, before: Vec::new() };
            facts.routes.push(route(Protocol::WebSocket, Vec::new(), Some(taken)));
        }
        if !is_socket {
            facts.routes.push(route(Protocol::Http, methods.clone(), handler.clone()));
        }
    }
}

/// Hooks of a route that run before its handler.
fn before<'t>(cx: &EcmaCx<'t>, options: Option<Node<'t>>) -> Vec<Expr> {
    let Some(options) = options else { return Vec::new() };
    let hooks = ["onRequest", "preValidation", "preHandler"].into_iter().filter_map(|key| cx.option(options, key));
    let hooks =
        hooks.flat_map(|hook| crate::facts::lang::ecma::uses::array_items(cx, hook).unwrap_or_else(|| vec![hook]));
    hooks.map(|hook| cx.expr(hook)).collect()
}
