//! Values of manifests as expressions: what a chart puts in, and names that somebody fills in later.

use std::sync::Arc;

use crate::base::{Span, has_placeholder};
use crate::facts::lang::data;
use crate::facts::{Arm, Expr, ExprKind, Field, Guard, HoleReason, Op, Sense, Test};
use crate::parse::data::{Node, NodeKind, Pair};
use crate::parse::fragment::Fragment;
use crate::parse::go_pieces::{self, Piece};
use crate::parse::go_template::Masked;

/// Keys below which texts are for people or other programs, in which such marks are their own; what is left of the name of an
/// image still says which one it is.
const FREE: [&str; 29] = [
    "data",
    "stringData",
    "binaryData",
    "annotations",
    "commonAnnotations",
    "command",
    "args",
    "env",
    "image",
    "images",
    "literals",
    "patch",
    // for people: of priority classes, schemas and policies
    "description",
    "message",
    "summary",
    // what custom resources may hold
    "openAPIV3Schema",
    "additionalPrinterColumns",
    // CEL of admission policies
    "expression",
    "messageExpression",
    "rego",
    // of Prometheus: queries, and what labels are made of; redirects are written so as well
    "expr",
    "query",
    "regex",
    "replacement",
    // programs and files that are written into objects
    "script",
    "inlineCode",
    "inlineString",
    "inline_string",
    "valuesContent",
];

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Names, numbers and the like, that Kubernetes reads.
    OfKubernetes,
    /// For another program.
    Free,
}

/// Turns nodes into expressions.
pub(super) struct Reader<'m> {
    text: &'m str,
    masked: &'m Masked,
    has_placeholders: bool,
}

impl<'m> Reader<'m> {
    pub fn new(text: &'m str, masked: &'m Masked) -> Self {
        Self { text, masked, has_placeholders: false }
    }

    /// Whether a name of those that were read is filled in later.
    pub fn has_placeholders(&self) -> bool {
        self.has_placeholders
    }

    /// The expression of a document.
    pub fn document(&mut self, root: &Node) -> Expr {
        self.expression(root, Words::OfKubernetes)
    }

    fn expression(&mut self, node: &Node, words: Words) -> Expr {
        match &node.kind {
            NodeKind::List(items) => {
                Expr::new(node.span, ExprKind::List(items.iter().map(|item| self.expression(item, words)).collect()))
            }
            NodeKind::Map(pairs) => {
                Expr::new(node.span, ExprKind::Object(pairs.iter().map(|pair| self.field(pair, words)).collect()))
            }
            NodeKind::Scalar { text, .. } => self.scalar(node, text, words),
        }
    }

    fn field(&mut self, pair: &Pair, words: Words) -> Field {
        let words = if FREE.contains(&&*pair.key) { Words::Free } else { words };
        Field { key: Arc::clone(&pair.key), key_span: pair.key_span, value: self.expression(&pair.value, words) }
    }

    fn scalar(&mut self, node: &Node, text: &Arc<str>, words: Words) -> Expr {
        if let Some(found) = self.with_statements(node, text) {
            return found;
        }
        let holes = &self.masked.holes;
        let first = holes.partition_point(|(span, _)| span.end <= node.span.start);
        let inside = holes.get(first..).unwrap_or_default();
        let count = inside.iter().take_while(|(span, _)| span.start < node.span.end).count();
        let inside = inside.get(..count).unwrap_or_default();
        if !inside.is_empty() {
            return self.filled(node, text, inside);
        }
        if words == Words::OfKubernetes && has_placeholder(text) {
            self.has_placeholders = true;
            return Expr::hole(node.span, HoleReason::Template(Arc::clone(text)));
        }
        data::expression(node)
    }

    /// A text with placeholders of Go's template language in it.
    fn filled(&self, node: &Node, text: &str, inside: &[(Span, Arc<str>)]) -> Expr {
        let Some(whole) = self.exact(node, text) else { return not_read(node.span) };
        let mut parts = Vec::new();
        let mut at = whole.start;
        for (span, inner) in inside {
            if span.start < at || span.end > whole.end {
                return not_read(node.span);
            }
            if span.start > at {
                parts.push(known(&self.masked.text, Span { start: at, end: span.start }));
            }
            parts.push(Expr::hole(*span, HoleReason::Template(Arc::clone(inner))));
            at = span.end;
        }
        if at < whole.end {
            parts.push(known(&self.masked.text, Span { start: at, end: whole.end }));
        }
        within(node.span, whole, parts)
    }

