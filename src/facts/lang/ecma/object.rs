//! Object literals and enums.

use std::collections::BTreeMap;
use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::cx::EcmaCx;
use super::member::property_key;
use super::node::{children, strip};
use crate::base::Span;
use crate::facts::{Expr, ExprKind, Field, HoleReason, Op};
use crate::parse::fields::Fields;

/// Fields of one object that are read: whoever has more may have any other.
const MAX_FIELDS: usize = 400;

impl<'t> Builder<'_, 't> {
    pub(super) fn object(&mut self, node: Node<'t>) -> ExprKind {
        let mut fields = Vec::new();
        let mut computed_keys = Vec::new();
        let mut answers_requests = false;
        for part in children(node).take(MAX_FIELDS) {
            let span = self.cx.span(part);
            let (key, key_span, value) = match part.kind() {
                "pair" => {
                    let (Some(key), Some(value)) = (part.field("key"), part.field("value")) else {
                        continue;
                    };
                    let text = property_key(key, self.cx.source);
                    let is_code = Self::is_code(value);
                    answers_requests |= is_code && text.is_some_and(is_verb);
                    let value = self.expr(value);
                    match (text, children(key).next()) {
                        (Some(text), _) => (Arc::from(text), self.cx.span(key), value),
                        (None, Some(computed)) => match self.expr(computed).kind {
                            ExprKind::Str(text) => (text, self.cx.span(key), value),
                            // A key that is nowhere to be seen may be any key.
                            ExprKind::Hole(_) => {
                                (Arc::from("..."), self.cx.span(key), Expr::hole(span, HoleReason::Unsupported))
                            }
                            kind => {
                                computed_keys.push((fields.len(), Expr::new(self.cx.span(key), kind), value));
                                continue;
                            }
                        },
                        (None, None) => continue,
                    }
                }
                "shorthand_property_identifier" => (Arc::from(self.cx.text(part)), span, self.name(part)),
                "spread_element" => match part.named_child(0) {
                    Some(inner) => (Arc::from("..."), span, self.expr(inner)),
                    None => continue,
                },
                "method_definition" => {
                    let Some(name) = part.field("name") else { continue };
                    let text = self.cx.text(name);
                    answers_requests |= is_verb(text);
                    // A getter reads as what it returns.
                    let value = match part.child(0).map(|first| first.kind()) {
                        Some("get") => self.written_out(part, Vec::new()),
                        Some("set") => continue,
                        _ => Expr::new(span, self.lambda(part)),
                    };
                    (Arc::from(text), self.cx.span(name), value)
                }
                _ => continue,
            };
            fields.push(Field { key, key_span, value });
        }
        fields.extend(self.remaining(node));
        if answers_requests {
            // An own client with `get`, `post`, ...: what it puts in front of a path is in its code.
            let span = self.cx.span(node);
            let value = Expr::hole(span, HoleReason::Unsupported);
            fields.push(Field { key: Arc::from(crate::facts::CLIENT_BASE), key_span: span, value });
        }
        with_computed(self.cx.span(node), fields, computed_keys)
    }

    pub(super) fn enumeration(&mut self, node: Node<'t>) -> Expr {
        let mut fields = Vec::new();
        let mut next = Some(0i64);
        let body = node.field("body");
        for part in body.into_iter().flat_map(children).take(MAX_FIELDS) {
            let (name, value) = match part.kind() {
                "enum_assignment" => {
                    let Some(name) = part.field("name") else { continue };
                    (name, part.field("value"))
                }
                _ => (part, None),
            };
            let Some(key) = property_key(name, self.cx.source) else { continue };
            let span = self.cx.span(name);
            let value = match value {
                Some(value) => self.expr(value),
                None => match next {
                    Some(number) => Expr::new(span, ExprKind::Num(Arc::from(number.to_string()))),
                    None => Expr::hole(span, HoleReason::Unsupported),
                },
            };
            next = match &value.kind {
                ExprKind::Num(number) => number.parse::<i64>().ok().and_then(|number| number.checked_add(1)),
                _ => None,
            };
            fields.push(Field { key: Arc::from(key), key_span: span, value });
        }
        fields.extend(body.and_then(|body| self.remaining(body)));
        Expr::new(self.cx.span(node), ExprKind::Object(fields))
    }

    /// What stands for the fields that are not read, when there are more than that.
    fn remaining(&self, node: Node<'t>) -> Option<Field> {
        let key_span = self.cx.span(children(node).nth(MAX_FIELDS)?);
        Some(Field { key: Arc::from("..."), key_span, value: Expr::hole(key_span, HoleReason::Limit) })
    }
}

/// An object with some keys that are computed, each after so many of the others.
fn with_computed(span: Span, fields: Vec<Field>, computed: Vec<(usize, Expr, Expr)>) -> ExprKind {
    let mut rest = fields.into_iter();
    let mut taken = 0;
    let mut whole: Option<Expr> = None;
    let onto = |whole: Option<Expr>, mut fields: Vec<Field>| {
        if let Some(whole) = whole {
            if fields.is_empty() {
                return whole.kind;
            }
            fields.insert(0, Field { key: Arc::from("..."), key_span: span, value: whole });
        }
        ExprKind::Object(fields)
    };
    for (after, key, value) in computed {
        let before: Vec<Field> = rest.by_ref().take(after - taken).collect();
        taken = after;
        let object = Expr::new(span, onto(whole, before));
        whole = Some(Expr::new(span, ExprKind::Op(Op::Put, vec![object, key, value])));
    }
    onto(whole, rest.collect())
}

fn is_verb(key: &str) -> bool {
    matches!(key, "get" | "post" | "put" | "patch" | "delete" | "request")
}

/// The value node of a property of an object literal, or of the literal that a name stands for.
pub(super) fn property<'t>(cx: &EcmaCx<'t>, object: Node<'t>, key: &str) -> Option<Node<'t>> {
    property_within(cx, object, key, MAX_SPREADS, &mut BTreeMap::new())
}

/// Objects that are spread into objects.
const MAX_SPREADS: u32 = 4;

/// What the property is in the objects that were looked at, by node: one may be spread very often.
type Known<'t> = BTreeMap<usize, Option<Node<'t>>>;

fn property_within<'t>(
    cx: &EcmaCx<'t>,
    object: Node<'t>,
    key: &str,
    spreads: u32,
    known: &mut Known<'t>,
) -> Option<Node<'t>> {
    let object = strip(cx.initial(object));
    if object.kind() != "object" {
        return None;
    }
    if let Some(known) = known.get(&object.id()) {
        return *known;
    }
    let mut found = None;
    for part in children(object) {
        match part.kind() {
            "pair" => {
                let name = part.field("key").and_then(|name| property_key(name, cx.source));
                if name == Some(key) {
                    found = part.field("value");
                }
            }
            // `{ ...defaults, method }`
            "spread_element" if spreads > 0 => {
                let spread = part.named_child(0).and_then(|inner| property_within(cx, inner, key, spreads - 1, known));
                found = spread.or(found);
            }
            "shorthand_property_identifier" if cx.text(part) == key => found = Some(part),
            "method_definition" if part.field("name").is_some_and(|name| cx.text(name) == key) => {
                found = Some(part);
            }
            _ => {}
        }
    }
    known.insert(object.id(), found);
    found
}
