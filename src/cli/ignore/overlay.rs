//! A tree with files that are not written yet.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use crate::base::{Entry, ReadError, RepoPath, Tracking, Tree, Unread, Visitor};

/// The text of a file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Before; empty when there is no such file.
    pub before: String,
    /// After.
    pub after: String,
    /// The lines of `after` that are new, from 0, in their order.
    pub added: Vec<usize>,
}

/// What is edited, by path.
pub type Edits = BTreeMap<RepoPath, Edit>;

/// Another tree, with these files instead of its own.
pub struct Overlay<'a> {
    below: &'a dyn Tree,
    edits: &'a Edits,
}

impl<'a> Overlay<'a> {
    /// `edits` over `below`.
    pub fn new(below: &'a dyn Tree, edits: &'a Edits) -> Self {
        Self { below, edits }
    }

    /// Whether a file is edited.
    pub fn holds(&self, path: &RepoPath) -> bool {
        self.edits.contains_key(path)
    }
}

impl Tree for Overlay<'_> {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        let unread = self.below.visit(threads, visit);
        for (path, edit) in self.edits.iter().filter(|(_, edit)| edit.before.is_empty()) {
            visit(&Entry::classify(path.clone(), edit.after.len() as u64, Tracking::Tracked));
        }
        unread
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        let Some(edit) = self.edits.get(path) else { return self.below.read(path, buffer) };
        buffer.clear();
        buffer.extend_from_slice(edit.after.as_bytes());
        Ok(())
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        self.below.links(folder)
    }
}
