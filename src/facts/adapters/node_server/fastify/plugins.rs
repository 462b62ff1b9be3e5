//! `app.register(plugin, { prefix })`: functions of the repository, and plugins of packages.

use tree_sitter::Node;

use super::super::cors::{self, Registered};
use super::super::value::{MethodCall, Target};
use super::instance::{self, Instance};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::folder::folder_of;
use crate::facts::lang::ecma::node::{arguments, string_text, strip};
use crate::facts::{
    Demand, Expr, ExprKind, FileFacts, FolderFact, HoleReason, MountFact, MountStyle, OriginLibrary, PatternSyntax,
    PolicyFact, Protocol, RouteFact,
};

/// Packages whose plugins answer nothing by themselves.
const HARMLESS: [&str; 38] = [
    "@fastify/accepts",
    "@fastify/auth",
    "@fastify/awilix",
    "@fastify/basic-auth",
    "@fastify/bearer-auth",
    "@fastify/caching",
    "@fastify/circuit-breaker",
    "@fastify/compress",
    "@fastify/cookie",
    "@fastify/csrf-protection",
    "@fastify/env",
    "@fastify/error",
    "@fastify/etag",
    "@fastify/flash",
    "@fastify/formbody",
    "@fastify/helmet",
    "@fastify/jwt",
    "@fastify/mongodb",
    "@fastify/multipart",
    "@fastify/mysql",
    "@fastify/passport",
    "@fastify/postgres",
    "@fastify/rate-limit",
    "@fastify/redis",
    "@fastify/reply-from",
    "@fastify/request-context",
    "@fastify/response-validation",
    "@fastify/schedule",
    "@fastify/secure-session",
    "@fastify/sensible",
    "@fastify/session",
    "@fastify/swagger",
    "@fastify/under-pressure",
    "@fastify/url-data",
    "@fastify/view",
    "fastify-socket.io",
    "fastify-type-provider-zod",
    "fastify-zod",
];

/// What is registered, by what it is.
pub fn registered<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, instance: &Instance, facts: &mut FileFacts) {
    let Some(plugin) = call.args.first().copied() else { return };
    let options = call.args.get(1).map(|options| cx.initial(*options));
    let literal = options.filter(|options| options.kind() == "object");
    let prefix = match (literal, options) {
        (Some(literal), _) => cx.option(literal, "prefix").map(|prefix| cx.expr(prefix)),
        // Options that are not written here may hold one.
        (None, Some(options)) => Some(Expr::hole(cx.span(options), HoleReason::Unsupported)),
        (None, None) => None,
    };
    let mount = |child: Expr, style| MountFact {
        span: call.head,
        parent: instance.expr.clone(),
        child,
        prefix: prefix.clone(),
        style,
        function: instance.function.clone(),
    };
    if let Some(function) = cx.function(strip(plugin)) {
        let unread = || Expr::hole(cx.span(plugin), HoleReason::Unsupported);
        let child = instance::plugin(cx, function, facts).unwrap_or_else(unread);
        facts.mounts.push(mount(child, MountStyle::Include));
        return;
    }
    let origin = cx.origin(plugin).or_else(|| imported(cx, plugin));
    match origin.map(|origin| origin.module) {
        Some("@fastify/cors" | "fastify-cors") => {
            let app = Target { value: None, expr: instance.expr.clone(), function: instance.function.clone() };
            let options = call.args.get(1).copied();
            let stated =
                cors::Stated { call: call.node, options, library: OriginLibrary::FastifyCors, names: cors::OF_EXPRESS };
            cors::stated(cx, &stated, &app, None, Registered::Anywhere, facts);
        }
        Some("@fastify/websocket" | "fastify-websocket") => {
            let options = literal.and_then(|options| cx.option(options, "options")).map(|options| cx.initial(options));
            let checks = options
                .is_some_and(|options| options.kind() != "object" || cx.option(options, "verifyClient").is_some());
            if checks || options.is_none() && call.args.len() > 1 && literal.is_none() {
                let target = instance.expr.clone();
                facts.policies.push(PolicyFact::own_check(call.head, target, instance.function.clone()));
            }
        }
        Some("@fastify/static" | "fastify-static") => {
            let prefix = prefix.clone().unwrap_or_else(|| Expr::str(call.head, "/"));
            let served = MountFact { prefix: Some(prefix), ..mount(cx.expr(plugin), MountStyle::Static) };
            facts.mounts.push(served);
            let root = literal.and_then(|options| cx.option(options, "root")).and_then(|root| folder_of(cx, root));
            facts.folders.extend(root.map(|folder| FolderFact {
                span: call.head,
                target: instance.expr.clone(),
                folder,
                function: instance.function.clone(),
            }));
        }
        Some("@fastify/http-proxy" | "fastify-http-proxy") => {
            let sockets = literal.is_some_and(|options| instance::is_true(cx, options, "websocket"));
            for protocol in [Some(Protocol::Http), sockets.then_some(Protocol::WebSocket)].into_iter().flatten() {
                facts.routes.push(RouteFact {
                    span: call.head,
                    router: instance.expr.clone(),
                    protocol,
                    methods: Vec::new(),
                    path: Some(prefix.clone().unwrap_or_else(|| Expr::str(call.head, "/"))),
                    pattern: PatternSyntax::Prefix,
                    handler: None,
                    function: instance.function.clone(),
                });
            }
        }
        Some(module) if HARMLESS.contains(&module) => {}
        _ => {
            let child = required(cx, plugin, facts).unwrap_or_else(|| match strip(plugin).kind() {
                "identifier" | "member_expression" => cx.expr(plugin),
                _ => Expr::hole(cx.span(plugin), HoleReason::Unsupported),
            });
            facts.mounts.push(mount(child, MountStyle::Include));
        }
    }
}

/// What `import('x')` and `await import('x')` name.
fn imported<'t>(cx: &EcmaCx<'t>, plugin: Node<'t>) -> Option<crate::facts::lang::ecma::Origin<'t>> {
    let inner = strip(plugin);
    (inner.kind() == "member_expression").then(|| cx.origin(inner.child_by_field_name("object")?)).flatten()
}

/// `require('./routes')` and `import('./routes.js')`, written in place.
fn required<'t>(cx: &EcmaCx<'t>, plugin: Node<'t>, facts: &mut FileFacts) -> Option<Expr> {
    let node = strip(plugin);
    let span = cx.span(node);
    let callee = node.child_by_field_name("function").filter(|_| node.kind() == "call_expression")?;
    let argument = *arguments(node).first()?;
    let module = string_text(argument, cx.source).filter(|_| matches!(cx.text(callee), "require" | "import"))?;
    facts.demands.push(Demand::EcmaModule(module.into()));
    Some(Expr::new(
        span,
        ExprKind::Call {
            callee: Box::new(Expr::new(cx.span(callee), ExprKind::Name("require".into()))),
            args: vec![Expr::str(cx.span(argument), module)],
            keywords: Vec::new(),
        },
    ))
}
