//! What a file does with a value at one place: the language's ways of handing it on.

use std::sync::Arc;

use tree_sitter::Node;

use super::cx::EcmaCx;
use super::node::{arguments, children, is_function};
use super::scope::BindingKind;
use crate::facts::{Expr, ExprKind};
use crate::parse::fields::Fields;

/// What is done with a value.
#[derive(Clone, Copy, Debug)]
pub enum Use<'t> {
    /// `value.name(...)`.
    Method {
        /// The call.
        call: Node<'t>,
        /// The method.
        name: &'t str,
    },
    /// `value[key](...)`.
    Computed {
        /// The call.
        call: Node<'t>,
    },
    /// `callee(value)`, `new Callee({ key: value })`.
    Argument {
        /// The call or `new`.
        call: Node<'t>,
        /// Which argument.
        index: u32,
        /// The property of the argument that it is.
        key: Option<&'t str>,
    },
    /// It is looked at, named again, returned or exported: whoever gets it is seen to use it.
    Read,
    /// It goes into something from which anything may take it.
    Stored,
}

/// The use of the value that `node` (a name, a member or a creation) denotes.
#[must_use]
pub fn use_of<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Use<'t> {
    let value = outside_of_wraps(cx, node);
    let Some(parent) = cx.parent(value) else { return Use::Read };
    let is_field = |name: &'static str| parent.field(name).is_some_and(|field| field.id() == value.id());
    match parent.kind() {
        "member_expression" if is_field("object") => member_use(cx, parent),
        "subscript_expression" if is_field("object") => match called(cx, outside_of_wraps(cx, parent)) {
            Some(call) => Use::Computed { call },
            None => Use::Stored,
        },
        "arguments" => argument_use(cx, parent, value, None),
        // A field of a class is known by its name, as what a constructor assigns.
        "public_field_definition" | "field_definition" if is_field("value") => Use::Read,
        "pair" if is_field("value") => property_use(cx, parent, parent.field("key").map(|key| cx.text(key))),
        "object" => property_use(cx, value, Some(cx.text(value))),
        "assignment_expression" if is_field("right") => {
            let left = parent.field("left").map_or("", |left| cx.text(left));
            let is_export =
                left == "module.exports" || left.starts_with("module.exports.") || left.starts_with("exports.");
            if is_export || left.starts_with("this.") { Use::Read } else { Use::Stored }
        }
        "assignment_expression"
        | "variable_declarator"
        | "return_statement"
        | "export_statement"
        | "export_specifier"
        | "expression_statement"
        | "if_statement"
        | "while_statement"
        | "binary_expression"
        | "unary_expression"
        | "template_substitution"
        | "class_heritage"
        | "extends_clause"
        | "call_expression"
        | "new_expression"
        | "arrow_function"
        | "sequence_expression"
        | "typeof_expression"
        | "type_query" => Use::Read,
        "ternary_expression" if is_field("condition") => Use::Read,
        _ => Use::Stored,
    }
}

/// The expression with everything around it that passes the value through.
fn outside_of_wraps<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Node<'t> {
    let mut node = node;
    while let Some(parent) = cx.parent(node).filter(|parent| {
        matches!(
            parent.kind(),
            "parenthesized_expression"
                | "as_expression"
                | "satisfies_expression"
                | "non_null_expression"
                | "await_expression"
        )
    }) {
        node = parent;
    }
    node
}

/// The call whose callee a node is.
fn called<'t>(cx: &EcmaCx<'t>, callee: Node<'t>) -> Option<Node<'t>> {
    let call = cx.parent(callee).filter(|parent| parent.kind() == "call_expression")?;
    (call.field("function")?.id() == callee.id()).then_some(call)
}

