//! One pass over a tree that finds scopes, bindings and writes.

use std::sync::Arc;

use tree_sitter::Node;

use super::node::{children, field_text, function_in, string_text, strip};
use super::reach::{Conditions, ConditionsBuilder};
use super::scope::{BindingKind, FieldWrite, Member, ScopeId, ScopeKind, Scopes, Write, Written};
use super::shown;
use crate::parse::fields::Fields;

/// A write whose name is looked up when all declarations are known.
struct Pending<'t> {
    name: &'t str,
    write: Write<'t>,
    target: Target,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Name,
    Property,
}

pub(super) struct Collector<'t> {
    pub(super) text: &'t str,
    scopes: Scopes<'t>,
    pending: Vec<Pending<'t>>,
    shown: Vec<Node<'t>>,
    conditions: ConditionsBuilder<'t>,
}

/// What one pass finds.
pub struct Collected<'t> {
    /// Scopes and bindings.
    pub scopes: Scopes<'t>,
    /// The nodes that adapters are shown, in source order.
    pub shown: Vec<Node<'t>>,
    /// The parts that run only under a condition.
    pub conditions: Conditions<'t>,
}

/// Finds everything that `root` binds, the nodes that adapters are shown, and the conditions.
pub fn collect<'t>(root: Node<'t>, text: &'t str) -> Collected<'t> {
    let mut collector = Collector {
        text,
        scopes: Scopes::of_tree(root),
        pending: Vec::new(),
        shown: Vec::new(),
        conditions: ConditionsBuilder::default(),
    };
    let module = collector.scopes.push_scope(root, ScopeKind::Module, None);
    collector.walk(root, module);
    collector.resolve_writes();
    Collected { scopes: collector.scopes, shown: collector.shown, conditions: collector.conditions.finish() }
}

