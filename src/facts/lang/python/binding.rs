//! What a name stands for: its bindings, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tree_sitter::Node;

use super::build::{PythonCx, is_list, op, span};
use super::place::{At, Meaning};
use super::scope::{BindKind, Binding, GuardChain, ScopeId, ScopeKind};
use super::text;
use crate::base::Span;
use crate::facts::{Expr, ExprKind, Field, Guard, HoleReason, Op};

/// The largest value, in nodes, that further bindings of its name are added to.
const MAX_VALUE: usize = 2_000;

/// The value before, changed under `guards`.
fn changed(here: Span, guards: Vec<Guard>, before: Expr, change: impl FnOnce(Expr) -> Expr) -> Expr {
    if guards.is_empty() {
        return change(before);
    }
    let old = before.clone();
    super::guard::either(here, guards, change(before), Some(old))
}

impl<'t> PythonCx<'t> {
    pub(super) fn name(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let name = self.text(node);
        match at.meaning(name) {
            Some(Meaning::Node(other)) => {
                let mut outside = at.clone();
                outside.meanings.clear();
                return self.expr(*other, &outside);
            }
            Some(Meaning::Value(value)) => return value.clone(),
            None => {}
        }
        let mut id = Some(at.scope);
        let mut inner = true;
        while let Some((scope_id, scope)) = id.and_then(|id| Some((id, self.outline.scopes.get(id.0)?))) {
            let visible = match scope.kind {
                ScopeKind::Module => false,
                ScopeKind::Function => true,
                ScopeKind::Class => inner,
            };
            if visible && scope.bindings.contains_key(name) {
                if self.is_kept(scope_id, name) {
                    return Expr::new(span(node), ExprKind::Name(Arc::from(name)));
                }
                let within = if inner { at.clone() } else { At { depth: at.depth, ..At::end_of(scope_id) } };
                return match self.value_of(scope_id, name, &within) {
                    Some(value) => value,
                    None => Expr::hole(span(node), HoleReason::Unsupported),
                };
            }
            if let Some(index) = scope.param(name).filter(|_| visible) {
                let summary = self.is_summary(scope_id);
                return match u32::try_from(index) {
                    Ok(index) if summary => Expr::new(span(node), ExprKind::Param(index)),
                    _ => Expr::hole(span(node), HoleReason::Parameter),
                };
            }
            inner = false;
            id = scope.parent;
        }
        self.global(node, name)
    }

    fn global(&self, node: Node<'t>, name: &str) -> Expr {
        let defined = self.outline.scopes.first().is_some_and(|module| module.bindings.contains_key(name));
        if defined || self.outline.canonical.contains_key(name) || self.outline.star_import {
            Expr::new(span(node), ExprKind::Name(Arc::from(name)))
        } else {
            Expr::hole(span(node), HoleReason::UnknownName(Arc::from(name)))
        }
    }

    /// Whether a function's parameters are those of a summary: it is at top level, or is a method of a class that is.
    #[must_use]
    pub fn is_summary(&self, id: ScopeId) -> bool {
        let parent = |id: ScopeId| self.outline.scopes.get(id.0).and_then(|scope| scope.parent);
        let Some(outer) = parent(id) else { return false };
        let class = self.outline.scopes.get(outer.0).is_some_and(|scope| scope.kind == ScopeKind::Class);
        outer == ScopeId(0) || (class && parent(outer) == Some(ScopeId(0)))
    }

    /// Whether the name is bound to the result of a constructor that is kept by name.
    #[must_use]
    pub fn is_kept(&self, scope: ScopeId, name: &str) -> bool {
        self.kept_names.get_or_init(|| self.all_kept()).get(&scope).is_some_and(|names| names.contains(name))
    }

