//! Classes: what `this.x` is, and what a class is to other files.

use std::rc::Rc;
use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::cx::EcmaCx;
use super::flow::MOST_WRITES;
use super::node::{children, is_function, strip};
use super::scope::{FieldValue, Member, ScopeId, Written};
use crate::base::Span;
use crate::facts::{Class, ClassField, Expr, ExprKind, HoleReason, Op, PagePart};
use crate::parse::fields::Fields;

impl<'t> Builder<'_, 't> {
    /// `this.key`.
    pub(super) fn field_of_this(&mut self, node: Node<'t>, key: &str) -> Expr {
        let span = self.cx.span(node);
        let scope = self.cx.scopes.at(node.start_byte());
        let Some(class) = self.cx.scopes.class_of(scope) else {
            if let Some(value) = self.field_of_component(scope, key, span) {
                return Expr::new(span, value.kind);
            }
            let value = self.cx.object_of_this(scope).and_then(|object| super::object::property(self.cx, object, key));
            return match value {
                Some(value) if value.kind() == "method_definition" => match value.child(0).map(|first| first.kind()) {
                    Some("get") => self.written_out(value, Vec::new()),
                    _ => Expr::new(span, self.lambda(value)),
                },
                Some(value) => Expr::new(span, self.expr(value).kind),
                None => Expr::hole(span, HoleReason::Runtime),
            };
        };
        let known = self.fields.iter().rev().find(|(of, name, _)| *of == class && *name == key);
        if let Some((_, _, value)) = known {
            self.seen.current = true;
            return value.clone();
        }
        match field_value(self.cx, class, key) {
            FieldValue::One(value) => Expr::new(span, self.expr(value).kind),
            FieldValue::Url(value, changes) => Expr::new(span, self.changed_url(class, key, value, &changes).kind),
            FieldValue::Parameter(parameter) => Expr::new(span, self.name(parameter).kind),
            FieldValue::Several => Expr::hole(span, HoleReason::Reassigned),
            // What the class above has, or the one below, only the model knows.
            FieldValue::Unknown if is_part(self.cx, self.cx.scopes.scope(class).node) => {
                let this = Expr::new(span, ExprKind::Name(Arc::from("this")));
                Expr::new(span, ExprKind::Member(Box::new(this), Arc::from(key)))
            }
            FieldValue::Unknown => Expr::hole(span, HoleReason::UnknownName(Arc::from(format!("this.{key}")))),
        }
    }
}

/// Whether the class of a body extends another one.
fn has_base<'t>(cx: &EcmaCx<'t>, body: Node<'t>) -> bool {
    cx.parent(body).is_some_and(|class| children(class).any(|child| child.kind() == "class_heritage"))
}

impl<'t> Builder<'_, 't> {
    /// A URL in a field, with what the constructor changes of it.
    fn changed_url(&mut self, class: ScopeId, key: &str, value: Node<'t>, changes: &[Node<'t>]) -> Expr {
        let mut url = self.expr(value);
        for change in changes {
            if change.kind() == "call_expression" {
                url = self.changed_by_call(*change, url);
                continue;
            }
            let part = change.field("left").map(strip).and_then(|left| left.field("property"));
            let part = part.and_then(|part| PagePart::of_property(self.cx.text(part)));
            let (Some(part), Some(right)) = (part, change.field("right")) else {
                return Expr::hole(url.span, HoleReason::Reassigned);
            };
            self.fields.push((class, key.to_owned(), url.clone()));
            let right = self.expr(right);
            self.fields.pop();
            url = Expr::new(url.span, ExprKind::Op(Op::SetUrlPart(part), vec![url, right]));
        }
        url
    }
}

/// Whether other classes complete the class of a body.
fn is_part<'t>(cx: &EcmaCx<'t>, body: Node<'t>) -> bool {
    has_base(cx, body) || cx.parent(body).is_some_and(|class| class.kind() == "abstract_class_declaration")
}

/// The one value of a field, worked out once: a class may write and read it very often.
fn field_value<'t>(cx: &EcmaCx<'t>, class: ScopeId, key: &str) -> FieldValue<'t> {
    let known = (class, Box::from(key));
    if let Some(value) = cx.fields.borrow().get(&known) {
        return value.clone();
    }
    let value = written_value(cx, class, key);
    cx.fields.borrow_mut().insert(known, value.clone());
    value
}

