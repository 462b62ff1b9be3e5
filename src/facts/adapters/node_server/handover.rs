//! Where applications, routers and servers go from a file: what the other adapters of this folder do not claim escapes.

use std::collections::HashMap;
use std::sync::Arc;

use tree_sitter::Node;

use super::value::{MethodCall, ServerValue, Target, created as created_value, target};
use crate::base::{FileKind, Limit};
use crate::facts::lang::ecma::node::{arguments, strip};
use crate::facts::lang::ecma::uses::{Use, is_declared_here, is_view, named_places, use_of};
use crate::facts::lang::ecma::{EcmaCx, is_external_module};
use crate::facts::{Demand, Escape, EscapeTo, Expr, ExprKind, FileFacts, Handovers, RunsIn, Slot};

/// Methods that hang a route, middleware or handler on a value, or that only set it up: the other adapters read them.
const KNOWN_METHODS: &[&str] = &[
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "all",
    "use",
    "route",
    "ws",
    "param",
    "listen",
    "set",
    "enable",
    "disable",
    "enabled",
    "disabled",
    "engine",
    "render",
    "on",
    "once",
    "off",
    "addListener",
    "removeListener",
    "removeAllListeners",
    "setMaxListeners",
    "emit",
    "close",
    "closeAllConnections",
    "closeIdleConnections",
    "address",
    "setTimeout",
    "unref",
    "ref",
    "handleUpgrade",
    "shouldHandle",
    "of",
    "to",
    "in",
    "except",
    "volatile",
    "send",
    "fetchSockets",
    "adapter",
    "disconnectSockets",
    "socketsJoin",
    "path",
    "toString",
    // of Koa
    "routes",
    "allowedMethods",
    "callback",
];

/// The same of an instance of Fastify.
const OF_FASTIFY: &[&str] = &[
    "register",
    "after",
    "ready",
    "inject",
    "decorate",
    "decorateRequest",
    "decorateReply",
    "hasDecorator",
    "addHook",
    "addSchema",
    "getSchemas",
    "addContentTypeParser",
    "removeContentTypeParser",
    "setErrorHandler",
    "setNotFoundHandler",
    "setValidatorCompiler",
    "setSerializerCompiler",
    "setReplySerializer",
    "withTypeProvider",
    "printRoutes",
    "printPlugins",
    "swagger",
];

/// The same of an application of NestJS.
const OF_NEST: &[&str] = &[
    "setGlobalPrefix",
    "enableCors",
    "enableVersioning",
    "enableShutdownHooks",
    "useGlobalPipes",
    "useGlobalFilters",
    "useGlobalGuards",
    "useGlobalInterceptors",
    "useWebSocketAdapter",
    "useStaticAssets",
    "useBodyParser",
    "useLogger",
    "flushLogs",
    "setBaseViewsDir",
    "setViewEngine",
    "connectMicroservice",
    "startAllMicroservices",
    "getUrl",
    "resolve",
    "select",
    "register",
    "init",
];

/// The same of Koa.
const OF_KOA: &[&str] = &["middleware", "prefix", "del", "redirect", "register", "url", "onerror"];

/// The same of Hono.
const OF_HONO: &[&str] = &["basePath", "mount", "notFound", "onError", "request", "fire"];

/// Packages that take an application or a server and add nothing that answers requests.
const HARMLESS: &[&str] = &[
    "@hono/node-server",
    "@hono/node-ws",
    "hono/dev",
    "supertest",
    "supertest-session",
    "chai",
    "serverless-http",
    "@vendia/serverless-express",
    "aws-serverless-express",
    "http-terminator",
    "server-destroy",
    "stoppable",
    "http-graceful-shutdown",
    "express-list-endpoints",
    "express-ws",
    "express-async-errors",
    "portfinder",
    "helmet",
    "morgan",
    "util",
    "node:util",
    "assert",
    "node:assert",
    "@nestjs/swagger",
    "@nestjs/platform-ws",
    "@nestjs/platform-socket.io",
    "class-validator",
];

