//! What a file defines, imports and exports, and which other modules it needs.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::cx::EcmaCx;
use super::node::{children, function_in, string_text, strip};
use super::scope::{Binding, BindingId, BindingKind, ScopeId, Write};
use crate::facts::{
    CLIENT_BASE, Change, Definition, DefinitionValue, Export, Expr, ExprKind, Function, HoleReason, Import, Module,
    Param,
};
use crate::parse::fields::Fields;

/// The file's top level.
#[must_use]
pub fn summarize<'t>(cx: &EcmaCx<'t>) -> Module {
    let mut module = Module::default();
    for (id, binding) in cx.scopes.top_level() {
        match &binding.kind {
            BindingKind::Import { module: source, imported } => {
                if source.ends_with(".json") && matches!(*imported, "default" | "*") {
                    let value = Expr::new(binding.span, ExprKind::File(Arc::from(*source)));
                    module.definitions.push(definition(binding, DefinitionValue::Value(value)));
                }
                module.imports.push(import(binding, source, imported));
            }
            _ => {
                if let Some(required) = required(cx, binding) {
                    module.imports.push(required);
                } else if let Some(value) = value_of(cx, id, binding) {
                    module.definitions.push(definition(binding, value));
                }
            }
        }
    }
    for (_, binding) in cx.scopes.top_level() {
        if let BindingKind::Import { module: source, .. } = &binding.kind
            && !super::is_external_module(source)
        {
            module.changes.extend(binding.changes.iter().filter_map(|write| change(cx, binding, write)));
        }
    }
    let places = Places::new(cx);
    for statement in children(cx.root) {
        match statement.kind() {
            "export_statement" => export(cx, statement, &places, &mut module),
            "expression_statement" => {
                common_js(cx, statement, &mut module);
                module.globals.extend(global(cx, statement));
                module.globals.extend(provided(cx, statement));
            }
            _ => {}
        }
    }
    module
}

/// The names of the top level by where they are bound.
struct Places<'t>(Vec<(usize, &'t str)>);

impl<'t> Places<'t> {
    fn new(cx: &EcmaCx<'t>) -> Self {
        let mut all: Vec<(usize, &str)> =
            cx.scopes.top_level().map(|(_, binding)| (binding.span.start as usize, binding.name)).collect();
        // names of one place stay in their order
        all.sort_by_key(|(start, _)| *start);
        Self(all)
    }

    /// Those that are bound in a part of the file.
    fn within(&self, range: &std::ops::Range<usize>) -> impl Iterator<Item = &'t str> {
        let first = self.0.partition_point(|(start, _)| *start < range.start);
        let inside = self.0.get(first..).unwrap_or_default().iter();
        inside.take_while(move |(start, _)| range.contains(start)).map(|(_, name)| *name)
    }
}

/// What a write into an imported object changes; nothing where it only adds headers to the requests of a client.
fn change<'t>(cx: &EcmaCx<'t>, binding: &Binding<'t>, write: &Write<'t>) -> Option<Change> {
    let local = Arc::from(binding.name);
    let unknown =
        |key| Change { local: Arc::clone(&local), key, value: Expr::hole(cx.span(write.node), HoleReason::Reassigned) };
    if super::changes::is_interceptor(cx, write.node) {
        return super::changes::moves_requests(cx, write.node).then(|| unknown(Some(Arc::from(CLIENT_BASE))));
    }
    let is_assignment = write.node.kind() == "assignment_expression";
    let (Some(left), Some(right)) = (write.node.field("left").filter(|_| is_assignment), write.node.field("right"))
    else {
        return Some(unknown(None));
    };
    let key = match super::changes::keys_of(cx, left).as_deref() {
        Some(["defaults", "baseURL"]) => Arc::from(CLIENT_BASE),
        // Headers and the like of a client.
        Some(["defaults", key, ..]) => Arc::from(*key),
        Some([key]) => Arc::from(*key),
        Some([key, ..]) => return Some(unknown(Some(Arc::from(*key)))),
        Some([]) | None => return Some(unknown(None)),
    };
    let runs_at_once =
        cx.parent(write.node).and_then(|statement| cx.parent(statement)).is_some_and(|around| around == cx.root);
    Some(match runs_at_once {
        true => Change { local, key: Some(key), value: cx.expr(right) },
        false => unknown(Some(key)),
    })
}

/// `window.NAME = value`.
fn global<'t>(cx: &EcmaCx<'t>, statement: Node<'t>) -> Option<Definition> {
    let assignment = children(statement).next().filter(|node| node.kind() == "assignment_expression")?;
    let left = strip(assignment.field("left")?);
    let object =
        left.field("object").filter(|_| matches!(left.kind(), "member_expression" | "subscript_expression"))?;
    let is_of_application = || {
        let object = cx.text(object);
        object.ends_with(".config.globalProperties") || object == "Vue.prototype"
    };
    if cx.platform(object).as_deref() != Some("") && !is_of_application() {
        return None;
    }
    let name = match left.kind() {
        "member_expression" => cx.text(left.field("property")?),
        _ => string_text(strip(left.field("index")?), cx.source)?,
    };
    let value = DefinitionValue::Value(cx.expr(assignment.field("right")?));
    Some(Definition { name: Arc::from(name), span: cx.span(left), value })
}