/// A field that starts empty and is written once has what is written.
fn written_value<'t>(cx: &EcmaCx<'t>, class: ScopeId, key: &str) -> FieldValue<'t> {
    let body = cx.scopes.scope(class).node;
    let mut values: Vec<Node<'t>> = Vec::new();
    let mut initial = None;
    for Member { node: member, name } in cx.scopes.members(body) {
        if *name != key && *name != "constructor" {
            continue;
        }
        match member.kind() {
            "public_field_definition" if *name == key => initial = member.field("value"),
            "method_definition" if *name == "constructor" => {
                if let Some(parameter) = parameter_property(cx, *member, key) {
                    return FieldValue::Parameter(parameter);
                }
            }
            "method_definition" if *name == key => {
                // A getter reads as what it returns; a method is no value.
                return match member.child(0).filter(|first| first.kind() == "get") {
                    Some(_) => getter_value(*member),
                    None => FieldValue::Unknown,
                };
            }
            _ => {}
        }
    }
    let mut writes = cx.scopes.field_writes.iter().filter(|write| write.class == class && write.name == key);
    let is_changed = writes.clone().any(|write| write.written == Written::Part);
    for write in writes.by_ref().filter(|write| write.written == Written::Whole) {
        match write.node.field("right") {
            Some(right) if write.node.kind() == "assignment_expression" => values.push(strip(right)),
            _ => return FieldValue::Several,
        }
    }
    values.retain(|value| !is_empty(cx, *value));
    if is_changed && initial.iter().chain(&values).any(|value| is_data(cx, *value)) {
        return match (initial.filter(|value| !is_empty(cx, *value)), values.as_slice()) {
            (Some(only), []) => changed_url(cx, class, key, only),
            (None, [only]) => changed_url(cx, class, key, *only),
            _ => FieldValue::Several,
        };
    }
    match (initial.filter(|value| !is_empty(cx, *value)), values.as_slice()) {
        (Some(initial), []) => FieldValue::One(initial),
        (None, [only]) => FieldValue::One(*only),
        (None, []) => match initial {
            Some(initial) => FieldValue::One(initial),
            None => FieldValue::Unknown,
        },
        _ => FieldValue::Several,
    }
}

impl<'t> EcmaCx<'t> {
    /// Whether a node is in a class that extends another one.
    #[must_use]
    pub fn is_in_derived_class(&self, node: Node<'_>) -> bool {
        let class = self.scopes.class_of(self.scopes.at(node.start_byte()));
        class.is_some_and(|class| has_base(self, self.scopes.scope(class).node))
    }

    /// The object literal whose method a scope is in: `this` there, as long as it is called as a method.
    pub(super) fn object_of_this(&self, scope: ScopeId) -> Option<Node<'t>> {
        for id in self.scopes.ancestors(scope) {
            let scope = self.scopes.scope(id);
            match scope.node.kind() {
                "method_definition" => return self.parent(scope.node).filter(|parent| parent.kind() == "object"),
                "function_expression" => {
                    let pair = self.parent(scope.node).filter(|parent| parent.kind() == "pair")?;
                    return self.parent(pair).filter(|parent| parent.kind() == "object");
                }
                "function_declaration" => return None,
                _ => {}
            }
        }
        None
    }

    /// What a field of the class around `node` holds, when it is written once: the value, or the constructor's parameter.
    #[must_use]
    pub fn field_source(&self, node: Node<'t>, key: &str) -> Option<Node<'t>> {
        let class = self.scopes.class_of(self.scopes.at(node.start_byte()))?;
        match field_value(self, class, key) {
            FieldValue::One(value) | FieldValue::Parameter(value) => Some(value),
            FieldValue::Url(..) | FieldValue::Several | FieldValue::Unknown => None,
        }
    }
}

/// A getter that only returns an expression.
fn getter_value(member: Node<'_>) -> FieldValue<'_> {
    let value = member.field("body").and_then(|body| {
        let mut statements = children(body);
        let only = statements.next().filter(|statement| statement.kind() == "return_statement")?;
        if statements.next().is_some() { None } else { children(only).next() }
    });
    value.map_or(FieldValue::Unknown, FieldValue::One)
}

fn is_empty<'t>(cx: &EcmaCx<'t>, value: Node<'t>) -> bool {
    matches!(cx.text(strip(value)), "null" | "undefined" | "''" | "\"\"" | "``")
}

/// A URL whose parts are written while the object is made, and nowhere else.
fn changed_url<'t>(cx: &EcmaCx<'t>, class: ScopeId, key: &str, value: Node<'t>) -> FieldValue<'t> {
    let constructor = constructor_scope(cx, cx.scopes.scope(class).node);
    let parts = cx.scopes.field_writes.iter();
    let parts = parts.filter(|write| write.class == class && write.name == key && write.written == Written::Part);
    let changes: Vec<Node<'t>> = parts.map(|write| write.node).take(MOST_WRITES.most_items() + 1).collect();
    if let Some(last) = changes.get(MOST_WRITES.most_items()) {
        cx.limit(cx.span(*last), MOST_WRITES);
        return FieldValue::Several;
    }
    let is_made = |change: &Node<'t>| {
        let around = cx.enclosing_function(*change);
        let statement = cx.parent(*change).and_then(|statement| cx.parent(statement));
        let is_whole_statement = statement.and_then(|statement| cx.parent(statement));
        around.is_some()
            && around.map(|node| node.id()) == constructor.map(|scope| cx.scopes.scope(scope).node.id())
            && is_whole_statement.map(|node| node.id()) == around.map(|node| node.id())
            && matches!(change.kind(), "assignment_expression" | "call_expression")
    };
    let is_url = strip(value).field("constructor").is_some_and(|made| cx.text(strip(made)) == "URL");
    match is_url && changes.iter().all(is_made) {
        true => FieldValue::Url(value, Rc::from(changes)),
        false => FieldValue::Several,
    }
}

