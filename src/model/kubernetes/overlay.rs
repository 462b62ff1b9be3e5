//! Trees that are laid over one another, as a strategic merge patch is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tree::{Entry, Node, NodeKind};

impl Node {
    /// Lays another tree over this one: maps are joined, lists of named things by their names, other lists are replaced,
    /// `null` and `$patch: delete` take away. What is not known stays so.
    pub fn lay_over(&mut self, patch: &Self) {
        let replaces = directive(patch) == Some("replace");
        match (&mut self.kind, &patch.kind) {
            (NodeKind::Map(entries), NodeKind::Map(more)) if !replaces => lay_map_over(entries, more),
            // what it had beside them is still not known
            (NodeKind::Unknown(why), NodeKind::Map(_)) if !replaces => {
                let why = why.clone();
                *self = patch.without_directives();
                self.leave_open(&why);
            }
            _ => *self = patch.without_directives(),
        }
    }

    /// The tree that a patch leaves where nothing was.
    fn without_directives(&self) -> Self {
        let kind = match &self.kind {
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .iter()
                    .filter(|entry| !entry.key.starts_with('$'))
                    .map(|entry| Entry { value: entry.value.without_directives(), ..entry.clone() })
                    .collect(),
            ),
            NodeKind::List(items) => {
                NodeKind::List(items.iter().filter(|item| !is_directive(item)).map(Self::without_directives).collect())
            }
            other => other.clone(),
        };
        Self { place: self.place, kind }
    }

    fn lay_list_over(&mut self, patch: &Self, name: &str) {
        let replaces = patch.items().iter().any(|item| item.entries().len() == 1 && directive(item) == Some("replace"));
        if !replaces && self.unknown().is_some() {
            return;
        }
        let (NodeKind::List(items), NodeKind::List(more), false) = (&mut self.kind, &patch.kind, replaces) else {
            *self = patch.without_directives();
            return;
        };
        let at = by_key(items, name);
        let mut gone = BTreeSet::new();
        for item in more {
            let known = item.text_of(name).and_then(|key| at.get(key).copied());
            let deletes = directive(item) == Some("delete");
            match known {
                Some(index) if deletes => {
                    gone.insert(index);
                }
                Some(index) => {
                    if let Some(known) = items.get_mut(index) {
                        known.lay_over(item);
                    }
                }
                None if deletes => {}
                None => items.push(item.without_directives()),
            }
        }
        take_out(items, &gone);
    }
}

fn lay_map_over(entries: &mut Vec<Entry>, more: &[Entry]) {
    let mut at: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        at.insert(Arc::clone(&entry.key), index);
    }
    let mut gone = BTreeSet::new();
    for entry in more.iter().filter(|entry| !entry.key.starts_with('$')) {
        let deletes = entry.value.kind == NodeKind::Null || directive(&entry.value) == Some("delete");
        let known = at.get(&entry.key).copied();
        match known.and_then(|index| entries.get_mut(index)) {
            Some(_) if deletes => {
                gone.extend(at.remove(&entry.key));
            }
            None if deletes => {}
            Some(known) => match merge_key(&entry.key, entry.value.items()) {
                Some(name) => known.value.lay_list_over(&entry.value, name),
                None => known.value.lay_over(&entry.value),
            },
            None => {
                at.insert(Arc::clone(&entry.key), entries.len());
                entries.push(Entry { value: entry.value.without_directives(), ..entry.clone() });
            }
        }
    }
    take_out(entries, &gone);
}

/// The items of a list by what tells them apart, the first of each.
pub(super) fn by_key(items: &[Node], name: &str) -> BTreeMap<Arc<str>, usize> {
    let mut at = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        if let Some(key) = item.text_of(name) {
            at.entry(Arc::clone(key)).or_insert(index);
        }
    }
    at
}

/// Takes out what has these numbers.
pub(super) fn take_out<T>(list: &mut Vec<T>, gone: &BTreeSet<usize>) {
    let mut index = 0;
    list.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
}

/// What `$patch` says in a map.
pub(super) fn directive(node: &Node) -> Option<&str> {
    node.text_of("$patch").map(|word| &**word)
}

fn is_directive(item: &Node) -> bool {
    item.entries().len() == 1 && directive(item).is_some() || directive(item) == Some("delete")
}

/// What tells the items of a list apart.
pub(super) fn merge_key(list: &str, items: &[Node]) -> Option<&'static str> {
    match list {
        "containers" | "initContainers" | "env" | "volumes" | "imagePullSecrets" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "volumeDevices" => Some("devicePath"),
        "hostAliases" => Some("ip"),
        // those of containers, else those of Services
        "ports" if items.iter().any(|item| item.get("containerPort").is_some()) => Some("containerPort"),
        "ports" => Some("port"),
        _ => None,
    }
}