fn member_use<'t>(cx: &EcmaCx<'t>, member: Node<'t>) -> Use<'t> {
    let whole = outside_of_wraps(cx, member);
    let name = member.field("property").map_or("", |property| cx.text(property));
    if let Some(call) = called(cx, whole) {
        return Use::Method { call, name };
    }
    // A property that is read or written; a method that is taken along adds what it is later called with.
    let is_taken = cx
        .parent(whole)
        .is_some_and(|parent| matches!(parent.kind(), "arguments" | "variable_declarator" | "pair" | "array"));
    let adds = matches!(name, "get" | "post" | "put" | "patch" | "delete" | "all" | "use" | "route" | "on" | "ws");
    if is_taken && adds { Use::Stored } else { Use::Read }
}

fn argument_use<'t>(cx: &EcmaCx<'t>, list: Node<'t>, value: Node<'t>, key: Option<&'t str>) -> Use<'t> {
    let Some(call) = cx.parent(list) else { return Use::Stored };
    let position = arguments(call).iter().position(|argument| argument.id() == value.id());
    match position.and_then(|position| u32::try_from(position).ok()) {
        Some(index) => Use::Argument { call, index, key },
        None => Use::Stored,
    }
}

/// A property of an object literal: the object may be an argument, or what a function gives back.
fn property_use<'t>(cx: &EcmaCx<'t>, property: Node<'t>, key: Option<&'t str>) -> Use<'t> {
    let Some(object) = cx.parent(property).filter(|parent| parent.kind() == "object") else { return Use::Stored };
    let whole = outside_of_wraps(cx, object);
    let Some(parent) = cx.parent(whole) else { return Use::Stored };
    match parent.kind() {
        "arguments" => argument_use(cx, parent, whole, key),
        "return_statement" | "arrow_function" | "export_statement" => Use::Read,
        "assignment_expression" => {
            let left = parent.field("left").map_or("", |left| cx.text(left));
            if matches!(left, "module.exports" | "exports") { Use::Read } else { Use::Stored }
        }
        _ => Use::Stored,
    }
}

impl<'t> EcmaCx<'t> {
    /// The name by which a function is called from outside: its own, or the one that the module exports it under.
    #[must_use]
    pub fn called_name(&self, function: Node<'t>) -> Option<Arc<str>> {
        self.function_name(function).or_else(|| self.exported_name(function))
    }

