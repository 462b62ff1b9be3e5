//! Gateways: classes that take sockets. They hang on the server of the application, or listen on a port of their own.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::{cors, socket_io, steps};
use super::decorators::{self, Decorator};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{is_whole_object, string_text};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HandlerFact, HeartbeatFact, HeartbeatLibrary, HeartbeatSource, HoleReason,
    ListenFact, NamespaceFact, OriginLibrary, PatternSyntax, PolicyFact, Preflight, Protocol, RouteFact, RouterFact,
    RouterKind, ServerProgram, Step, StepKind, TimeUnit,
};

/// `@WebSocketGateway()`, with a port, options, or both.
pub fn described<'t>(cx: &EcmaCx<'t>, class: Node<'t>, decorator: &Decorator<'t>, facts: &mut FileFacts) {
    let name = decorators::name(cx, class);
    let span = cx.span(decorator.node);
    let own = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    let args: Vec<Node<'t>> = decorator.args.iter().map(|argument| cx.initial(*argument)).collect();
    let options = args.iter().copied().find(|argument| argument.kind() == "object");
    // A first argument that is no options is a port; 0 is the application's own.
    let first = decorator.args.first().copied().zip(args.first().copied());
    let port = first.filter(|(_, value)| value.kind() != "object" && cx.text(*value) != "0");
    let port = port.filter(|(_, value)| value.kind() == "number" || args.len() > 1).map(|(port, _)| port);
    let unread = options.is_none() && args.iter().any(|argument| !matches!(argument.kind(), "number"));
    let option = |key: &str| options.and_then(|options| cx.option(options, key));
    facts.routers.push(RouterFact::new(
        span,
        name,
        None,
        Framework::NestGateway,
        if port.is_some() { RouterKind::App } else { RouterKind::Router },
    ));
    if let Some(port) = port {
        facts.listeners.push(ListenFact {
            span,
            app: Some(own.clone()),
            server: ServerProgram::NodeListen,
            host: None,
            port: Some(cx.expr(port)),
            tls: None,
            options: Vec::new(),
            function: None,
        });
    }
    if unread {
        facts.namespaces.push(NamespaceFact { span, name: None });
    } else if let Some(name) = option("namespace") {
        let name = string_text(cx.initial(name), cx.source).map(socket_io::slashed);
        facts.namespaces.push(NamespaceFact { span, name });
    }
    let hole = || Expr::hole(span, HoleReason::Unsupported);
    for protocol in spoken(cx) {
        let path = match option("path") {
            _ if unread => hole(),
            Some(path) => slashed(cx, path),
            None if protocol == Protocol::SocketIo => Expr::str(span, "/socket.io/"),
            None => Expr::str(span, "/"),
        };
        let check = if protocol == Protocol::SocketIo { "allowRequest" } else { "verifyClient" };
        let mut taken = option(check).map_or_else(Vec::new, |check| steps::of_value(cx, check));
        if unread {
            taken.push(Step { span, kind: StepKind::Calls(hole()) });
        }
        taken.push(Step { span, kind: StepKind::Accept(None) });
        // It runs when the handshake is over.
        let connected = decorators::methods(class)
            .into_iter()
            .map(|(method, _)| method)
            .find(|method| method.child_by_field_name("name").is_some_and(|name| cx.text(name) == "handleConnection"));
        taken.extend(connected.into_iter().flat_map(|method| steps::of(cx, method)));
        facts.routes.push(RouteFact {
            span,
            router: own.clone(),
            protocol,
            methods: Vec::new(),
            path: Some(path),
            pattern: if protocol == Protocol::SocketIo { PatternSyntax::Prefix } else { PatternSyntax::Exact },
            handler: Some(HandlerFact { name: Arc::from(""), span, steps: taken, before: Vec::new() }),
            function: None,
        });
    }
    if let Some(interval) = option("pingInterval") {
        let framed = cx.framed(interval);
        facts.heartbeats.push(HeartbeatFact {
            span: framed.expr.span,
            source: HeartbeatSource::Library(HeartbeatLibrary::SocketIo),
            period: framed.expr,
            unit: TimeUnit::Milliseconds,
            function: framed.function,
        });
    }
    facts.server_transports.extend(option("transports").map(|transports| cx.expr(transports)));
    if spoken(cx).contains(&Protocol::SocketIo) {
        policy(cx, option("cors"), own, unread.then(hole), facts);
    }
}

/// What a gateway speaks: its own imports say so, else the adapter of the application.
fn spoken<'t>(cx: &EcmaCx<'t>) -> Vec<Protocol> {
    if cx.imports_any(|module| *module == "socket.io") {
        vec![Protocol::SocketIo]
    } else if cx.imports_any(|module| *module == "ws") {
        vec![Protocol::WebSocket]
    } else {
        vec![Protocol::SocketIo, Protocol::WebSocket]
    }
}

/// A path with its slash in front, which the adapter adds.
fn slashed<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Expr {
    match string_text(node, cx.source) {
        Some(text) => Expr::str(cx.span(node), &format!("/{}", text.trim_start_matches('/'))),
        None => cx.expr(node),
    }
}

/// The `cors` option: what engine.io answers to polling. Without it no other origin is let in.
fn policy<'t>(cx: &EcmaCx<'t>, given: Option<Node<'t>>, own: Expr, unread: Option<Expr>, facts: &mut FileFacts) {
    let (span, origins, credentials) = match given.map(|cors| (cors, cx.initial(cors))) {
        Some((_, cors)) if cors.kind() == "object" => {
            let origins = cx.option(cors, "origin").map(|origin| cors::origin_option(cx, origin));
            let origins = origins.or_else(|| is_whole_object(cors).then(|| Expr::str(cx.span(cors), "*")));
            (cx.span(cors), origins, cx.option(cors, "credentials").map(|value| cx.expr(value)))
        }
        Some((cors, value)) if value.kind() == "true" => (cx.span(cors), Some(Expr::str(cx.span(cors), "*")), None),
        Some((cors, _)) => {
            let expr = cx.expr(cors);
            let part = |key: &str| Some(Expr::new(expr.span, ExprKind::Member(Box::new(expr.clone()), Arc::from(key))));
            (expr.span, part("origin"), part("credentials"))
        }
        None => match unread {
            Some(hole) => (hole.span, Some(hole.clone()), Some(hole)),
            None => (own.span, None, None),
        },
    };
    facts.policies.push(PolicyFact {
        span,
        target: own,
        library: OriginLibrary::SocketIoCors,
        origins,
        pattern: None,
        credentials,
        preflight: Preflight::default(),
        paths: None,
        function: None,
    });
}
