//! Node's `http` and `https` servers, and `listen`.

use std::sync::Arc;

use tree_sitter::Node;

use super::branches;
use super::value::{MethodCall, Secure, ServerValue, Target, created as created_value, name_of, surrounding, target};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HoleReason, ListenFact, MountFact, MountStyle, PatternSyntax, Protocol,
    RouteFact, RouterFact, RouterKind, ServerProgram,
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
    // `app.callback()` of Koa
    let child = match MethodCall::of(cx, strip(child)) {
        Some(call) if call.method == "callback" => call.receiver,
        _ => child,
    };
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
        None => match cx.function(child) {
            Some(handler) => answered(cx, handler, &own, function.as_ref(), facts),
            // What a function of the repository gives: the model finds out what it is.
            None => facts.mounts.push(MountFact {
                span,
                parent: own,
                child: cx.expr(child),
                prefix: None,
                style: MountStyle::Serves,
                function,
            }),
        },
    }
}

/// A function answers every request itself: those whose path it compares, and all others in ways that are not read when it
/// looks at their addresses or hands them on.
fn answered<'t>(cx: &EcmaCx<'t>, handler: Node<'t>, own: &Expr, function: Option<&Arc<str>>, facts: &mut FileFacts) {
    let text = cx.text(handler);
    let route = |span, methods, path, pattern| RouteFact {
        span,
        router: own.clone(),
        protocol: Protocol::Http,
        methods,
        path,
        pattern,
        handler: None,
        function: function.cloned(),
    };
    let mut is_whole = branches::are_all_compared(cx, handler) && text.contains("404") && !hands_on(cx, handler);
    for (compared, condition) in branches::compared(cx, handler) {
        let Some(around) = asked_around(cx, condition, handler) else {
            is_whole = false;
            continue;
        };
        let asked = format!("{} {around}", cx.text(condition));
        let methods = METHODS
            .iter()
            .filter(|method| ['\'', '"', '`'].iter().any(|quote| asked.contains(&format!("{quote}{method}{quote}"))));
        let methods: Vec<Arc<str>> = methods.map(|method| Arc::from(*method)).collect();
        // What follows may tell methods apart by itself.
        if methods.is_empty() && cx.parent(condition).is_some_and(|around| tells_methods_apart(cx, around)) {
            is_whole = false;
            continue;
        }
        let path = Some(cx.expr(compared.path));
        facts.routes.push(route(cx.span(compared.path), methods, path, compared.pattern));
    }
    // Every comparison is read, and what none of them takes gets 404.
    if is_whole {
        return;
    }
    let is_told_apart = ["url", "Url", "path", "URL"].iter().any(|word| text.contains(word)) || hands_on(cx, handler);
    let rest = is_told_apart.then(|| Expr::hole(cx.span(handler), HoleReason::Unsupported));
    facts.routes.push(route(cx.span(handler), Vec::new(), rest, PatternSyntax::Prefix));
}

/// What the conditions around a comparison ask of the method; none where what they ask is not known.
fn asked_around<'t>(cx: &EcmaCx<'t>, condition: Node<'t>, handler: Node<'t>) -> Option<String> {
    let mut asked = String::new();
    let mut inner = condition;
    while let Some(around) = cx.parent(inner).filter(|_| inner.id() != handler.id()) {
        let own = match around.kind() {
            "if_statement" => around.child_by_field_name("condition"),
            "switch_case" => cx.parent(around).and_then(|body| cx.parent(body)?.child_by_field_name("value")),
            _ => None,
        };
        let text =
            own.filter(|own| own.id() != inner.id() && own.id() != condition.id()).map_or("", |own| cx.text(own));
        if text.contains("method") {
            let is_inside = around.child_by_field_name("consequence").is_some_and(|inside| inside.id() == inner.id());
            match around.kind() {
                "switch_case" => asked.push_str(around.child_by_field_name("value").map_or("", |value| cx.text(value))),
                _ if is_inside && !text.contains("!=") => asked.push_str(text),
                // What follows a test of method and path together is for other paths, or for other methods.
                _ if !is_inside && text.contains("&&") && !text.contains("!=") => {}
                _ => return None,
            }
        }
        inner = around;
    }
    Some(asked)
}

/// Bytes of a branch that are looked at: branches are inside of branches.
const MOST_OF_BRANCH: usize = 4_000;

/// Whether the branch of a condition asks for the method, or is too long to tell.
fn tells_methods_apart(cx: &EcmaCx<'_>, branch: Node<'_>) -> bool {
    let text = cx.text(branch.child_by_field_name("consequence").unwrap_or(branch));
    let asks = |text: &str| memchr::memmem::find(text.as_bytes(), b".method").is_some();
    text.len() > MOST_OF_BRANCH || asks(text)
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Whether a handler gives its request to another function.
fn hands_on<'t>(cx: &EcmaCx<'t>, handler: Node<'t>) -> bool {
    let request = handler.child_by_field_name("parameters").and_then(|list| list.named_child(0));
    let Some(request) = request.map(|first| first.child_by_field_name("pattern").unwrap_or(first)) else {
        return false;
    };
    let name = cx.text(request);
    let mut stack = vec![handler];
    while let Some(node) = stack.pop() {
        if node.kind() == "call_expression" && arguments(node).iter().any(|argument| cx.text(*argument) == name) {
            return true;
        }
        stack.extend(children(node));
    }
    false
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
        Some(ServerValue::ExpressApp | ServerValue::KoaApp | ServerValue::SocketIo) => Secure::Plain,
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
