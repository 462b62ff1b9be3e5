//! socket.io servers.

use std::sync::Arc;

use tree_sitter::Node;

use super::value::{MethodCall, ServerValue, name_of, surrounding, target};
use super::{cors, steps};
use crate::facts::lang::ecma::node::{arguments, is_whole_object, string_text};
use crate::facts::lang::ecma::{EcmaCx, Framed};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HandlerFact, HeartbeatFact, HeartbeatLibrary, HeartbeatSource, HoleReason,
    ListenFact, MountFact, MountStyle, NamespaceFact, OriginLibrary, PatternSyntax, PolicyFact, Preflight, Protocol,
    RouteFact, RouterFact, RouterKind, ServerProgram, Step, StepKind, TimeUnit,
};

/// `new Server(httpServer, { ... })`, `new Server(3000)`, `require('socket.io')(server)`.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let span = cx.span(node);
    let name = name_of(cx, node);
    let function = surrounding(cx, node);
    let own = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    let args = arguments(node);
    let options = args.iter().map(|argument| cx.initial(*argument)).find(|argument| argument.kind() == "object");
    let first = args.first().copied().filter(|first| cx.initial(*first).kind() != "object");
    let number = first.filter(|first| cx.initial(*first).kind() == "number");
    facts.routers.push(RouterFact::new(
        span,
        name,
        function.clone(),
        Framework::SocketIo,
        if number.is_some() { RouterKind::App } else { RouterKind::Router },
    ));
    if let Some(port) = number {
        facts.listeners.push(ListenFact {
            span,
            app: Some(own.clone()),
            server: ServerProgram::NodeListen,
            host: None,
            port: Some(cx.expr(port)),
            tls: None,
            options: Vec::new(),
            function: function.clone(),
        });
    } else if let Some(server) = first.and_then(|first| target(cx, first, facts)) {
        facts.mounts.push(MountFact {
            span,
            parent: server.expr,
            child: own.clone(),
            prefix: None,
            style: MountStyle::Serves,
            function: function.clone(),
        });
    }
    // A second argument that is no object literal may hold any option; so may a choice between objects.
    let unread = options.is_none() && args.len() > 1;
    let option = |key: &str| options.and_then(|options| cx.option(options, key));
    let path = match option("path") {
        Some(path) => cx.expr(path),
        None if unread => member(cx, args[1], "path"),
        None => Expr::str(span, "/socket.io/"),
    };
    let transports = option("transports").map(|transports| cx.expr(transports));
    facts.server_transports.extend(transports.or_else(|| unread.then(|| member(cx, args[1], "transports"))));
    let interval = match option("pingInterval") {
        Some(interval) => Some(cx.framed(interval)),
        None if unread => Some(Framed { expr: member(cx, args[1], "pingInterval"), function: None }),
        None => None,
    };
    if let Some(Framed { expr: period, function }) = interval {
        let source = HeartbeatSource::Library(HeartbeatLibrary::SocketIo);
        facts.heartbeats.push(HeartbeatFact {
            span: period.span,
            source,
            period,
            unit: TimeUnit::Milliseconds,
            function,
        });
    }
    let mut before = option("allowRequest").map_or_else(Vec::new, |check| steps::of_value(cx, check));
    before.push(Step { span, kind: StepKind::Accept(None) });
    facts.routes.push(RouteFact {
        span,
        router: own.clone(),
        protocol: Protocol::SocketIo,
        methods: Vec::new(),
        path: Some(path),
        pattern: PatternSyntax::Prefix,
        handler: Some(HandlerFact { name: Arc::from(""), span, steps: before, before: Vec::new() }),
        function: function.clone(),
    });
    let policy = match option("cors").map(|cors| (cors, cx.initial(cors))) {
        Some((_, cors)) if cors.kind() == "object" => {
            let origins = cx.option(cors, "origin").map(|origin| cors::origin_option(cx, origin));
            let origins = origins.or_else(|| is_whole_object(cors).then(|| Expr::str(cx.span(cors), "*")));
            Some((cx.span(cors), origins, cx.option(cors, "credentials").map(|value| cx.expr(value))))
        }
        Some((cors, value)) if value.kind() == "true" => {
            Some((cx.span(cors), Some(Expr::str(cx.span(cors), "*")), None))
        }
        Some((cors, _)) => {
            let expr = cx.expr(cors);
            let part = |key: &str| Some(Expr::new(expr.span, ExprKind::Member(Box::new(expr.clone()), Arc::from(key))));
            Some((expr.span, part("origin"), part("credentials")))
        }
        None if unread => {
            let cors = member(cx, args[1], "cors");
            let part = |key: &str| Some(Expr::new(cors.span, ExprKind::Member(Box::new(cors.clone()), Arc::from(key))));
            Some((cors.span, part("origin"), part("credentials")))
        }
        // Options with a spread may hold it.
        None if options.is_some_and(|options| !is_whole_object(options)) => {
            let hole = || Some(Expr::hole(span, HoleReason::Unsupported));
            Some((span, hole(), hole()))
        }
        None => Some((span, None, None)),
    };
    if let Some((span, origins, credentials)) = policy {
        facts.policies.push(PolicyFact {
            span,
            target: own,
            library: OriginLibrary::SocketIoCors,
            origins,
            pattern: None,
            credentials,
            preflight: Preflight::default(),
            paths: None,
            function,
        });
    }
}

