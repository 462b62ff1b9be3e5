//! The facts of a whole tree, closed under demands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::FileFacts;
use crate::base::{FileId, Limit, ReadError, RepoPath, Unread};

/// What all files say, and what was not read.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// Facts of the files that were parsed, sorted by path: [`FileId`] is the index.
    pub files: Vec<Arc<FileFacts>>,
    /// Every path of the tree, read or not: to know that something exists.
    pub paths: BTreeSet<RepoPath>,
    /// What each demand of a file led to: the file and the demand's text, to the files. A demanded Python package may
    /// hold imported modules: `from app import config` is there as `app` and, when it is a module, as `app.config`
    /// (`.` and `.config` when relative).
    pub resolved: BTreeMap<(FileId, Arc<str>), Vec<FileId>>,
    /// Source files that nothing which runs leads to. A file that is not here may run.
    pub unreached: BTreeMap<FileId, Unreached>,
    /// Files that are imported and never started: what they do when they are started ([`FileFacts::by_hand`]) never runs.
    pub only_imported: BTreeSet<FileId>,
    /// What was seen and not understood.
    pub coverage: Coverage,
    /// The paths by the names of their files, made when it is first needed.
    pub names: OnceLock<BTreeMap<String, Vec<RepoPath>>>,
}

/// Why a source file never runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreached {
    /// No entry point imports it.
    NotImported,
    /// It is a program: no command starts it, and no entry point imports it.
    NotStarted,
}

impl Repository {
    /// The facts of `id`. Ids come from this repository, so the index exists; a foreign id gives `None`.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&FileFacts> {
        self.files.get(id.0 as usize).map(Arc::as_ref)
    }

    /// Whether a finding may be in a file: not in tests, examples and the like.
    #[must_use]
    pub fn may_be_accused(&self, id: FileId) -> bool {
        self.get(id).is_some_and(|facts| facts.role.may_be_accused())
    }

    /// The id of a path, when the file was parsed.
    #[must_use]
    pub fn find(&self, path: &RepoPath) -> Option<FileId> {
        let index = self.files.binary_search_by(|facts| facts.path.cmp(path)).ok()?;
        u32::try_from(index).ok().map(FileId)
    }

    /// The paths whose last part is this, in order. The paths must not change once it was asked.
    #[must_use]
    pub fn paths_named(&self, name: &str) -> &[RepoPath] {
        let names = self.names.get_or_init(|| {
            let mut names: BTreeMap<String, Vec<RepoPath>> = BTreeMap::new();
            for path in &self.paths {
                names.entry(path.name().to_owned()).or_default().push(path.clone());
            }
            names
        });
        names.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether such a file is there and was left out, so that nothing is known of what it says.
    #[must_use]
    pub fn leaves_out(&self, is_such: impl Fn(&RepoPath) -> bool) -> bool {
        self.coverage.skipped.iter().any(|(path, _)| is_such(path))
    }

    /// The files below a folder with their ids, in path order.
    pub fn below(&self, folder: &RepoPath) -> impl Iterator<Item = (FileId, &FileFacts)> + use<'_> {
        let below = if folder.as_str().is_empty() { String::new() } else { format!("{}/", folder.as_str()) };
        let first = self.files.partition_point(|facts| facts.path.as_str() < below.as_str());
        let inside = self.iter().skip(first);
        inside.take_while(move |(_, facts)| facts.path.as_str().starts_with(&below))
    }

    /// All files with their ids, in path order.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &FileFacts)> {
        (0u32..).map(FileId).zip(self.files.iter().map(Arc::as_ref))
    }
}

/// What a run covered.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Patterns of what is left out that decided about no file, by index.
    pub idle_exclude: Vec<usize>,
    /// Files that the walk saw.
    pub seen: usize,
    /// Files whose bytes were read.
    pub read: usize,
    /// Files that were parsed.
    pub parsed: usize,
    /// Files left out, with the reason, sorted by path.
    pub skipped: Vec<(RepoPath, SkipReason)>,
    /// What is in the tree and is not read, sorted.
    pub unread: Vec<Unread>,
    /// Git-ignored env files that a run without `--local` left out.
    pub ignored_env_files: usize,
    /// Demands that led nowhere: the file and the demand's text.
    pub unresolved: Vec<(FileId, super::Demand)>,
    /// Bounds that were reached while files were looked for and read; the root stands for the whole repository.
    pub limits: Vec<(RepoPath, Limit)>,
    /// Adapters or files that failed inside wirelint: path and message.
    pub internal_errors: Vec<(RepoPath, String)>,
}

/// Why a file that wirelint could have read was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// Larger than the limit for its kind.
    TooLarge {
        /// Size in bytes.
        size: u64,
    },
    /// Minified or generated.
    Generated,
    /// Holds NUL bytes.
    Binary,
    /// The other files say as much as is kept of a repository.
    NoRoom,
    /// Could not be read.
    Unreadable(ReadError),
}
