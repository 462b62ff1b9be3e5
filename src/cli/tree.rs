//! The tree that a command reads.
#![allow(clippy::disallowed_methods)] // asks where the program was started, and whether the named paths exist

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::Failure;
use super::args::{COMMANDS, TreeArgs};
use crate::base::{Place, RepoPath, Tree};
use crate::config::{Config, ConfigError, did_you_mean};
use crate::model::Wiring;
use crate::rules::Finding;
use crate::walk::{self, DiskTree, Head, IndexTree};
use crate::{IgnoredEnv, Settings};

/// A tree, and how its people want it read.
pub struct Opened {
    /// The tree.
    pub tree: Box<dyn Tree>,
    /// The settings of its `wirelint.toml` and of the command line.
    pub settings: Settings,
    /// What of it is shown.
    pub focus: Focus,
    /// Its folder.
    root: PathBuf,
    /// What the tree is.
    source: Source,
}

/// Where the files of a tree are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Disk,
    Index,
}

impl Opened {
    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the files are those on disk.
    pub fn is_on_disk(&self) -> bool {
        self.source == Source::Disk
    }

    /// The folders that paths may be relative to: the current one, when it is inside of the tree, and the root.
    pub fn starts(&self) -> Vec<RepoPath> {
        let here = std::env::current_dir().ok().and_then(|folder| self.relative(&folder));
        here.into_iter().chain([RepoPath::root()]).collect()
    }

    /// The commit whose files these are; not of what is staged, which is no commit yet.
    pub fn origin(&self) -> Option<Head> {
        match self.source {
            Source::Disk => walk::checked_out(&self.root),
            Source::Index => None,
        }
    }

    /// An absolute path into the tree as one that is relative to its root; other text as it is.
    pub fn inside(&self, text: &str) -> String {
        let (path, rest) = match text.split_once(':') {
            Some((path, _)) => text.split_at(path.len()),
            None => (text, ""),
        };
        match self.relative(Path::new(path)).filter(|_| Path::new(path).is_absolute()) {
            Some(inside) => format!("{}{rest}", inside.as_str()),
            None => text.to_owned(),
        }
    }

    fn relative(&self, path: &Path) -> Option<RepoPath> {
        let (full, root) = (path.canonicalize().ok()?, self.root.canonicalize().ok()?);
        RepoPath::new(full.strip_prefix(root).ok()?.to_str()?)
    }
}

/// Which findings are shown.
pub enum Focus {
    /// All.
    Everything,
    /// Those with a place in one of these files or folders.
    Paths(Vec<RepoPath>),
}

impl Focus {
    /// Whether a finding is shown. One that no file has is always shown.
    pub fn covers(&self, wiring: &Wiring, finding: &Finding) -> bool {
        let Self::Paths(paths) = self else { return true };
        let inside = |place: &Place| {
            let facts = wiring.repository.get(place.file);
            facts.is_none_or(|facts| paths.iter().any(|path| facts.path.is_under(path)))
        };
        inside(&finding.place) || finding.chains.iter().flat_map(|chain| &chain.links).any(|(place, _)| inside(place))
    }
}

/// Opens the tree that `paths` mean: a folder is the tree; otherwise it is the repository around them.
pub fn open(paths: &[PathBuf], options: &TreeArgs) -> Result<Opened, Failure> {
    for path in paths {
        if !path.exists() {
            let near = did_you_mean(&path.to_string_lossy(), COMMANDS);
            return Err(Failure::Message(format!("`{}`: no such file or folder{near}", path.display())));
        }
    }
    let (root, focus) = match paths {
        [] => (DiskTree::find_root(&std::env::current_dir()?), Focus::Everything),
        [folder] if folder.is_dir() => (folder.clone(), Focus::Everything),
        [first, ..] => {
            let root = DiskTree::find_root(first.parent().filter(|_| first.is_file()).unwrap_or(first));
            let inside = paths.iter().map(|path| relative(path, &root)).collect::<Result<Vec<_>, _>>()?;
            (root, Focus::Paths(inside))
        }
    };
    let source = if options.staged { Source::Index } else { Source::Disk };
    let tree: Box<dyn Tree> = match source {
        Source::Index => Box::new(IndexTree::open(&root).map_err(|error| Failure::Message(error.to_string()))?),
        Source::Disk => Box::new(DiskTree::new(root.clone())),
    };
    let settings = Settings {
        ignored_env: if options.local { IgnoredEnv::Read } else { IgnoredEnv::LeaveOut },
        threads: options.jobs.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)),
        ..Settings::new(Config::of_tree(&*tree)?)
    };
    Ok(Opened { tree, settings, focus, root, source })
}

fn relative(path: &Path, root: &Path) -> Result<RepoPath, Failure> {
    let full = path.canonicalize()?;
    let inside = full.strip_prefix(root).ok().and_then(|path| RepoPath::new(path.to_str()?));
    inside.ok_or_else(|| {
        let (path, root) = (path.display(), root.display());
        Failure::Message(format!("`{path}` is not in the repository {root}; check one repository at a time"))
    })
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Message(error.to_string())
    }
}
