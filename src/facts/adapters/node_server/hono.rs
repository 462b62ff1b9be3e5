//! Hono: applications, what is put into them, and what serves them.

use std::sync::Arc;

use tree_sitter::Node;

use super::value::{MethodCall, ServerValue, Target, created as created_value, name_of, surrounding, target};
use super::{chain, cookies, cors, steps};
use crate::facts::lang::ecma::folder::folder_of;
use crate::facts::lang::ecma::node::{arguments, string_text, strip};
use crate::facts::lang::ecma::{EcmaCx, is_external_module};
use crate::facts::{
    Expr, ExprKind, FileFacts, FolderFact, Framework, HandlerFact, HoleReason, ListenFact, MountFact, MountStyle,
    OriginLibrary, PatternSyntax, PolicyFact, Protocol, RouteFact, RouterFact, RouterKind, ServerProgram,
};

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "options", "all"];

/// Calls of an application that give it back.
const CHAINED: &[&str] = &["use", "route", "on", "onError", "notFound", "mount"];

/// Whether a call gives the application back, or the same one below a path.
fn is_link(call: &MethodCall<'_>) -> bool {
    VERBS.contains(&call.method) || CHAINED.contains(&call.method) || call.method == "basePath"
}

/// `new Hono()`, and a chain that begins with it.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let chain = chain::calls_on(cx, node, is_link);
    let outermost = chain.last().map_or(node, |call| call.node);
    let base = chain.iter().rfind(|call| call.method == "basePath").and_then(|call| call.args.first().copied());
    let function = surrounding(cx, outermost);
    let mut fact = RouterFact::new(cx.span(node), name_of(cx, outermost), function, Framework::Hono, RouterKind::App);
    fact.prefix = base.map(|base| cx.expr(base));
    facts.routers.push(fact);
}

/// `app.get(...)`, `app.route('/x', other)`, `app.use(...)`.
pub fn registered<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    if !VERBS.contains(&call.method) && !matches!(call.method, "use" | "route" | "on" | "mount") {
        return;
    }
    let start = chain::start(cx, call.receiver, is_link);
    let owner = |node| target(cx, node, facts).filter(|owner| owner.value == Some(ServerValue::HonoApp));
    let Some(owner) = owner(start) else {
        // `const api = app.basePath('/api')`: the same application, below a path that is not read.
        let inner = MethodCall::of(cx, cx.initial(start)).filter(|inner| inner.method == "basePath");
        if let Some(owner) = inner.and_then(|inner| owner(strip(inner.receiver))) {
            unread(cx, call, &owner, facts);
        }
        return;
    };
    match call.method {
        "route" => routed(cx, call, &owner, facts),
        "use" => used(cx, call, &owner, facts),
        "on" | "mount" => unread(cx, call, &owner, facts),
        _ => answered(cx, call, &owner, facts),
    }
}

fn unread<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, owner: &Target, facts: &mut FileFacts) {
    let function = owner.function.clone().or_else(|| surrounding(cx, call.node));
    facts.mounts.push(MountFact::unread(call.head, owner.expr.clone(), function));
}

/// `app.route('/posts', posts)`.
fn routed<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, owner: &Target, facts: &mut FileFacts) {
    let [path, child] = call.args.as_slice() else { return unread(cx, call, owner, facts) };
    let child = target(cx, *child, facts).map_or_else(|| cx.expr(*child), |child| child.expr);
    facts.mounts.push(MountFact {
        span: call.head,
        parent: owner.expr.clone(),
        child,
        prefix: Some(cx.expr(*path)),
        style: MountStyle::Include,
        function: owner.function.clone().or_else(|| surrounding(cx, call.node)),
    });
}

/// `app.get('/x', ...handlers)`.
fn answered<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, owner: &Target, facts: &mut FileFacts) {
    let Some((path, handlers)) = call.args.split_first() else { return };
    // Without a path it is the one of the call before.
    let Some(text) = string_text(cx.initial(*path), cx.source) else { return unread(cx, call, owner, facts) };
    if handlers.iter().any(|handler| files(cx, *handler, text, call, owner, facts)) {
        return;
    }
    let made = |handler: &Node<'t>| strip(*handler).child_by_field_name("function").map(|callee| cx.text(callee));
    let socket = handlers.iter().any(|handler| made(handler) == Some("upgradeWebSocket"));
    let function = handlers.last().and_then(|handler| cx.function(*handler));
    facts.routes.push(RouteFact {
        span: call.head,
        router: owner.expr.clone(),
        protocol: if socket { Protocol::WebSocket } else { Protocol::Http },
        methods: if call.method == "all" || socket {
            Vec::new()
        } else {
            vec![Arc::from(call.method.to_ascii_uppercase())]
        },
        path: Some(Expr::str(cx.span(*path), &text.replace('{', "(").replace('}', ")"))),
        pattern: PatternSyntax::FindMyWay,
        handler: function.map(|function| HandlerFact {
            name: cx.function_name(function).unwrap_or_else(|| Arc::from("")),
            span: cx.span(function),
            steps: steps::of(cx, function),
            before: Vec::new(),
        }),
        function: owner.function.clone().or_else(|| surrounding(cx, call.node)),
    });
}

