//! What writes and calls change in the value of a name: properties, parts and queries of URLs, lists, HTTP clients.

use tree_sitter::Node;

use super::build::Builder;
use super::cx::EcmaCx;
use super::node::{arguments, field_text, string_text, strip};
use super::scope::BindingKind;
use crate::base::Span;
use crate::facts::{CLIENT_BASE, Expr, ExprKind, Field, HoleReason, Op, PagePart};
use crate::parse::fields::Fields;

/// How far what is around a write is looked at.
const MAX_DEPTH: usize = 24;

impl<'t> Builder<'_, 't> {
    /// `x.key = value`: a part of a URL, or a field of an object. Anything else leaves what is known as it is.
    pub(super) fn with_property(&mut self, before: Expr, key: &str, left: Node<'t>, assigned: Expr) -> Expr {
        let span = before.span;
        match (&before.kind, PagePart::of_property(key)) {
            (_, Some(part)) if super::member::is_url(&before) => {
                Expr::new(span, ExprKind::Op(Op::SetUrlPart(part), vec![before, assigned]))
            }
            (ExprKind::Object(fields), _) => {
                let key_span = left.field("property").map_or(span, |node| self.cx.span(node));
                let mut fields = fields.clone();
                fields.push(Field { key: key.into(), key_span, value: assigned });
                Expr::new(span, ExprKind::Object(fields))
            }
            _ if matches!(key, "current" | "value") => Expr::hole(span, HoleReason::Reassigned),
            _ => before,
        }
    }

    /// `url.searchParams.set(key, value)` adds to the query; `list.push(x)` to a list.
    pub(super) fn changed_by_call(&mut self, call: Node<'t>, before: Expr) -> Expr {
        let span = before.span;
        let args = arguments(call);
        let method = call.field("function").and_then(|callee| field_text(callee, "property", self.cx.source));
        match (&before.kind, method) {
            (_, Some("set" | "append")) if super::member::is_url(&before) => {
                let Some([key, value]) = args.get(..2) else { return before };
                let key_text = string_text(*key, self.cx.source).unwrap_or("key");
                let value = self.expr(*value);
                with_query(before, key_text, self.cx.span(*key), value)
            }
            (ExprKind::Op(Op::Query, pairs), Some(change @ ("set" | "append"))) => {
                let Some([key, value]) = args.get(..2) else { return before };
                let (key, value) = (self.expr(*key), self.expr(*value));
                let mut pairs = pairs.clone();
                let known =
                    pairs.chunks(2).position(|pair| pair[0].as_str().is_some() && pair[0].as_str() == key.as_str());
                match known.filter(|_| change == "set") {
                    Some(at) => pairs[at * 2 + 1] = value,
                    None => pairs.extend([key, value]),
                }
                Expr::new(span, ExprKind::Op(Op::Query, pairs))
            }
            (ExprKind::Op(Op::Query, _), _) => Expr::hole(span, HoleReason::Reassigned),
            (ExprKind::List(items), Some("push")) => {
                let mut items = items.clone();
                for arg in args {
                    let item = self.item(arg);
                    items.push(item);
                }
                Expr::new(span, ExprKind::List(items))
            }
            (ExprKind::List(_), _) => Expr::hole(span, HoleReason::Reassigned),
            (ExprKind::Object(fields), Some("assign")) => {
                let mut fields = fields.clone();
                for arg in args.into_iter().skip(1) {
                    let value = self.expr(arg);
                    fields.push(Field { key: "...".into(), key_span: value.span, value });
                }
                Expr::new(span, ExprKind::Object(fields))
            }
            (ExprKind::Object(_), Some("use")) => self.intercepted(call, before),
            _ => before,
        }
    }

    /// `client.interceptors.request.use(config => ..)`: what it does to the address.
    fn intercepted(&mut self, call: Node<'t>, before: Expr) -> Expr {
        let Some(function) = arguments(call).first().copied().and_then(|first| self.cx.function(first)) else {
            return self.with_base(before, |span| Expr::hole(span, HoleReason::Unsupported));
        };
        let Some(scope) = self.cx.scopes.by_node.get(&function.id()).copied() else { return before };
        let configuration = self.cx.scopes.bindings().find(
            |(_, binding)| matches!(binding.kind, BindingKind::Param { function, index: 0, .. } if function == scope),
        );
        let Some((_, configuration)) = configuration else { return before };
        let mut value = before;
        for change in configuration.changes.clone() {
            let left = change.node.field("left").map(strip);
            let keys = left.and_then(|left| keys_of(self.cx, left)).unwrap_or_default();
            match keys.as_slice() {
                ["baseURL"] => {
                    let right = change.node.field("right");
                    let is_sure = self.cx.scopes.function_of(change.scope) == Some(scope)
                        && is_unconditional(self.cx, change.node, function);
                    let assigned = match right.filter(|_| is_sure) {
                        Some(right) => self.expr(right),
                        None => Expr::hole(self.cx.span(change.node), HoleReason::Reassigned),
                    };
                    value = self.with_base(value, |_| assigned);
                }
                ["url"] => value = self.with_base(value, |span| Expr::hole(span, HoleReason::Reassigned)),
                _ => {}
            }
        }
        value
    }

    fn with_base(&self, client: Expr, base: impl FnOnce(Span) -> Expr) -> Expr {
        let ExprKind::Object(mut fields) = client.kind else { return client };
        let value = base(client.span);
        fields.push(Field { key: CLIENT_BASE.into(), key_span: value.span, value });
        Expr::new(client.span, ExprKind::Object(fields))
    }
}

