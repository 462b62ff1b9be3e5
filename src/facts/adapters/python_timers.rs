//! Timers that may write to a socket, and settings of libraries that send pings.

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{Args, At, PythonAdapter, PythonCx, span};
use crate::facts::{Expr, FileFacts, HeartbeatFact, HeartbeatLibrary, HeartbeatSource, HoleReason, TimeUnit};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "timers",
    needles: &["asyncio.sleep(", "PeriodicCallback(", "SOCK_SERVER_OPTIONS", "simple_websocket"],
    marks: &[
        "sleep",
        "wait_for",
        "PeriodicCallback",
        "call_later",
        "ping(",
        "WebSocketResponse",
        "tornado",
        "socketio",
        "websockets",
        "simple_websocket",
    ],
    kept: &[],
    visit,
    whole: Some(whole),
};

/// Parts of the text of a function that writes to a socket.
const WRITES: &[&str] = &[
    "send",
    "ping",
    "emit(",
    "broadcast",
    "publish",
    "write_message",
    "heartbeat",
    "notify",
    "keepalive",
    "keep_alive",
];

/// Levels above a call among which its loop is looked for.
const MAX_LEVELS: usize = 40;

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() != "call" {
        return;
    }
    let args = cx.args(site.node);
    let at = cx.at(site);
    if let Some((library, keyword)) = setting(cx, site.node) {
        if let Some(period) = cx.option(&args, keyword, &at) {
            push(cx, site, HeartbeatSource::Library(library), period, TimeUnit::Seconds, facts);
        }
        return;
    }
    timer(cx, site, &args, &at, facts);
}

/// The library that a call sets up, and the argument that is its ping interval.
fn setting<'t>(cx: &PythonCx<'t>, call: Node<'t>) -> Option<(HeartbeatLibrary, &'static str)> {
    Some(match cx.constructor(call)?.as_str() {
        "aiohttp.web.WebSocketResponse" => (HeartbeatLibrary::Aiohttp, "heartbeat"),
        "tornado.web.Application" => (HeartbeatLibrary::Tornado, "websocket_ping_interval"),
        "socketio.AsyncServer" | "socketio.Server" | "flask_socketio.SocketIO" => {
            (HeartbeatLibrary::SocketIo, "ping_interval")
        }
        made if made.starts_with("websockets.") && made.ends_with(".serve") => {
            (HeartbeatLibrary::PythonWebsockets, "ping_interval")
        }
        made if made.starts_with("simple_websocket.") => (HeartbeatLibrary::SimpleWebsocket, "ping_interval"),
        _ => return None,
    })
}

fn timer<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>, at: &At<'t>, facts: &mut FileFacts) {
    let Some(function) = site.node.child_by_field_name("function") else { return };
    let called = cx.text(function);
    let name = called.rsplit('.').next().unwrap_or(called);
    if !matches!(name, "sleep" | "wait_for" | "PeriodicCallback" | "call_later" | "ping") {
        return;
    }
    let around = surroundings(cx, site.node);
    let writes = |node: Node<'t>| {
        let text = cx.text(node).to_ascii_lowercase();
        WRITES.iter().any(|part| text.contains(part))
    };
    let (period, unit) = match name {
        "sleep" if around.looped && writes(around.function) => (args.positional.first(), TimeUnit::Seconds),
        "wait_for" if around.looped && writes(around.function) => {
            let timeout = args.get(1, "timeout");
            return push(cx, site, HeartbeatSource::Timer, value(cx, site, timeout, at), TimeUnit::Seconds, facts);
        }
        "PeriodicCallback" => (args.positional.get(1), TimeUnit::Milliseconds),
        "call_later" if writes(around.function) => (args.positional.first(), TimeUnit::Seconds),
        "ping" if is_socket(cx, function) && !around.looped => (None, TimeUnit::Seconds),
        _ => return,
    };
    push(cx, site, HeartbeatSource::Timer, value(cx, site, period.copied(), at), unit, facts);
}

/// Whether `ping` is called on what is a socket by its name: databases and caches are asked the same.
fn is_socket<'t>(cx: &PythonCx<'t>, function: Node<'t>) -> bool {
    let object = function.child_by_field_name("object").map_or("", |object| cx.text(object)).to_ascii_lowercase();
    ["ws", "sock", "self", "conn", "peer"].iter().any(|part| object.contains(part))
}

fn value<'t>(cx: &PythonCx<'t>, site: &Site<'t>, node: Option<Node<'t>>, at: &At<'t>) -> Expr {
    node.map_or_else(|| Expr::hole(span(site.node), HoleReason::Unsupported), |node| cx.expr(node, at))
}

fn push<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    source: HeartbeatSource,
    period: Expr,
    unit: TimeUnit,
    facts: &mut FileFacts,
) {
    let function = cx.around(site.scope);
    facts.heartbeats.push(HeartbeatFact { span: span(site.node), source, period, unit, function });
}

/// What is around a call.
struct Surroundings<'t> {
    /// The function, or the whole file.
    function: Node<'t>,
    /// Whether a loop is between the call and the function.
    looped: bool,
}

fn surroundings<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> Surroundings<'t> {
    let mut found = Surroundings { function: node, looped: false };
    for _ in 0..MAX_LEVELS {
        let Some(parent) = cx.parent(found.function) else { break };
        found.function = parent;
        match parent.kind() {
            "while_statement" | "for_statement" => found.looped = true,
            "function_definition" => break,
            _ => {}
        }
    }
    found
}

/// `app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25}` of flask-sock, however the options are set.
fn whole<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    let text = cx.outline.text;
    if !text.contains("SOCK_SERVER_OPTIONS") || !text.contains("ping_interval") {
        return;
    }
    let Some(module) = cx.outline.scopes.first() else { return };
    let at = At::end_of(crate::facts::lang::python::scope::ScopeId(0));
    let mut open = vec![module.node];
    while let Some(node) = open.pop() {
        let parts = (node.child_by_field_name("key"), node.child_by_field_name("value"));
        if let ("pair", (Some(key), Some(value))) = (node.kind(), parts)
            && cx.text(key).contains("ping_interval")
        {
            facts.heartbeats.push(HeartbeatFact {
                span: span(node),
                source: HeartbeatSource::Library(HeartbeatLibrary::SimpleWebsocket),
                period: cx.expr(value, &at),
                unit: TimeUnit::Seconds,
                function: None,
            });
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
}