/// `serveStatic({ root: './public' })` below a path. Whether it is that.
fn files<'t>(
    cx: &EcmaCx<'t>,
    handler: Node<'t>,
    path: &str,
    call: &MethodCall<'t>,
    owner: &Target,
    facts: &mut FileFacts,
) -> bool {
    let made = strip(handler);
    let is_files = made.child_by_field_name("function").is_some_and(|callee| cx.text(callee) == "serveStatic");
    if !is_files {
        return false;
    }
    let options = arguments(made).first().map(|options| cx.initial(*options));
    let option = |key: &str| options.and_then(|options| cx.option(options, key));
    let function = owner.function.clone().or_else(|| surrounding(cx, call.node));
    let folder = option("root").and_then(|root| folder_of(cx, root));
    facts.folders.extend(folder.map(|folder| FolderFact {
        span: call.head,
        target: owner.expr.clone(),
        folder,
        function: function.clone(),
    }));
    let below = path.trim_end_matches('*').trim_end_matches('/');
    facts.mounts.push(MountFact {
        span: call.head,
        parent: owner.expr.clone(),
        child: cx.expr(made),
        prefix: Some(Expr::str(call.head, if below.is_empty() { "/" } else { below })),
        style: MountStyle::Static,
        function,
    });
    true
}

/// `app.use('/api/*', cors())`.
fn used<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, owner: &Target, facts: &mut FileFacts) {
    let path = call.args.first().and_then(|first| string_text(cx.initial(*first), cx.source));
    for part in call.args.iter().skip(usize::from(path.is_some())) {
        cookies::session(cx, *part, facts);
        if files(cx, *part, path.unwrap_or("*"), call, owner, facts) {
            continue;
        }
        let node = strip(*part);
        let callee = if node.kind() == "call_expression" { node.child_by_field_name("function") } else { None };
        let module = cx.origin(callee.unwrap_or(node)).map(|origin| origin.module);
        match module {
            Some("hono/cors") => {
                let function = owner.function.clone().or_else(|| surrounding(cx, call.node));
                if node.kind() != "call_expression" {
                    facts.policies.push(PolicyFact::own_check(cx.span(node), owner.expr.clone(), function));
                    continue;
                }
                let options = arguments(node).into_iter().next();
                let stated =
                    cors::Stated { call: node, options, library: OriginLibrary::HonoCors, names: cors::OF_HONO };
                let app = Target { value: None, expr: owner.expr.clone(), function };
                let first = call.args.first().copied().filter(|_| path.is_some_and(|path| path != "*"));
                cors::stated(cx, &stated, &app, first, cors::Registered::ByUse, facts);
            }
            Some(module) if module.starts_with("hono/") || module.starts_with("@hono/") => {}
            Some(module) if is_external_module(module) => unread(cx, call, owner, facts),
            _ => match cx.function(node) {
                Some(body) if cx.text(body).contains("next") => {}
                Some(_) => unread(cx, call, owner, facts),
                None => {}
            },
        }
    }
}

/// `serve({ fetch: app.fetch, port: 3000 })` of `@hono/node-server`, `Bun.serve({ fetch: app.fetch })`, `Deno.serve(app.fetch)`.
pub fn served<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let Some(callee) = node.child_by_field_name("function") else { return };
    let usual = match cx.text(callee) {
        "Bun.serve" => "3000",
        "Deno.serve" => "8000",
        _ if cx.origin(callee).is_some_and(|origin| origin.is("@hono/node-server", "serve")) => "3000",
        _ => return,
    };
    let args = arguments(node);
    let options = args.iter().map(|options| cx.initial(*options)).find(|options| options.kind() == "object");
    let option = |key: &str| options.and_then(|options| cx.option(options, key));
    let fetch =
        option("fetch").or_else(|| args.iter().copied().find(|argument| Some(cx.initial(*argument)) != options));
    let Some(fetch) = fetch.map(strip) else { return };
    let app = match fetch.kind() {
        "member_expression" if cx.text(fetch).ends_with(".fetch") => fetch.child_by_field_name("object"),
        _ => Some(fetch),
    };
    let Some(app) = app.and_then(|app| target(cx, app, facts)) else { return };
    let number = |text: &str| Expr::new(cx.span(node), ExprKind::Num(Arc::from(text)));
    facts.listeners.push(ListenFact {
        span: cx.span(callee),
        app: Some(app.expr),
        server: ServerProgram::NodeListen,
        host: option("hostname").map(|host| cx.expr(host)),
        port: Some(match (option("port"), options.is_none() && args.len() > 1) {
            (Some(port), _) => cx.expr(port),
            (None, true) => Expr::hole(cx.span(node), HoleReason::Unsupported),
            (None, false) => number(usual),
        }),
        tls: option("tls").or_else(|| option("cert")).map(|tls| cx.expr(tls)),
        options: Vec::new(),
        function: surrounding(cx, node),
    });
}

/// Whether a call is a chain that begins with an application: it gives that one back.
pub fn begins_chain<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Node<'t>> {
    let begins = chain::start(cx, MethodCall::of(cx, node).filter(is_link)?.receiver, is_link);
    let is_app = begins.kind() == "new_expression" && created_value(cx, begins) == Some(ServerValue::HonoApp);
    is_app.then_some(begins)
}
