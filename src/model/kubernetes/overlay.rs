//! Trees that are laid over one another, as a strategic merge patch is, or as Helm lays values over those of a chart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tree::{Entry, Node, NodeKind, more_in};
use crate::model::Unknown;

/// Whose rules hold where trees are laid over one another. To all of them, maps are joined and `null` takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    /// Those of a strategic merge patch: it has directives, and joins lists of named things by their names.
    Patch,
    /// Those of Helm's values: a list is put in place of what was there, and each key means itself.
    Values,
}

impl Rules {
    /// What `$patch` says in a map.
    fn directive(self, node: &Node) -> Option<&str> {
        directive(node).filter(|_| self == Self::Patch)
    }

    /// What is there where nothing was.
    fn fresh(self, node: &Node) -> Node {
        match self {
            Self::Patch => node.without_directives(),
            Self::Values => node.clone(),
        }
    }

    fn takes_away(self, node: &Node) -> bool {
        node.kind == NodeKind::Null || self.directive(node) == Some("delete")
    }

    fn is_own_word(self, key: &str) -> bool {
        self == Self::Patch && key.starts_with('$')
    }

    /// What tells the items of a list apart, where lists are joined.
    fn merge_key(self, entry: &Entry) -> Option<&'static str> {
        merge_key(&entry.key, entry.value.items()).filter(|_| self == Self::Patch)
    }
}

impl Node {
    /// Lays a patch over this tree: maps are joined, lists of named things by their names, other lists are replaced,
    /// `null` and `$patch: delete` take away. What is not known stays so.
    pub fn lay_over(&mut self, patch: &Self) {
        self.lay(patch, Rules::Patch);
    }

    /// Lays stronger values over these: maps are joined, `null` takes away, everything else is put in place of what was
    /// there. What is not known stays so.
    pub fn lay_values_over(&mut self, stronger: &Self) {
        self.lay(stronger, Rules::Values);
    }

    fn lay(&mut self, over: &Self, rules: Rules) {
        let NodeKind::Map(more) = &over.kind else {
            *self = rules.fresh(over);
            return;
        };
        let replaces = rules.directive(over) == Some("replace");
        if let Some(why) = self.unknown().filter(|_| !replaces).cloned() {
            // what it had beside them is still not known
            *self = Self { place: over.place, kind: NodeKind::Map(Vec::new()) };
            self.leave_open(&why);
        }
        match &mut self.kind {
            NodeKind::Map(entries) if !replaces => lay_map_over(entries, more, over.more(), rules),
            _ => *self = rules.fresh(over),
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

/// Lays the entries of a map over those of another one; `unread` is why the map that they are of may have more.
fn lay_map_over(entries: &mut Vec<Entry>, more: &[Entry], unread: Option<&Unknown>, rules: Rules) {
    let mut at = entries_by_key(entries);
    let open = more_in(entries).cloned();
    if let Some(why) = unread {
        let named: BTreeSet<&str> = more.iter().map(|entry| &*entry.key).collect();
        // what is not known may say something of each of them
        for entry in entries.iter_mut().filter(|entry| !named.contains(&*entry.key)) {
            entry.value.kind = NodeKind::Unknown(why.clone());
        }
    }
    let mut gone = BTreeSet::new();
    for entry in more.iter().filter(|entry| !rules.is_own_word(&entry.key)) {
        if rules.takes_away(&entry.value) {
            gone.extend(at.remove(&entry.key));
            continue;
        }
        let known = *at.entry(Arc::clone(&entry.key)).or_insert(entries.len());
        if known == entries.len() {
            let value = match &open {
                // it lies over what may be there
                Some(why) => Node { place: entry.value.place, kind: NodeKind::Unknown(why.clone()) },
                None => {
                    entries.push(Entry { value: rules.fresh(&entry.value), ..entry.clone() });
                    continue;
                }
            };
            entries.push(Entry { key: Arc::clone(&entry.key), key_place: entry.key_place, value });
        }
        let Some(known) = entries.get_mut(known) else { continue };
        match rules.merge_key(entry) {
            Some(name) => known.value.lay_list_over(&entry.value, name),
            None => known.value.lay(&entry.value, rules),
        }
    }
    take_out(entries, &gone);
}

/// The entries of a map by their keys, the last of each.
pub(super) fn entries_by_key(entries: &[Entry]) -> BTreeMap<Arc<str>, usize> {
    entries.iter().enumerate().map(|(index, entry)| (Arc::clone(&entry.key), index)).collect()
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
