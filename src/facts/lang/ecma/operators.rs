//! Operators and conditions: sums, fallbacks, ternaries.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::{Builder, MAX_LEVELS, MAX_TERMS};
use super::node::{is_function, strip};
use crate::facts::{Arm, Expr, ExprKind, Guard, HoleReason, Op, Sense, Test};
use crate::parse::fields::Fields;

impl<'t> Builder<'_, 't> {
    pub(super) fn binary(&mut self, node: Node<'t>) -> ExprKind {
        let operator = node.field("operator").map_or("", |node| self.cx.text(node));
        match operator {
            "+" => self.sum(node),
            "??" | "||" => self.fallback(node, operator),
            "&&" => self.both(node),
            "===" | "==" | "!==" | "!=" => self.truth(node),
            "*" => match (node.field("left"), node.field("right")) {
                (Some(left), Some(right)) => ExprKind::Op(Op::Multiply, vec![self.expr(left), self.expr(right)]),
                _ => ExprKind::Hole(HoleReason::Unsupported),
            },
            _ => ExprKind::Hole(HoleReason::Unsupported),
        }
    }

    /// The operands of a left-nested chain of one operator, in order. Sums of 60,000 terms nest that deep.
    pub(super) fn chain(&self, node: Node<'t>, operator: &str) -> Option<Vec<Node<'t>>> {
        let mut terms = Vec::new();
        let mut current = node;
        loop {
            let is_same = current.kind() == "binary_expression"
                && current.field("operator").is_some_and(|node| node.kind() == operator);
            if !is_same {
                terms.push(current);
                break;
            }
            terms.extend(current.field("right"));
            if terms.len() > MAX_TERMS {
                return None;
            }
            current = strip(current.field("left")?);
        }
        terms.reverse();
        Some(terms)
    }

    pub(super) fn sum(&mut self, node: Node<'t>) -> ExprKind {
        let Some(terms) = self.chain(node, "+") else { return ExprKind::Hole(HoleReason::Limit) };
        let terms: Vec<Expr> = terms.into_iter().map(|term| self.expr(term)).collect();
        if terms.iter().all(|term| matches!(term.kind, ExprKind::Num(_))) {
            let number = |term: &Expr| match &term.kind {
                ExprKind::Num(number) => number.parse::<i64>().ok(),
                _ => None,
            };
            let sum = terms.iter().try_fold(0i64, |sum, term| sum.checked_add(number(term)?));
            return match sum {
                Some(sum) => ExprKind::Num(Arc::from(sum.to_string())),
                None => ExprKind::Op(Op::Other(Arc::from("+")), terms),
            };
        }
        ExprKind::Op(Op::Concat, terms)
    }

    /// `a ?? b ?? c`, `a || b || c`.
    pub(super) fn fallback(&mut self, node: Node<'t>, operator: &str) -> ExprKind {
        let Some(terms) = self.chain(node, operator) else { return ExprKind::Hole(HoleReason::Limit) };
        let last = terms.len().saturating_sub(1);
        let mut arms = Vec::new();
        for (index, term) in terms.into_iter().enumerate() {
            let value = self.expr(term);
            let guards = if index == last {
                Vec::new()
            } else {
                let test = match operator {
                    "??" => Test::Defined(Box::new(value.clone())),
                    _ => super::condition::truthy(value.clone()),
                };
                vec![Guard { test, sense: Sense::Holds }]
            };
            arms.push(Arm { guards, value });
        }
        ExprKind::Choice(arms)
    }

    /// `a && b`: b when a holds, else something that is no address.
    pub(super) fn both(&mut self, node: Node<'t>) -> ExprKind {
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else {
            return ExprKind::Hole(HoleReason::Unsupported);
        };
        let otherwise = Expr::new(self.cx.span(left), ExprKind::Bool(false));
        self.choose(left, |builder| builder.expr(right), |_| otherwise)
    }

    pub(super) fn ternary(&mut self, node: Node<'t>) -> ExprKind {
        let field = |name| node.field(name);
        let (Some(condition), Some(consequence), Some(alternative)) =
            (field("condition"), field("consequence"), field("alternative"))
        else {
            return ExprKind::Hole(HoleReason::Unsupported);
        };
        self.choose(condition, |builder| builder.expr(consequence), |builder| builder.expr(alternative))
    }

    /// A choice by a condition; alternatives that come out the same are one.
    pub(super) fn choose(
        &mut self,
        condition: Node<'t>,
        holds: impl FnOnce(&mut Self) -> Expr,
        fails: impl FnOnce(&mut Self) -> Expr,
    ) -> ExprKind {
        let ways = self.ways(condition, Sense::Holds);
        let (holds, fails) = (holds(self), fails(self));
        choice(ways, holds, fails)
    }

    /// `value` when every `if` around the statement of `node` lets it run, within its function; else `otherwise`.
    pub(super) fn under_conditions(&mut self, node: Node<'t>, value: Expr, otherwise: &Expr) -> Expr {
        let mut value = value;
        let mut at = node;
        for _ in 0..MAX_LEVELS {
            let Some(parent) = self.cx.parent(at).filter(|parent| !is_function(*parent)) else { break };
            if parent.kind() == "if_statement"
                && let Some(condition) = parent.field("condition").filter(|condition| condition.id() != at.id())
            {
                let is_alternative = parent.field("alternative").is_some_and(|other| other.id() == at.id());
                let sense = if is_alternative { Sense::Fails } else { Sense::Holds };
                let ways = self.ways(condition, sense);
                value = Expr::new(value.span, choice(ways, value, otherwise.clone()));
            }
            at = parent;
        }
        value
    }

    /// A comparison as a value.
    pub(super) fn truth(&mut self, node: Node<'t>) -> ExprKind {
        let span = self.cx.span(node);
        let bool = |value| Expr::new(span, ExprKind::Bool(value));
        self.choose(node, |_| bool(true), |_| bool(false))
    }

    pub(super) fn unary(&mut self, node: Node<'t>) -> ExprKind {
        match node.field("operator").map(|node| node.kind()) {
            Some("!") => self.truth(node),
            Some("void") => ExprKind::Undefined,
            Some("+") => match node.field("argument") {
                Some(argument) => ExprKind::Op(Op::ToNumber, vec![self.expr(argument)]),
                None => ExprKind::Hole(HoleReason::Unsupported),
            },
            Some("-") => ExprKind::Num(Arc::from(self.cx.text(node))),
            _ => ExprKind::Hole(HoleReason::Unsupported),
        }
    }
}

/// `ways` lead to `holds`, everything else to `fails`.
pub(super) fn choice(ways: Vec<Vec<Guard>>, holds: Expr, fails: Expr) -> ExprKind {
    if holds.kind == fails.kind {
        return holds.kind;
    }
    if ways.iter().any(Vec::is_empty) {
        return holds.kind;
    }
    if ways.is_empty() {
        return fails.kind;
    }
    let mut arms: Vec<Arm> = ways.into_iter().map(|guards| Arm { guards, value: holds.clone() }).collect();
    match fails.kind {
        // `a ? x : b ? y : z` is one choice of three.
        ExprKind::Choice(more) => arms.extend(more),
        kind => arms.push(Arm { guards: Vec::new(), value: Expr::new(fails.span, kind) }),
    }
    ExprKind::Choice(arms)
}

/// `value`, or `otherwise` when it is undefined.
pub(super) fn or_default(value: Expr, otherwise: Expr) -> Expr {
    let guard = Guard { test: Test::Defined(Box::new(value.clone())), sense: Sense::Holds };
    let span = value.span;
    let arms = vec![Arm { guards: vec![guard], value }, Arm { guards: Vec::new(), value: otherwise }];
    Expr::new(span, ExprKind::Choice(arms))
}
