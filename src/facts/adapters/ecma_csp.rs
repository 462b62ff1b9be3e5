//! Content-Security-Policies in Node servers and in the configuration of Next.js: helmet, and headers written by hand.

use tree_sitter::Node;

use crate::facts::lang::ecma::node::{arguments, children, string_text, strip};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};
use crate::facts::{CspDefaults, CspFact, CspReach, CspSender, CspText, Expr, ExprKind, FileFacts, HoleReason};

/// Policies that code sends.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "Content-Security-Policy",
    needles: &[
        Needle::plain("Content-Security-Policy"),
        Needle::plain("content-security-policy"),
        Needle::plain("helmet").only_beside(uses_helmet),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

/// The header, in lower case.
pub const HEADER: &str = "content-security-policy";

/// Whether a file imports helmet, of which every name in it is then a needle.
fn uses_helmet(bytes: &[u8]) -> bool {
    ["'helmet'", "\"helmet\"", "'helmet-csp'", "\"helmet-csp\"", "@fastify/helmet", "koa-helmet"]
        .iter()
        .any(|name| memchr::memmem::find(bytes, name.as_bytes()).is_some())
}

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    match node.kind() {
        "call_expression" => {
            helmet(cx, node, facts);
            registered(cx, node, facts);
            header_call(cx, node, facts);
            header_object(cx, node, facts);
        }
        "program" if cx.path.name().starts_with("next.config.") => next_configuration(cx, node, facts),
        _ => {}
    }
}

/// `helmet(options)`, `helmet.contentSecurityPolicy(options)`, `helmet-csp`.
fn helmet<'t>(cx: &EcmaCx<'t>, call: Node<'t>, facts: &mut FileFacts) {
    let Some(origin) = call.child_by_field_name("function").and_then(|callee| cx.origin(callee)) else { return };
    let options = arguments(call).into_iter().next();
    match (origin.module, origin.members()) {
        ("helmet" | "koa-helmet", []) => whole(cx, call, options, facts),
        ("helmet" | "koa-helmet", ["contentSecurityPolicy"]) | ("helmet-csp", []) => stated(cx, call, options, facts),
        _ => {}
    }
}

/// `app.register(helmet, options)` of Fastify.
fn registered<'t>(cx: &EcmaCx<'t>, call: Node<'t>, facts: &mut FileFacts) {
    let mut arguments = arguments(call).into_iter();
    let Some(plugin) = arguments.next() else { return };
    let is_register = call
        .child_by_field_name("function")
        .and_then(|callee| callee.child_by_field_name("property"))
        .is_some_and(|name| cx.text(name) == "register");
    let is_helmet = || cx.origin(plugin).is_some_and(|origin| origin.is_module("@fastify/helmet"));
    if is_register && is_helmet() {
        whole(cx, call, arguments.next(), facts);
    }
}

/// The options of helmet as a whole.
fn whole<'t>(cx: &EcmaCx<'t>, call: Node<'t>, options: Option<Node<'t>>, facts: &mut FileFacts) {
    let Some(options) = options.map(|options| cx.initial(options)) else {
        return stated(cx, call, None, facts);
    };
    if options.kind() != "object" {
        let unknown = Expr::hole(cx.span(options), HoleReason::Unsupported);
        return push(cx, call, CspText::Header(unknown), CspSender::Helmet, facts);
    }
    match cx.option(options, "contentSecurityPolicy") {
        Some(policy) => stated(cx, call, Some(policy), facts),
        None => stated(cx, call, None, facts),
    }
}

