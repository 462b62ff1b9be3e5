//! Express: applications, routers, routes and what `use` mounts.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::http_proxy;
use super::cors::Registered;
use super::value::{MethodCall, ServerValue, Target, created as created_value, is_link, name_of, surrounding, target};
use super::{chain, cookies, cors, gates, steps};
use crate::facts::lang::ecma::folder::folder_of;
use crate::facts::lang::ecma::node::{arguments, children, string_text, strip};
use crate::facts::lang::ecma::{BindingKind, EcmaCx};
use crate::facts::{
    Demand, Expr, ExprKind, FileFacts, FolderFact, Framework, HandlerFact, HoleReason, MountFact, MountStyle,
    PatternSyntax, Protocol, RouteFact, RouterFact, RouterKind,
};

/// `express()` and `express.Router()`.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let kind = match created_value(cx, node) {
        Some(ServerValue::ExpressApp) => RouterKind::App,
        _ => RouterKind::Router,
    };
    facts.routers.push(RouterFact::new(
        cx.span(node),
        name_of(cx, node),
        surrounding(cx, node),
        Framework::Express,
        kind,
    ));
}

/// `app.get(...)`, `router.use(...)`, `app.route('/x').post(...)`.
pub fn registered<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    let method = match call.method {
        "get" | "post" | "put" | "patch" | "delete" | "head" | "options" => Some(call.method.to_ascii_uppercase()),
        "all" | "use" | "ws" => None,
        _ => return,
    };
    let routed = routed_path(cx, call.receiver);
    let receiver = chain::start(cx, routed.map_or(call.receiver, |(receiver, _)| receiver), is_link);
    let Some(app) = target(cx, receiver, facts) else { return };
    let is_known = matches!(app.value, Some(ServerValue::ExpressApp | ServerValue::ExpressRouter));
    // What a function gets may be an application: who calls it, the model finds out.
    let is_one = is_known || app.is_perhaps(cx, receiver) && registers(cx, call, routed.is_some());
    if !is_one {
        return;
    }
    if call.method == "use" {
        used(cx, call, &app, facts);
        return;
    }
    let (path, handlers) = match (routed, call.args.split_first()) {
        (Some((_, path)), _) => (path, call.args.as_slice()),
        // `app.get('setting')` reads a setting.
        (None, Some((path, handlers))) if !handlers.is_empty() => (*path, handlers),
        _ => return,
    };
    // What stands at every path and may pass the request on is middleware.
    let everything =
        string_text(strip(path), cx.source).is_some_and(|text| text.trim_start_matches('/').starts_with('*'));
    let answers = |handler: &&Node<'t>| {
        !everything || cx.function(**handler).is_some_and(|function| answers_itself(cx, function))
    };
    let handler = handlers.last().filter(answers).and_then(|handler| handler_of(cx, *handler));
    let handler = handler.map(|handler| behind(cx, handlers, handler));
    let methods: Vec<Arc<str>> = method.into_iter().map(Arc::from).collect();
    for handler in handlers {
        cors::used(cx, *handler, &app, Some(path), Registered::WithRoute(&methods), facts);
    }
    for (path, pattern) in paths(cx, path) {
        facts.routes.push(RouteFact {
            span: call.head,
            router: app.expr.clone(),
            // express-ws
            protocol: if call.method == "ws" { Protocol::WebSocket } else { Protocol::Http },
            methods: methods.clone(),
            path: Some(path),
            pattern,
            handler: handler.clone(),
            function: app.function.clone().or_else(|| surrounding(cx, call.node)),
        });
    }
}

/// Whether a call on something that may be an application looks like one that registers a route or middleware: it ends in
/// a handler, where a client's options or a map's value would stand.
fn registers<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, is_routed: bool) -> bool {
    let Some(last) = call.args.last().map(|last| strip(*last)) else { return false };
    if call.method == "use" || is_routed {
        return true;
    }
    let is_handler =
        cx.is_callback(last) || matches!(last.kind(), "member_expression" | "array" | "call_expression" | "identifier");
    call.args.len() > 1 && is_handler
}

/// The application and the path of `app.route('/x')`.
fn routed_path<'t>(cx: &EcmaCx<'t>, receiver: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let mut node = strip(receiver);
    for _ in 0..8 {
        let call = MethodCall::of(cx, node)?;
        if call.method == "route" {
            return Some((call.receiver, *call.args.first()?));
        }
        node = strip(call.receiver);
    }
    None
}

/// The patterns of a path argument: one, or those of an array.
pub(super) fn paths<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Vec<(Expr, PatternSyntax)> {
    let node = cx.initial(node);
    if node.kind() == "array" {
        return children(node).map(|item| pattern(cx, item)).collect();
    }
    vec![pattern(cx, node)]
}

/// A path in the terms of the function around it: `app.get(options.prefix + '/items')`.
fn written<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Expr {
    let framed = cx.framed(node);
    if framed.function.is_none() || framed.function == surrounding(cx, node) { framed.expr } else { cx.expr(node) }
}

