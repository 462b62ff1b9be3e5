//! The files of a folder as they were when somebody looked last.
//!
//! Typing changes no file. Between two looks a run goes by the list that the last one made, and knows from the stamps which contents
//! it has read before.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::{Entry, ReadError, RepoPath, STACK, Stamp, Tree, Unread, Visitor};
use crate::walk::DiskTree;

/// A folder and what was in it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    disk: DiskTree,
    seen: Arc<Seen>,
}

#[derive(Debug)]
struct Seen {
    /// Sorted by path.
    entries: Vec<Entry>,
    unread: Vec<Unread>,
    stamps: BTreeMap<RepoPath, Stamp>,
}

impl Snapshot {
    /// Looks at the folder at `root`.
    #[must_use]
    pub fn new(root: PathBuf, threads: NonZeroUsize) -> Self {
        let disk = DiskTree::new(root);
        let found = Mutex::new(Vec::new());
        let unread = disk.visit(threads, &|entry: &Entry| {
            let stamp = disk.stamp(&entry.path);
            found.lock().unwrap_or_else(PoisonError::into_inner).push((entry.clone(), stamp));
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
        let stamps = found.iter().filter_map(|(entry, stamp)| Some((entry.path.clone(), (*stamp)?))).collect();
        let entries = found.into_iter().map(|(entry, _)| entry).collect();
        Self { disk, seen: Arc::new(Seen { entries, unread, stamps }) }
    }

    /// The folder as it is now.
    #[must_use]
    pub fn disk(&self) -> &DiskTree {
        &self.disk
    }

    /// Whether a file is in the list.
    #[must_use]
    pub fn lists(&self, path: &RepoPath) -> bool {
        self.seen.entries.binary_search_by(|entry| entry.path.cmp(path)).is_ok()
    }
}

impl Tree for Snapshot {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(entry) = self.seen.entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                visit(entry);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.get() {
                // Where no thread can be had, the others do its work.
                let _ = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            }
            work();
        });
        self.seen.unread.clone()
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        self.disk.read(path, buffer)
    }

    fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        self.seen.stamps.get(path).copied()
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        self.disk.links(folder)
    }
}
