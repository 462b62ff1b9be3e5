//! The `ws` library: WebSocket servers with their path, their checks and their handlers.

use std::sync::Arc;

use tree_sitter::Node;

use super::value::{MethodCall, Secure, ServerValue, created as created_value, name_of, surrounding, target};
use super::{branches, steps};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children};
use crate::facts::{
    Expr, ExprKind, Field, FileFacts, Framework, HandlerFact, HeartbeatFact, HeartbeatSource, HoleReason, ListenFact,
    MountFact, MountStyle, PatternSyntax, Protocol, RouteFact, RouterFact, RouterKind, ServerProgram, Step, StepKind,
    TimeUnit,
};

/// `new WebSocketServer({ ... })`.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    with_options(cx, node, arguments(node).first().copied(), facts);
}

/// A server of `ws` that `node` makes with these options.
pub fn with_options<'t>(cx: &EcmaCx<'t>, node: Node<'t>, options: Option<Node<'t>>, facts: &mut FileFacts) {
    let span = cx.span(node);
    let name = name_of(cx, node);
    let function = surrounding(cx, node);
    let own = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    let options = options.map(|options| cx.initial(options));
    let known = options.is_some_and(|options| options.kind() == "object");
    let option = |key: &str| options.filter(|_| known).and_then(|options| cx.option(options, key));
    let port = option("port");
    let server = option("server");
    // Told of both, it listens by itself, or refuses to start.
    let beside = server.filter(|_| port.is_some()).map(|server| {
        let secure = target(cx, server, facts).and_then(|server| server.value);
        let is_tls = matches!(secure, Some(ServerValue::HttpServer { secure: Secure::Tls }));
        let value = Expr::new(cx.span(server), ExprKind::Bool(is_tls));
        Field { key: Arc::from("beside_server"), key_span: value.span, value }
    });
    let server = server.filter(|_| port.is_none());
    facts.routers.push(RouterFact::new(
        span,
        name,
        function.clone(),
        Framework::Ws,
        if port.is_some() { RouterKind::App } else { RouterKind::Router },
    ));
    if let Some(server) = server.and_then(|server| target(cx, server, facts)) {
        facts.mounts.push(MountFact {
            span,
            parent: server.expr,
            child: own.clone(),
            prefix: None,
            style: MountStyle::Serves,
            function: function.clone(),
        });
    }
    if let Some(port) = port {
        facts.listeners.push(ListenFact {
            span,
            app: Some(own.clone()),
            server: ServerProgram::WsPort,
            host: option("host").map(|host| cx.expr(host)),
            port: Some(cx.expr(port)),
            tls: None,
            options: beside.into_iter().collect(),
            function: function.clone(),
        });
    }
    let path = match (known, option("path")) {
        (true, path) => path.map(|path| cx.expr(path)),
        // Options that are not written here may hold a path.
        (false, _) => options.map(|options| Expr::hole(cx.span(options), HoleReason::Unsupported)),
    };
    let mut before = option("verifyClient").map_or_else(Vec::new, |check| steps::of_value(cx, check));
    before.push(Step { span, kind: StepKind::Accept(None) });
    facts.routes.push(RouteFact {
        span,
        router: own,
        protocol: Protocol::WebSocket,
        methods: Vec::new(),
        path,
        pattern: PatternSyntax::Exact,
        handler: Some(HandlerFact { name: Arc::from(""), span, steps: before, before: Vec::new() }),
        function,
    });
}

/// `server.on('upgrade', ...)` and `wss.on('connection', ...)`.
pub fn handled<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    if !matches!(call.method, "on" | "addListener" | "once") {
        return;
    }
    let [event, handler] = call.args.as_slice() else { return };
    match cx.text(*event).trim_matches(['"', '\'', '`']) {
        "upgrade" => upgraded(cx, call, *handler, facts),
        "connection" => connected(cx, call, *handler, facts),
        _ => {}
    }
}

/// A call of a library with the server (`useServer(options, wss)`, `applyWSSHandler({ wss })`): it may send pings of its own.
pub fn handed_over<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let Some(callee) = node.child_by_field_name("function") else { return };
    let is_server = |node: Node<'t>| {
        matches!(node.kind(), "identifier" | "shorthand_property_identifier")
            && created_value(cx, cx.initial(node)) == Some(ServerValue::WebSocketServer)
    };
    let holds = |argument: &Node<'t>| match argument.kind() {
        "object" => children(*argument).any(|field| is_server(field.child_by_field_name("value").unwrap_or(field))),
        _ => is_server(*argument),
    };
    let external = |module: &str| !module.starts_with(['.', '@', '~', '#']) || module.starts_with("@trpc/");
    if cx.origin(callee).is_some_and(|origin| external(origin.module)) && arguments(node).iter().any(holds) {
        let here = cx.span(node);
        facts.heartbeats.push(HeartbeatFact {
            span: here,
            source: HeartbeatSource::Timer,
            period: Expr::hole(here, HoleReason::Unsupported),
            unit: TimeUnit::Milliseconds,
            function: None,
        });
    }
}

