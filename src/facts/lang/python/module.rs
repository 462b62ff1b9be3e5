//! The top level of a Python file: constants, functions and classes as summaries.

use std::sync::Arc;

use super::build::{PythonCx, span};
use super::place::At;
use super::scope::{BindKind, Binding, Scope, ScopeId, ScopeKind};
use crate::facts::{
    Arm, Class, ClassField, Definition, DefinitionValue, Expr, ExprKind, Function, HoleReason, Module, Param,
};
use crate::parse::fields::Fields;

impl<'t> PythonCx<'t> {
    /// What the file defines and imports.
    #[must_use]
    pub fn module(&self) -> Module {
        let mut definitions = Vec::new();
        if let Some(module) = self.outline.scopes.first() {
            for (name, bindings) in &module.bindings {
                definitions.extend(self.definition(name, bindings));
            }
        }
        definitions.sort_by_key(|definition: &Definition| definition.span);
        Module { imports: self.outline.imports.clone(), definitions, ..Module::default() }
    }

    fn definition(&self, name: &str, bindings: &[Binding<'t>]) -> Option<Definition> {
        let first = bindings.first()?;
        if name.contains('.') {
            return None;
        }
        let value = match (first.kind, bindings.len()) {
            (BindKind::Scope(id), 1) => match self.outline.scopes.get(id.0)?.kind {
                ScopeKind::Function => DefinitionValue::Function(self.function(id)?),
                ScopeKind::Class => DefinitionValue::Class(self.class(id)?),
                ScopeKind::Module => return None,
            },
            _ => {
                let value = self.value_of(ScopeId(0), name, &At::end_of(ScopeId(0)))?;
                // A name that is bound, but to nothing that is known, must not look undefined.
                DefinitionValue::Value(value)
            }
        };
        Some(Definition { name: Arc::from(name), span: span(first.target), value })
    }

    /// The summary of a function.
    #[must_use]
    pub fn function(&self, id: ScopeId) -> Option<Function> {
        let scope = self.outline.scopes.get(id.0)?;
        if self.handles_a_route(scope) {
            return Some(Function::default());
        }
        let outside = At::end_of(scope.parent?);
        let params = scope
            .params
            .iter()
            .map(|param| Param {
                name: Arc::from(param.name),
                default: param.default.map(|node| self.expr(node, &outside)),
                annotation: param.annotation.map(|node| Arc::from(self.text(node))),
            })
            .collect();
        Some(Function { key: 0, params, returns: self.returns(id, scope) })
    }

    /// `@router.get("/x")` is above it: the framework calls it, and no other code uses what it returns.
    pub(super) fn handles_a_route(&self, scope: &Scope<'t>) -> bool {
        const ROUTES: [&str; 11] = [
            "get",
            "post",
            "put",
            "delete",
            "patch",
            "options",
            "head",
            "route",
            "api_route",
            "websocket",
            "websocket_route",
        ];
        let mut calls = scope.decorators.iter().filter(|decorator| decorator.kind() == "call");
        calls.any(|call| self.method(*call).is_some_and(|(_, name)| ROUTES.contains(&name)))
    }

    fn returns(&self, id: ScopeId, scope: &Scope<'t>) -> Option<Expr> {
        let mut arms = Vec::new();
        for found in &scope.returns {
            let Some(value) = found.value else { continue };
            let at = At::new(id, found.guards, value);
            let guards = self.chain_guards(found.guards, super::scope::GuardChain::default(), &at);
            let value = if found.repeated && guards.is_empty() {
                Expr::hole(span(value), HoleReason::Unsupported)
            } else {
                self.expr(value, &at)
            };
            let last = guards.is_empty();
            arms.push(Arm { guards, value });
            if last {
                break;
            }
        }
        match arms.pop() {
            Some(Arm { guards, value }) if arms.is_empty() && guards.is_empty() => Some(value),
            Some(arm) => {
                let here = arm.value.span;
                arms.push(arm);
                Some(Expr::new(here, ExprKind::Choice(arms)))
            }
            None => None,
        }
    }

    /// A class with its fields and methods.
    #[must_use]
    pub fn class(&self, id: ScopeId) -> Option<Class> {
        let scope = self.outline.scopes.get(id.0)?;
        let mut class = Class { bases: self.bases(id), ..Class::default() };
        for (name, bindings) in &scope.bindings {
            let Some(first) = bindings.first() else { continue };
            if let (BindKind::Scope(inner), 1) = (first.kind, bindings.len()) {
                if self.outline.scopes.get(inner.0).is_some_and(|inner| inner.kind == ScopeKind::Function)
                    && let Some(function) = self.function(inner)
                {
                    class.methods.push((Arc::from(*name), function));
                    if *name == "__init__" {
                        self.instance_fields(inner, &mut class.fields);
                    }
                }
                continue;
            }
            class.fields.push(ClassField {
                name: Arc::from(*name),
                span: span(first.target),
                annotation: first.annotation.map(|node| Arc::from(self.text(node))),
                value: self.value_of(id, name, &At::end_of(id)),
            });
        }
        class.fields.sort_by_key(|field| field.span);
        Some(class)
    }

    /// Base classes of a class.
    #[must_use]
    pub fn bases(&self, id: ScopeId) -> Vec<Expr> {
        let Some(scope) = self.outline.scopes.get(id.0) else { return Vec::new() };
        let Some(list) = scope.node.field("superclasses") else { return Vec::new() };
        let mut cursor = list.walk();
        let at = At::end_of(ScopeId(0));
        list.named_children(&mut cursor)
            .filter(|child| matches!(child.kind(), "identifier" | "attribute"))
            .map(|child| self.expr(child, &at))
            .collect()
    }

    /// `self.x = value` of the constructor.
    fn instance_fields(&self, init: ScopeId, fields: &mut Vec<ClassField>) {
        let Some(scope) = self.outline.scopes.get(init.0) else { return };
        let Some(this) = scope.params.first() else { return };
        for (name, bindings) in &scope.bindings {
            let Some((object, attribute)) = name.split_once('.') else { continue };
            let Some(first) = bindings.first() else { continue };
            if object != this.name || attribute.contains('.') {
                continue;
            }
            fields.push(ClassField {
                name: Arc::from(attribute),
                span: span(first.target),
                annotation: first.annotation.map(|node| Arc::from(self.text(node))),
                value: self.value_of(init, name, &At::end_of(init)),
            });
        }
    }
}
