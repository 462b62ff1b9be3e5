//! The browser's WebSocket and wrappers with the same first argument.

use tree_sitter::Node;

use super::{ecma_runs, socket_errors};
use crate::facts::lang::ecma::node::{arguments, children, field_text};
use crate::facts::lang::ecma::{BindingKind, Builder, EcmaAdapter, EcmaCx, Needle, is_own_module};
use crate::facts::{
    ClientApi, ClientCall, Expr, ExprKind, FileFacts, HeartbeatFact, HeartbeatSource, HoleReason, RunsIn, TimeUnit,
};

/// WebSocket clients.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "WebSocket",
    needles: &[
        Needle::plain("WebSocket("),
        Needle::plain("useWebSocket<").without_first(3),
        Needle::plain("extends WebSocket").without_first(2),
        // The constructor by another name. No needle may begin before another one that it holds: a hit hides what it covers.
        Needle::plain("WebSocket;"),
        Needle::plain("WebSocket ||"),
        Needle::plain("WebSocket ??"),
        Needle::plain("reconnecting-websocket").without_first(2),
        Needle::plain("sturdy-websocket").without_first(2),
    ],
    also: &[],
    visit,
    whole: Some(socket_errors::note),
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

/// Packages whose default export is such a constructor.
const MODULES: &[&str] =
    &["reconnecting-websocket", "reconnectingwebsocket", "partysocket/ws", "sturdy-websocket", "pws"];

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let callee = match node.kind() {
        "new_expression" => node.child_by_field_name("constructor"),
        "call_expression" => node.child_by_field_name("function"),
        _ => return,
    };
    let Some(callee) = callee else { return };
    let is_client = match node.kind() {
        "new_expression" => is_constructor(cx, callee) && !is_own_class(cx, callee) || derived(cx, callee).is_some(),
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
    if !is_client {
        return;
    }
    let mut builder = Builder::open(cx);
    let url = match (derived(cx, callee), args.first()) {
        (Some(Derived::Calls(constructor, address)), _) => builder.inside(constructor, &args, address),
        (_, Some(first)) => match cx.function(*first) {
            Some(function) => builder.result(function),
            None => builder.expr(*first),
        },
        (_, None) => return,
    };
    let url = if node.kind() == "call_expression" { once_given(url) } else { url };
    let protocols = args.get(1).filter(|_| node.kind() == "new_expression").map(|protocols| builder.expr(*protocols));
    heartbeat_option(cx, node, &args, facts);
    facts.client_calls.push(ClientCall {
        protocols,
        function: builder.function(),
        closure: builder.closure(),
        runs: if is_node { RunsIn::Server } else { ecma_runs::at(cx, node) },
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::WebSocket, url)
    });
}

/// The address of a hook that waits while it is given null.
fn once_given(url: Expr) -> Expr {
    let ExprKind::Choice(arms) = &url.kind else { return url };
    let mut given = arms.iter().filter(|arm| !matches!(arm.value.kind, ExprKind::Null | ExprKind::Undefined));
    match (given.next(), given.next()) {
        (Some(only), None) => only.value.clone(),
        _ => url,
    }
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

/// A class of the file that extends a WebSocket.
#[derive(Clone, Copy)]
enum Derived<'t> {
    /// It has no constructor of its own.
    Plain,
    /// Its constructor, and the address that it gives to the one above.
    Calls(Node<'t>, Node<'t>),
}

/// Classes that extend one another.
const MAX_CLASSES: usize = 4;

/// What a class of the file makes of its arguments, when it is a WebSocket.
fn derived<'t>(cx: &EcmaCx<'t>, callee: Node<'t>) -> Option<Derived<'t>> {
    let mut callee = callee;
    for _ in 0..MAX_CLASSES {
        let (_, binding) = cx.binding_of(callee).filter(|_| callee.kind() == "identifier")?;
        let BindingKind::Class(class) = binding.kind else { return None };
        let base = children(class)
            .filter(|child| child.kind() == "class_heritage")
            .flat_map(children)
            .filter(|clause| clause.kind() == "extends_clause")
            .find_map(|clause| clause.child_by_field_name("value"))?;
        let is_constructor = |member: &Node<'t>| {
            member.kind() == "method_definition" && field_text(*member, "name", cx.source) == Some("constructor")
        };
        match children(class.child_by_field_name("body")?).find(is_constructor) {
            Some(constructor) => {
                let address = above(cx, constructor)?;
                return is_constructor_of(cx, base).then_some(Derived::Calls(constructor, address));
            }
            None if is_constructor_of(cx, base) => return Some(Derived::Plain),
            None => callee = base,
        }
    }
    None
}

fn is_constructor_of<'t>(cx: &EcmaCx<'t>, base: Node<'t>) -> bool {
    is_constructor(cx, base) && !is_own_class(cx, base)
}

/// The first argument of `super(...)`.
fn above<'t>(cx: &EcmaCx<'t>, constructor: Node<'t>) -> Option<Node<'t>> {
    let statements = children(constructor.child_by_field_name("body")?);
    let calls = statements.filter(|statement| statement.kind() == "expression_statement").flat_map(children);
    calls
        .filter(|call| call.kind() == "call_expression")
        .find(|call| call.child_by_field_name("function").is_some_and(|callee| cx.text(callee) == "super"))
        .and_then(|call| arguments(call).first().copied())
}

/// A known constructor, or one that is handed around under its own name (`new this.settings.WebSocket(url)`).
fn is_constructor<'t>(cx: &EcmaCx<'t>, callee: Node<'t>) -> bool {
    let text = cx.text(callee);
    let is_platform = || matches!(cx.platform(callee).as_deref(), Some("WebSocket" | "MozWebSocket"));
    let is_imported = || {
        cx.origin(callee).is_some_and(|origin| {
            MODULES.contains(&origin.module) && matches!(origin.members(), [] | ["WebSocket" | "ReconnectingWebSocket"])
        })
    };
    CONSTRUCTORS.contains(&text)
        || is_platform()
        || is_imported()
        || (callee.kind() == "member_expression" && text.ends_with(".WebSocket"))
}

/// Whether this repository defines the class: then what it does with its arguments is in its own code.
fn is_own_class<'t>(cx: &EcmaCx<'t>, callee: Node<'t>) -> bool {
    match cx.origin(callee) {
        Some(origin) => is_own_module(origin.module),
        None => cx.binding_of(callee).is_some_and(|(_, binding)| matches!(binding.kind, BindingKind::Class(_))),
    }
}
