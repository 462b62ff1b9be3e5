//! Calls of functions that open connections, so that their parameters become known.

use std::collections::BTreeSet;
use std::sync::Arc;

use tree_sitter::Node;

use crate::base::Limit;
use crate::facts::lang::ecma::node::{arguments, children, field_text, string_text, strip};
use crate::facts::lang::ecma::{BindingKind, Builder, EcmaAdapter, EcmaCx, Needle, is_configured, is_own_module};
use crate::facts::visit::exprs;
use crate::facts::{CallSite, Expr, ExprKind, Field, FileFacts, Op, Recognized};

/// Call sites of one file that are kept; a file with more is no ordinary source.
const SITES: Limit = Limit::new(
    500,
    "calls of functions of the repository in one file",
    "what the remaining ones hand over is unknown",
    "split the file",
);

/// A call that may matter. Its arguments are built only when it does.
pub struct Candidate<'t> {
    node: Node<'t>,
    callee: Callee<'t>,
    /// The function of this file that is called (`connect`, `Socket.open`); `None` for imports and for other values.
    target: Option<Arc<str>>,
    /// The same by its key, when it is none of the top level.
    local: Option<u32>,
    /// What it is called with.
    given: Given<'t>,
}

/// The arguments of a call.
#[derive(Clone, Copy)]
enum Given<'t> {
    /// Those of the node.
    Own,
    /// A key that a library hands on to the function, itself or by a function that gives it.
    Key(Node<'t>),
}

/// What is called.
#[derive(Clone)]
enum Callee<'t> {
    /// A name, or a member of one.
    Named(Expr),
    /// Something that comes from a call or out of an object.
    Value(Node<'t>),
}

/// Notes the call at `node` when it calls something of this repository.
pub fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, found: &mut Vec<Candidate<'t>>) {
    let candidate = match node.kind() {
        "call_expression" => node
            .child_by_field_name("function")
            .and_then(|callee| by_key(cx, node, callee).or_else(|| call(cx, node, strip(callee)))),
        "new_expression" => node.child_by_field_name("constructor").and_then(|callee| call(cx, node, strip(callee))),
        "jsx_opening_element" | "jsx_self_closing_element" => element(cx, node),
        _ => None,
    };
    match candidate {
        Some(_) if found.len() >= SITES.most_items() => cx.limit(cx.span(node), SITES),
        candidate => found.extend(candidate),
    }
}

/// `useSWR(key, fetcher)`: a call of the fetcher with the key.
fn by_key<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<Candidate<'t>> {
    let origin = cx.origin(callee)?;
    if origin.module != "swr" && !origin.module.starts_with("swr/") {
        return None;
    }
    let args = arguments(node);
    let [key, fetcher, ..] = args.as_slice() else { return None };
    Some(Candidate { given: Given::Key(*key), ..target(cx, node, strip(*fetcher))? })
}

fn call<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<Candidate<'t>> {
    target(cx, node, callee)
}

