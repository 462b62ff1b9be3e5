//! The browser's WebSocket and wrappers with the same first argument.

use tree_sitter::Node;

use super::ecma_runs;
use crate::facts::lang::ecma::node::arguments;
use crate::facts::lang::ecma::{BindingKind, Builder, EcmaAdapter, EcmaCx, Needle, is_own_module};
use crate::facts::{
    ClientApi, ClientCall, Expr, FileFacts, HeartbeatFact, HeartbeatSource, HoleReason, RunsIn, TimeUnit,
};

/// WebSocket clients.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "WebSocket",
    needles: &[Needle::plain("WebSocket("), Needle::plain("useWebSocket<").without_first(3)],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

/// Constructors that take the address first, as the browser's own does.
const CONSTRUCTORS: &[&str] = &[
    "WebSocket",
    "window.WebSocket",
    "globalThis.WebSocket",
    "self.WebSocket",
    "ReconnectingWebSocket",
    "RobustWebSocket",
];

fn visit(cx: &EcmaCx<'_>, node: Node<'_>, facts: &mut FileFacts) {
    let callee = match node.kind() {
        "new_expression" => node.child_by_field_name("constructor"),
        "call_expression" => node.child_by_field_name("function"),
        _ => return,
    };
    let Some(callee) = callee else { return };
    let is_client = match node.kind() {
        "new_expression" => is_constructor(cx, callee) && !is_own_class(cx, callee),
        _ => {
            cx.text(callee) == "useWebSocket"
                && cx.origin(callee).map_or(cx.is_global(callee), |origin| {
                    matches!(
                        origin.module,
                        "react-use-websocket" | "@vueuse/core" | "partysocket/react" | "partysocket/use-ws"
                    ) || origin.module.starts_with("react-use-websocket/")
                })
        }
    };
    // Node's `ws` client runs on a server.
    let is_node = cx.origin(callee).is_some_and(|origin| origin.module == "ws");
    let args = arguments(node);
    let Some(first) = args.first().filter(|_| is_client) else { return };
    let mut builder = Builder::open(cx);
    let url = match cx.function(*first) {
        Some(function) => builder.result(function),
        None => builder.expr(*first),
    };
    let protocols = args.get(1).filter(|_| node.kind() == "new_expression").map(|protocols| builder.expr(*protocols));
    heartbeat_option(cx, node, &args, facts);
    facts.client_calls.push(ClientCall {
        protocols,
        function: builder.function(),
        runs: if is_node { RunsIn::Server } else { ecma_runs::at(cx, node) },
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::WebSocket, url)
    });
}

/// The heartbeat that `useWebSocket(url, { heartbeat: { interval } })` sends. Options that are not written here may hold
/// one.
fn heartbeat_option<'t>(cx: &EcmaCx<'t>, node: Node<'t>, args: &[Node<'t>], facts: &mut FileFacts) {
    let Some(options) = args.get(1).filter(|_| node.kind() == "call_expression").map(|options| cx.initial(*options))
    else {
        return;
    };
    let unknown = |node: Node<'t>| Expr::hole(cx.span(node), HoleReason::Unsupported);
    let period = match cx.option(options, "heartbeat") {
        Some(heartbeat) if cx.text(heartbeat) == "false" => return,
        Some(heartbeat) => match cx.option(heartbeat, "interval") {
            Some(interval) => cx.expr(interval),
            None => unknown(heartbeat),
        },
        None if options.kind() == "object" => return,
        None => unknown(options),
    };
    facts.heartbeats.push(HeartbeatFact {
        span: period.span,
        source: HeartbeatSource::Timer,
        period,
        unit: TimeUnit::Milliseconds,
        function: None,
    });
}

/// A known constructor, or one that is handed around under its own name (`new this.settings.WebSocket(url)`).
fn is_constructor(cx: &EcmaCx<'_>, callee: Node<'_>) -> bool {
    let text = cx.text(callee);
    CONSTRUCTORS.contains(&text) || (callee.kind() == "member_expression" && text.ends_with(".WebSocket"))
}

/// Whether this repository defines the class: then what it does with its arguments is in its own code.
fn is_own_class<'t>(cx: &EcmaCx<'t>, callee: Node<'t>) -> bool {
    match cx.origin(callee) {
        Some(origin) => is_own_module(origin.module),
        None => cx.binding_of(callee).is_some_and(|(_, binding)| matches!(binding.kind, BindingKind::Class(_))),
    }
}
