//! Calls of functions that open connections, so that their parameters become known.

use std::collections::BTreeSet;
use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::node::{arguments, children, field_text, string_text, strip};
use crate::facts::lang::ecma::{BindingKind, Builder, EcmaAdapter, EcmaCx, Needle, is_own_module};
use crate::facts::visit::exprs;
use crate::facts::{CallSite, Expr, ExprKind, Field, FileFacts};

/// Call sites of one file that are kept; a file with more is no ordinary source.
const MAX_SITES: usize = 500;

/// A call that may matter. Its arguments are built only when it does.
pub struct Candidate<'t> {
    node: Node<'t>,
    callee: Expr,
    /// The function of this file that is called (`connect`, `Socket.open`); `None` for imports.
    target: Option<Arc<str>>,
}

/// Notes the call at `node` when it calls something of this repository.
pub fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, found: &mut Vec<Candidate<'t>>) {
    if found.len() >= MAX_SITES {
        return;
    }
    let candidate = match node.kind() {
        "call_expression" => node.child_by_field_name("function").and_then(|callee| call(cx, node, strip(callee))),
        "new_expression" => node.child_by_field_name("constructor").and_then(|callee| call(cx, node, strip(callee))),
        "jsx_opening_element" | "jsx_self_closing_element" => element(cx, node),
        _ => None,
    };
    found.extend(candidate);
}

fn call<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<Candidate<'t>> {
    if node.child_by_field_name("arguments").is_none_or(|list| list.named_child_count() == 0) {
        return None;
    }
    let (target, callee) = target(cx, callee)?;
    Some(Candidate { node, callee, target })
}

/// What is called: the function of this file by name (or none, when it is imported), and the callee as a name.
fn target<'t>(cx: &EcmaCx<'t>, callee: Node<'t>) -> Option<(Option<Arc<str>>, Expr)> {
    let name = |node: Node<'t>| Expr::new(cx.span(node), ExprKind::Name(Arc::from(cx.text(node))));
    match callee.kind() {
        "identifier" => {
            let (_, binding) = cx.binding_of(callee)?;
            match &binding.kind {
                BindingKind::Import { module, .. } => is_own_module(module).then(|| (None, name(callee))),
                BindingKind::Class(_) => Some((Some(Arc::from(cx.text(callee))), name(callee))),
                _ => {
                    let function = cx.function(callee)?;
                    Some((Some(cx.function_name(function)?), name(callee)))
                }
            }
        }
        "member_expression" => {
            let object = strip(callee.child_by_field_name("object")?);
            let method = field_text(callee, "property", cx.source)?;
            if object.kind() == "this" {
                let function = cx.method_of_this(callee, method)?;
                let target = cx.function_name(function)?;
                let callee = Expr::new(cx.span(callee), ExprKind::Name(Arc::clone(&target)));
                return Some((Some(target), callee));
            }
            let (_, binding) = cx.binding_of(object).filter(|_| object.kind() == "identifier")?;
            let member = Expr::new(cx.span(callee), ExprKind::Member(Box::new(name(object)), Arc::from(method)));
            match &binding.kind {
                BindingKind::Import { module, .. } => is_own_module(module).then_some((None, member)),
                BindingKind::Variable { .. } => {
                    let owner = instance_class(cx, object).unwrap_or(cx.text(object));
                    Some((Some(Arc::from(format!("{owner}.{method}"))), member))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The class of `const x = new Class()`.
fn instance_class<'t>(cx: &EcmaCx<'t>, object: Node<'t>) -> Option<&'t str> {
    let initial = cx.initial(object);
    let constructor = initial.child_by_field_name("constructor").filter(|_| initial.kind() == "new_expression")?;
    Some(cx.text(constructor))
}

/// `<Chat url={x} />`: a call of `Chat` with one object.
fn element<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Candidate<'t>> {
    let name = node.child_by_field_name("name").filter(|name| name.kind() == "identifier")?;
    if !cx.text(name).starts_with(|char: char| char.is_ascii_uppercase()) {
        return None;
    }
    let (target, callee) = target(cx, name)?;
    Some(Candidate { node, callee, target })
}

impl<'t> Candidate<'t> {
    fn site(&self, cx: &EcmaCx<'t>) -> CallSite {
        let mut builder = Builder::open(cx);
        let args = if self.node.kind().starts_with("jsx") {
            vec![properties(&mut builder, self.node)]
        } else {
            arguments(self.node).into_iter().map(|arg| builder.argument(arg)).collect()
        };
        let function = builder.function();
        CallSite { span: cx.span(self.node), callee: self.callee.clone(), args, function }
    }
}

/// The attributes of an element that may hold an address, as one object.
fn properties<'t>(builder: &mut Builder<'_, 't>, element: Node<'t>) -> Expr {
    let cx = builder.cx;
    let mut fields = Vec::new();
    for attribute in children(element).filter(|child| child.kind() == "jsx_attribute") {
        let mut parts = children(attribute);
        let (Some(key), Some(value)) = (parts.next(), parts.next()) else { continue };
        let text = cx.text(key);
        if matches!(text, "href" | "to" | "src" | "className" | "key" | "style" | "id") {
            continue;
        }
        let value = match value.kind() {
            "string" => Expr::str(cx.span(value), string_text(value, cx.source).unwrap_or("")),
            "jsx_expression" => match children(value).next() {
                Some(inner) => builder.argument(inner),
                None => continue,
            },
            _ => continue,
        };
        fields.push(Field { key: Arc::from(text), key_span: cx.span(key), value });
    }
    Expr::new(cx.span(element), ExprKind::Object(fields))
}

/// Keeps the calls that lead to the file's connections, and calls of imports that pass what looks like an address.
pub fn keep<'t>(cx: &EcmaCx<'t>, candidates: Vec<Candidate<'t>>, facts: &mut FileFacts) {
    let mut wanted: BTreeSet<Arc<str>> = facts.client_calls.iter().filter_map(|call| call.function.clone()).collect();
    let opened: BTreeSet<(u32, u32)> = facts.client_calls.iter().map(|call| (call.span.start, call.span.end)).collect();
    let mut sites = Vec::new();
    let (mut local, imported): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| candidate.target.is_some());
    loop {
        // What a class opens in the terms of its constructor may be handed on from method to method.
        let opens = |target: &Arc<str>| {
            wanted.contains(target) || target.split_once('.').is_some_and(|(class, _)| wanted.contains(class))
        };
        let is_wanted = |candidate: &Candidate<'t>| candidate.target.as_ref().is_some_and(opens);
        let (reached, others): (Vec<_>, Vec<_>) = local.into_iter().partition(is_wanted);
        if reached.is_empty() {
            break;
        }
        local = others;
        let found: Vec<CallSite> = reached.iter().map(|candidate| candidate.site(cx)).collect();
        wanted.extend(found.iter().filter_map(|site| site.function.clone()));
        sites.extend(found);
    }
    let imported = imported.iter().map(|candidate| candidate.site(cx));
    sites.extend(imported.filter(|site| site.args.iter().any(passes_address)));
    sites.retain(|site| !opened.contains(&(site.span.start, site.span.end)));
    facts.call_sites.extend(sites);
    facts.call_sites.sort_by_key(|site| (site.span.start, site.span.end));
}