/// What `contentSecurityPolicy` says: `false`, or options with directives.
fn stated<'t>(cx: &EcmaCx<'t>, call: Node<'t>, options: Option<Node<'t>>, facts: &mut FileFacts) {
    let Some(options) = options.map(|options| cx.initial(options)) else {
        return push(cx, call, CspText::Directives(None, CspDefaults::Helmet), CspSender::Helmet, facts);
    };
    let has = |key: &str| cx.option(options, key);
    let text = match options.kind() {
        "false" => return,
        "true" => CspText::Directives(None, CspDefaults::Helmet),
        "object" if has("reportOnly").is_some_and(|only| cx.text(only) == "true") => return,
        "object" => {
            let reported = has("reportOnly").is_some_and(|only| cx.text(only) != "false");
            let own = has("useDefaults").map(|defaults| cx.text(defaults));
            let defaults = if own == Some("false") { CspDefaults::Nothing } else { CspDefaults::Helmet };
            match has("directives") {
                _ if reported => CspText::Header(Expr::hole(cx.span(options), HoleReason::Unsupported)),
                Some(directives) => CspText::Directives(Some(cx.expr(directives)), defaults),
                None => CspText::Directives(None, defaults),
            }
        }
        // A condition between `false` and options: which, the mode may say.
        "ternary_expression" => {
            let arm = |field: &str| options.child_by_field_name(field).map(|arm| cx.initial(arm));
            let (Some(condition), Some(one), Some(other)) =
                (options.child_by_field_name("condition"), arm("consequence"), arm("alternative"))
            else {
                return;
            };
            let directives = |arm: Node<'t>| match arm.kind() {
                "object" if cx.option(arm, "useDefaults").is_none() && cx.option(arm, "reportOnly").is_none() => {
                    let none = || Expr::new(cx.span(arm), ExprKind::Object(Vec::new()));
                    Some(cx.option(arm, "directives").map_or_else(none, |directives| cx.expr(directives)))
                }
                "true" | "undefined" => Some(Expr::new(cx.span(arm), ExprKind::Object(Vec::new()))),
                "false" => Some(Expr::new(cx.span(arm), ExprKind::Bool(false))),
                _ => None,
            };
            match (directives(one), directives(other)) {
                (Some(one), Some(other)) => {
                    CspText::Directives(Some(cx.chosen(condition, one, other)), CspDefaults::Helmet)
                }
                _ => CspText::Header(Expr::hole(cx.span(options), HoleReason::Unsupported)),
            }
        }
        _ => CspText::Header(Expr::hole(cx.span(options), HoleReason::Unsupported)),
    };
    push(cx, call, text, CspSender::Helmet, facts);
}

/// `res.setHeader('Content-Security-Policy', value)` and its like.
fn header_call<'t>(cx: &EcmaCx<'t>, call: Node<'t>, facts: &mut FileFacts) {
    let arguments = arguments(call);
    let [name, value, ..] = arguments.as_slice() else { return };
    let method = call
        .child_by_field_name("function")
        .and_then(|callee| callee.child_by_field_name("property"))
        .map(|name| cx.text(name));
    let sets = matches!(method, Some("setHeader" | "set" | "header" | "append"));
    let is_policy = || string_text(strip(*name), cx.source).is_some_and(|name| name.eq_ignore_ascii_case(HEADER));
    // What goes to the server in the request says nothing to the browser.
    let to_server = || {
        let object = call.child_by_field_name("function").and_then(|callee| callee.child_by_field_name("object"));
        object.is_some_and(|object| cx.text(object).to_ascii_lowercase().contains("request"))
    };
    if sets && is_policy() && !to_server() {
        push(cx, call, CspText::Header(cx.expr(*value)), CspSender::Code, facts);
    }
}

/// `res.set({ 'Content-Security-Policy': value })` and `writeHead(200, {...})`.
fn header_object<'t>(cx: &EcmaCx<'t>, call: Node<'t>, facts: &mut FileFacts) {
    let method = call.child_by_field_name("function").and_then(|callee| callee.child_by_field_name("property"));
    if !method.is_some_and(|name| matches!(cx.text(name), "set" | "header" | "writeHead" | "headers")) {
        return;
    }
    let objects = arguments(call).into_iter().map(strip).filter(|argument| argument.kind() == "object");
    for pair in objects.flat_map(|object| children(object).collect::<Vec<_>>()).filter(|pair| pair.kind() == "pair") {
        let key = pair.child_by_field_name("key").and_then(|key| string_text(key, cx.source));
        let value = pair.child_by_field_name("value");
        if let (Some(value), true) = (value, key.is_some_and(|key| key.eq_ignore_ascii_case(HEADER))) {
            push(cx, call, CspText::Header(cx.expr(value)), CspSender::Code, facts);
        }
    }
}

