//! Node's `http` and `https` servers, and `listen`.

use std::sync::Arc;

use tree_sitter::Node;

use super::value::{MethodCall, Secure, ServerValue, Target, created as created_value, name_of, surrounding, target};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, strip};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, ListenFact, MountFact, MountStyle, PatternSyntax, Protocol, RouteFact,
    RouterFact, RouterKind, ServerProgram,
};

/// `http.createServer(app)`, or `app.listen(...)` whose result has a name.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let name = name_of(cx, node);
    let listens = is_listen(cx, node);
    if listens && name.is_empty() {
        return;
    }
    let function = surrounding(cx, node);
    let span = cx.span(node);
    let own = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    facts.routers.push(RouterFact::new(span, name, function.clone(), Framework::NodeHttp, RouterKind::App));
    let child = if listens {
        node.child_by_field_name("function").and_then(|callee| strip(callee).child_by_field_name("object"))
    } else {
        arguments(node).into_iter().rfind(|argument| !matches!(argument.kind(), "object"))
    };
    let Some(child) = child else { return };
    let served = target(cx, child, facts).filter(|served| served.value.is_some() || !cx.is_callback(child));
    match served {
        Some(Target { expr, .. }) => {
            facts.mounts.push(MountFact {
                span,
                parent: own,
                child: expr,
                prefix: None,
                style: MountStyle::Serves,
                function,
            });
        }
        // A function answers every request itself.
        None => facts.routes.push(RouteFact {
            span: cx.span(child),
            router: own,
            protocol: Protocol::Http,
            methods: Vec::new(),
            path: None,
            pattern: PatternSyntax::Prefix,
            handler: None,
            function,
        }),
    }
}

fn is_listen<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    MethodCall::of(cx, node).is_some_and(|call| call.method == "listen")
}

/// `server.listen(port, host)`.
pub fn listened<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    if call.method != "listen" {
        return;
    }
    let Some(receiver) = target(cx, call.receiver, facts) else { return };
    let secure = match receiver.value {
        Some(
            ServerValue::HttpServer { secure } | ServerValue::NestApp { secure } | ServerValue::FastifyApp { secure },
        ) => secure,
        Some(ServerValue::ExpressApp | ServerValue::SocketIo) => Secure::Plain,
        // An imported application or server: `listen` with a port is what such values have.
        None if matches!(receiver.expr.kind, ExprKind::Name(_)) && listens_on_port(cx, call) => Secure::Plain,
        _ => return,
    };
    let receiver_value = receiver.value;
    let name = name_of(cx, call.node);
    let app = if name.is_empty() || created_value(cx, call.node).is_none() {
        receiver.expr
    } else {
        Expr::new(receiver.expr.span, ExprKind::Name(name))
    };
    let first = call.args.first().copied();
    let options = first.map(|argument| cx.initial(argument)).filter(|argument| argument.kind() == "object");
    let (port, host) = match options {
        Some(options) => (cx.option(options, "port"), cx.option(options, "host")),
        None => (
            first,
            call.args.get(1).copied().filter(|argument| !cx.is_callback(*argument) && argument.kind() != "number"),
        ),
    };
    facts.listeners.push(ListenFact {
        span: cx.span(call.node.child_by_field_name("function").unwrap_or(call.node)).cover(call.head),
        app: Some(app),
        server: ServerProgram::NodeListen,
        host: match (host, receiver_value) {
            // Fastify alone keeps to the machine when it is told no host.
            (None, Some(ServerValue::FastifyApp { .. })) => Some(Expr::str(call.head, "localhost")),
            (host, _) => host.map(|host| cx.expr(host)),
        },
        port: port.filter(|port| !cx.is_callback(*port)).map(|port| cx.expr(port)),
        tls: (secure == Secure::Tls).then(|| Expr::new(cx.span(call.node), ExprKind::Bool(true))),
        options: Vec::new(),
        function: surrounding(cx, call.node),
    });
}

/// Whether the arguments look like a port: tells a server's `listen` from that of an event emitter.
fn listens_on_port<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>) -> bool {
    call.args.first().is_some_and(|argument| {
        let text = cx.text(*argument);
        argument.kind() == "number" || text.to_ascii_lowercase().contains("port")
    })
}
