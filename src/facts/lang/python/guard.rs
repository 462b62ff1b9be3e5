//! Conditions of Python source as guards.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::PythonCx;
use super::place::At;
use crate::base::Span;
use crate::facts::{Arm, Expr, ExprKind, Guard, Sense, Test};
use crate::parse::fields::Fields;

/// How many conditions of one expression are looked at before it becomes opaque.
const MAX_CONDITIONS: usize = 16;

fn flip(sense: Sense) -> Sense {
    match sense {
        Sense::Holds => Sense::Fails,
        Sense::Fails => Sense::Holds,
    }
}

/// `new` under `guards`, else `old`.
pub(super) fn either(span: Span, guards: Vec<Guard>, new: Expr, old: Option<Expr>) -> Expr {
    if guards.is_empty() {
        return new;
    }
    let first = Arm { guards, value: new };
    // `if c: x = a` and `else: x = b` are two arms of one choice.
    let old = match old {
        Some(Expr { kind: ExprKind::Choice(arms), span }) if arms.last().is_some_and(|arm| !arm.guards.is_empty()) => {
            return with_arm(span, arms, first);
        }
        old => old,
    };
    let mut arms = vec![first];
    arms.extend(old.map(|value| Arm { guards: Vec::new(), value }));
    Expr::new(span, ExprKind::Choice(arms))
}

/// A choice with one more arm, which comes after the others in the source and so before them in force.
fn with_arm(span: Span, mut arms: Vec<Arm>, first: Arm) -> Expr {
    let all_fail = first.guards.iter().all(|guard| {
        guard.sense == Sense::Fails
            && arms
                .iter()
                .any(|arm| arm.guards.iter().any(|other| other.test == guard.test && other.sense == Sense::Holds))
    });
    if all_fail {
        arms.reverse();
        arms.push(Arm { guards: Vec::new(), value: first.value });
    } else {
        arms.insert(0, first);
    }
    Expr::new(span, ExprKind::Choice(arms))
}

fn is_hole(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Hole(_))
}

impl<'t> PythonCx<'t> {
    /// The guards under which `condition` comes out as `sense`.
    #[must_use]
    pub fn guards(&self, condition: Node<'t>, sense: Sense, at: &At<'t>) -> Vec<Guard> {
        let mut guards = Vec::new();
        let mut work = vec![(condition, sense)];
        let mut steps = 0;
        while let Some((node, sense)) = work.pop() {
            steps += 1;
            if steps > MAX_CONDITIONS {
                return vec![self.opaque(condition, sense)];
            }
            match node.kind() {
                "parenthesized_expression" => work.extend(node.named_child(0).map(|inner| (inner, sense))),
                "not_operator" => {
                    work.extend(node.field("argument").map(|inner| (inner, flip(sense))));
                }
                "boolean_operator" => {
                    let operator = node.field("operator").map_or("", |op| self.text(op));
                    let conjunction = matches!((operator, sense), ("and", Sense::Holds) | ("or", Sense::Fails));
                    let parts = (node.field("left"), node.field("right"));
                    match parts {
                        (Some(left), Some(right)) if conjunction => {
                            work.push((right, sense));
                            work.push((left, sense));
                        }
                        _ => guards.push(self.opaque(node, sense)),
                    }
                }
                "comparison_operator" => guards.extend(self.comparison(node, sense, at)),
                "call" => guards.push(self.test_call(node, sense, at)),
                "true" if sense == Sense::Holds => {}
                _ if self.text(node).ends_with("TYPE_CHECKING") => {}
                _ => guards.push(self.truthy(node, sense, at)),
            }
        }
        guards
    }

    fn opaque(&self, node: Node<'t>, sense: Sense) -> Guard {
        let text: Vec<&str> = self.text(node).split_whitespace().collect();
        Guard { test: Test::Opaque(Arc::from(text.join(" "))), sense }
    }

    fn truthy(&self, node: Node<'t>, sense: Sense, at: &At<'t>) -> Guard {
        let value = self.expr(node, at);
        if is_hole(&value) { self.opaque(node, sense) } else { Guard { test: Test::Truthy(Box::new(value)), sense } }
    }

    fn test_call(&self, node: Node<'t>, sense: Sense, at: &At<'t>) -> Guard {
        if let Some(function) = node.field("function").filter(|function| function.kind() == "attribute")
            && function.field("attribute").is_some_and(|name| self.text(name) == "startswith")
            && let Some(object) = function.field("object")
            && let Some(argument) = node.field("arguments").and_then(|args| args.named_child(0))
        {
            let (object, argument) = (self.expr(object, at), self.expr(argument, at));
            if !is_hole(&object) && !is_hole(&argument) {
                return Guard { test: Test::StartsWith(Box::new(object), Box::new(argument)), sense };
            }
            return self.opaque(node, sense);
        }
        self.truthy(node, sense, at)
    }

    fn comparison(&self, node: Node<'t>, sense: Sense, at: &At<'t>) -> Option<Guard> {
        let (Some(left), Some(right)) = (node.named_child(0), node.named_child(1)) else {
            return Some(self.opaque(node, sense));
        };
        if self.text(left) == "__name__" {
            return None;
        }
        let mut cursor = node.walk();
        let words: Vec<&str> =
            node.children_by_field_name("operators", &mut cursor).map(|word| self.text(word)).collect();
        let operator = words.join(" ");
        if node.named_child_count() > 2 {
            return Some(self.opaque(node, sense));
        }
        let negated = matches!(operator.as_str(), "!=" | "not in" | "is not");
        let sense = if negated { flip(sense) } else { sense };
        let (left_value, right_value) = (self.expr(left, at), self.expr(right, at));
        if is_hole(&left_value) || is_hole(&right_value) {
            let sense = if negated { flip(sense) } else { sense };
            return Some(self.opaque(node, sense));
        }
        let (a, b) = (Box::new(left_value), Box::new(right_value));
        let test = match operator.as_str() {
            "==" | "!=" | "is" | "is not" => match (&a.kind, &b.kind) {
                (_, ExprKind::Null) => return Some(Guard { test: Test::Defined(a), sense: flip(sense) }),
                (ExprKind::Null, _) => return Some(Guard { test: Test::Defined(b), sense: flip(sense) }),
                (_, ExprKind::Bool(true)) => Test::Truthy(a),
                (_, ExprKind::Bool(false)) => return Some(Guard { test: Test::Truthy(a), sense: flip(sense) }),
                _ => Test::Equal(a, b),
            },
            "in" | "not in" => Test::Contains(b, a),
            _ => {
                let sense = if negated { flip(sense) } else { sense };
                return Some(self.opaque(node, sense));
            }
        };
        Some(Guard { test, sense })
    }
}