fn route_of<'a>(facts: &'a mut FileFacts, name: &str) -> Option<&'a mut RouteFact> {
    facts.routes.iter_mut().find(|route| {
        route.protocol == Protocol::WebSocket && matches!(&route.router.kind, ExprKind::Name(known) if &**known == name)
    })
}

/// The connection handler runs after the handshake was accepted.
fn connected<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, handler: Node<'t>, facts: &mut FileFacts) {
    let Some(server) = target(cx, call.receiver, facts) else { return };
    if server.value != Some(ServerValue::WebSocketServer) {
        return;
    }
    let ExprKind::Name(name) = &server.expr.kind else { return };
    let after = match cx.function(handler) {
        Some(function) => steps::of(cx, function),
        None => vec![Step { span: cx.span(handler), kind: StepKind::Calls(cx.expr(handler)) }],
    };
    if let Some(handler) = route_of(facts, name).and_then(|route| route.handler.as_mut()) {
        handler.steps.extend(after);
    }
}

/// An upgrade handler hands some requests to a WebSocket server, after looking at path and headers.
fn upgraded<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, handler: Node<'t>, facts: &mut FileFacts) {
    let (Some(server), Some(function)) = (target(cx, call.receiver, facts), cx.function(handler)) else { return };
    let mut compared = Vec::new();
    let mut receivers = Vec::new();
    let mut stack = vec![function];
    while let Some(node) = stack.pop() {
        if let Some(call) = MethodCall::of(cx, node)
            && call.method == "handleUpgrade"
        {
            receivers.push((call.receiver, branches::reaching(cx, node, function)));
        }
        if node.kind() == "binary_expression"
            && let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
            && let Some(path) = [left, right]
                .into_iter()
                .find(|side| cx.text(*side).starts_with(['\'', '"']) && cx.text(*side).contains('/'))
        {
            compared.push(path);
        }
        stack.extend(children(node));
    }
    let checks = steps::of(cx, function).into_iter().filter(|step| !matches!(step.kind, StepKind::Close(_)));
    let checks: Vec<Step> = checks.collect();
    let span = call.head;
    for (receiver, reached) in &receivers {
        let Some(child) = target(cx, *receiver, facts) else { continue };
        let path = match (compared.as_slice(), receivers.len()) {
            _ if !reached.is_empty() => reached.first().map(|first| cx.expr(first.path)),
            ([one], 1) => Some(cx.expr(*one)),
            ([], 1) if !cx.text(function).contains("pathname") && !cx.text(function).contains(".url") => None,
            _ => Some(Expr::hole(span, HoleReason::Unsupported)),
        };
        let own = match &child.expr.kind {
            ExprKind::Name(name) => route_of(facts, &Arc::clone(name)),
            _ => None,
        };
        // Of a server that another file creates, the path is said where it gets its requests.
        let mut prefix = None;
        match own {
            Some(route) => {
                if route.path.is_none() {
                    route.path = path;
                }
                if let Some(handler) = &mut route.handler {
                    handler.steps.splice(0..0, checks.iter().cloned());
                }
                if let Some(first) = reached.first() {
                    route.pattern = first.pattern;
                }
                let others = reached.iter().skip(1);
                let others: Vec<RouteFact> = others
                    .map(|other| RouteFact { path: Some(cx.expr(other.path)), pattern: other.pattern, ..route.clone() })
                    .collect();
                facts.routes.extend(others);
            }
            None => {
                prefix = path;
                if checks.iter().any(|step| !matches!(step.kind, StepKind::Accept(_))) {
                    let target = child.expr.clone();
                    facts.policies.push(crate::facts::PolicyFact::own_check(span, target, server.function.clone()));
                }
            }
        }
        // Each of several paths leads there by itself.
        let others = reached.iter().skip(1).filter(|_| prefix.is_some()).map(|other| Some(cx.expr(other.path)));
        for prefix in std::iter::once(prefix.clone()).chain(others) {
            facts.mounts.push(MountFact {
                span,
                parent: server.expr.clone(),
                child: child.expr.clone(),
                prefix,
                style: MountStyle::Serves,
                function: server.function.clone(),
            });
        }
    }
}
