//! The git index, which is what a commit would hold, and the trees of earlier commits.
//!
//! The index, refs and objects are read here, without git. Starting git would let a repository's configuration choose
//! programs that run (`core.fsmonitor`, `core.sshCommand`, filters) and places that are connected to; what is read here
//! is data, and nothing in it names a program. So it does not matter whose folder it is, and the owner is not asked for.
//! The formats are few, documented and frozen; the crates that read them all bring code that starts processes, and three
//! times the packages that wirelint has for anything else.
//!
//! What git could read and this cannot (split and sparse indexes, objects of other repositories) is refused with the
//! reason, never passed over.

mod absent;
mod config;
mod delta;
mod head;
mod held;
mod id;
mod index;
mod listed;
mod locate;
mod objects;
mod pack;
mod pack_index;
mod revision;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use super::beneath::Beneath;
use crate::base::{ReadError, RepoPath, Tree, Unread, UnreadReason, Visitor};
pub use absent::{absent, without_files};
pub use head::{Head, checked_out};
pub(super) use held::is_untracked;
use index::{Mode, Stage};
use listed::Listed;
use locate::Repository;
use objects::Objects;

pub use revision::{RevisionError, RevisionTree};

/// Larger indexes are not read: a million files have one of this size.
const MOST_INDEX_BYTES: u64 = 128 * 1024 * 1024;

/// Why the index could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// There is nothing to read.
    #[error("{0} is in no git repository, so nothing is staged")]
    NoRepository(String),
    /// A file of git is not as git writes it, or cannot be read.
    #[error("the git index cannot be read: {file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// git could read it, wirelint does not.
    #[error("the git index cannot be read: {0}")]
    Unsupported(String),
}

impl GitError {
    fn unreadable(file: &Path, reason: impl ToString) -> Self {
        Self::Unreadable { file: file.display().to_string(), reason: reason.to_string() }
    }
}

/// The files of a repository's index.
pub struct IndexTree(Listed);

impl IndexTree {
    /// Lists the index of the repository that holds `root`; paths are relative to `root`. A hook's index may be elsewhere:
    /// git says so in `GIT_INDEX_FILE`.
    ///
    /// # Errors
    /// When `root` is in no repository, or its index or objects are such that not all of them could be read.
    pub fn open(root: &Path) -> Result<Self, GitError> {
        let repository = locate::repository(root)?.ok_or_else(|| GitError::NoRepository(root.display().to_string()))?;
        let bytes = match hook_index() {
            Some(file) => read_named(&repository.worktree.join(file))?,
            None => read_index(&repository)?,
        };
        let objects = Objects::open(&repository)?;
        let mut tree = Listed::new(objects);
        let mut is_sparse = false;
        index::read(&bytes, repository.hash, &mut |found| {
            is_sparse |= found.mode == Mode::Folder;
            // Of a conflict, our side is read.
            if let Some(inside) = found.path.strip_prefix(repository.prefix.as_bytes())
                && matches!(found.stage, Stage::Merged | Stage::Ours)
            {
                tree.insert(inside, found.mode, found.object);
            }
        })?;
        if is_sparse { Err(sparse()) } else { Ok(Self(tree)) }
    }
}

impl Tree for IndexTree {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        self.0.visit(threads, visit)
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        self.0.links(folder)
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        self.0.read(path, buffer)
    }
}

/// What ignore rules keep out of a walk; paths are relative to its root.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    /// Files by themselves.
    pub files: BTreeSet<RepoPath>,
    /// Folders with all that is in them.
    pub folders: BTreeSet<RepoPath>,
}

impl Ignored {
    /// Whether nothing is ignored.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }

    fn holds(&self, path: &RepoPath) -> bool {
        self.files.contains(path) || self.is_inside(path.parent())
    }

    fn is_inside(&self, folder: Option<RepoPath>) -> bool {
        let mut at = folder;
        while let Some(folder) = at {
            if self.folders.contains(&folder) {
                return true;
            }
            at = folder.parent();
        }
        false
    }