/// What is called: the function of this file by name (or none, when it is imported), and the callee as a name.
fn target<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<Candidate<'t>> {
    let name = |node: Node<'t>| Expr::new(cx.span(node), ExprKind::Name(Arc::from(cx.text(node))));
    let named = |target: Option<Arc<str>>, callee: Expr| {
        Some(Candidate { node, callee: Callee::Named(callee), target, local: None, given: Given::Own })
    };
    let value =
        || Some(Candidate { node, callee: Callee::Value(callee), target: None, local: None, given: Given::Own });
    match callee.kind() {
        "identifier" => {
            let (_, binding) = cx.binding_of(callee)?;
            match &binding.kind {
                BindingKind::Import { module, .. } => is_own_module(module).then(|| named(None, name(callee)))?,
                BindingKind::Class(_) => named(Some(Arc::from(cx.text(callee))), name(callee)),
                _ => match cx.function(callee) {
                    Some(function) => {
                        let local = (!cx.is_top_level(callee)).then(|| cx.key(function));
                        let target = Some(cx.function_name(function)?);
                        let callee = Callee::Named(name(callee));
                        Some(Candidate { node, callee, target, local, given: Given::Own })
                    }
                    None => matches!(binding.kind, BindingKind::Variable { .. }).then(value)?,
                },
            }
        }
        "member_expression" => {
            let object = strip(callee.child_by_field_name("object")?);
            let method = field_text(callee, "property", cx.source)?;
            if object.kind() == "this" {
                let Some(function) = cx.method_of_this(callee, method) else {
                    // A method of the class above.
                    if !cx.is_in_derived_class(callee) {
                        return None;
                    }
                    let this = Expr::new(cx.span(object), ExprKind::Name(Arc::from("this")));
                    let member = ExprKind::Member(Box::new(this), Arc::from(method));
                    return named(None, Expr::new(cx.span(callee), member));
                };
                let target = cx.function_name(function)?;
                let callee = Callee::Named(Expr::new(cx.span(callee), ExprKind::Name(Arc::clone(&target))));
                let local = Some(cx.key(function));
                return Some(Candidate { node, callee, target: Some(target), local, given: Given::Own });
            }
            if object.kind() != "identifier" {
                return matches!(object.kind(), "call_expression" | "member_expression" | "new_expression")
                    .then(value)?;
            }
            let (_, binding) = cx.binding_of(object)?;
            let member = Expr::new(cx.span(callee), ExprKind::Member(Box::new(name(object)), Arc::from(method)));
            match &binding.kind {
                BindingKind::Import { module, .. } => is_own_module(module).then(|| named(None, member))?,
                BindingKind::Variable { .. } => {
                    let owner = instance_class(cx, object).unwrap_or(cx.text(object));
                    let target = Some(Arc::from(format!("{owner}.{method}")));
                    match cx.is_top_level(object) {
                        // What a call gave may be anything: its functions are found by what it comes to.
                        true if cx.initial(object).kind() == "call_expression" => {
                            let callee = Callee::Value(callee);
                            Some(Candidate { node, callee, target, local: None, given: Given::Own })
                        }
                        true => named(target, member),
                        false => {
                            let callee = Callee::Value(callee);
                            Some(Candidate { node, callee, target, local: None, given: Given::Own })
                        }
                    }
                }
                _ => None,
            }
        }
        "call_expression" => value(),
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
    target(cx, node, name)
}

impl<'t> Candidate<'t> {
    fn site(&self, cx: &EcmaCx<'t>) -> CallSite {
        let mut builder = Builder::open(cx);
        let args = if let Given::Key(key) = self.given {
            let key = match cx.function(key) {
                Some(function) => builder.result(function),
                None => builder.argument(key),
            };
            vec![key]
        } else if self.node.kind().starts_with("jsx") {
            vec![properties(&mut builder, self.node)]
        } else {
            arguments(self.node).into_iter().map(|arg| builder.argument(arg)).collect()
        };
        let callee = match &self.callee {
            Callee::Named(callee) => callee.clone(),
            Callee::Value(callee) => builder.expr(*callee),
        };
        let (function, closure) = (builder.function(), builder.closure());
        let function = function.or_else(|| cx.function_name(cx.enclosing_function(self.node)?));
        CallSite { span: cx.span(self.node), callee, args, keywords: Vec::new(), function, closure, target: self.local }
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
    let mut closures: BTreeSet<u32> = facts.client_calls.iter().filter_map(|call| Some(call.closure?.inner)).collect();
    let mut wanted: BTreeSet<Arc<str>> = facts.client_calls.iter().filter_map(|call| call.function.clone()).collect();
    let by_name = facts.client_calls.iter().filter(|call| call.recognized == Recognized::ByName);
    let opened: BTreeSet<(u32, u32)> = by_name.map(|call| (call.span.start, call.span.end)).collect();
    let mut sites = Vec::new();
    let (mut local, imported): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| candidate.target.is_some());
    loop {
        // What a class opens in the terms of its constructor may be handed on from method to method.
        let opens = |target: &Arc<str>| {
            wanted.contains(target) || target.split_once('.').is_some_and(|(class, _)| wanted.contains(class))
        };
        let is_wanted = |candidate: &Candidate<'t>| {
            // What an object is made with comes to whatever is called on it.
            candidate.node.kind() == "new_expression" && candidate.is_of_class(cx)
                || candidate.target.as_ref().is_some_and(opens)
                || candidate.local.is_some_and(|key| closures.contains(&key))
        };
        let (reached, others): (Vec<_>, Vec<_>) = local.into_iter().partition(is_wanted);
        local = others;
        if reached.is_empty() {
            break;
        }
        let found: Vec<CallSite> = reached.iter().map(|candidate| candidate.site(cx)).collect();
        wanted.extend(found.iter().filter_map(|site| site.function.clone()));
        closures.extend(found.iter().filter_map(|site| Some(site.closure?.inner)));
        sites.extend(found);
    }
    let others = imported.iter().chain(local.iter().filter(|candidate| matches!(candidate.callee, Callee::Value(_))));
    let others = others.filter(|candidate| candidate.may_tell(cx)).map(|candidate| candidate.site(cx));
    let counts = |site: &CallSite| site.args.is_empty() || site.args.iter().any(tells);
    sites.extend(others.filter(|site| counts(site) && is_of_repository(&site.callee)));
    sites.retain(|site| {
        !opened.contains(&(site.span.start, site.span.end)) || !matches!(site.callee.kind, ExprKind::Name(_))
    });
    facts.call_sites.extend(sites);
    facts.call_sites.sort_by_key(|site| (site.span.start, site.span.end));
}