    fn exported_name(&self, function: Node<'t>) -> Option<Arc<str>> {
        let parent = self.parent(function)?;
        let exported = |left: &'t str| match left {
            "module.exports" => Some("default"),
            _ => left.strip_prefix("module.exports.").or_else(|| left.strip_prefix("exports.")),
        };
        let is_exports = |object: Node<'t>| {
            let around = self.parent(object)?;
            match around.kind() {
                "export_statement" => Some(()),
                "assignment_expression" => (self.text(around.field("left")?) == "module.exports").then_some(()),
                _ => None,
            }
        };
        let name = match parent.kind() {
            "export_statement" => "default",
            "assignment_expression" => exported(self.text(parent.field("left")?))?,
            "pair" => is_exports(self.parent(parent)?).and(parent.field("key")).map(|key| self.text(key))?,
            "object" if function.kind() == "method_definition" => {
                is_exports(parent).and(function.field("name")).map(|name| self.text(name))?
            }
            _ => return None,
        };
        Some(Arc::from(name))
    }

    /// The names of all functions and classes of the file by which they can be called from outside.
    #[must_use]
    pub fn callable_names(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = self.scopes.function_names.values().cloned().collect();
        for (_, binding) in self.scopes.bindings() {
            if let BindingKind::Class(_) = binding.kind {
                names.push(Arc::from(binding.name));
            }
        }
        names.extend(self.scopes.functions().filter_map(|function| self.exported_name(function)));
        names.sort();
        names.dedup();
        names
    }

    /// A parameter in terms of the function that it belongs to, and the name by which that function is called.
    #[must_use]
    pub fn parameter(&self, identifier: Node<'t>) -> Option<(Expr, Option<Arc<str>>)> {
        let (_, binding) = self.binding_of(identifier)?;
        let BindingKind::Param { function, index, path, .. } = &binding.kind else { return None };
        let span = self.span(identifier);
        let mut expr = Expr::new(span, ExprKind::Param(*index));
        for step in path {
            match step {
                super::scope::Step::Key(key, _) => {
                    expr = Expr::new(span, ExprKind::Member(Box::new(expr), Arc::from(*key)));
                }
                super::scope::Step::Index(..) | super::scope::Step::Rest => return None,
            }
        }
        Some((expr, self.called_name(self.scopes.scope(*function).node)))
    }

    /// What is called, as others refer to it: a name of this file or an import, a member of one, a required module.
    #[must_use]
    pub fn callee(&self, call: Node<'t>) -> Option<Expr> {
        let field = if call.kind() == "new_expression" { "constructor" } else { "function" };
        let callee = super::node::strip(call.field(field)?);
        self.referred(callee)
    }

    fn referred(&self, node: Node<'t>) -> Option<Expr> {
        let node = super::node::strip(node);
        let span = self.span(node);
        match node.kind() {
            "identifier" => Some(Expr::new(span, ExprKind::Name(Arc::from(self.text(node))))),
            "member_expression" => {
                let object = node.field("object")?;
                let property = self.text(node.field("property")?);
                if object.kind() == "this" {
                    let function = self.method_of_this(node, property)?;
                    return Some(Expr::new(span, ExprKind::Name(self.function_name(function)?)));
                }
                Some(Expr::new(span, ExprKind::Member(Box::new(self.referred(object)?), Arc::from(property))))
            }
            "call_expression" => {
                let argument = *arguments(node).first()?;
                let module = super::node::string_text(argument, self.source)?;
                let callee = node.field("function")?;
                (self.text(callee) == "require").then(|| {
                    Expr::new(
                        span,
                        ExprKind::Call {
                            callee: Box::new(Expr::new(self.span(callee), ExprKind::Name(Arc::from("require")))),
                            args: vec![Expr::str(self.span(argument), module)],
                            keywords: Vec::new(),
                        },
                    )
                })
            }
            _ => None,
        }
    }
}

/// Whether any node below the root is of the view: such a file holds no server.
#[must_use]
pub fn is_view<'t>(cx: &EcmaCx<'t>) -> bool {
    cx.shown.iter().any(|node| matches!(node.kind(), "jsx_opening_element" | "jsx_self_closing_element"))
}

/// Every node at which a value may be named: identifiers, `this.x`, and calls.
pub fn named_places<'t>(cx: &EcmaCx<'t>, visit: &mut dyn FnMut(Node<'t>)) {
    let mut cursor = cx.root.walk();
    loop {
        let node = cursor.node();
        let mut descend = true;
        match node.kind() {
            "identifier" | "shorthand_property_identifier" => visit(node),
            "member_expression" if node.field("object").is_some_and(|object| object.kind() == "this") => visit(node),
            // What a decorator names describes a class: adapters read it.
            "import_statement" | "type_annotation" | "decorator" | "string" | "regex" | "comment" => descend = false,
            _ => {}
        }
        if descend && cursor.goto_first_child() {
            continue;
        }
        loop {
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// Whether an identifier is the one that a declaration or parameter binds, and no use of it.
#[must_use]
pub fn is_declared_here<'t>(cx: &EcmaCx<'t>, identifier: Node<'t>) -> bool {
    cx.binding_of(identifier).is_some_and(|(_, binding)| binding.span == cx.span(identifier))
}

/// The elements of an array literal, or of what a name stands for.
#[must_use]
pub fn array_items<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Vec<Node<'t>>> {
    let array = cx.initial(node);
    (array.kind() == "array").then(|| children(array).collect())
}

/// The function literal around a node whose parameters it may use, and the call that gets it (`rows.forEach(row => ...)`).
#[must_use]
pub fn callback_of<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let function = cx.enclosing_function(node).filter(|function| is_function(*function))?;
    let call = cx.parent(cx.parent(function).filter(|list| list.kind() == "arguments")?)?;
    (call.kind() == "call_expression").then_some((function, call))
}
