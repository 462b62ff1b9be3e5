//! The steps of a handler in source order, as far as they are understood.

use tree_sitter::Node;

use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, string_text, strip};
use crate::facts::{Expr, ExprKind, OriginTest, Step, StepKind};

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
            let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
            let (part, other) = match (part(cx, left), part(cx, right)) {
                (Some(part), None) => (part, right),
                (None, Some(part)) => (part, left),
                _ => return None,
            };
            if !compares(cx, node) {
                return None;
            }
            if part == Part::Host && is_host_header(cx, other) {
                return Some(StepKind::ChecksOrigin(OriginTest::OwnHost));
            }
            // `if (!origin)` and `origin === undefined` do not compare with anything that is allowed.
            (!matches!(cx.text(other), "undefined" | "null" | "''" | "\"\""))
                .then(|| StepKind::ChecksOrigin(part.with(cx.expr(other))))
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

/// The part of the Origin that a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// `new URL(origin).host`
    Host,
    /// `new URL(origin).hostname`
    HostName,
}

impl Part {
    fn with(self, value: Expr) -> OriginTest {
        match self {
            Self::Whole => OriginTest::Whole(value),
            Self::Host => OriginTest::Hosts(value),
            Self::HostName => OriginTest::HostNames(value),
        }
    }
}

fn part<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Part> {
    if is_origin(cx, node) {
        return Some(Part::Whole);
    }
    let found = cx.initial(node);
    if found.kind() != "member_expression" {
        return None;
    }
    let part = match cx.text(found.child_by_field_name("property")?) {
        "host" => Part::Host,
        "hostname" => Part::HostName,
        // `new URL(origin).origin` is what it was
        "origin" => Part::Whole,
        _ => return None,
    };
    let parsed = cx.initial(found.child_by_field_name("object")?);
    let called = match parsed.kind() {
        "new_expression" => parsed.child_by_field_name("constructor"),
        "call_expression" => parsed.child_by_field_name("function"),
        _ => None,
    }?;
    let parses = matches!(cx.text(called), "URL" | "url.parse" | "parse" | "url.URL");
    (parses && arguments(parsed).first().is_some_and(|argument| is_origin(cx, *argument))).then_some(part)
}

/// `req.headers.host`, `req.get('host')`
fn is_host_header<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let text = cx.text(cx.initial(node));
    let plain: String = text.chars().filter(|c| !matches!(c, '?' | '\'' | '"' | ' ')).collect();
    let plain = plain.to_ascii_lowercase();
    ["headers.host", "headers[host]", ".get(host)", ".header(host)"].iter().any(|ending| plain.ends_with(ending))
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
    if let Some(part) = args.iter().find_map(|argument| part(cx, *argument)) {
        let list = receiver.filter(|_| matches!(name, "includes" | "has" | "indexOf" | "test" | "some"));
        // Any call with the origin may be the check; logging is not.
        let logs = receiver.is_some_and(|receiver| {
            let receiver = cx.text(receiver).to_ascii_lowercase();
            receiver.contains("console") || receiver.contains("log")
        }) || matches!(name, "setHeader" | "header" | "log" | "debug" | "info" | "warn");
        // The parts are taken out of it before they are compared.
        let parses = matches!((receiver.is_none(), name), (_, "parse") | (true, "URL"));
        let test = || list.map_or(OriginTest::Unknown, |list| part.with(cx.expr(list)));
        return (!logs && !parses).then(|| StepKind::ChecksOrigin(test()));
    }
    if name == "endsWith"
        && let Some(part) = receiver.and_then(|receiver| part(cx, receiver))
    {
        let ending = args.first().filter(|_| part != Part::HostName).map(|ending| cx.expr(*ending));
        return Some(StepKind::ChecksOrigin(ending.map_or(OriginTest::Unknown, OriginTest::Ends)));
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
