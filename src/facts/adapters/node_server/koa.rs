//! Koa: applications, `@koa/router`, and what `use` takes.

use std::sync::Arc;

use tree_sitter::Node;

use super::express::paths;
use super::value::{MethodCall, ServerValue, Target, created as created_value, name_of, surrounding, target};
use super::{chain, cors, steps};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::folder::folder_of;
use crate::facts::lang::ecma::node::{arguments, string_text, strip};
use crate::facts::{
    Expr, ExprKind, FileFacts, FolderFact, Framework, HandlerFact, HoleReason, MountFact, MountStyle, OriginLibrary,
    PolicyFact, Protocol, RouteFact, RouterFact, RouterKind, known,
};

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "del", "head", "options", "all"];

/// Calls of a router that give it back.
const CHAINED: &[&str] = &["use", "prefix", "param", "redirect", "register"];

/// `mount` inside `mount` beyond this is not followed.
const MAX_MOUNTED: u32 = 8;

/// `new Koa()` and `new Router({ prefix })`.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let is_app = created_value(cx, node) == Some(ServerValue::KoaApp);
    let kind = if is_app { RouterKind::App } else { RouterKind::Router };
    let mut fact = RouterFact::new(cx.span(node), name_of(cx, node), surrounding(cx, node), Framework::Koa, kind);
    let options = arguments(node).first().map(|options| cx.initial(*options)).filter(|_| !is_app);
    fact.prefix = match options {
        Some(options) if options.kind() == "object" => cx.option(options, "prefix").map(|prefix| cx.expr(prefix)),
        Some(options) => Some(Expr::hole(cx.span(options), HoleReason::Unsupported)),
        None => None,
    };
    facts.routers.push(fact);
}

/// `router.get(...)`, `app.use(...)`.
pub fn registered<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    let is_verb = VERBS.contains(&call.method);
    if !is_verb && !matches!(call.method, "use" | "prefix") {
        return;
    }
    let is_link = |call: &MethodCall<'t>| VERBS.contains(&call.method) || CHAINED.contains(&call.method);
    let Some(owner) = target(cx, chain::start(cx, call.receiver, is_link), facts) else { return };
    match (owner.value, call.method) {
        (Some(ServerValue::KoaApp | ServerValue::KoaRouter), "use") => used(cx, call, &owner, facts),
        (Some(ServerValue::KoaRouter), "prefix") => prefixed(cx, call, &owner, facts),
        (Some(ServerValue::KoaRouter), _) => routed(cx, call, &owner, facts),
        _ => {}
    }
}

fn prefixed<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, owner: &Target, facts: &mut FileFacts) {
    let ExprKind::Name(name) = &owner.expr.kind else { return };
    let prefix = call.args.first().map(|prefix| cx.expr(*prefix));
    if let Some(router) = facts.routers.iter_mut().rfind(|router| router.name == *name) {
        router.prefix = prefix;
    }
}

/// `router.get([name], path, ...handlers)`.
fn routed<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, owner: &Target, facts: &mut FileFacts) {
    let is_text = |node: &Node<'t>| matches!(cx.initial(*node).kind(), "string" | "template_string");
    let named = call.args.len() > 2 && call.args.iter().take(2).all(is_text);
    let Some((path, handlers)) = call.args.get(usize::from(named)..).and_then(<[_]>::split_first) else { return };
    if handlers.is_empty() {
        return;
    }
    let handler = handlers.last().and_then(|handler| cx.function(*handler)).map(|function| HandlerFact {
        name: cx.function_name(function).unwrap_or_else(|| Arc::from("")),
        span: cx.span(function),
        steps: steps::of(cx, function),
        before: Vec::new(),
    });
    let methods = match call.method {
        "all" => Vec::new(),
        "del" => vec![Arc::from("DELETE")],
        verb => vec![Arc::from(verb.to_ascii_uppercase())],
    };
    for (path, pattern) in paths(cx, *path) {
        facts.routes.push(RouteFact {
            span: call.head,
            router: owner.expr.clone(),
            protocol: Protocol::Http,
            methods: methods.clone(),
            path: Some(path),
            pattern,
            handler: handler.clone(),
            function: owner.function.clone().or_else(|| surrounding(cx, call.node)),
        });
    }
}

/// `app.use(router.routes())`, `router.use('/x', other.routes())`, `app.use(serve('public'))`.
fn used<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, owner: &Target, facts: &mut FileFacts) {
    let path = call.args.first().copied().filter(|first| string_text(strip(*first), cx.source).is_some());
    let prefix = path.map(|path| cx.expr(path));
    for part in call.args.iter().skip(usize::from(path.is_some())) {
        put_in(cx, call, owner, (prefix.as_ref(), *part), 0, facts);
    }
}

