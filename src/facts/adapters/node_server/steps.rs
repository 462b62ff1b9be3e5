//! The steps of a handler in source order, as far as they are understood.

use tree_sitter::Node;

use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, string_text, strip};
use crate::facts::{Expr, ExprKind, Step, StepKind};

/// The steps of what an option names: a function of this file, or a call of another one.
pub fn of_value<'t>(cx: &EcmaCx<'t>, value: Node<'t>) -> Vec<Step> {
    match cx.function(value) {
        Some(function) => of(cx, function),
        None => vec![Step { span: cx.span(value), kind: StepKind::Calls(cx.expr(value)) }],
    }
}

/// The steps of a function's body, those of the callbacks inside included.
pub fn of<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut stack = vec![function];
    // Parameters of the socket or request: passing them on may mean a check elsewhere.
    let params: Vec<&str> = function
        .child_by_field_name("parameters")
        .map(|params| {
            children(params).map(|param| cx.text(param).split([':', '?', '=']).next().unwrap_or("").trim()).collect()
        })
        .unwrap_or_default();
    while let Some(node) = stack.pop() {
        if let Some(kind) = step(cx, node, &params) {
            let whole = matches!(kind, StepKind::ReadsToken | StepKind::ReadsCookie | StepKind::ReadsOrigin);
            steps.push(Step { span: cx.span(node), kind });
            // Inside `headers.cookie` is nothing more to find.
            if whole && node.kind() != "call_expression" {
                continue;
            }
        }
        let mut below: Vec<Node<'t>> = children(node).collect();
        below.reverse();
        stack.extend(below);
    }
    steps
}

fn step<'t>(cx: &EcmaCx<'t>, node: Node<'t>, params: &[&str]) -> Option<StepKind> {
    match node.kind() {
        "member_expression" | "subscript_expression" => read(cx, node),
        // `({ origin }) => ...`, the argument of verifyClient.
        "shorthand_property_identifier_pattern" if cx.text(node) == "origin" => Some(StepKind::ReadsOrigin),
        "binary_expression" => {
            let side = |field| node.child_by_field_name(field).filter(|side| is_origin(cx, *side));
            side("left").or_else(|| side("right")).filter(|_| compares(cx, node))?;
            let other = ["left", "right"]
                .into_iter()
                .filter_map(|field| node.child_by_field_name(field))
                .find(|side| !is_origin(cx, *side))?;
            // `if (!origin)` and `origin === undefined` do not compare with anything that is allowed.
            (!matches!(cx.text(other), "undefined" | "null" | "''" | "\"\""))
                .then(|| StepKind::ChecksOrigin(Some(cx.expr(other))))
        }
        "call_expression" => called(cx, node, params),
        "string" if is_event_stream(cx, node) => Some(StepKind::StreamsEvents),
        _ => None,
    }
}

/// Whether a string is the type of an answer that streams events: `setHeader('Content-Type', it)`, `{ 'Content-Type': it }`,
/// `type(it)`.
fn is_event_stream<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    if !string_text(node, cx.source).is_some_and(|text| text.starts_with("text/event-stream")) {
        return false;
    }
    let is_type = |node: Node<'t>| cx.text(node).to_ascii_lowercase().contains("content-type");
    let Some(parent) = cx.parent(node) else { return false };
    match parent.kind() {
        "pair" => parent.child_by_field_name("key").is_some_and(is_type),
        "arguments" => {
            let call = cx.parent(parent).and_then(|call| call.child_by_field_name("function"));
            let name = call.and_then(|callee| callee.child_by_field_name("property")).map_or("", |name| cx.text(name));
            let header = matches!(name, "setHeader" | "header" | "set") && children(parent).next().is_some_and(is_type);
            header || matches!(name, "type" | "contentType")
        }
        _ => false,
    }
}

fn compares<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    node.child_by_field_name("operator")
        .is_some_and(|operator| matches!(cx.text(operator), "===" | "!==" | "==" | "!="))
}