    /// A text with statements of Go's template language in it; `None` without any.
    fn with_statements(&self, node: &Node, text: &str) -> Option<Expr> {
        let Some(inline) = self.masked.inline_at(node.span) else {
            let next = self.masked.conditions.partition_point(|one| one.span.start <= node.span.start);
            let is_inside = self.masked.conditions.get(next).is_some_and(|one| one.span.start < node.span.end);
            return is_inside.then(|| not_read(node.span));
        };
        let is_blank = |from: u32, to: u32| {
            from >= to || self.masked.text.get(from as usize..to as usize).is_some_and(|text| text.trim().is_empty())
        };
        // what holds the key as well is there or not as a whole
        if !is_blank(inline.start, node.span.start) {
            return None;
        }
        let read = || {
            let whole = self.exact(node, text)?;
            let first = whole.cover(inline);
            // the last of several statements may end behind the text, which ends in white space then
            let last = self.masked.inline_at(Span { start: whole.end.saturating_sub(1), end: whole.end + 1 });
            let region = last.map_or(first, |last| first.cover(last));
            let is_quoted = whole != node.span;
            if is_quoted && region != whole || !is_blank(node.span.end, region.end) {
                return None;
            }
            Some(within(node.span, whole, self.parts(go_pieces::pieces(self.text, region)?)))
        };
        Some(read().unwrap_or_else(|| not_read(node.span)))
    }

    fn parts(&self, pieces: Vec<Piece>) -> Vec<Expr> {
        let part = |piece: Piece| match piece {
            Piece::Text(span) => known(self.text, span),
            Piece::Action(span, inner) => Expr::hole(span, HoleReason::Template(inner)),
            Piece::Choice(arms) => self.choice(arms),
        };
        pieces.into_iter().map(part).collect()
    }

    fn choice(&self, arms: Vec<go_pieces::Arm>) -> Expr {
        let has_rest = arms.last().is_some_and(|arm| arm.test.is_none());
        let rest = (!has_rest).then(go_pieces::Arm::default);
        let arm = |arm: go_pieces::Arm| {
            let test = |test: Arc<str>| Expr::hole(Span::default(), HoleReason::Template(test));
            let guard = |inner| Guard { test: Test::Truthy(Box::new(test(inner))), sense: Sense::Holds };
            let value = joined(Span::default(), self.parts(arm.pieces));
            Arm { guards: arm.test.map(guard).into_iter().collect(), value }
        };
        Expr::new(Span::default(), ExprKind::Choice(arms.into_iter().chain(rest).map(arm).collect()))
    }

    /// The place of the text without quotes, where it is in the file as it is.
    fn exact(&self, node: &Node, text: &str) -> Option<Span> {
        let whole = Fragment::of(&self.masked.text, node.span, text).whole();
        (whole.range().len() == text.len()).then_some(whole)
    }
}

fn known(text: &str, span: Span) -> Expr {
    Expr::str(span, text.get(span.range()).unwrap_or_default())
}

/// A text with something in it that is not followed.
fn not_read(span: Span) -> Expr {
    Expr::hole(span, HoleReason::Template(Arc::from("")))
}

/// A text at `inside` of a value. Where it has quotes around it, what is put in is no more than text: it is a part by
/// itself, and begins behind the quote.
fn within(value: Span, inside: Span, parts: Vec<Expr>) -> Expr {
    let whole = Expr { span: inside, ..joined(inside, parts) };
    if inside.start == value.start {
        return Expr { span: value, ..whole };
    }
    Expr::new(value, ExprKind::Op(Op::Concat, vec![whole]))
}

fn joined(span: Span, mut parts: Vec<Expr>) -> Expr {
    match (parts.pop(), parts.is_empty()) {
        (None, _) => Expr::str(span, ""),
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            Expr::new(span, ExprKind::Op(Op::Concat, parts))
        }
    }
}