/// `app.provide('key', value)`, in a chain of calls as well.
fn provided<'t>(cx: &EcmaCx<'t>, statement: Node<'t>) -> Vec<Definition> {
    let mut found = Vec::new();
    let mut node = children(statement).next().map(strip);
    while let Some(call) = node.filter(|call| call.kind() == "call_expression") {
        let Some(callee) = call.field("function") else { break };
        let arguments = super::node::arguments(call);
        let is_provide = match callee.kind() {
            "member_expression" => callee.field("property").is_some_and(|name| cx.text(name) == "provide"),
            _ => cx.text(callee) == "provide",
        };
        if let ([key, value], true) = (arguments.as_slice(), is_provide)
            && let Some(key) = string_text(strip(*key), cx.source)
        {
            let name = Arc::from(super::provided_name(key));
            found.push(Definition { name, span: cx.span(call), value: DefinitionValue::Value(cx.expr(*value)) });
        }
        node = callee.field("object").map(strip);
    }
    found
}

fn definition(binding: &Binding<'_>, value: DefinitionValue) -> Definition {
    Definition { name: Arc::from(binding.name), span: binding.span, value }
}

fn import(binding: &Binding<'_>, module: &str, imported: &str) -> Import {
    Import {
        local: Arc::from(binding.name),
        imported: Arc::from(imported),
        module: Arc::from(module),
        span: binding.span,
    }
}

/// `const x = require('m')`, `const { x } = require('m')`, `const x = require('m').y`.
fn required<'t>(cx: &EcmaCx<'t>, binding: &Binding<'t>) -> Option<Import> {
    let BindingKind::Variable { declarator, path } = &binding.kind else { return None };
    let value = strip(declarator.field("value")?);
    if !matches!(value.kind(), "call_expression" | "member_expression") {
        return None;
    }
    let mut members: Vec<&str> = cx.origin(value)?.path;
    for step in path {
        match step {
            super::scope::Step::Key(key, _) => members.push(key),
            super::scope::Step::Index(..) | super::scope::Step::Rest => return None,
        }
    }
    let module = cx.origin(value)?.module;
    match members.as_slice() {
        ["*"] => Some(import(binding, module, "*")),
        ["*", name] => Some(import(binding, module, name)),
        _ => None,
    }
}

fn value_of<'t>(cx: &EcmaCx<'t>, id: BindingId, binding: &Binding<'t>) -> Option<DefinitionValue> {
    match &binding.kind {
        BindingKind::Function(node) => Some(DefinitionValue::Function(function(cx, *node))),
        BindingKind::Class(node) => Some(DefinitionValue::Class(super::class::summarize(cx, *node))),
        BindingKind::Enum(node) => Some(DefinitionValue::Value(Builder::closed(cx).enumeration(*node))),
        BindingKind::Variable { declarator, path } => {
            if let Some(value) = declarator.field("value")
                && path.is_empty()
                && binding.writes.is_empty()
            {
                if let Some(node) = function_in(value, cx.source) {
                    return Some(DefinitionValue::Function(function(cx, node)));
                }
                if strip(value).kind() == "class" {
                    return Some(DefinitionValue::Class(super::class::summarize(cx, strip(value))));
                }
            }
            Some(DefinitionValue::Value(Builder::closed(cx).flow(id, usize::MAX)))
        }
        BindingKind::Import { .. } | BindingKind::Param { .. } | BindingKind::Item { .. } | BindingKind::Runtime => {
            None
        }
    }
}

/// The summary of a function.
#[must_use]
pub(super) fn function<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Function {
    let mut summary = Function { key: super::lambda::key_of(node), ..Function::default() };
    let Some(scope) = cx.scopes.by_node.get(&node.id()).copied() else { return summary };
    if let Some(parameter) = node.field("parameter") {
        summary.params.push(Param { name: Arc::from(cx.text(parameter)), default: None, annotation: None });
    }
    for parameter in node.field("parameters").into_iter().flat_map(children) {
        let Some(pattern) = parameter.field("pattern") else { continue };
        if pattern.kind() == "this" {
            continue;
        }
        let name = if pattern.kind() == "identifier" { cx.text(pattern) } else { "" };
        summary.params.push(Param {
            name: Arc::from(name),
            default: parameter.field("value").map(|value| Builder::summary(cx, scope).expr(value)),
            annotation: declared_class(cx, parameter),
        });
    }
    summary.returns = Builder::summary(cx, scope).returned(node).filter(|value| !is_opaque(value));
    summary
}

/// The name of the class that a parameter is declared to be an object of.
fn declared_class<'t>(cx: &EcmaCx<'t>, parameter: Node<'t>) -> Option<Arc<str>> {
    let declared = children(parameter.field("type")?).next().filter(|declared| declared.kind() == "type_identifier")?;
    Some(Arc::from(cx.text(declared)))
}