/// One thing that is put into an application or router.
fn put_in<'t>(
    cx: &EcmaCx<'t>,
    call: &MethodCall<'t>,
    owner: &Target,
    (prefix, part): (Option<&Expr>, Node<'t>),
    depth: u32,
    facts: &mut FileFacts,
) {
    let node = strip(part);
    let span = cx.span(node);
    let function = owner.function.clone().or_else(|| surrounding(cx, call.node));
    let mount = |child: Expr, style| MountFact {
        span,
        parent: owner.expr.clone(),
        child,
        prefix: prefix.cloned(),
        style,
        function: function.clone(),
    };
    if let Some(routes) = MethodCall::of(cx, node) {
        match routes.method {
            "allowedMethods" => return,
            "routes" | "middleware" => {
                let child = target(cx, routes.receiver, facts).map_or_else(|| cx.expr(routes.receiver), |it| it.expr);
                return facts.mounts.push(mount(child, MountStyle::Include));
            }
            _ => {}
        }
    }
    let callee = if node.kind() == "call_expression" { node.child_by_field_name("function") } else { None };
    let made = callee.and_then(|callee| cx.origin(callee));
    match made.map(|made| made.module) {
        Some("koa-static" | "koa-static-server" | "koa-send") => {
            let folder = arguments(node).first().and_then(|folder| folder_of(cx, *folder));
            facts.folders.extend(folder.map(|folder| FolderFact {
                span,
                target: owner.expr.clone(),
                folder,
                function: function.clone(),
            }));
            facts.mounts.push(mount(cx.expr(node), MountStyle::Static));
        }
        Some("koa-mount") => {
            let args = arguments(node);
            let (path, child) = match args.as_slice() {
                [path, child] => (Some(cx.expr(*path)), *child),
                [child] => (None, *child),
                _ => return,
            };
            if let Some(child) = target(cx, child, facts) {
                let style = MountStyle::Include;
                return facts.mounts.push(MountFact { prefix: path, ..mount(child.expr, style) });
            }
            if depth < MAX_MOUNTED {
                put_in(cx, call, owner, (path.as_ref(), child), depth + 1, facts);
            }
        }
        Some(module @ ("@koa/cors" | "koa2-cors" | "koa-cors")) => {
            // The last one has options of other names.
            if node.kind() != "call_expression" || module == "koa-cors" {
                facts.policies.push(PolicyFact::own_check(span, owner.expr.clone(), function));
                return;
            }
            let options = arguments(node).into_iter().next();
            let stated = cors::Stated { call: node, options, library: OriginLibrary::KoaCors, names: cors::OF_HONO };
            // Middleware of a router runs for requests that one of its routes takes: OPTIONS is none of them.
            let methods = BESIDE_OPTIONS.map(Arc::from);
            let registered = match owner.value {
                Some(ServerValue::KoaRouter) => cors::Registered::WithRoute(&methods),
                _ => cors::Registered::ByUse,
            };
            let app = Target { value: None, expr: owner.expr.clone(), function };
            cors::stated(cx, &stated, &app, None, registered, facts);
        }
        Some(module) if known::adds_nothing(module) || QUIET.contains(&module) => {}
        Some(module) if crate::facts::lang::ecma::is_external_module(module) => {
            facts.mounts.push(MountFact::unread(span, owner.expr.clone(), function));
        }
        _ => match cx.function(node) {
            // Middleware passes requests on; what does not answers them all.
            Some(body) if cx.text(body).contains("next") => {}
            Some(_) => facts.mounts.push(MountFact::unread(span, owner.expr.clone(), function)),
            None => facts.mounts.push(mount(cx.expr(node), MountStyle::Include)),
        },
    }
}

/// The methods of requests that browsers do not send ahead.
const BESIDE_OPTIONS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Middleware that answers nothing by itself.
const QUIET: &[&str] = &[
    "koa-bodyparser",
    "@koa/bodyparser",
    "koa-body",
    "koa-logger",
    "koa-helmet",
    "koa-compress",
    "koa-json",
    "koa-onerror",
    "koa-session",
    "koa-conditional-get",
    "koa-etag",
    "koa-response-time",
    "koa-ratelimit",
    "koa-pino-logger",
    "koa-passport",
    "koa-views",
    "koa-jwt",
];
