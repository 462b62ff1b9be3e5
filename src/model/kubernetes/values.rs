//! The values of a chart, as Helm joins them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::tree::{Node, NodeKind};
use crate::base::{FileId, Place, Span};
use crate::model::Unknown;

/// The values that are in force for one chart.
#[derive(Clone, Debug)]
pub(super) struct Values {
    root: Node,
    /// Where the entries of the root are, by their keys: each chart in this one asks for its own.
    entries: BTreeMap<Arc<str>, usize>,
    /// Why there may be more entries than are written.
    more: Option<Unknown>,
}

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
        Self::known(Node { place: Place::new(file, Span::default()), kind: NodeKind::Map(Vec::new()) })
    }

    /// Those of a file; anything but a map has none.
    pub fn of(root: Node) -> Self {
        match root.kind {
            NodeKind::Map(_) | NodeKind::Unknown(_) => Self::known(root),
            _ => Self::known(Node { kind: NodeKind::Map(Vec::new()), ..root }),
        }
    }

    fn known(root: Node) -> Self {
        // The last of a repeated key counts.
        let entries = root.entries().iter().enumerate().map(|(at, entry)| (Arc::clone(&entry.key), at)).collect();
        let more = root.more().cloned();
        Self { root, entries, more }
    }

    /// What is under a key of the root.
    fn get(&self, key: &str) -> Option<&Node> {
        self.root.entries().get(*self.entries.get(key)?).map(|entry| &entry.value)
    }

    /// How many values they are.
    pub fn size(&self) -> usize {
        self.root.size()
    }

    /// These with stronger ones over them.
    #[must_use]
    pub fn under(mut self, stronger: &Node) -> Self {
        self.root.lay_values_over(stronger);
        Self::known(self.root)
    }

    /// All of them.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The map under a key, for the chart of that name; what is there for all charts goes with it.
    pub fn for_chart(&self, key: &str, own: Self) -> Self {
        let with_own = match self.under_key(key) {
            Some(given) => own.under(&given),
            None => own,
        };
        let Some(global) = self.under_key("global") else { return with_own };
        let place = global.place;
        let entry = super::tree::Entry { key: Arc::from("global"), key_place: place, value: global.into_owned() };
        with_own.under(&Node { place, kind: NodeKind::Map(vec![entry]) })
    }

    /// What is under a key; where it may be, and is not read, that is not known.
    fn under_key(&self, key: &str) -> Option<Cow<'_, Node>> {
        let unread = || Some(Node { place: self.root.place, kind: NodeKind::Unknown(self.more.clone()?) });
        self.get(key).map(Cow::Borrowed).or_else(|| unread().map(Cow::Owned))
    }

    /// What is under a path of keys.
    pub fn at(&self, path: &str) -> Found<'_> {
        let mut keys = path.split('.');
        let Some(mut node) = keys.next().and_then(|key| self.get(key)) else {
            return if self.more.is_some() { Found::Unknown } else { Found::Nothing };
        };
        for key in keys {
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
