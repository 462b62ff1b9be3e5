//! Decorators of classes and methods.

use std::sync::Arc;

use tree_sitter::Node;

use crate::base::Limit;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, strip};

/// `@Name(args)` or `@Name`.
pub struct Decorator<'t> {
    /// The whole of it.
    pub node: Node<'t>,
    /// What is called.
    callee: Node<'t>,
    /// What it is given.
    pub args: Vec<Node<'t>>,
}

impl<'t> Decorator<'t> {
    fn of(node: Node<'t>) -> Option<Self> {
        let inner = strip(children(node).next()?);
        let (callee, args) = match inner.kind() {
            "call_expression" => (inner.child_by_field_name("function")?, arguments(inner)),
            _ => (inner, Vec::new()),
        };
        Some(Self { node, callee, args })
    }

    /// Whether it is the export `name` of `module`.
    pub fn is(&self, cx: &EcmaCx<'t>, module: &str, name: &str) -> bool {
        cx.origin(self.callee).is_some_and(|origin| origin.is(module, name))
    }

    /// Its name, when it is one of `@nestjs/common`.
    pub fn of_common(&self, cx: &EcmaCx<'t>) -> Option<&'t str> {
        match cx.origin(self.callee)? {
            origin if origin.module == "@nestjs/common" => origin.members().first().copied(),
            _ => None,
        }
    }

    /// The package that it comes from, when it is none of this repository.
    pub fn package(&self, cx: &EcmaCx<'t>) -> Option<&'t str> {
        let module = cx.origin(self.callee)?.module;
        (!module.starts_with(['.', '~', '#']) && !module.starts_with("@/") && !module.starts_with("src/"))
            .then_some(module)
    }
}

/// Decorators of one class.
const DECORATORS: Limit = Limit::new(
    50,
    "decorators of one class",
    "what the others say of the class is unknown",
    "write fewer decorators in front of it",
);

/// The decorators of a class: they stand in front of it, or of its `export`.
pub fn of_class<'t>(cx: &EcmaCx<'t>, class: Node<'t>) -> Vec<Decorator<'t>> {
    let around = cx.parent(class).filter(|parent| parent.kind() == "export_statement");
    let nodes = [Some(class), around].into_iter().flatten().flat_map(children);
    let mut found: Vec<Node<'t>> = nodes
        .filter(|node| node.kind() == "decorator" && cx.text(*node).len() > 1)
        .take(DECORATORS.most_items() + 1)
        .collect();
    if found.len() > DECORATORS.most_items() {
        cx.limit(cx.span(class), DECORATORS);
        found.truncate(DECORATORS.most_items());
    }
    found.into_iter().filter_map(Decorator::of).collect()
}

/// The methods of a class, each with its decorators.
pub fn methods<'t>(class: Node<'t>) -> Vec<(Node<'t>, Vec<Decorator<'t>>)> {
    let mut found = Vec::new();
    let mut before = Vec::new();
    for member in class.child_by_field_name("body").into_iter().flat_map(children) {
        match member.kind() {
            "decorator" => before.extend(Decorator::of(member)),
            "method_definition" => {
                let own = children(member).filter(|node| node.kind() == "decorator").filter_map(Decorator::of);
                before.extend(own);
                found.push((member, std::mem::take(&mut before)));
            }
            _ => before.clear(),
        }
    }
    found
}

/// The name of a class.
pub fn name<'t>(cx: &EcmaCx<'t>, class: Node<'t>) -> Arc<str> {
    Arc::from(class.child_by_field_name("name").map_or("", |name| cx.text(name)))
}

/// Whether a class has a parent, which may bring methods of its own.
pub fn extends(class: Node<'_>) -> bool {
    children(class).any(|node| {
        node.kind() == "class_heritage"
            && children(node).any(|part| part.kind() == "extends_clause" || part.kind() == "identifier")
    })
}
