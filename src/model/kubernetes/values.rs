//! The values of a chart, as Helm joins them.

use std::borrow::Cow;
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
        self.0.lay_values_over(stronger);
        self
    }

    /// All of them.
    pub fn root(&self) -> &Node {
        &self.0
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
        let unread = || Some(Node { place: self.0.place, kind: NodeKind::Unknown(self.0.more()?.clone()) });
        self.0.get(key).map(Cow::Borrowed).or_else(|| unread().map(Cow::Owned))
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
