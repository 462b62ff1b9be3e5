//! Where an expression is, and what its names mean there.

use tree_sitter::Node;

use super::scope::{GuardChain, ScopeId};
use crate::facts::Expr;

/// How deep expressions are followed, through names too.
const MAX_DEPTH: u32 = 40;

/// Where an expression is: what its names mean.
#[derive(Clone)]
pub struct At<'t> {
    /// The scope.
    pub scope: ScopeId,
    /// The conditions around the use.
    pub guards: GuardChain,
    /// The byte before which local bindings count.
    pub before: usize,
    /// Names with a meaning of their own here: a loop variable, a lambda's parameter.
    pub meanings: Vec<(&'t str, Meaning<'t>)>,
    pub(super) depth: u32,
}

/// What a name stands for by context.
#[derive(Clone)]
pub enum Meaning<'t> {
    /// Another node of the same file.
    Node(Node<'t>),
    /// A value.
    Value(Expr),
}

impl<'t> At<'t> {
    /// A place in `scope` under `guards`, at the start of `node`.
    #[must_use]
    pub fn new(scope: ScopeId, guards: GuardChain, node: Node<'t>) -> Self {
        Self { scope, guards, before: node.start_byte(), meanings: Vec::new(), depth: 0 }
    }

    /// The end of `scope`: every binding counts.
    #[must_use]
    pub fn end_of(scope: ScopeId) -> Self {
        Self { scope, guards: GuardChain::default(), before: usize::MAX, meanings: Vec::new(), depth: 0 }
    }

    /// The same place, with a meaning for `name`.
    #[must_use]
    pub fn with(&self, name: &'t str, meaning: Meaning<'t>) -> Self {
        let mut at = self.clone();
        at.meanings.push((name, meaning));
        at
    }

    /// Whether no expression is followed yet.
    pub(super) fn is_outermost(&self) -> bool {
        self.depth == 0
    }

    /// Whether values are followed no further.
    pub(super) fn is_too_deep(&self) -> bool {
        self.depth > MAX_DEPTH
    }

    pub(super) fn deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }

    pub(super) fn meaning(&self, name: &str) -> Option<&Meaning<'t>> {
        self.meanings.iter().rev().find(|(known, _)| *known == name).map(|(_, meaning)| meaning)
    }
}