impl<'t> Collector<'t> {
    fn walk(&mut self, root: Node<'t>, module: ScopeId) {
        let mut cursor = root.walk();
        // Scopes that are open, with the depth of the node that opened them.
        let mut open: Vec<(ScopeId, u32)> = vec![(module, 0)];
        // The cursor counts its depth anew at every question.
        let mut depth = 0;
        let is_shown = shown::ids(&root.language());
        loop {
            let node = cursor.node();
            if depth <= shown::MAX_DEPTH && is_shown.get(usize::from(node.kind_id())).is_some_and(|is_shown| *is_shown)
            {
                self.shown.push(node);
            }
            let scope = open.last().map_or(module, |(scope, _)| *scope);
            // Most nodes are words and signs: they bind nothing.
            let descend = node.child_count() > 0 && self.enter(node, scope, depth, &mut open);
            if node.child_count() > 0 {
                self.conditions.note(node, depth);
            }
            if descend && cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            loop {
                while open.len() > 1 && open.last().is_some_and(|(_, at)| *at == depth) {
                    open.pop();
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
                depth -= 1;
            }
        }
    }

    /// Notes what the node binds or writes; `false` when there is nothing to look for below it.
    fn enter(&mut self, node: Node<'t>, scope: ScopeId, depth: u32, open: &mut Vec<(ScopeId, u32)>) -> bool {
        match node.kind() {
            "type_annotation"
            | "type_arguments"
            | "type_parameters"
            | "interface_declaration"
            | "type_alias_declaration"
            // `declare const X`: what is declared is defined elsewhere.
            | "ambient_declaration"
            | "string"
            | "regex"
            | "comment" => return false,
            "import_statement" => {
                self.import(node, scope);
                return false;
            }
            "lexical_declaration" | "variable_declaration" => {
                let target = if node.kind() == "variable_declaration" { self.scopes.hoisted(scope) } else { scope };
                for declarator in children(node).filter(|child| child.kind() == "variable_declarator") {
                    self.declarator(declarator, target);
                }
            }
            "function_declaration" | "generator_function_declaration" => {
                if let Some(name) = node.field("name") {
                    let text = self.text_of(name);
                    self.scopes.bind(scope, text, name, BindingKind::Function(node));
                    self.name_function(node, text);
                }
                self.open_function(node, scope, depth, open);
            }
            "function_expression" | "arrow_function" | "generator_function" | "method_definition" => {
                self.open_function(node, scope, depth, open);
            }
            "class_declaration" | "abstract_class_declaration" => {
                if let Some(name) = node.field("name") {
                    let text = self.text_of(name);
                    self.scopes.bind(scope, text, name, BindingKind::Class(node));
                    self.name_members(node, text);
                }
            }
            "enum_declaration" => {
                if let Some(name) = node.field("name") {
                    self.scopes.bind(scope, self.text_of(name), name, BindingKind::Enum(node));
                }
                return false;
            }
            "class_body" => self.open(node, ScopeKind::Class, scope, depth, open),
            "statement_block" | "switch_body" => self.open(node, ScopeKind::Block, scope, depth, open),
            "for_statement" => self.open(node, ScopeKind::Block, scope, depth, open),
            "for_in_statement" => {
                self.open(node, ScopeKind::Block, scope, depth, open);
                let inner = open.last().map_or(scope, |(scope, _)| *scope);
                if node.field("kind").is_some()
                    && let Some(left) = node.field("left")
                {
                    let is_of = node.field("operator").is_some_and(|operator| operator.kind() == "of");
                    match node.field("right").filter(|_| is_of) {
                        Some(list) => self.items(left, list, inner),
                        None => self.runtime(left, inner),
                    }
                }
            }
            "catch_clause" => {
                self.open(node, ScopeKind::Block, scope, depth, open);
                let inner = open.last().map_or(scope, |(scope, _)| *scope);
                if let Some(parameter) = node.field("parameter") {
                    self.runtime(parameter, inner);
                }
            }
            "export_statement" => {
                if let Some(function) = node.field("value").and_then(|value| function_in(value, self.text)) {
                    self.name_function(function, "default");
                }
            }
            "assignment_expression" | "augmented_assignment_expression" => {
                self.exported(node);
                if let Some(left) = node.field("left") {
                    self.assignment(node, left, scope);
                }
            }
            "update_expression" => {
                if let Some(argument) = node.field("argument") {
                    self.assignment(node, argument, scope);
                }
            }
            "call_expression" => self.changing_call(node, scope),
            _ => {}
        }
        true
    }

    fn open(&mut self, node: Node<'t>, kind: ScopeKind, scope: ScopeId, depth: u32, open: &mut Vec<(ScopeId, u32)>) {
        if kind == ScopeKind::Class {
            let named = |node: Node<'t>| Some(Member { node, name: self.text_of(node.field("name")?) });
            let members = children(node).filter_map(named).collect();
            self.scopes.members.insert(node.id(), members);
        }
        open.push((self.scopes.push_scope(node, kind, Some(scope)), depth));
    }

    fn open_function(&mut self, node: Node<'t>, scope: ScopeId, depth: u32, open: &mut Vec<(ScopeId, u32)>) {
        self.open(node, ScopeKind::Function, scope, depth, open);
        let function = open.last().map_or(scope, |(scope, _)| *scope);
        if let Some(parameter) = node.field("parameter") {
            self.parameter(parameter, function, 0, None);
        }
        let Some(parameters) = node.field("parameters") else { return };
        let named =
            children(parameters).filter(|child| matches!(child.kind(), "required_parameter" | "optional_parameter"));
        let mut index = 0;
        for parameter in named {
            let Some(pattern) = parameter.field("pattern") else { continue };
            if pattern.kind() == "this" {
                continue;
            }
            self.parameter(pattern, function, index, parameter.field("value"));
            index += 1;
        }
    }

    fn parameter(&mut self, pattern: Node<'t>, function: ScopeId, index: u32, default: Option<Node<'t>>) {
        self.pattern(pattern, &mut Vec::new(), &mut |collector, name, node, path| {
            let kind = BindingKind::Param { function, index, path: path.to_vec(), default };
            collector.scopes.bind(function, name, node, kind);
        });
    }

    fn declarator(&mut self, declarator: Node<'t>, scope: ScopeId) {
        let Some(pattern) = declarator.field("name") else { return };
        self.pattern(pattern, &mut Vec::new(), &mut |collector, name, node, path| {
            let kind = BindingKind::Variable { declarator, path: path.to_vec() };
            collector.scopes.bind(scope, name, node, kind);
        });
        if pattern.kind() == "identifier"
            && let Some(value) = declarator.field("value")
        {
            let name = self.text_of(pattern);
            match function_in(value, self.text) {
                Some(function) => self.name_function(function, name),
                None => self.name_members(value, name),
            }
        }
    }

    fn items(&mut self, pattern: Node<'t>, list: Node<'t>, scope: ScopeId) {
        self.pattern(pattern, &mut Vec::new(), &mut |collector, name, node, path| {
            collector.scopes.bind(scope, name, node, BindingKind::Item { list, path: path.to_vec() });
        });
    }

    fn runtime(&mut self, pattern: Node<'t>, scope: ScopeId) {
        self.pattern(pattern, &mut Vec::new(), &mut |collector, name, node, _| {
            collector.scopes.bind(scope, name, node, BindingKind::Runtime);
        });
    }

    fn import(&mut self, node: Node<'t>, scope: ScopeId) {
        let source = |node: Node<'t>| node.field("source").and_then(|node| string_text(node, self.text));
        let Some(module) = source(node).or_else(|| children(node).find_map(source)) else { return };
        let mut found = Vec::new();
        for clause in children(node) {
            match clause.kind() {
                "import_require_clause" => {
                    found.extend(children(clause).find(|child| child.kind() == "identifier").map(|name| (name, "*")));
                }
                "import_clause" => {
                    for part in children(clause) {
                        match part.kind() {
                            "identifier" => found.push((part, "default")),
                            "namespace_import" => found.extend(part.named_child(0).map(|name| (name, "*"))),
                            "named_imports" => {
                                for specifier in children(part).filter(|child| child.kind() == "import_specifier") {
                                    let Some(name) = specifier.field("name") else { continue };
                                    let local = specifier.field("alias").unwrap_or(name);
                                    found.push((
                                        local,
                                        string_text(name, self.text).unwrap_or_else(|| self.text_of(name)),
                                    ));
                                }
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        for (local, imported) in found {
            let name = self.text_of(local);
            self.scopes.bind(scope, name, local, BindingKind::Import { module, imported });
        }
    }

    fn assignment(&mut self, node: Node<'t>, left: Node<'t>, scope: ScopeId) {
        let left = strip(left);
        let write = Write { node, scope };
        match left.kind() {
            "identifier" => {
                self.pending.push(Pending { name: self.text_of(left), write, target: Target::Name });
            }
            "member_expression" | "subscript_expression" => {
                let Some(object) = left.field("object").map(strip) else { return };
                match object.kind() {
                    "identifier" => {
                        self.pending.push(Pending { name: self.text_of(object), write, target: Target::Property });
                    }
                    "this" => {
                        if let Some(name) = field_text(left, "property", self.text) {
                            self.field_write(name, Write { node, scope }, Written::Whole);
                        }
                    }
                    "member_expression" | "subscript_expression" => match root_of(object) {
                        Some(root) => {
                            let name = self.text_of(root);
                            self.pending.push(Pending { name, write, target: Target::Property });
                        }
                        None => self.part_of_field(object, write),
                    },
                    _ => {}
                }
            }
            "object_pattern" | "array_pattern" => {
                for part in children(left)
                    .filter(|part| matches!(part.kind(), "identifier" | "shorthand_property_identifier_pattern"))
                {
                    self.pending.push(Pending { name: self.text_of(part), write, target: Target::Name });
                }
            }
            _ => {}
        }
    }

    /// `url.searchParams.set(...)`, `list.push(...)`: calls that change the object that a constant names.
    fn changing_call(&mut self, node: Node<'t>, scope: ScopeId) {
        let Some(callee) = node.field("function").filter(|callee| callee.kind() == "member_expression") else {
            return;
        };
        let method = field_text(callee, "property", self.text);
        let write = Write { node, scope };
        match method {
            Some("assign") if callee.field("object").is_some_and(|object| self.text_of(object) == "Object") => {
                let first = node.field("arguments").and_then(|list| children(list).next()).map(strip);
                if let Some(first) = first.filter(|first| first.kind() == "identifier") {
                    self.pending.push(Pending { name: self.text_of(first), write, target: Target::Property });
                }
                return;
            }
            // `client.interceptors.request.use(..)`
            Some("use") => {
                let object =
                    callee.field("object").filter(|object| self.text_of(*object).ends_with(".interceptors.request"));
                if let Some(root) = object.and_then(root_of) {
                    self.pending.push(Pending { name: self.text_of(root), write, target: Target::Property });
                }
                return;
            }
            Some("set" | "append" | "push" | "unshift") => {}
            _ => return,
        }
        let Some(mut object) = callee.field("object").map(strip) else { return };
        if object.kind() == "member_expression" && field_text(object, "property", self.text) == Some("searchParams") {
            let Some(inner) = object.field("object").map(strip) else { return };
            object = inner;
        }
        if object.kind() == "identifier" {
            let write = Write { node, scope };
            self.pending.push(Pending { name: self.text_of(object), write, target: Target::Property });
        } else {
            self.part_of_field(object, write);
        }
    }

    /// A write into what a field of the class holds.
    fn part_of_field(&mut self, object: Node<'t>, write: Write<'t>) {
        if let Some(name) = field_of(object).and_then(|field| field_text(field, "property", self.text)) {
            self.field_write(name, write, Written::Part);
        }
    }

    fn field_write(&mut self, name: &'t str, write: Write<'t>, written: Written) {
        if let Some(class) = self.scopes.class_of(write.scope) {
            self.scopes.field_writes.push(FieldWrite { class, name, node: write.node, written });
        }
    }

    /// `module.exports = function (app) { ... }`, `exports.setup = (app) => { ... }`: others call it by what it is exported as.
    fn exported(&mut self, assignment: Node<'t>) {
        let (Some(left), Some(right)) = (assignment.field("left"), assignment.field("right")) else { return };
        let Some(function) = function_in(right, self.text) else { return };
        let name = match self.text_of(left) {
            "module.exports" => Some("default"),
            left => left.strip_prefix("module.exports.").or_else(|| left.strip_prefix("exports.")),
        };
        if let Some(name) = name {
            self.name_function(function, name);
        }
    }

    fn name_function(&mut self, function: Node<'t>, name: &str) {
        self.scopes.function_names.insert(function.id(), Arc::from(name));
    }

    /// Names the functions of a class or of an object literal: `Class.method`.
    fn name_members(&mut self, value: Node<'t>, owner: &str) {
        let body = match value.kind() {
            "class_declaration" | "abstract_class_declaration" | "class" => value.field("body"),
            _ => Some(strip(value)).filter(|value| value.kind() == "object"),
        };
        let Some(body) = body else { return };
        for member in children(body) {
            let (key, function) = match member.kind() {
                "method_definition" => (member.field("name"), Some(member)),
                "public_field_definition" => {
                    (member.field("name"), member.field("value").and_then(|value| function_in(value, self.text)))
                }
                "pair" => (member.field("key"), member.field("value").and_then(|value| function_in(value, self.text))),
                _ => continue,
            };
            let (Some(key), Some(function)) = (key, function) else { continue };
            match self.text_of(key) {
                "constructor" => self.name_function(function, owner),
                key => self.name_function(function, &format!("{owner}.{key}")),
            }
        }
    }

    fn resolve_writes(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let Some(id) = self.scopes.lookup(pending.write.scope, pending.name) else { continue };
            let binding = self.scopes.binding_mut(id);
            match pending.target {
                Target::Name => binding.writes.push(pending.write),
                Target::Property => binding.changes.push(pending.write),
            }
        }
    }

    pub(super) fn text_of(&self, node: Node<'t>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or("")
    }
}

/// The identifier that a chain of members starts with.
fn root_of(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = strip(node);
    for _ in 0..16 {
        match node.kind() {
            "identifier" => return Some(node),
            "member_expression" | "subscript_expression" => node = strip(node.field("object")?),
            _ => return None,
        }
    }
    None
}

/// The `this.name` that a chain of members starts with.
fn field_of(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = strip(node);
    for _ in 0..16 {
        let object = strip(node.field("object")?);
        if object.kind() == "this" {
            return (node.kind() == "member_expression").then_some(node);
        }
        node = object;
    }
    None
}