/// Whether a call gives a client something that sees its requests: `client.interceptors.request.use(..)`.
pub(super) fn is_interceptor<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> bool {
    let callee = call.field("function").filter(|_| call.kind() == "call_expression");
    let Some(callee) = callee.filter(|callee| callee.kind() == "member_expression") else { return false };
    field_text(callee, "property", cx.source) == Some("use")
        && callee.field("object").is_some_and(|object| cx.text(object).ends_with(".interceptors.request"))
}

/// Whether an interceptor may send requests elsewhere: it writes the address, or is not written here.
pub(super) fn moves_requests<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> bool {
    let Some(function) = arguments(call).first().copied().and_then(|first| cx.function(first)) else { return true };
    let Some(scope) = cx.scopes.by_node.get(&function.id()).copied() else { return true };
    let given = cx.scopes.bindings().filter(
        |(_, binding)| matches!(binding.kind, BindingKind::Param { function, index: 0, .. } if function == scope),
    );
    given.into_iter().flat_map(|(_, binding)| &binding.changes).any(|change| {
        let left = change.node.field("left").map(strip);
        let keys = left.and_then(|left| keys_of(cx, left)).unwrap_or_default();
        matches!(keys.first(), Some(&("baseURL" | "url")) | None)
    })
}

/// Whether a statement of a function always runs.
fn is_unconditional<'t>(cx: &EcmaCx<'t>, node: Node<'t>, function: Node<'t>) -> bool {
    let mut at = node;
    for _ in 0..MAX_DEPTH {
        let Some(parent) = cx.parent(at) else { return false };
        if parent.id() == function.id() {
            return true;
        }
        if !matches!(parent.kind(), "expression_statement" | "statement_block") {
            return false;
        }
        at = parent;
    }
    false
}

/// `client.defaults.headers.common.Authorization = x`, after a login or in a handler of answers: the address stays what it is.
pub(super) fn is_of_other_defaults<'t>(cx: &EcmaCx<'t>, write: Node<'t>) -> bool {
    let keys = write.field("left").and_then(|left| keys_of(cx, left)).unwrap_or_default();
    matches!(keys.as_slice(), ["defaults", key, ..] if *key != "baseURL")
}

/// The keys from the name to what is written: `a.b.c = x` is `b`, `c`.
pub(super) fn keys_of<'t>(cx: &EcmaCx<'t>, left: Node<'t>) -> Option<Vec<&'t str>> {
    let mut keys = Vec::new();
    let mut node = strip(left);
    while node.kind() != "identifier" {
        match node.kind() {
            "member_expression" => keys.push(field_text(node, "property", cx.source)?),
            "subscript_expression" => keys.push(string_text(strip(node.field("index")?), cx.source)?),
            _ => return None,
        }
        node = strip(node.field("object")?);
    }
    keys.reverse();
    Some(keys)
}

/// An object with another value under a path of keys. `defaults.baseURL` of a client is what it puts in front of paths.
pub(super) fn with_path(object: &Expr, keys: &[&str], key_span: Span, assigned: Expr) -> Option<Expr> {
    let ExprKind::Object(fields) = &object.kind else { return None };
    let is_client = object.field(CLIENT_BASE).is_some();
    let (key, value) = match keys {
        ["defaults", "baseURL"] if is_client => (CLIENT_BASE, assigned),
        ["defaults", ..] if is_client => return Some(object.clone()),
        [key] => (*key, assigned),
        [key, rest @ ..] => (*key, with_path(object.field(key)?, rest, key_span, assigned)?),
        [] => return None,
    };
    let mut fields = fields.clone();
    fields.push(Field { key: key.into(), key_span, value });
    Some(Expr::new(object.span, ExprKind::Object(fields)))
}

pub(super) fn strip_is_identifier(member: Node<'_>) -> bool {
    member.field("object").map(strip).is_some_and(|object| object.kind() == "identifier")
}

/// A URL with one more query pair. The query is kept as one concatenation, so that it grows by what is added.
fn with_query(url: Expr, key: &str, key_span: Span, value: Expr) -> Expr {
    let span = url.span;
    let encoded = Expr::new(value.span, ExprKind::Op(Op::EncodeForm, vec![value]));
    if let ExprKind::Op(Op::SetUrlPart(PagePart::Search), operands) = &url.kind
        && let [base, query] = operands.as_slice()
        && let ExprKind::Op(Op::Concat, pieces) = &query.kind
    {
        let mut pieces = pieces.clone();
        pieces.extend([Expr::str(key_span, &format!("&{key}=")), encoded]);
        let query = Expr::new(query.span, ExprKind::Op(Op::Concat, pieces));
        return Expr::new(span, ExprKind::Op(Op::SetUrlPart(PagePart::Search), vec![base.clone(), query]));
    }
    let pieces = vec![Expr::str(key_span, &format!("?{key}=")), encoded];
    let query = Expr::new(span, ExprKind::Op(Op::Concat, pieces));
    Expr::new(span, ExprKind::Op(Op::SetUrlPart(PagePart::Search), vec![url, query]))
}

/// `url.searchParams.append(..)`.
pub(super) fn changes_query<'t>(cx: &EcmaCx<'t>, write: Node<'t>) -> bool {
    let callee = write.field("function").filter(|_| write.kind() == "call_expression");
    callee.and_then(|callee| callee.field("object")).is_some_and(|object| cx.text(object).ends_with(".searchParams"))
}

/// A URL with a query of which nothing is known; anything else is not known any more.
pub(super) fn with_any_query(url: Expr) -> Expr {
    let span = url.span;
    let query = Expr::hole(span, HoleReason::Reassigned);
    match super::member::is_url(&url) {
        true => Expr::new(span, ExprKind::Op(Op::SetUrlPart(PagePart::Search), vec![url, query])),
        false => query,
    }
}