impl<'t> Candidate<'t> {
    /// Whether it makes an object of a class of this file.
    fn is_of_class(&self, cx: &EcmaCx<'t>) -> bool {
        let made = self.node.child_by_field_name("constructor").map(strip);
        made.and_then(|made| cx.binding_of(made)).is_some_and(|(_, it)| matches!(it.kind, BindingKind::Class(_)))
    }

    /// Whether it has a place in the code of an own function, or an argument.
    fn may_tell(&self, cx: &EcmaCx<'t>) -> bool {
        let Some(arguments) = self.node.child_by_field_name("arguments") else { return true };
        arguments.named_child_count() == 0
            || cx.text(arguments).contains(|char: char| char.is_ascii_alphanumeric() || char == '/')
    }
}

/// Whether a callee may lead to a function of the repository.
fn is_of_repository(callee: &Expr) -> bool {
    let mut callee = callee;
    loop {
        match &callee.kind {
            ExprKind::Member(object, _) => callee = object,
            ExprKind::Call { callee: inner, .. } => callee = inner,
            ExprKind::Name(_) | ExprKind::Lambda(_) | ExprKind::Choice(_) | ExprKind::Param(_) => return true,
            ExprKind::Captured(..) | ExprKind::Object(_) | ExprKind::Op(Op::Provided, _) => return true,
            _ => return false,
        }
    }
}

/// Whether an argument holds a part of an address that is known here.
fn tells(arg: &Expr) -> bool {
    let mut found = false;
    exprs(arg, &mut |expr| {
        found |= match &expr.kind {
            ExprKind::Str(text) => !text.is_empty() && !text.contains(char::is_whitespace),
            ExprKind::Env { .. } | ExprKind::Page(_) | ExprKind::Name(_) | ExprKind::Num(_) => true,
            _ => false,
        };
    });
    found
}

/// Reads nothing by itself: files that call own functions with an address deserve a parse for their calls.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "call sites",
    needles: &[
        Needle::checked("Socket", is_opened),
        Needle::checked("ws://", is_quoted),
        Needle::checked("wss://", is_quoted),
        Needle::checked("window.", is_configuration),
        Needle::checked("window[", is_configuration),
        Needle::plain(".provide(").without_first(1),
        Needle::plain("globalProperties.").without_first(1),
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

/// `window.APP_CONFIG = ..`: what other scripts of the page read.
fn is_configuration(bytes: &[u8], _from: usize, to: usize) -> bool {
    let rest = bytes.get(to..).unwrap_or_default();
    let rest = rest.strip_prefix(b"'").or_else(|| rest.strip_prefix(b"\"")).unwrap_or(rest);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let end = rest.iter().take(LONGEST_NAME).position(|byte| !is_name(byte)).unwrap_or(0);
    let Ok(name) = std::str::from_utf8(&rest[..end]) else { return false };
    let after = rest[end..].trim_ascii_start();
    let after = after.strip_prefix(b"']").or_else(|| after.strip_prefix(b"\"]")).unwrap_or(after).trim_ascii_start();
    is_configured(name) && after.first() == Some(&b'=') && after.get(1) != Some(&b'=')
}

fn is_quoted(bytes: &[u8], from: usize, to: usize) -> bool {
    let before = from.checked_sub(1).and_then(|at| bytes.get(at));
    matches!(before, Some(b'"' | b'\'' | b'`')) && bytes.get(to).is_some_and(|byte| !byte.is_ascii_whitespace())
}
