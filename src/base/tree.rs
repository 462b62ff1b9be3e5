//! Where text comes from.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::{Entry, RepoPath, Tracking, Unread};

/// Is told of each entry; called from several threads, in no fixed order.
pub type Visitor<'a> = &'a (dyn Fn(&Entry) + Sync);

/// A tree of files: a folder on disk, the git index, memory, or an editor's buffers over a folder.
pub trait Tree: Sync {
    /// Calls `visit` once for each file, on at most `threads` threads. The caller's work may be done inside the call. Gives what
    /// else is in the tree and is not read, sorted.
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread>;

    /// Replaces `buffer` with the bytes of the file.
    ///
    /// # Errors
    /// When there is no such file, it may not be read, or it is too large.
    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError>;

    /// What the content of a file is known by without being read: as long as the stamp stays, so does the content. `None` where
    /// only reading tells.
    fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        let _ = path;
        None
    }

    /// The symbolic links in a folder, each with its name and its target as written, sorted. A link is no file of the tree.
    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        let _ = folder;
        Vec::new()
    }
}

impl<T: Tree + ?Sized> Tree for &T {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        (**self).visit(threads, visit)
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        (**self).read(path, buffer)
    }

    fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        (**self).stamp(path)
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        (**self).links(folder)
    }
}

/// Numbers that change with a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(pub [u64; 5]);

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("not found")]
    NotFound,
    /// The system refused.
    #[error("permission denied")]
    Denied,
    /// The file, or a folder on the way to it, is a link: it may lead out of the tree.
    #[error("a symbolic link, which is not followed")]
    Link,
    /// A folder, a pipe, a socket or a device.
    #[error("not a regular file")]
    NotAFile,
    /// Larger than any file that people write.
    #[error("{size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// The file's size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// A tree in memory, for tests and the examples of rules.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    files: BTreeMap<RepoPath, (Entry, Vec<u8>)>,
}

impl MemoryTree {
    /// The tree of these files, each classified by its path. Paths that leave the tree are left out.
    #[must_use]
    pub fn from_files<P: AsRef<str>, T: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            if let Some(path) = RepoPath::new(path.as_ref()) {
                let bytes = text.as_ref().to_vec();
                tree.insert(Entry::classify(path, bytes.len() as u64, Tracking::Tracked), bytes);
            }
        }
        tree
    }

    /// Adds a file, or replaces the one of the same path.
    pub fn insert(&mut self, entry: Entry, bytes: Vec<u8>) {
        self.files.insert(entry.path.clone(), (entry, bytes));
    }
}

impl Tree for MemoryTree {
    fn visit(&self, _threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        for (entry, _) in self.files.values() {
            visit(entry);
        }
        Vec::new()
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        let (_, bytes) = self.files.get(path).ok_or(ReadError::NotFound)?;
        buffer.clear();
        buffer.extend_from_slice(bytes);
        Ok(())
    }
}
