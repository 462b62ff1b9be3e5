//! Headers that a configuration adds to requests and answers, and takes out of them.

use std::sync::Arc;

use super::node::Node;
use crate::base::Place;

/// Changes of headers at one level.
#[derive(Clone, Debug, Default)]
pub(super) struct Mutations {
    pub removed: Vec<(Arc<str>, Place)>,
    pub added: Vec<Added>,
}

/// A header that is added.
#[derive(Clone, Debug)]
pub(super) struct Added {
    pub name: Arc<str>,
    /// With `%...%` in it as written.
    pub value: Arc<str>,
    pub action: AppendAction,
    pub keeps_empty: bool,
    pub place: Place,
}

/// What is done where the header is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppendAction {
    Appended,
    AddedIfAbsent,
    Overwritten,
    OverwrittenIfPresent,
}

impl Mutations {
    pub fn of_requests(node: Node<'_>) -> Self {
        Self::read(node, "request_headers_to_add", "request_headers_to_remove")
    }

    pub fn of_responses(node: Node<'_>) -> Self {
        Self::read(node, "response_headers_to_add", "response_headers_to_remove")
    }

    fn read(node: Node<'_>, add: &str, remove: &str) -> Self {
        let removed = node.list(remove).filter_map(|name| Some((lower(&name.text()?), name.place())));
        Self { removed: removed.collect(), added: node.list(add).filter_map(Added::read).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
}

impl Added {
    fn read(node: Node<'_>) -> Option<Self> {
        let header = node.get("header")?;
        let action = match node.text_of("append_action").as_deref() {
            Some("ADD_IF_ABSENT" | "1") => AppendAction::AddedIfAbsent,
            Some("OVERWRITE_IF_EXISTS_OR_ADD" | "2") => AppendAction::Overwritten,
            Some("OVERWRITE_IF_EXISTS" | "3") => AppendAction::OverwrittenIfPresent,
            Some(_) => AppendAction::Appended,
            // the older word
            None if node.flag("append") == Some(false) => AppendAction::Overwritten,
            None => AppendAction::Appended,
        };
        Some(Self {
            name: lower(&header.text_of("key")?),
            value: header.text_of("value").unwrap_or_default(),
            action,
            keeps_empty: node.is_on("keep_empty_value"),
            place: node.place(),
        })
    }
}

fn lower(name: &str) -> Arc<str> {
    name.to_ascii_lowercase().into()
}
