//! Timers that may write to a socket.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use tree_sitter::Node;

use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};
use crate::facts::{Expr, FileFacts, HeartbeatFact, HeartbeatSource, HoleReason, TimeUnit};

/// `setInterval` and the like, and pings.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "timers",
    needles: &[
        Needle::plain("setInterval(").without_first(2).only_beside(writes_somewhere),
        Needle::plain("setTimeout(").without_first(2).only_beside(writes_somewhere),
        Needle::plain(".ping("),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

/// Functions that are followed from a timer's callback.
const MAX_LEVELS: u32 = 3;
/// Nodes of a callback that are looked at.
const MAX_NODES: usize = 2_000;

/// Parts of names of functions that write to a socket.
const WRITES: &[&str] = &["send", "ping", "emit", "broadcast", "publish", "beat", "alive", "notify", "push", "write"];

fn writes(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    WRITES.iter().any(|part| lower.contains(part))
}

static WRITING: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [".send(", ".ping(", ".emit(", "event-stream", "heartbeat", "keepalive", "keep-alive", "broadcast"];
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

/// Whether a file with a timer writes to something: most timers are about the view.
fn writes_somewhere(bytes: &[u8]) -> bool {
    WRITING.as_ref().is_none_or(|words| words.is_match(bytes))
}

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() != "call_expression" {
        return;
    }
    let Some(callee) = node.child_by_field_name("function").map(strip) else { return };
    let text = cx.text(callee);
    let name = text.rsplit('.').next().unwrap_or(text);
    let args = arguments(node);
    let period = match name {
        "setInterval" | "useInterval" if args.first().is_some_and(|callback| may_write(cx, *callback)) => args.get(1),
        // A time-out is a timer when what it calls sets it again.
        "setTimeout" if args.first().is_some_and(|callback| comes_back(cx, node, *callback)) => args.get(1),
        "ping" if callee.kind() == "member_expression" && !stands_in_a_timer(facts, cx, node) => None,
        _ => return,
    };
    let here = cx.span(node);
    let hole = || (Expr::hole(here, HoleReason::Unsupported), None);
    let (period, function) = period.map_or_else(hole, |period| {
        let framed = cx.framed(*period);
        (framed.expr, framed.function)
    });
    facts.heartbeats.push(HeartbeatFact {
        span: here,
        source: HeartbeatSource::Timer,
        period,
        unit: TimeUnit::Milliseconds,
        function,
    });
}

/// Whether a call is in a timer that was noted, whose period then speaks for it.
fn stands_in_a_timer<'t>(facts: &FileFacts, cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let here = cx.span(node);
    facts.heartbeats.iter().any(|beat| beat.span.start <= here.start && here.end <= beat.span.end)
}

/// Whether a callback writes to something, as far as names say: its own calls, and those of the file's functions that
/// it calls. A function of another file may, in a file that speaks of sockets.
fn may_write<'t>(cx: &EcmaCx<'t>, callback: Node<'t>) -> bool {
    let mut open = vec![(callback, 0)];
    let mut seen = 0;
    while let Some((node, level)) = open.pop() {
        seen += 1;
        if seen > MAX_NODES {
            return true;
        }
        let callee = match node.kind() {
            "call_expression" => node.child_by_field_name("function").map(strip),
            // `setInterval(heartbeat, 30_000)`, `setInterval(this.beat, 30_000)`
            "identifier" | "member_expression" if node.id() == callback.id() => Some(node),
            _ => None,
        };
        if let Some(callee) = callee {
            let text = cx.text(callee);
            if writes(text.rsplit('.').next().unwrap_or(text)) {
                return true;
            }
            let method = callee.child_by_field_name("object").filter(|object| object.kind() == "this").and_then(|_| {
                let name = callee.child_by_field_name("property")?;
                cx.method_of_this(callee, cx.text(name))
            });
            match cx.function(callee).or(method) {
                Some(function) if level < MAX_LEVELS => open.push((function, level + 1)),
                Some(_) => return true,
                None => {
                    let own = cx.origin(callee).is_some_and(|origin| origin.module.starts_with(['.', '@', '~', '#']));
                    if own && cx.source.to_ascii_lowercase().contains("socket") {
                        return true;
                    }
                }
            }
        }
        open.extend(children(node).map(|child| (child, level)));
    }
    false
}

/// Whether a time-out's callback leads back to the function that sets it, or is a heartbeat by its name.
fn comes_back<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callback: Node<'t>) -> bool {
    if !may_write(cx, callback) {
        return false;
    }
    let around = cx.enclosing_function(node).and_then(|function| cx.function_name(function));
    let text = cx.text(callback);
    let lower = text.to_ascii_lowercase();
    let named = around.as_deref().map(|name| name.rsplit('.').next().unwrap_or(name)).unwrap_or_default().to_owned();
    let beats = |text: &str| ["ping", "beat", "alive"].iter().any(|part| text.contains(part));
    !named.is_empty() && text.contains(&named) || beats(&lower) || beats(&named.to_ascii_lowercase())
}