/// Globals that only look at what they get.
const LOOKS: &[&str] = &["console.", "JSON.stringify", "Boolean", "String", "clearTimeout", "Object.keys", "expect"];

/// More than this is no ordinary source.
const ESCAPES: Limit = Limit::new(
    400,
    "places where applications leave the code that is read",
    "which routes the applications of the file have is unknown",
    "split the file",
);

/// Whether code of the file may be handed an application.
fn may_serve<'t>(cx: &EcmaCx<'t>, facts: &FileFacts) -> bool {
    let view = matches!(cx.kind, FileKind::Vue | FileKind::Svelte) || is_view(cx);
    !facts.routers.is_empty() || !view && cx.runs != RunsIn::Browser
}

/// Adds where values of the file go. Called when all its other facts about servers are there.
pub fn add<'t>(cx: &EcmaCx<'t>, facts: &mut FileFacts) {
    if !may_serve(cx, facts) {
        return;
    }
    let mut found = Vec::new();
    let mut known: HashMap<usize, bool> = HashMap::new();
    named_places(cx, &mut |node| {
        if found.len() <= ESCAPES.most_items() {
            place(cx, node, &mut known, facts, &mut found);
        }
    });
    for node in cx.shown.iter().filter(|node| matches!(node.kind(), "call_expression" | "new_expression")) {
        if created_value(cx, *node).is_some() && found.len() <= ESCAPES.most_items() {
            let target = Target { value: created_value(cx, *node), expr: unnamed(cx, *node), function: None };
            found.extend(escaped(cx, *node, &target, facts));
        }
    }
    if let Some(next) = found.get(ESCAPES.most_items()) {
        // without an application, what calls into the file takes it for one that is not read
        if !facts.routers.is_empty() {
            cx.limit(next.span, ESCAPES);
        }
        return;
    }
    for escape in &found {
        if let EscapeTo::Argument { callee, .. } = &escape.to {
            facts.demands.extend(required(callee));
        }
    }
    found.sort_by_key(|escape| (escape.span.start, escape.span.end));
    facts.handovers = Some(Box::new(Handovers { functions: cx.callable_names(), escapes: found }));
}

fn unnamed<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Expr {
    Expr::new(cx.span(node), ExprKind::Name(Arc::from("")))
}

fn place<'t>(
    cx: &EcmaCx<'t>,
    node: Node<'t>,
    known: &mut HashMap<usize, bool>,
    facts: &FileFacts,
    found: &mut Vec<Escape>,
) {
    if node.kind() != "member_expression" {
        let Some((id, binding)) = cx.binding_of(node) else { return };
        let key = id.0 as usize;
        if known.get(&key) == Some(&false) || binding.span == cx.span(node) && is_declared_here(cx, node) {
            return;
        }
        let may_be = perhaps_served(cx, node, facts);
        known.insert(key, may_be);
        if !may_be {
            return;
        }
    }
    let Some(target) = target(cx, node, facts) else { return };
    found.extend(escaped(cx, node, &target, facts));
}

/// Whether a name may stand for something that routes hang on.
fn perhaps_served<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &FileFacts) -> bool {
    let Some(target) = target(cx, node, facts) else { return false };
    target.value.is_some() || target.is_perhaps(cx, node)
}

