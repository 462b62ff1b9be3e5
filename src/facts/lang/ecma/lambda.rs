//! Functions as values, and the parameters of the functions around a place.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::{Builder, Frame};
use super::cx::EcmaCx;
use super::node::children;
use super::operators::or_default;
use super::scope::ScopeId;
use crate::base::Span;
use crate::facts::{Closure, Expr, ExprKind, Function, HoleReason, Lambda, Param};
use crate::parse::fields::Fields;

/// Functions inside functions that are built as values.
const MAX_LAMBDAS: usize = 6;

/// How large the result of a function is that is written as a value: an object of functions holds many.
const MAX_NODES: usize = 400;

/// What tells a function of a file from the others.
pub(super) fn key_of(function: Node<'_>) -> u32 {
    u32::try_from(function.start_byte()).unwrap_or(u32::MAX - 1) + 1
}

impl<'t> Builder<'_, 't> {
    /// A function that is written as a value.
    pub(super) fn lambda(&mut self, node: Node<'t>) -> ExprKind {
        let Some(scope) = self.cx.scopes.by_node.get(&node.id()).copied() else {
            return ExprKind::Hole(HoleReason::Unsupported);
        };
        if self.lambdas.len() >= MAX_LAMBDAS || self.lambdas.contains(&scope) {
            self.seen.limit = true;
            return ExprKind::Hole(HoleReason::Unsupported);
        }
        // Inside, its own parameters are parameters again, even where a call of it is being written out.
        let hidden = self.arguments.iter().position(|(id, _)| *id == scope).map(|at| self.arguments.remove(at));
        self.lambdas.push(scope);
        let mut function = Function { key: key_of(node), ..Function::default() };
        if let Some(parameter) = node.field("parameter") {
            let name = Arc::from(self.cx.text(parameter));
            function.params.push(Param { name, default: None, annotation: None });
        }
        for parameter in node.field("parameters").into_iter().flat_map(children) {
            let Some(pattern) = parameter.field("pattern").filter(|pattern| pattern.kind() != "this") else { continue };
            let name = if pattern.kind() == "identifier" { self.cx.text(pattern) } else { "" };
            let default = parameter.field("value").map(|value| self.expr(value));
            function.params.push(Param { name: Arc::from(name), default, annotation: None });
        }
        let is_kept = |value: &Expr| !super::module::is_opaque(value) && !value.is_larger_than(MAX_NODES);
        function.returns = self.returned(node).filter(is_kept);
        self.lambdas.pop();
        self.arguments.extend(hidden);
        let around: Vec<ScopeId> = self.cx.scopes.ancestors(scope).skip(1).collect();
        let given = self
            .arguments
            .iter()
            .filter(|(id, _)| around.contains(id))
            .map(|(id, args)| (key_of(self.cx.scopes.scope(*id).node), args.clone()))
            .collect();
        ExprKind::Lambda(Arc::new(Lambda { function, given }))
    }

    /// A parameter in the terms of the frame.
    pub(super) fn framed_parameter(
        &mut self,
        function: ScopeId,
        index: u32,
        default: Option<Node<'t>>,
        span: Span,
    ) -> Expr {
        if self.lambdas.last() == Some(&function) {
            return Expr::new(span, ExprKind::Param(index));
        }
        if self.lambdas.contains(&function) {
            return Expr::new(span, ExprKind::Captured(self.key(function), index));
        }
        match self.frame {
            Frame::Closed => Expr::hole(span, HoleReason::Parameter),
            Frame::Open(Some(own)) if own == function && self.lambdas.is_empty() => {
                Expr::new(span, ExprKind::Param(index))
            }
            Frame::Open(Some(own)) if own == function => Expr::new(span, ExprKind::Captured(self.key(function), index)),
            Frame::Open(own) => {
                let node = self.cx.scopes.scope(function).node;
                let is_named = self.cx.function_name(node).is_some();
                if own.is_none() && is_named {
                    self.frame = Frame::Open(Some(function));
                    return match self.lambdas.is_empty() {
                        true => Expr::new(span, ExprKind::Param(index)),
                        false => Expr::new(span, ExprKind::Captured(self.key(function), index)),
                    };
                }
                if !is_named && !is_handed_on(self.cx, node) {
                    // A callback: whatever calls it is code that the file does not show.
                    let reason = if own.is_none() { HoleReason::Runtime } else { HoleReason::Parameter };
                    return Expr::hole(span, reason);
                }
                if !self.captured.contains(&function) {
                    self.captured.push(function);
                }
                let value = Expr::new(span, ExprKind::Captured(self.key(function), index));
                match default {
                    Some(default) => or_default(value, self.expr(default)),
                    None => value,
                }
            }
        }
    }

    fn key(&self, function: ScopeId) -> u32 {
        key_of(self.cx.scopes.scope(function).node)
    }

    /// The innermost function around the place of which parameters are used.
    #[must_use]
    pub fn closure(&self) -> Option<Closure> {
        let home = match self.frame {
            Frame::Open(Some(home)) => Some(home),
            Frame::Open(None) | Frame::Closed => None,
        };
        // What a constructor was given comes with the object.
        let is_constructor = |function: &ScopeId| {
            let node = self.cx.scopes.scope(*function).node;
            node.kind() == "method_definition"
                && node.field("name").is_some_and(|name| self.cx.text(name) == "constructor")
        };
        let start = |function: &ScopeId| (!is_constructor(function), self.cx.scopes.scope(*function).span.start);
        let inner = self.captured.iter().copied().chain(home).max_by_key(start)?;
        Some(Closure { inner: self.key(inner), home: home.map(|home| self.key(home)) })
    }
}

/// Whether a function without a name is returned or kept, so that code of the repository may call it.
fn is_handed_on<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> bool {
    let mut node = function;
    for _ in 0..8 {
        let Some(parent) = cx.parent(node) else { return false };
        match parent.kind() {
            "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" => {
                node = parent;
            }
            "return_statement" | "pair" | "object" | "export_statement" => return true,
            "arrow_function" => return parent.field("body").is_some_and(|body| body.id() == node.id()),
            "assignment_expression" => return parent.field("right").is_some_and(|right| right.id() == node.id()),
            _ => return false,
        }
    }
    false
}
