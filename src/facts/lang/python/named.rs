//! The definitions of a file by their names: looked up for each registration, so looked up in an index.

use std::collections::BTreeMap;
use std::sync::Arc;

use tree_sitter::Node;

use super::build::PythonCx;
use super::scope::{BindKind, Scope, ScopeId, ScopeKind};

/// Where the functions and classes of a file are.
#[derive(Default)]
pub struct Definitions<'t> {
    /// The first class of each name.
    classes: BTreeMap<Arc<str>, ScopeId>,
    /// The first function or class of each name.
    any: BTreeMap<Arc<str>, ScopeId>,
    /// What a name is first bound to in the first scope where that is a definition.
    bound: BTreeMap<&'t str, ScopeId>,
    /// The first definition of each name right inside of a scope.
    inside: BTreeMap<(ScopeId, Arc<str>), ScopeId>,
    /// For each class the scopes that `self` means it in, and its own.
    of_class: BTreeMap<ScopeId, Vec<ScopeId>>,
    /// The scope that each definition opens, by the identity of its node.
    opened: BTreeMap<usize, ScopeId>,
    /// The class around each scope, or that it is.
    class_of: Vec<Option<ScopeId>>,
}

impl<'t> Definitions<'t> {
    /// The definitions among the scopes of a file, which come after those around them.
    #[must_use]
    pub fn new(scopes: &[Scope<'t>]) -> Self {
        let mut found = Self::default();
        for (index, scope) in scopes.iter().enumerate() {
            let id = ScopeId(index);
            if scope.kind == ScopeKind::Class {
                found.classes.entry(Arc::clone(&scope.name)).or_insert(id);
            }
            if scope.kind != ScopeKind::Module {
                found.any.entry(Arc::clone(&scope.name)).or_insert(id);
            }
            found.opened.entry(scope.node.id()).or_insert(id);
            if let Some(parent) = scope.parent {
                found.inside.entry((parent, Arc::clone(&scope.name))).or_insert(id);
            }
            for (name, bindings) in &scope.bindings {
                if let Some(BindKind::Scope(bound)) = bindings.first().map(|binding| binding.kind) {
                    found.bound.entry(name).or_insert(bound);
                }
            }
            let class = match scope.kind {
                ScopeKind::Class => Some(id),
                _ => scope.parent.and_then(|parent| found.class_of.get(parent.0).copied().flatten()),
            };
            if let Some(class) = class {
                found.of_class.entry(class).or_default().push(id);
            }
            found.class_of.push(class);
        }
        found
    }
}

impl<'t> PythonCx<'t> {
    /// A scope of the file.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> Option<&Scope<'t>> {
        self.outline.scopes.get(id.0)
    }

    /// The class of a name.
    #[must_use]
    pub fn class_named(&self, name: &str) -> Option<ScopeId> {
        self.definitions.classes.get(name).copied()
    }

    /// The function or class of a name, wherever it is.
    #[must_use]
    pub fn definition_named(&self, name: &str) -> Option<ScopeId> {
        self.definitions.any.get(name).copied()
    }

    /// The function or class that a name is bound to by its definition, before anything else binds it there.
    #[must_use]
    pub fn bound_definition(&self, name: &str) -> Option<ScopeId> {
        self.definitions.bound.get(name).copied()
    }

    /// The function or class of a name right inside of another one.
    #[must_use]
    pub fn definition_inside(&self, outer: ScopeId, name: &str) -> Option<ScopeId> {
        self.definitions.inside.get(&(outer, Arc::from(name))).copied()
    }

    /// The scope of a function or class.
    #[must_use]
    pub fn scope_opened_by(&self, definition: Node<'_>) -> Option<ScopeId> {
        self.definitions.opened.get(&definition.id()).copied()
    }

    /// The class that `self` is an object of.
    #[must_use]
    pub fn class_of(&self, scope: ScopeId) -> Option<ScopeId> {
        self.definitions.class_of.get(scope.0).copied().flatten()
    }

    /// The scopes of a class and of its methods.
    pub fn scopes_of_class(&self, class: ScopeId) -> impl Iterator<Item = ScopeId> {
        self.definitions.of_class.get(&class).into_iter().flatten().copied()
    }
}