/// Whether an argument holds a path or an address.
fn passes_address(arg: &Expr) -> bool {
    let mut found = false;
    exprs(arg, &mut |expr| {
        found |= match &expr.kind {
            ExprKind::Str(text) => is_address(text),
            ExprKind::Env { name, .. } | ExprKind::Name(name) => is_address_name(name),
            ExprKind::Page(_) => true,
            _ => false,
        };
    });
    found
}

fn is_address(text: &str) -> bool {
    let is_path = text.starts_with('/') && text.len() > 1 && !text.starts_with("//") && !text.contains(' ');
    is_path || ["ws://", "wss://", "http://", "https://"].iter().any(|scheme| text.starts_with(scheme))
}

fn is_address_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["url", "uri", "host", "endpoint", "origin", "socket"].iter().any(|part| name.contains(part))
        || name.starts_with("ws")
        || name.ends_with("_ws")
}

/// Reads nothing by itself: files that call own functions with an address deserve a parse for their calls.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "call sites",
    needles: &[
        Needle::checked("Socket", is_opened),
        Needle::checked("ws://", is_quoted),
        Needle::checked("wss://", is_quoted),
    ],
    also: &[],
    visit: |_, _, _| {},
    whole: None,
    read_calls: &[],
};

/// Longer names are not written by people.
const LONGEST_NAME: usize = 200;

/// `new ChatSocket(`, `useSocket(`, `createWebSocketClient(`: a function or class for sockets, with an argument.
fn is_opened(bytes: &[u8], from: usize, to: usize) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let first = from.saturating_sub(LONGEST_NAME);
    let last = bytes.len().min(to + LONGEST_NAME);
    let start = bytes[first..from].iter().rposition(|byte| !is_name(byte)).map_or(first, |at| first + at + 1);
    let end = bytes[to..last].iter().position(|byte| !is_name(byte)).map_or(last, |offset| to + offset);
    let name = &bytes[start..end];
    let is_opener = [&b"use"[..], b"create", b"connect", b"open", b"init", b"make", b"start", b"setup"]
        .iter()
        .any(|verb| name.starts_with(verb));
    let has_argument = bytes.get(end) == Some(&b'(') && bytes.get(end + 1) != Some(&b')');
    has_argument && (bytes[..start].ends_with(b"new ") || (is_opener && !bytes[..start].ends_with(b"function ")))
}

fn is_quoted(bytes: &[u8], from: usize, to: usize) -> bool {
    let before = from.checked_sub(1).and_then(|at| bytes.get(at));
    matches!(before, Some(b'"' | b'\'' | b'`')) && bytes.get(to).is_some_and(|byte| !byte.is_ascii_whitespace())
}