    /// Whether something of it may be below a folder.
    fn reaches_into(&self, folder: &RepoPath) -> bool {
        let start = format!("{}/", folder.as_str());
        let below = |paths: &BTreeSet<RepoPath>| {
            let from = (Bound::Included(start.as_str()), Bound::Unbounded);
            paths.range::<str, _>(from).next().is_some_and(|path| path.as_str().starts_with(&start))
        };
        below(&self.files) || below(&self.folders) || self.is_inside(Some(folder.clone()))
    }
}

/// The files among what is ignored that the index of the repository around `root` holds all the same; none where there is no
/// repository. What is on disk is asked for, whatever repository a hook is about.
///
/// # Errors
/// When there is a repository whose index cannot be read: then it is not known.
pub(super) fn tracked(root: &Path, ignored: &Ignored) -> Result<BTreeSet<RepoPath>, GitError> {
    let Some(repository) = locate::repository(root)? else { return Ok(BTreeSet::new()) };
    let bytes = read_index(&repository)?;
    let mut held = BTreeSet::new();
    let mut is_hidden = false;
    index::read(&bytes, repository.hash, &mut |found| {
        let inside = found.path.strip_prefix(repository.prefix.as_bytes());
        is_hidden |= found.mode == Mode::Folder && repository.prefix.as_bytes().starts_with(found.path);
        // A folder's path has a slash at its end.
        match inside.map(|inside| path_of(inside.strip_suffix(b"/").unwrap_or(inside))) {
            Some(Ok(path)) if found.mode == Mode::File && ignored.holds(&path) => {
                held.insert(path);
            }
            // What a sparse index says of a folder as a whole matters only when something of it is in there.
            Some(Ok(path)) if found.mode == Mode::Folder => is_hidden |= ignored.reaches_into(&path),
            _ => {}
        }
    })?;
    if is_hidden { Err(sparse()) } else { Ok(held) }
}

fn sparse() -> GitError {
    let why = "it is sparse, and what it leaves out is not read (`git sparse-checkout reapply --no-sparse-index`)";
    GitError::Unsupported(why.to_owned())
}

/// A path of the index, when it can be one of the tree.
fn path_of(bytes: &[u8]) -> Result<RepoPath, UnreadReason> {
    let text = std::str::from_utf8(bytes).map_err(|_| UnreadReason::NotUtf8)?;
    let path = RepoPath::new(text).ok_or(UnreadReason::Backslash)?;
    // git writes no path with `\` on Windows, and none with `..` anywhere.
    if path.as_str() == text { Ok(path) } else { Err(UnreadReason::Backslash) }
}

/// The index that git made for the hook that runs this, relative to the working tree.
#[allow(clippy::disallowed_methods)] // git itself says so to its hooks
fn hook_index() -> Option<PathBuf> {
    std::env::var_os("GIT_INDEX_FILE").filter(|file| !file.is_empty()).map(PathBuf::from)
}

/// A repository without an index has nothing staged yet.
fn read_index(repository: &Repository) -> Result<Vec<u8>, GitError> {
    let mut bytes = Vec::new();
    match repository.own.read("index", MOST_INDEX_BYTES, &mut bytes) {
        Ok(()) | Err(ReadError::NotFound) => Ok(bytes),
        Err(error) => Err(GitError::unreadable(&repository.own.path().join("index"), error)),
    }
}

fn read_named(file: &Path) -> Result<Vec<u8>, GitError> {
    let mut bytes = Vec::new();
    let (Some(folder), Some(name)) = (file.parent(), file.file_name().and_then(|name| name.to_str())) else {
        return Err(GitError::unreadable(file, "not a file"));
    };
    let folder = Beneath::new(folder).map_err(|error| GitError::unreadable(file, error))?;
    match folder.read(name, MOST_INDEX_BYTES, &mut bytes) {
        Ok(()) | Err(ReadError::NotFound) => Ok(bytes),
        Err(error) => Err(GitError::unreadable(file, error)),
    }
}