fn escaped<'t>(cx: &EcmaCx<'t>, node: Node<'t>, target: &Target, facts: &FileFacts) -> Option<Escape> {
    let to = match use_of(cx, node) {
        Use::Read => return None,
        Use::Stored => EscapeTo::Elsewhere,
        Use::Method { name: "on" | "once" | "addListener", call } if takes_requests(cx, call) => EscapeTo::Elsewhere,
        Use::Method { name: "useWebSocketAdapter", call } if !super::nest::is_known_adapter(cx, call) => {
            EscapeTo::Elsewhere
        }
        Use::Method { name, .. } if is_known_method(target, name) => return None,
        Use::Method { name, .. } => EscapeTo::Method(Arc::from(name)),
        Use::Computed { call } if super::table::is_read(cx, call) => return None,
        Use::Computed { .. } => EscapeTo::Elsewhere,
        Use::Argument { call, .. } if is_claimed(cx, call, facts) => return None,
        Use::Argument { call, index, key } => match cx.callee(call) {
            Some(callee) => {
                let slot = match key {
                    Some(key) => Slot::Property(index, Arc::from(key)),
                    None => Slot::Position(index),
                };
                EscapeTo::Argument { callee, slot }
            }
            None => EscapeTo::Elsewhere,
        },
    };
    // Something that is not known to be a server is followed into functions; what it keeps for itself says nothing.
    if target.value.is_none() && target.function.is_none() && matches!(target.expr.kind, ExprKind::Param(_)) {
        return None;
    }
    Some(Escape { span: cx.span(node), value: target.expr.clone(), function: target.function.clone(), to })
}

/// Whether another adapter reads a method of a value, or it adds nothing that answers.
fn is_known_method(target: &Target, name: &str) -> bool {
    let own = match target.value {
        Some(ServerValue::FastifyApp { .. }) => OF_FASTIFY,
        Some(ServerValue::NestApp { .. }) => OF_NEST,
        Some(ServerValue::KoaApp | ServerValue::KoaRouter) => OF_KOA,
        Some(ServerValue::HonoApp) => OF_HONO,
        _ => &[],
    };
    KNOWN_METHODS.contains(&name) || own.contains(&name)
}

/// `server.on('upgrade', proxy.upgrade)`, `server.on('request', handler)`: what answers there is not read, unless it hands
/// upgrades to a WebSocket server.
fn takes_requests<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> bool {
    let args = arguments(call);
    let [event, handler] = args.as_slice() else { return false };
    match cx.text(*event).trim_matches(['"', '\'', '`']) {
        "request" => true,
        "upgrade" => !cx.function(*handler).is_some_and(|function| {
            let text = cx.text(function);
            // One that only refuses upgrades adds nothing.
            text.contains("handleUpgrade(") || !text.contains('(') || text.contains("destroy") && !text.contains("101")
        }),
        _ => false,
    }
}

/// Whether a call is one that another adapter reads, or one that adds nothing.
fn is_claimed<'t>(cx: &EcmaCx<'t>, call: Node<'t>, facts: &FileFacts) -> bool {
    if created_value(cx, call).is_some() {
        return true;
    }
    let field = if call.kind() == "new_expression" { "constructor" } else { "function" };
    let Some(callee) = call.child_by_field_name(field).map(strip) else { return false };
    if cx.origin(callee).is_some_and(|origin| HARMLESS.contains(&origin.module)) {
        return true;
    }
    let text = cx.text(callee);
    if LOOKS.iter().any(|known| text == *known || known.ends_with('.') && text.starts_with(known)) {
        return true;
    }
    // `app.use(router)`, `app.get('/x', app2)`: what is mounted is read as a mount.
    MethodCall::of(cx, call).is_some_and(|call| {
        matches!(call.method, "use" | "register" | "all" | "get" | "post" | "put" | "patch" | "delete")
            && target(cx, call.receiver, facts).is_some_and(|receiver| {
                let is_app = |value| {
                    matches!(
                        value,
                        ServerValue::ExpressApp
                            | ServerValue::ExpressRouter
                            | ServerValue::KoaApp
                            | ServerValue::HonoApp
                            | ServerValue::KoaRouter
                            | ServerValue::FastifyApp { .. }
                    )
                };
                receiver.value.is_some_and(is_app) || receiver.value.is_none()
            })
            && !arguments(call.node).is_empty()
    })
}

/// The module of `require('./routes')(app)`.
fn required(callee: &Expr) -> Option<Demand> {
    let mut callee = callee;
    while let ExprKind::Member(object, _) = &callee.kind {
        callee = object;
    }
    let ExprKind::Call { args, .. } = &callee.kind else { return None };
    let module = args.first()?.as_str()?;
    (!is_external_module(module)).then(|| Demand::EcmaModule(Arc::from(module)))
}
