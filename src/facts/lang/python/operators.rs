//! Operators: subscripts, `or` and `and`, sums, and format strings.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::{PythonCx, choice, is_list, member, op, span};
use super::place::At;
use super::text;
use crate::base::Span;
use crate::facts::{Arm, Expr, ExprKind, HoleReason, Op, Sense};
use crate::parse::fields::Fields;

/// How many operands one concatenation may have.
const MAX_OPERANDS: usize = 400;

impl<'t> PythonCx<'t> {
    pub(super) fn subscript(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let parts = (node.field("value"), node.field("subscript"));
        let (Some(object), Some(key)) = parts else { return Expr::hole(here, HoleReason::Unsupported) };
        if self.dotted(object).as_deref() == Some("os.environ") {
            return self.env_read(here, key, None, at);
        }
        let value = self.expr(object, at);
        if let Some(name) = text::literal(self.outline.text, key) {
            return member(here, value, &name);
        }
        if let ExprKind::Hole(reason) = value.kind {
            return Expr::hole(here, reason);
        }
        match key.kind() {
            "integer" | "unary_operator" => op(here, Op::Index, vec![value, self.expr(key, at)]),
            "slice" => {
                let text = self.text(key);
                let mut bounds = text.splitn(2, ':').map(|bound| bound.trim().parse::<i64>().ok());
                let number = |n: i64| Expr::new(span(key), ExprKind::Num(Arc::from(n.to_string())));
                match (text.starts_with(':'), bounds.next().flatten(), bounds.next().flatten()) {
                    (true, _, Some(to)) => op(here, Op::Slice, vec![value, number(0), number(to)]),
                    (_, Some(from), Some(to)) => op(here, Op::Slice, vec![value, number(from), number(to)]),
                    (_, Some(from), None) if text.ends_with(':') => op(here, Op::Slice, vec![value, number(from)]),
                    _ => Expr::hole(here, HoleReason::Unsupported),
                }
            }
            _ => Expr::hole(here, HoleReason::Unsupported),
        }
    }

    pub(super) fn boolean(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        // A left-leaning chain, walked without recursion.
        let mut operands = Vec::new();
        let mut current = node;
        let operator = node.field("operator").map_or("", |op| self.text(op));
        while current.kind() == "boolean_operator"
            && current.field("operator").is_some_and(|op| self.text(op) == operator)
            && operands.len() < MAX_OPERANDS
        {
            let parts = (current.field("left"), current.field("right"));
            let (Some(left), Some(right)) = parts else { break };
            operands.push(right);
            current = left;
        }
        operands.push(current);
        operands.reverse();
        let Some((last, firsts)) = operands.split_last() else { return Expr::hole(here, HoleReason::Unsupported) };
        let mut arms = Vec::new();
        for first in firsts {
            let (sense, value) = match operator {
                "or" => (Sense::Holds, self.expr(*first, at)),
                _ => (Sense::Fails, self.expr(*first, at)),
            };
            arms.push(Arm { guards: self.guards(*first, sense, at), value });
        }
        arms.push(Arm { guards: Vec::new(), value: self.expr(*last, at) });
        choice(here, arms)
    }

    pub(super) fn binary(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let operator = node.field("operator").map_or("", |op| self.text(op));
        match operator {
            "+" => {
                let mut operands = Vec::new();
                let mut current = node;
                while current.kind() == "binary_operator"
                    && current.field("operator").is_some_and(|op| self.text(op) == "+")
                {
                    let parts = (current.field("left"), current.field("right"));
                    let (Some(left), Some(right)) = parts else { break };
                    if operands.len() >= MAX_OPERANDS {
                        return Expr::hole(here, HoleReason::Limit);
                    }
                    operands.push(right);
                    current = left;
                }
                operands.push(current);
                let values: Vec<_> = operands.iter().rev().map(|operand| self.expr(*operand, at)).collect();
                if values.iter().any(is_list) {
                    values
                        .into_iter()
                        .reduce(|a, b| op(here, Op::Append, vec![a, b]))
                        .unwrap_or_else(|| Expr::hole(here, HoleReason::Unsupported))
                } else {
                    op(here, Op::Concat, values)
                }
            }
            "%" => self.percent(node, at),
            "*" => match (node.field("left"), node.field("right")) {
                (Some(left), Some(right)) => op(here, Op::Multiply, vec![self.expr(left, at), self.expr(right, at)]),
                _ => Expr::hole(here, HoleReason::Unsupported),
            },
            "|" => {
                // Sets and dictionaries joined.
                let parts = (node.field("left"), node.field("right"));
                let (Some(left), Some(right)) = parts else { return Expr::hole(here, HoleReason::Unsupported) };
                let (left, right) = (self.expr(left, at), self.expr(right, at));
                if is_list(&left) || is_list(&right) {
                    op(here, Op::Append, vec![left, right])
                } else {
                    Expr::hole(here, HoleReason::Unsupported)
                }
            }
            _ => Expr::hole(here, HoleReason::Unsupported),
        }
    }

    /// `"%s:%s" % (a, b)`.
    pub(super) fn percent(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let parts = (node.field("left"), node.field("right"));
        let (Some(left), Some(right)) = parts else { return Expr::hole(here, HoleReason::Unsupported) };
        let Some(format) = text::literal(self.outline.text, left) else {
            return Expr::hole(here, HoleReason::Unsupported);
        };
        let values = if right.kind() == "tuple" { self.items(right, at) } else { vec![self.expr(right, at)] };
        fill(span(left), here, &format, &["%s", "%d"], values)
    }
}

/// A format string with its placeholders filled, in order.
pub(super) fn fill(literal: Span, here: Span, format: &str, marks: &[&str], values: Vec<Expr>) -> Expr {
    let mut out = Vec::new();
    let mut rest = format;
    let mut values = values.into_iter();
    while let Some((at, mark)) = marks.iter().filter_map(|mark| Some((rest.find(mark)?, *mark))).min() {
        out.push(Expr::str(literal, &rest[..at]));
        match values.next() {
            Some(value) => out.push(value),
            None => return Expr::hole(here, HoleReason::Unsupported),
        }
        rest = &rest[at + mark.len()..];
    }
    if rest.contains(['%', '{']) || values.next().is_some() {
        return Expr::hole(here, HoleReason::Unsupported);
    }
    out.push(Expr::str(literal, rest));
    op(here, Op::Concat, out)
}