/// The entries of `headers()`, wherever in the configuration they are.
fn next_configuration<'t>(cx: &EcmaCx<'t>, program: Node<'t>, facts: &mut FileFacts) {
    let mut open = vec![program];
    while let Some(node) = open.pop() {
        if node.kind() == "object" {
            next_entry(cx, node, facts);
        }
        let mut below: Vec<Node<'t>> = children(node).collect();
        below.reverse();
        open.extend(below);
    }
}

/// `{ source, headers: [{ key: 'Content-Security-Policy', value }] }` of Next.js.
fn next_entry<'t>(cx: &EcmaCx<'t>, entry: Node<'t>, facts: &mut FileFacts) {
    let (Some(source), Some(headers)) = (cx.option(entry, "source"), cx.option(entry, "headers")) else { return };
    let conditional = cx.option(entry, "has").is_some() || cx.option(entry, "missing").is_some();
    let list = cx.initial(headers);
    let items: Vec<Node<'t>> = if list.kind() == "array" { children(list).collect() } else { Vec::new() };
    for item in items.into_iter().map(|item| cx.initial(item)) {
        let key = cx.option(item, "key").and_then(|key| string_text(strip(key), cx.source));
        let (Some(key), Some(value)) = (key, cx.option(item, "value")) else { continue };
        if key.eq_ignore_ascii_case(HEADER) {
            facts.csp.push(CspFact {
                span: cx.span(item),
                policy: CspText::Header(cx.expr(value)),
                by: CspSender::Next,
                with: if conditional { CspReach::Some } else { CspReach::Paths(cx.expr(source)) },
                function: None,
            });
        }
    }
}

fn push<'t>(cx: &EcmaCx<'t>, call: Node<'t>, policy: CspText, by: CspSender, facts: &mut FileFacts) {
    let never = Expr::new(cx.span(call), ExprKind::Undefined);
    let policy = match policy {
        CspText::Header(value) => CspText::Header(cx.under_conditions(call, value, &never)),
        CspText::Directives(given, defaults) => {
            let none = Expr::new(cx.span(call), ExprKind::Object(Vec::new()));
            let given = given.unwrap_or(none);
            CspText::Directives(Some(cx.under_conditions(call, given, &never)), defaults)
        }
    };
    facts.csp.push(CspFact { span: cx.span(call), policy, by, with: with(cx, call), function: None });
}

/// Whether every answer has what a call adds: middleware that `use` registers without a path, or Next.js's own.
fn with<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> CspReach {
    let function = cx.enclosing_function(call);
    let mut at = call;
    for _ in 0..64 {
        if let Some(registration) = use_of(cx, at) {
            let first = arguments(registration).into_iter().next();
            let is_first = first.is_some_and(|first| first.id() == at.id());
            return if is_first { CspReach::All } else { CspReach::Some };
        }
        if function.is_some_and(|function| function.id() == at.id()) {
            break;
        }
        let Some(parent) = cx.parent(at) else { break };
        at = parent;
    }
    let Some(function) = function else { return CspReach::All };
    let name = cx.function_name(function);
    let file = cx.path.name();
    let is_next = (file.starts_with("middleware.") || file.starts_with("proxy."))
        && matches!(name.as_deref(), Some("middleware" | "proxy") | None);
    let is_used = name.is_some_and(|name| {
        let text = cx.source;
        [format!(".use({name})"), format!(".use({name}());"), format!("addHook('onRequest', {name})")]
            .iter()
            .any(|registration| text.contains(registration.as_str()))
    });
    if is_next || is_used { CspReach::All } else { CspReach::Some }
}

/// The `use`, `register` or `addHook` call that an expression is an argument of.
fn use_of<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Node<'t>> {
    let call = cx.parent(node).filter(|list| list.kind() == "arguments").and_then(|list| cx.parent(list))?;
    let method = call.child_by_field_name("function")?.child_by_field_name("property")?;
    matches!(cx.text(method), "use" | "register").then_some(call)
}