fn pattern<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> (Expr, PatternSyntax) {
    let expr = written(cx, node);
    match &expr.kind {
        ExprKind::Regex { pattern, .. } => (Expr::str(expr.span, pattern), PatternSyntax::Regex),
        _ => (expr, PatternSyntax::Express),
    }
}

/// `app.use([path], ...handlers)`.
pub(super) fn used<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, app: &Target, facts: &mut FileFacts) {
    let has_path = call.args.first().is_some_and(|first| {
        matches!(cx.initial(*first).kind(), "string" | "template_string" | "regex" | "array" | "binary_expression")
    }) && call.args.len() > 1;
    let path = has_path.then(|| call.args.first().copied()).flatten();
    let handlers = if has_path { call.args.get(1..) } else { call.args.get(..) };
    for handler in handlers.unwrap_or_default() {
        cookies::session(cx, *handler, facts);
        if !cors::used(cx, *handler, app, path, Registered::ByUse, facts) {
            gates::used(cx, call, app, path, *handler, facts);
            mounted(cx, call, app, path, *handler, facts);
        }
    }
}

/// One handler of `use`: a router, files, a proxy, a function, or middleware of a library.
fn mounted<'t>(
    cx: &EcmaCx<'t>,
    call: &MethodCall<'t>,
    app: &Target,
    path: Option<Node<'t>>,
    handler: Node<'t>,
    facts: &mut FileFacts,
) {
    let span = call.head.cover(cx.span(handler));
    let function = app.function.clone().or_else(|| surrounding(cx, call.node));
    let prefix = path.map(|path| written(cx, path));
    let mount = |child: Expr, style| MountFact {
        span,
        parent: app.expr.clone(),
        child,
        prefix: prefix.clone(),
        style,
        function: function.clone(),
    };
    let answers = |protocol| RouteFact {
        span: call.head,
        router: app.expr.clone(),
        protocol,
        methods: Vec::new(),
        path: Some(prefix.clone().unwrap_or_else(|| Expr::str(span, "/"))),
        pattern: PatternSyntax::Prefix,
        handler: None,
        function: function.clone(),
    };
    if let Some(origin) = callee_origin(cx, handler) {
        match (origin.module, origin.members()) {
            ("express", ["static"]) | ("serve-static" | "express-static", _) => {
                facts.mounts.push(mount(cx.expr(handler), MountStyle::Static));
                let folder = arguments(strip(handler)).first().and_then(|folder| folder_of(cx, *folder));
                facts.folders.extend(folder.map(|folder| FolderFact {
                    span,
                    target: app.expr.clone(),
                    folder,
                    function: function.clone(),
                }));
                return;
            }
            ("http-proxy-middleware" | "express-http-proxy", _) => {
                // What the other server answers is not known.
                let filter = http_proxy::filter(cx, cx.initial(handler)).filter(|_| prefix.is_none());
                let paths = match filter {
                    Some(paths) => paths.into_iter().map(Some).collect(),
                    None => vec![prefix.clone()],
                };
                facts.mounts.extend(
                    paths.into_iter().map(|prefix| MountFact {
                        prefix,
                        ..MountFact::unread(span, app.expr.clone(), function.clone())
                    }),
                );
                return;
            }
            _ => {}
        }
    }
    if let Some(child) = target(cx, handler, facts) {
        let imported = child.value.is_none();
        if !imported || is_own_module(cx, handler) {
            facts.mounts.push(mount(child.expr, MountStyle::Include));
            return;
        }
    }
    let node = strip(handler);
    match node.kind() {
        // A package that is no known middleware may bring routes of its own: `require('@acme/api')`.
        _ if prefix.is_some() && is_unknown_package(cx, handler) => {
            facts.mounts.push(mount(
                Expr::hole(cx.span(node), HoleReason::ExternalCall(Arc::from(cx.text(node)))),
                MountStyle::Include,
            ));
        }
        // `app.use(...list)`
        "spread_element" => {
            facts.mounts.push(mount(Expr::hole(cx.span(node), HoleReason::Unsupported), MountStyle::Include));
        }
        // `require('./routes')`, `routes.users`, `createRouter(db)`: the model finds out what it is.
        "call_expression" | "member_expression" if is_own_module(cx, node) => {
            let child = required(cx, node, facts).unwrap_or_else(|| cx.expr(node));
            facts.mounts.push(mount(child, MountStyle::Include));
        }
        _ => {
            // A function that does not pass the request on answers everything below its path.
            if let Some(function) = cx.function(node)
                && answers_itself(cx, function)
            {
                facts.routes.push(RouteFact { handler: handler_of(cx, node), ..answers(Protocol::Http) });
            } else if is_given(cx, node) {
                facts.mounts.push(MountFact {
                    prefix: prefix.clone(),
                    ..MountFact::unread(span, app.expr.clone(), function.clone())
                });
            }
        }
    }
}

/// Whether a value is one that code around it was given: of a loop, or of a callback. It may be a router as well.
fn is_given<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let mut root = strip(node);
    while let Some(object) = root.child_by_field_name("object").filter(|_| root.kind() == "member_expression") {
        root = strip(object);
    }
    let binding = cx.binding_of(root).map(|(_, binding)| &binding.kind);
    matches!(binding, Some(BindingKind::Param { .. } | BindingKind::Item { .. }))
}

