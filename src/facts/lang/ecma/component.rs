//! What `this.x` is in the options of a Vue component or of a Pinia store.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::node::{children, is_function, string_text, strip};
use super::object::property;
use super::scope::ScopeId;
use crate::base::{FileKind, Span};
use crate::facts::{Expr, ExprKind, HoleReason};
use crate::parse::fields::Fields;

/// Options whose functions have the component as `this`.
const GROUPS: [&str; 5] = ["methods", "computed", "watch", "actions", "getters"];
/// Options that hold what `this` has.
const STATE: [&str; 2] = ["data", "state"];

/// The name under which `app.provide(key, value)` is found by whoever injects the key.
#[must_use]
pub fn provided_name(key: &str) -> String {
    format!("$provide:{key}")
}

impl<'t> Builder<'_, 't> {
    /// `this.key` in code of the options of a component or store; `None` elsewhere.
    pub(super) fn field_of_component(&mut self, scope: ScopeId, key: &str, span: Span) -> Option<Expr> {
        let component = self.component_around(scope)?;
        let found = self.option_of_component(component, key, span);
        let is_plugin = || self.cx.kind == FileKind::Vue && key.starts_with('$');
        // What plugins give to every component (`this.$http`).
        found.or_else(|| is_plugin().then(|| Expr::new(span, ExprKind::Name(Arc::from(key)))))
    }

    /// The options around a function.
    fn component_around(&self, scope: ScopeId) -> Option<Node<'t>> {
        let own = self.cx.object_of_this(scope)?;
        if self.is_component(own) {
            return Some(own);
        }
        let pair = self.cx.parent(own).filter(|pair| pair.kind() == "pair")?;
        if !GROUPS.contains(&self.cx.text(pair.field("key")?)) {
            return None;
        }
        self.cx.parent(pair).filter(|around| self.is_component(*around))
    }

    fn is_component(&self, object: Node<'t>) -> bool {
        object.kind() == "object"
            && (GROUPS.iter().chain(&STATE).chain(&["props", "inject"]))
                .any(|key| property(self.cx, object, key).is_some())
    }

    fn option_of_component(&mut self, component: Node<'t>, key: &str, span: Span) -> Option<Expr> {
        for group in ["computed", "getters", "methods", "actions"] {
            let Some(member) = property(self.cx, component, group).and_then(|group| property(self.cx, group, key))
            else {
                continue;
            };
            if matches!(group, "methods" | "actions") {
                return is_function(strip(member)).then(|| Expr::new(span, self.lambda(strip(member))));
            }
            let function = strip(member);
            if !is_function(function) {
                return Some(Expr::hole(span, HoleReason::Runtime));
            }
            let given = self.state_of_component(component).into_iter().collect();
            return Some(self.written_out(function, given));
        }
        if let Some(state) = self.state_of_component(component) {
            let value = self.member(state, key);
            if value.kind != ExprKind::Undefined {
                return Some(value);
            }
        }
        let injected = property(self.cx, component, "inject").map(strip)?;
        let is_injected =
            injected.kind() == "array" && children(injected).any(|name| string_text(name, self.cx.source) == Some(key));
        is_injected.then(|| Expr::new(span, ExprKind::Name(Arc::from(provided_name(key)))))
    }

    /// What the data of a component or the state of a store begins with, without what its code sets.
    fn state_of_component(&mut self, component: Node<'t>) -> Option<Expr> {
        let option = STATE.iter().find_map(|key| property(self.cx, component, key))?;
        let function = strip(option);
        let state = if is_function(function) { self.written_out(function, Vec::new()) } else { self.expr(function) };
        Some(self.cx.unchanged(component, state))
    }
}
