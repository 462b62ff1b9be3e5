//! Bindings of names, asked for by name while they are collected.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Binding;

/// Bindings in the order in which their names were first met. A later binding of a name replaces an earlier one.
#[derive(Clone, Debug, Default)]
pub struct BindingSet {
    bindings: Vec<Binding>,
    by_name: BTreeMap<Arc<str>, usize>,
}

impl BindingSet {
    /// The set of these, the last of each name.
    pub fn of(bindings: impl IntoIterator<Item = Binding>) -> Self {
        let mut set = Self::default();
        set.extend(bindings);
        set
    }

    /// Adds a binding, in the place of another of its name.
    pub fn set(&mut self, binding: Binding) {
        match self.by_name.get(&binding.name).and_then(|index| self.bindings.get_mut(*index)) {
            Some(known) => *known = binding,
            None => {
                self.by_name.insert(Arc::clone(&binding.name), self.bindings.len());
                self.bindings.push(binding);
            }
        }
    }

    /// Adds all of these.
    pub fn extend(&mut self, bindings: impl IntoIterator<Item = Binding>) {
        bindings.into_iter().for_each(|binding| self.set(binding));
    }

    /// The binding of a name.
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.by_name.get(name).and_then(|index| self.bindings.get(*index))
    }

    /// All of them, in order.
    pub fn into_vec(self) -> Vec<Binding> {
        self.bindings
    }
}

/// Adds `more` to `into`: a later binding of a name replaces an earlier one.
pub fn merge(into: &mut Vec<Binding>, more: Vec<Binding>) {
    if more.is_empty() {
        return;
    }
    let mut set = BindingSet::of(std::mem::take(into));
    set.extend(more);
    *into = set.into_vec();
}