/// Whether a handler is what a package outside of the well-known ones exports or makes.
fn is_unknown_package<'t>(cx: &EcmaCx<'t>, handler: Node<'t>) -> bool {
    let origin = cx.origin(handler).or_else(|| callee_origin(cx, handler));
    origin.is_some_and(|origin| !is_own_text(origin.module) && !adds_nothing(origin.module))
}

fn is_own_text(module: &str) -> bool {
    module.starts_with('.') || module.starts_with("@/") || module.starts_with("~/") || module.starts_with('#')
}

/// Packages of middleware that passes requests on.
fn adds_nothing(module: &str) -> bool {
    const MIDDLEWARE: &[&str] = &[
        "cors",
        "helmet",
        "morgan",
        "compression",
        "body-parser",
        "cookie-parser",
        "cookie-session",
        "express",
        "multer",
        "passport",
        "csurf",
        "hpp",
        "pino-http",
        "response-time",
        "serve-favicon",
        "method-override",
        "connect-flash",
        "connect-timeout",
        "connect-history-api-fallback",
        "express-session",
        "express-rate-limit",
        "express-slow-down",
        "express-fileupload",
        "express-validator",
        "express-jwt",
        "express-winston",
        "express-mongo-sanitize",
        "express-openapi-validator",
        "rate-limiter-flexible",
        "xss-clean",
        "jsonwebtoken",
        "vhost",
    ];
    MIDDLEWARE.contains(&module)
}

/// `require('./routes')` or a member of it, written in place.
fn required<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) -> Option<Expr> {
    let node = strip(node);
    let span = cx.span(node);
    if node.kind() == "member_expression" {
        let object = required(cx, node.child_by_field_name("object")?, facts)?;
        let key = cx.text(node.child_by_field_name("property")?);
        return Some(Expr::new(span, ExprKind::Member(Box::new(object), Arc::from(key))));
    }
    let callee = node.child_by_field_name("function")?;
    let argument = *arguments(node).first()?;
    let module = string_text(argument, cx.source).filter(|_| cx.text(callee) == "require")?;
    facts.demands.push(Demand::EcmaModule(Arc::from(module)));
    Some(Expr::new(
        span,
        ExprKind::Call {
            callee: Box::new(Expr::new(cx.span(callee), ExprKind::Name(Arc::from("require")))),
            args: vec![Expr::str(cx.span(argument), module)],
            keywords: Vec::new(),
        },
    ))
}

/// Whether a value comes from this repository: a relative or aliased import, or a function of this file.
fn is_own_module<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let node = strip(node);
    let origin = cx.origin(node).or_else(|| callee_origin(cx, node));
    match origin {
        Some(origin) => {
            origin.module.starts_with('.')
                || origin.module.starts_with("@/")
                || origin.module.starts_with("~/")
                || origin.module.starts_with('#')
        }
        None => {
            node.kind() == "call_expression"
                && node.child_by_field_name("function").is_some_and(|callee| cx.function(callee).is_some())
        }
    }
}

pub(super) fn callee_origin<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<crate::facts::lang::ecma::Origin<'t>> {
    let node = cx.initial(node);
    if node.kind() != "call_expression" {
        return None;
    }
    cx.origin(node.child_by_field_name("function")?)
}

/// Whether a middleware function has no `next`, or never names it.
fn answers_itself<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> bool {
    let Some(params) = function.child_by_field_name("parameters") else { return false };
    let names: Vec<Node<'t>> = children(params).collect();
    match names.len() {
        2 => true,
        3 => {
            let name = cx.text(strip(names[2])).split([':', '?', ' ']).next().unwrap_or("").to_owned();
            let body = function.child_by_field_name("body").map(|body| cx.text(body)).unwrap_or("");
            !name.is_empty() && !body.contains(&name) && body.contains(".send")
        }
        _ => false,
    }
}

/// A handler behind those that the registration lists in front of it: steps of functions of this file, names of others.
fn behind<'t>(cx: &EcmaCx<'t>, handlers: &[Node<'t>], mut handler: HandlerFact) -> HandlerFact {
    let mut steps = Vec::new();
    for front in handlers.iter().rev().skip(1).rev() {
        match cx.function(*front) {
            Some(function) => steps.extend(steps::of(cx, function)),
            None if matches!(strip(*front).kind(), "identifier" | "member_expression" | "call_expression") => {
                handler.before.push(cx.expr(*front));
            }
            None => {}
        }
    }
    steps.append(&mut handler.steps);
    HandlerFact { steps, ..handler }
}

/// The facts of a handler: its own steps and the middleware before it.
pub(super) fn handler_of<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<HandlerFact> {
    let function = cx.function(node)?;
    Some(HandlerFact {
        name: cx.function_name(function).unwrap_or_else(|| Arc::from("")),
        span: cx.span(function),
        steps: steps::of(cx, function),
        before: Vec::new(),
    })
}
