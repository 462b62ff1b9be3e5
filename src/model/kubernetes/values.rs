//! The values of a chart, as Helm joins them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tree::{Node, NodeKind};
use crate::base::{FileId, Place, Span};

/// The values that are in force for one chart.
#[derive(Clone, Debug)]
pub(super) struct Values(Node);

/// What is under a path of keys.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'v> {
    /// This.
    Value(&'v Node),
    /// Nothing.
    Nothing,
    /// Not known.
    Unknown,
}

impl Values {
    /// No values, for the charts of a file.
    pub fn empty(file: FileId) -> Self {
        Self(Node { place: Place::new(file, Span::default()), kind: NodeKind::Map(Vec::new()) })
    }

    /// Those of a file; anything but a map has none.
    pub fn of(root: Node) -> Self {
        match root.kind {
            NodeKind::Map(_) | NodeKind::Unknown(_) => Self(root),
            _ => Self(Node { kind: NodeKind::Map(Vec::new()), ..root }),
        }
    }

    /// How many values they are.
    pub fn size(&self) -> usize {
        self.0.size()
    }

    /// These with stronger ones over them.
    #[must_use]
    pub fn under(mut self, stronger: &Node) -> Self {
        lay(&mut self.0, stronger);
        self
    }

    /// All of them.
    pub fn root(&self) -> &Node {
        &self.0
    }

    /// The map under a key, for the chart of that name; what is there for all charts goes with it.
    pub fn for_chart(&self, key: &str, own: Self) -> Self {
        let with_own = match self.0.get(key) {
            Some(given) => own.under(given),
            None => own,
        };
        let Some(global) = self.0.get("global") else { return with_own };
        let place = global.place;
        let entry = super::tree::Entry { key: Arc::from("global"), key_place: place, value: global.clone() };
        with_own.under(&Node { place, kind: NodeKind::Map(vec![entry]) })
    }

    /// What is under a path of keys.
    pub fn at(&self, path: &str) -> Found<'_> {
        let mut node = &self.0;
        for key in path.split('.') {
            match node.get(key) {
                Some(inner) => node = inner,
                None if node.is_open() => return Found::Unknown,
                None => return Found::Nothing,
            }
        }
        match &node.kind {
            NodeKind::Unknown(_) => Found::Unknown,
            NodeKind::Null => Found::Nothing,
            _ => Found::Value(node),
        }
    }
}

/// Lays stronger values over others: maps are joined, `null` takes away, everything else is put in place of what was there.
fn lay(weaker: &mut Node, stronger: &Node) {
    let (NodeKind::Map(entries), NodeKind::Map(more)) = (&mut weaker.kind, &stronger.kind) else {
        *weaker = stronger.clone();
        return;
    };
    let mut at: BTreeMap<Arc<str>, usize> =
        entries.iter().enumerate().map(|(index, entry)| (Arc::clone(&entry.key), index)).collect();
    let mut gone = BTreeSet::new();
    for entry in more {
        let known = at.get(&entry.key).copied();
        match (known.and_then(|index| entries.get_mut(index)), &entry.value.kind) {
            (_, NodeKind::Null) => gone.extend(at.remove(&entry.key)),
            (Some(known), _) => lay(&mut known.value, &entry.value),
            (None, _) => {
                at.insert(Arc::clone(&entry.key), entries.len());
                entries.push(entry.clone());
            }
        }
    }
    super::overlay::take_out(entries, &gone);
}
