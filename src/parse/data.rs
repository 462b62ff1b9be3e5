//! The tree that YAML, JSON and TOML share: scalars, lists and maps with their places.

use std::sync::Arc;

use crate::base::{Limit, Span};

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it is, quotes included.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A single value; `text` keeps the spelling (`1.10`).
    Scalar {
        /// The text after escapes.
        text: Arc<str>,
        /// How the format's own reader types it.
        kind: ScalarKind,
    },
    /// A list.
    List(Vec<Node>),
    /// A map in source order; of repeated keys the last one counts.
    Map(Vec<Pair>),
}

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A truth value.
    Bool(bool),
    /// Nothing.
    Null,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key as text.
    pub key: Arc<str>,
    /// The key's place.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Something that stopped the reading of a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// Who stopped it, and why.
    pub kind: ProblemKind,
}

/// Who stopped the reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The format's own readers refuse it: why, in a sentence without a full stop.
    Refused(String),
    /// Only wirelint: it is too deep or too large.
    Limit(Limit),
}

impl Node {
    /// A list or map without content, or a null, at a place.
    #[must_use]
    pub fn null(span: Span) -> Self {
        Self { span, kind: NodeKind::Scalar { text: Arc::from(""), kind: ScalarKind::Null } }
    }

    /// The value under `key`, when this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pairs().iter().rev().find(|pair| &*pair.key == key).map(|pair| &pair.value)
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The pairs of a map; empty for anything else.
    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        match &self.kind {
            NodeKind::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ => &[],
        }
    }

    /// The spelling of a scalar that is not null.
    #[must_use]
    pub fn text(&self) -> Option<&Arc<str>> {
        match &self.kind {
            NodeKind::Scalar { kind: ScalarKind::Null, .. } => None,
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether this is a null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Scalar { kind: ScalarKind::Null, .. })
    }

    /// The scalars of a list, or the one scalar.
    #[must_use]
    pub fn texts(&self) -> Vec<(&Arc<str>, Span)> {
        match &self.kind {
            NodeKind::List(items) => items.iter().filter_map(|item| Some((item.text()?, item.span))).collect(),
            _ => self.text().map(|text| (text, self.span)).into_iter().collect(),
        }
    }
}
