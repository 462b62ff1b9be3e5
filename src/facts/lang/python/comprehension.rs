//! Comprehensions: the same change for each element, and filters.

use tree_sitter::Node;

use super::build::{PythonCx, op, span};
use super::place::{At, Meaning};
use crate::facts::{Expr, ExprKind, HoleReason, Op};
use crate::parse::fields::Fields;

impl<'t> PythonCx<'t> {
    /// `[x.strip() for x in xs if x]`.
    pub(super) fn comprehension(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        self.simple_comprehension(node, at).unwrap_or_else(|| Expr::hole(here, HoleReason::Unsupported))
    }

    pub(super) fn simple_comprehension(&self, node: Node<'t>, at: &At<'t>) -> Option<Expr> {
        let here = span(node);
        let body = node.field("body")?;
        let mut cursor = node.walk();
        let clauses: Vec<_> = node.named_children(&mut cursor).filter(|child| child.id() != body.id()).collect();
        let (first, conditions) = clauses.split_first()?;
        let (variable, over) = (first.field("left")?, first.field("right")?);
        if first.kind() != "for_in_clause" || variable.kind() != "identifier" {
            return None;
        }
        let variable = self.text(variable);
        // The body as a chain of operations on the variable, innermost first.
        let mark = Expr::new(here, ExprKind::Undefined);
        let inner = at.with(variable, Meaning::Value(mark.clone()));
        let list = self.expr(over, at);
        if let ExprKind::Hole(reason) = list.kind {
            return Some(Expr::hole(here, reason));
        }
        let mut trims = false;
        for condition in conditions {
            if condition.kind() != "if_clause" {
                return None;
            }
            match self.text(condition.named_child(0)?) {
                text if text == variable => {}
                text if text == format!("{variable}.strip()") => trims = true,
                _ => return None,
            }
        }
        let mut value = list;
        let built = self.expr(body, &inner);
        let mut chain = Vec::new();
        let mut current = &built;
        while *current != mark {
            let ExprKind::Op(kind, operands) = &current.kind else { return None };
            let (first, rest) = operands.split_first()?;
            if contains(rest, &mark) {
                return None;
            }
            chain.push((kind.clone(), rest.to_vec()));
            current = first;
        }
        let trimmed = chain.last().is_some_and(|(kind, _)| *kind == Op::Trim);
        if !conditions.is_empty() && trims && !trimmed {
            value = op(here, Op::DropEmpty, vec![value]);
        }
        for (kind, rest) in chain.into_iter().rev() {
            value = match kind {
                Op::Trim => op(here, Op::TrimEach, vec![value]),
                Op::ToStr => op(here, Op::Each(Box::new(Op::ToStr)), vec![value]),
                kind => {
                    let mut operands = vec![value];
                    operands.extend(rest);
                    op(here, Op::Each(Box::new(kind)), operands)
                }
            };
        }
        if !conditions.is_empty() {
            value = op(here, Op::DropEmpty, vec![value]);
        }
        Some(value)
    }
}

fn contains(exprs: &[Expr], mark: &Expr) -> bool {
    exprs.iter().any(|expr| expr == mark)
}
