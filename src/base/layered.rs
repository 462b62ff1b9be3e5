//! A tree with texts that are not written yet: edits that are tried out, and what editors hold.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::{Entry, ReadError, RepoPath, Stamp, Tree, Unread, Visitor};

/// Another tree, with some texts instead of its own.
#[derive(Clone, Debug)]
pub struct Layered<T> {
    below: T,
    texts: BTreeMap<RepoPath, Result<Arc<str>, ReadError>>,
    /// Files that are not in the tree below.
    added: Vec<Entry>,
}

impl<T: Tree> Layered<T> {
    /// `below` as it is.
    #[must_use]
    pub fn new(below: T) -> Self {
        Self { below, texts: BTreeMap::new(), added: Vec::new() }
    }

    /// Lays a text, or why there is none to be read, over a file of the tree below. Whether the file is seen is decided there.
    pub fn replace(&mut self, path: RepoPath, text: Result<Arc<str>, ReadError>) {
        self.texts.insert(path, text);
    }

    /// Adds a file that is not in the tree below.
    pub fn add(&mut self, entry: Entry, text: Result<Arc<str>, ReadError>) {
        self.texts.insert(entry.path.clone(), text);
        self.added.push(entry);
    }

    /// Whether a file has another text here.
    #[must_use]
    pub fn holds(&self, path: &RepoPath) -> bool {
        self.texts.contains_key(path)
    }
}

impl<T: Tree> Tree for Layered<T> {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        let unread = self.below.visit(threads, visit);
        self.added.iter().for_each(visit);
        unread
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        let Some(text) = self.texts.get(path) else { return self.below.read(path, buffer) };
        buffer.clear();
        buffer.extend_from_slice(text.as_ref().map_err(Clone::clone)?.as_bytes());
        Ok(())
    }

    fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        if self.texts.contains_key(path) { None } else { self.below.stamp(path) }
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        self.below.links(folder)
    }
}
