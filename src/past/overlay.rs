//! An earlier commit with what no commit has: it is on disk for the old state and the new one alike.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use crate::base::{Entry, ReadError, RepoPath, Tracking, Tree, Unread, Visitor};

/// A tree, and above it some files of another one.
pub struct Overlay<'t> {
    below: &'t dyn Tree,
    above: &'t dyn Tree,
    /// The files of the tree above that take part.
    kept: BTreeMap<RepoPath, Entry>,
    /// The folders that it has to itself.
    folders: Vec<RepoPath>,
}

impl<'t> Overlay<'t> {
    /// `below`, with the ignored files of `above` and with all that it has in `folders`.
    #[must_use]
    pub fn new(below: &'t dyn Tree, above: &'t dyn Tree, folders: Vec<RepoPath>, threads: NonZeroUsize) -> Self {
        let kept = Mutex::new(BTreeMap::new());
        above.visit(threads, &|entry: &Entry| {
            let is_inside = folders.iter().any(|folder| entry.path.is_under(folder));
            if is_inside || entry.tracking == Tracking::Ignored {
                kept.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.path.clone(), entry.clone());
            }
        });
        Self { below, above, kept: kept.into_inner().unwrap_or_else(PoisonError::into_inner), folders }
    }

    fn is_above(&self, path: &RepoPath) -> bool {
        self.folders.iter().any(|folder| path.is_under(folder))
    }
}

impl Tree for Overlay<'_> {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        for entry in self.kept.values() {
            visit(entry);
        }
        self.below.visit(threads, &|entry: &Entry| {
            if !self.kept.contains_key(&entry.path) {
                visit(entry);
            }
        })
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        if self.kept.contains_key(path) || self.is_above(path) {
            self.above.read(path, buffer)
        } else {
            self.below.read(path, buffer)
        }
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        if self.is_above(folder) { self.above.links(folder) } else { self.below.links(folder) }
    }
}