/// `io.of('/chat')`, and what makes namespaces of its own.
pub fn divided<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let span = cx.span(node);
    let mut named = |name: Option<Arc<str>>| facts.namespaces.push(NamespaceFact { span, name });
    if let Some(call) = MethodCall::of(cx, node)
        && call.method == "of"
        && let [name] = call.args.as_slice()
    {
        named(string_text(cx.initial(*name), cx.source).map(slashed));
    }
    let callee = node.child_by_field_name("function").and_then(|callee| cx.origin(callee));
    if callee.is_some_and(|origin| origin.module == "@socket.io/admin-ui") {
        named(None);
    }
}

/// A name of a namespace with its slash, which the library adds.
pub fn slashed(name: &str) -> Arc<str> {
    Arc::from(format!("/{}", name.trim_start_matches('/')))
}

/// A member of options that are not written in place: `isProd ? {} : { ... }` keeps its arms.
fn member<'t>(cx: &EcmaCx<'t>, options: Node<'t>, key: &str) -> Expr {
    let expr = cx.expr(options);
    let span = expr.span;
    match &expr.kind {
        ExprKind::Hole(_) => Expr::hole(span, HoleReason::Unsupported),
        _ => Expr::new(span, ExprKind::Member(Box::new(expr), Arc::from(key))),
    }
}

/// `io.attach(server)`, `io.use(...)` and `io.on('connection', ...)`.
pub fn handled<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    if !matches!(call.method, "attach" | "listen" | "use" | "on") {
        return;
    }
    let Some(server) = target(cx, call.receiver, facts) else { return };
    if server.value != Some(ServerValue::SocketIo) {
        return;
    }
    let ExprKind::Name(name) = &server.expr.kind else { return };
    let Some(last) = call.args.last().copied() else { return };
    match call.method {
        "attach" | "listen" => {
            // Options that are given here come in front of those of the server.
            if call.args.len() > 1 {
                let own = |policy: &&mut PolicyFact| {
                    policy.library == OriginLibrary::SocketIoCors
                        && matches!(&policy.target.kind, ExprKind::Name(known) if known == name)
                };
                for policy in facts.policies.iter_mut().filter(own) {
                    let hole = Expr::hole(call.head, HoleReason::Unsupported);
                    (policy.origins, policy.credentials) = (Some(hole.clone()), Some(hole));
                }
            }
            if let Some(parent) = target(cx, last, facts) {
                facts.mounts.push(MountFact {
                    span: call.head,
                    parent: parent.expr,
                    child: server.expr.clone(),
                    prefix: None,
                    style: MountStyle::Serves,
                    function: server.function.clone(),
                });
            }
        }
        _ => {
            if call.method == "on" && !call.args.first().is_some_and(|event| cx.text(*event).contains("connect")) {
                return;
            }
            let added = match cx.function(last) {
                Some(function) => steps::of(cx, function),
                None => vec![Step { span: cx.span(last), kind: StepKind::Calls(cx.expr(last)) }],
            };
            let route = facts.routes.iter_mut().find(|route| {
                route.protocol == Protocol::SocketIo
                    && matches!(&route.router.kind, ExprKind::Name(known) if known == name)
            });
            if let Some(handler) = route.and_then(|route| route.handler.as_mut()) {
                // Middleware of `use` runs before the namespace is joined, which is this protocol's accept.
                let at = match call.method {
                    "use" => handler.steps.iter().position(|step| matches!(step.kind, StepKind::Accept(_))),
                    _ => None,
                };
                let at = at.unwrap_or(handler.steps.len());
                handler.steps.splice(at..at, added);
            }
        }
    }
}