/// Whether nothing of a value is known.
#[must_use]
pub fn is_opaque(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Hole(reason) => !matches!(reason, HoleReason::Limit),
        ExprKind::Choice(arms) => arms.iter().all(|arm| is_opaque(&arm.value)),
        ExprKind::Object(fields) => !fields.is_empty() && fields.iter().all(|field| is_opaque(&field.value)),
        ExprKind::List(items) => !items.is_empty() && items.iter().all(is_opaque),
        ExprKind::Spread(inner) => is_opaque(inner),
        _ => false,
    }
}

fn export<'t>(cx: &EcmaCx<'t>, statement: Node<'t>, places: &Places<'t>, module: &mut Module) {
    let source = statement.field("source").and_then(|node| string_text(node, cx.source)).map(Arc::<str>::from);
    let mut add = |exported: &str, local: &str, source: Option<Arc<str>>| {
        module.exports.push(Export { exported: Arc::from(exported), local: Arc::from(local), module: source });
    };
    let mut cursor = statement.walk();
    let is_default = statement.children(&mut cursor).any(|child| child.kind() == "default");
    if let Some(source) = &source
        && statement.children(&mut statement.walk()).any(|child| child.kind() == "*")
    {
        add("*", "*", Some(Arc::clone(source)));
        return;
    }
    for part in children(statement) {
        match part.kind() {
            "namespace_export" => {
                if let Some(name) = part.named_child(0) {
                    add(cx.text(name), "*", source.clone());
                }
            }
            "export_clause" => {
                for specifier in children(part).filter(|child| child.kind() == "export_specifier") {
                    let Some(name) = specifier.field("name").map(|node| cx.text(node)) else { continue };
                    let exported = specifier.field("alias").map_or(name, |node| cx.text(node));
                    add(exported, name, source.clone());
                }
            }
            _ => {}
        }
    }
    if let Some(declaration) = statement.field("declaration") {
        export_declared(cx, declaration, places, is_default, module);
    } else if is_default && let Some(value) = statement.field("value") {
        export_default(cx, value, module);
    }
}

fn export_declared<'t>(
    cx: &EcmaCx<'t>,
    declaration: Node<'t>,
    places: &Places<'t>,
    is_default: bool,
    module: &mut Module,
) {
    let mut names: Vec<&str> = Vec::new();
    match declaration.field("name") {
        Some(name) => names.push(cx.text(name)),
        None => {
            names.extend(places.within(&declaration.byte_range()));
        }
    }
    for name in names {
        let exported = if is_default { "default" } else { name };
        module.exports.push(Export { exported: Arc::from(exported), local: Arc::from(name), module: None });
    }
}

/// `export default <expression>`: a definition named `default`, unless it is a name.
fn export_default<'t>(cx: &EcmaCx<'t>, value: Node<'t>, module: &mut Module) {
    let span = cx.span(value);
    let inner = strip(value);
    if inner.kind() == "identifier" && cx.scopes.lookup(ScopeId(0), cx.text(inner)).is_some() {
        module.exports.push(Export { exported: Arc::from("default"), local: Arc::from(cx.text(inner)), module: None });
        return;
    }
    let value = match function_in(inner, cx.source) {
        Some(node) => DefinitionValue::Function(function(cx, node)),
        None if inner.kind() == "class" => DefinitionValue::Class(super::class::summarize(cx, inner)),
        None => DefinitionValue::Value(cx.expr(inner)),
    };
    module.definitions.push(Definition { name: Arc::from("default"), span, value });
    module.exports.push(Export { exported: Arc::from("default"), local: Arc::from("default"), module: None });
}

/// `module.exports = x`, `module.exports.a = x`, `exports.a = x`.
fn common_js<'t>(cx: &EcmaCx<'t>, statement: Node<'t>, module: &mut Module) {
    let Some(assignment) = children(statement).next().filter(|node| node.kind() == "assignment_expression") else {
        return;
    };
    let (Some(left), Some(right)) = (assignment.field("left"), assignment.field("right")) else {
        return;
    };
    let target = cx.text(left);
    if target == "module.exports" {
        // Importers see the properties as names and the whole as the default.
        if right.kind() == "object" {
            for part in children(right) {
                let name = match part.kind() {
                    "shorthand_property_identifier" => cx.text(part),
                    _ => continue,
                };
                module.exports.push(Export { exported: Arc::from(name), local: Arc::from(name), module: None });
            }
        }
        export_default(cx, right, module);
        return;
    }
    let Some(name) = target.strip_prefix("module.exports.").or_else(|| target.strip_prefix("exports.")) else { return };
    let local = if right.kind() == "identifier" { cx.text(right) } else { name };
    if right.kind() != "identifier" {
        let value = match function_in(right, cx.source) {
            Some(node) => DefinitionValue::Function(function(cx, node)),
            None => DefinitionValue::Value(cx.expr(right)),
        };
        module.definitions.push(Definition { name: Arc::from(name), span: cx.span(right), value });
    }
    module.exports.push(Export { exported: Arc::from(name), local: Arc::from(local), module: None });
}