    /// The names of all scopes that are bound to results of constructors that are kept by name.
    fn all_kept(&self) -> BTreeMap<ScopeId, BTreeSet<&'t str>> {
        let is_made = |binding: &Binding<'t>| match binding.kind {
            BindKind::Assign(value) => self.constructor(value).is_some_and(|name| self.kept.contains(&&*name)),
            _ => false,
        };
        let mut found: BTreeMap<ScopeId, BTreeSet<&'t str>> = BTreeMap::new();
        for (index, scope) in self.outline.scopes.iter().enumerate() {
            let kept = scope.bindings.iter().filter(|(_, bindings)| bindings.iter().any(is_made));
            let kept: BTreeSet<&'t str> = kept.map(|(name, _)| *name).collect();
            if !kept.is_empty() {
                found.insert(ScopeId(index), kept);
            }
        }
        found
    }

    /// The value of a local name at a place, from all its bindings before it.
    #[must_use]
    pub fn value_of(&self, scope_id: ScopeId, name: &str, at: &At<'t>) -> Option<Expr> {
        let bindings = self.outline.scopes.get(scope_id.0)?.bindings.get(name)?;
        let local = scope_id == at.scope;
        let shown = match local {
            // In source order.
            true => bindings.iter().take_while(|binding| binding.at < at.before).count(),
            false => bindings.len(),
        };
        // What is bound whatever happens makes what was before it forgotten.
        let always = |binding: &Binding<'t>| {
            let unguarded = binding.guards == GuardChain::default() || local && binding.guards == at.guards;
            unguarded && matches!(binding.kind, BindKind::Assign(_) | BindKind::Scope(_) | BindKind::Opaque)
        };
        let before = bindings.get(..shown).unwrap_or_default();
        let first = before.iter().rposition(always).unwrap_or(0);
        let forgotten = before.get(..first).unwrap_or_default();
        let is_bound = |binding: &Binding<'t>| !matches!(binding.kind, BindKind::Declared);
        let mut value: Option<Expr> = forgotten
            .iter()
            .find(|binding| is_bound(binding))
            .map(|binding| Expr::hole(span(binding.target), HoleReason::Reassigned));
        for binding in before.get(first..).unwrap_or_default() {
            let within = At {
                scope: scope_id,
                guards: binding.guards,
                before: binding.at,
                meanings: Vec::new(),
                depth: at.depth,
            };
            let here = span(binding.target);
            let shared = if local { at.guards } else { GuardChain::default() };
            let guards = self.chain_guards(binding.guards, shared, &within);
            let reassigned = || Expr::hole(here, HoleReason::Reassigned);
            let old = |value: &mut Option<Expr>| value.take().unwrap_or_else(|| Expr::new(here, ExprKind::Undefined));
            // Each binding below a condition holds the value before it twice.
            if value.as_ref().is_some_and(|value| value.is_larger_than(MAX_VALUE)) {
                return Some(Expr::hole(here, HoleReason::Limit));
            }
            value = match binding.kind {
                BindKind::Declared => value,
                BindKind::Assign(node) => {
                    let new = if binding.repeated && value.is_some() { reassigned() } else { self.expr(node, &within) };
                    Some(super::guard::either(here, guards, new, value))
                }
                BindKind::First(node) => {
                    let first = match self.expr(node, &within).kind {
                        ExprKind::List(items) => items.into_iter().next(),
                        _ => None,
                    };
                    let is_one = |first: &Expr| !binding.repeated && !matches!(first.kind, ExprKind::Spread(_));
                    let new = first.filter(is_one).unwrap_or_else(reassigned);
                    Some(super::guard::either(here, guards, new, value))
                }
                BindKind::Augment(_) | BindKind::Append(_) | BindKind::Extend(_) if binding.repeated => {
                    let more = Expr::hole(here, HoleReason::Reassigned);
                    Some(op(here, Op::Append, vec![old(&mut value), more]))
                }
                BindKind::Augment(node) => {
                    let (before, more) = (old(&mut value), self.expr(node, &within));
                    let joined = if is_list(&before) || is_list(&more) { Op::Append } else { Op::Concat };
                    Some(changed(here, guards, before, |before| op(here, joined, vec![before, more])))
                }
                BindKind::Append(node) => {
                    let before = old(&mut value);
                    let more = self.expr(node, &within);
                    let more = Expr::new(more.span, ExprKind::List(vec![more]));
                    Some(changed(here, guards, before, |before| op(here, Op::Append, vec![before, more])))
                }
                BindKind::Extend(node) => {
                    let before = old(&mut value);
                    let more = self.expr(node, &within);
                    Some(changed(here, guards, before, |before| op(here, Op::Append, vec![before, more])))
                }
                BindKind::SetKey(key, node) => {
                    let before = old(&mut value);
                    let new = self.expr(node, &within);
                    Some(match (before.kind, text::literal(self.outline.text, key)) {
                        (ExprKind::Object(mut fields), Some(name)) if !binding.repeated => {
                            let known = fields.iter().position(|field| *field.key == *name);
                            let previous = known.map(|index| fields.remove(index).value);
                            let value = super::guard::either(here, guards, new, previous);
                            fields.push(Field { key: Arc::from(name), key_span: span(key), value });
                            Expr::new(before.span, ExprKind::Object(fields))
                        }
                        _ => Expr::hole(here, HoleReason::Reassigned),
                    })
                }
                BindKind::Scope(_) => Some(Expr::hole(here, HoleReason::Unsupported)),
                BindKind::Opaque => Some(Expr::hole(here, HoleReason::Reassigned)),
            };
        }
        value
    }

    /// The node that a name stands for when it is bound once; the node itself otherwise.
    #[must_use]
    pub fn resolve(&self, node: Node<'t>, at: &At<'t>) -> Node<'t> {
        let mut node = node;
        let mut before = at.before;
        for _ in 0..8 {
            if node.kind() == "parenthesized_expression"
                && let Some(inner) = node.named_child(0).filter(|inner| inner.kind() != "comment")
            {
                node = inner;
                continue;
            }
            if !matches!(node.kind(), "identifier" | "attribute") {
                break;
            }
            if let Some(Meaning::Node(other)) = at.meaning(self.text(node)) {
                node = *other;
                continue;
            }
            let Some(binding) = self.only_binding(node, at, before) else { break };
            let BindKind::Assign(value) = binding.kind else { break };
            before = binding.at.max(1);
            node = value;
        }
        node
    }

    /// The binding of a name that is bound once before a byte of its own scope; none of a parameter.
    pub(super) fn only_binding(&self, node: Node<'t>, at: &At<'t>, before: usize) -> Option<&Binding<'t>> {
        if !matches!(node.kind(), "identifier" | "attribute") {
            return None;
        }
        let name = self.text(node);
        let mut id = Some(at.scope);
        while let Some((scope_id, scope)) = id.and_then(|id| Some((id, self.outline.scopes.get(id.0)?))) {
            if let Some(bindings) = scope.bindings.get(name) {
                let local = scope_id == at.scope;
                let mut visible = bindings.iter().filter(|binding| !local || binding.at < before);
                return visible.next().filter(|_| visible.next().is_none());
            }
            if scope.param(name).is_some() {
                return None;
            }
            id = scope.parent;
        }
        None
    }
}