fn read<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<StepKind> {
    let text = cx.text(node);
    if text.len() > 120 {
        return None;
    }
    let plain: String = text.chars().filter(|c| !matches!(c, '?' | '\'' | '"' | ' ')).collect();
    let ends = |ending: &str| plain.ends_with(ending);
    if ends("headers.origin") || ends("headers[origin]") || ends("info.origin") {
        return Some(StepKind::ReadsOrigin);
    }
    if ends("headers.cookie")
        || ends("headers[cookie]")
        || ends(".cookies")
        || ends(".session")
        || ends("request.session")
    {
        return Some(StepKind::ReadsCookie);
    }
    let token = [
        "headers.authorization",
        "headers[authorization]",
        "handshake.auth",
        "query.token",
        "auth.token",
        "headers[sec-websocket-protocol]",
    ];
    token.iter().any(|ending| ends(ending)).then_some(StepKind::ReadsToken)
}

/// Whether an expression is the Origin header, or a name that says so.
fn is_origin<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let text = cx.text(strip(node));
    let last = text.rsplit(['.', '?']).next().unwrap_or("");
    text.len() < 120
        && !text.contains("location")
        && (matches!(last, "origin" | "requestOrigin" | "reqOrigin")
            || text.ends_with("['origin']")
            || text.ends_with("[\"origin\"]"))
}

fn called<'t>(cx: &EcmaCx<'t>, node: Node<'t>, params: &[&str]) -> Option<StepKind> {
    let callee = strip(node.child_by_field_name("function")?);
    let args = arguments(node);
    let (receiver, name) = match callee.kind() {
        "member_expression" => (callee.child_by_field_name("object"), cx.text(callee.child_by_field_name("property")?)),
        _ => (None, cx.text(callee)),
    };
    if args.iter().any(|argument| is_origin(cx, *argument)) {
        let list = receiver.filter(|_| matches!(name, "includes" | "has" | "indexOf" | "test" | "some"));
        // Any call with the origin may be the check; logging is not.
        let logs = receiver.is_some_and(|receiver| {
            let receiver = cx.text(receiver).to_ascii_lowercase();
            receiver.contains("console") || receiver.contains("log")
        }) || matches!(name, "setHeader" | "header" | "log" | "debug" | "info" | "warn");
        return (!logs).then(|| StepKind::ChecksOrigin(list.map(|list| cx.expr(list))));
    }
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "ping" => return Some(StepKind::Pings),
        "close" | "terminate" | "destroy" | "disconnect" if receiver.is_some() => {
            return Some(StepKind::Close(
                args.first().filter(|code| code.kind() == "number").map(|code| cx.expr(*code)),
            ));
        }
        "get"
            if args.first().is_some_and(|key| {
                let key = cx.text(*key).to_ascii_lowercase();
                ["token", "auth", "key", "ticket", "jwt"].iter().any(|word| key.contains(word))
            }) =>
        {
            return Some(StepKind::ReadsToken);
        }
        _ => {}
    }
    if matches!(lower.as_str(), "status" | "sendstatus" | "code" | "writehead")
        && args.first().is_some_and(|code| matches!(cx.text(*code), "401" | "403"))
    {
        return Some(StepKind::Refuses);
    }
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&[
        "authenticat",
        "authoriz",
        "verify",
        "checkauth",
        "validatetoken",
        "getsession",
        "requireauth",
        "getuserfrom",
    ]) {
        return Some(StepKind::Authenticates);
    }
    let cookie = lower.contains("cookie") && !lower.contains("set");
    if cookie {
        return Some(StepKind::ReadsCookie);
    }
    // Plain functions that get the request or the socket may hold a check.
    let passes = args.iter().any(|argument| argument.kind() == "identifier" && params.contains(&cx.text(*argument)));
    let plain = receiver.is_none() && passes && callee.kind() == "identifier";
    plain.then(|| StepKind::Calls(Expr::new(cx.span(callee), ExprKind::Name(name.into()))))
}