/// Whether a value is an object that holds what addresses are made of.
fn is_data<'t>(cx: &EcmaCx<'t>, value: Node<'t>) -> bool {
    let value = strip(value);
    match value.kind() {
        "object" | "array" => true,
        "new_expression" => value
            .field("constructor")
            .is_some_and(|made| matches!(cx.text(strip(made)), "URL" | "URLSearchParams" | "Map" | "Set")),
        _ => false,
    }
}

fn parameter_property<'t>(cx: &EcmaCx<'t>, constructor: Node<'t>, key: &str) -> Option<Node<'t>> {
    children(constructor.field("parameters")?).find_map(|parameter| {
        let is_property = children(parameter).any(|child| child.kind() == "accessibility_modifier")
            || parameter.child(0).is_some_and(|first| first.kind() == "readonly");
        let pattern = parameter.field("pattern")?;
        (is_property && cx.text(pattern) == key).then_some(pattern)
    })
}

/// What a class is to other files: fields in the constructor's parameters, methods in their own.
pub(super) fn summarize<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Class {
    let mut class = Class::default();
    let Some(body) = node.field("body") else { return class };
    for heritage in children(node).filter(|child| child.kind() == "class_heritage") {
        for clause in children(heritage).filter(|clause| clause.kind() == "extends_clause") {
            class.bases.extend(clause.field("value").map(|value| cx.expr(value)));
        }
    }
    let Some(scope) = cx.scopes.by_node.get(&body.id()).copied() else { return class };
    let mut names: Vec<(&'t str, Span)> = Vec::new();
    for member in children(body) {
        let Some(name) = member.field("name") else { continue };
        let text = cx.text(name);
        match member.kind() {
            "public_field_definition" => match member.field("value").map(strip).filter(|value| is_function(*value)) {
                Some(function) => class.methods.push((Arc::from(text), super::module::function(cx, function))),
                None => names.push((text, cx.span(name))),
            },
            "method_definition" => class.methods.push((Arc::from(text), super::module::function(cx, member))),
            _ => {}
        }
    }
    let whole = cx.scopes.field_writes.iter().filter(|write| write.class == scope && write.written == Written::Whole);
    for write in whole {
        if !names.iter().any(|(name, _)| *name == write.name) {
            names.push((write.name, cx.span(write.node)));
        }
    }
    let constructor = constructor_scope(cx, body);
    class.above = constructor.map(|constructor| {
        let node = cx.scopes.scope(constructor).node;
        let mut builder = Builder::summary(cx, constructor);
        super_arguments(cx, node).into_iter().map(|argument| builder.argument(argument)).collect()
    });
    for (name, span) in names {
        let mut builder = match constructor {
            Some(constructor) => Builder::summary(cx, constructor),
            None => Builder::closed(cx),
        };
        let value = match field_value(cx, scope, name) {
            FieldValue::One(value) => builder.expr(value),
            FieldValue::Url(value, changes) => builder.changed_url(scope, name, value, &changes),
            FieldValue::Parameter(parameter) => builder.name(parameter),
            FieldValue::Several => Expr::hole(span, HoleReason::Reassigned),
            FieldValue::Unknown => continue,
        };
        if !matches!(value.kind, ExprKind::Hole(_)) {
            class.fields.push(ClassField { name: Arc::from(name), span, annotation: None, value: Some(value) });
        }
    }
    class
}

/// The arguments of `super(...)` in a constructor.
fn super_arguments<'t>(cx: &EcmaCx<'t>, constructor: Node<'t>) -> Vec<Node<'t>> {
    let statements = constructor.field("body").into_iter().flat_map(children);
    let calls = statements.filter(|statement| statement.kind() == "expression_statement").flat_map(children);
    let call = calls
        .filter(|call| call.kind() == "call_expression")
        .find(|call| call.field("function").is_some_and(|callee| cx.text(callee) == "super"));
    call.map(super::node::arguments).unwrap_or_default()
}

fn constructor_scope<'t>(cx: &EcmaCx<'t>, body: Node<'t>) -> Option<ScopeId> {
    children(body)
        .filter(|member| member.kind() == "method_definition")
        .find(|member| member.field("name").is_some_and(|name| cx.text(name) == "constructor"))
        .and_then(|member| cx.scopes.by_node.get(&member.id()).copied())
}

/// The method of the class around `node`, when it has it.
pub(super) fn method_of_this<'t>(cx: &EcmaCx<'t>, node: Node<'t>, key: &str) -> Option<Node<'t>> {
    let class = cx.scopes.class_of(cx.scopes.at(node.start_byte()))?;
    cx.scopes.members(cx.scopes.scope(class).node).iter().find_map(|Member { node: member, name }| {
        if *name != key {
            return None;
        }
        match member.kind() {
            "method_definition" => Some(*member),
            "public_field_definition" => member.field("value").map(strip).filter(|value| is_function(*value)),
            _ => None,
        }
    })
}
