//! The tree that a command reads.
#![allow(clippy::disallowed_methods)] // asks where the program was started

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::Failure;
use super::args::{ConfigurationArgs, TreeArgs};
use super::root::{self, Root};
use crate::base::{RepoPath, Tree};
use crate::config::{Config, ConfigError};
pub use crate::report::Focus;
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
    /// What people should know of how the tree was found.
    pub note: Option<String>,
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

    /// The folders that paths may be relative to: the current one, when it is inside of the tree, what was named of the tree,
    /// and the root.
    pub fn starts(&self) -> Vec<RepoPath> {
        let here = std::env::current_dir().ok().and_then(|folder| self.relative(&folder));
        let named = match &self.focus {
            Focus::Everything => [].as_slice(),
            Focus::Paths(paths) => paths,
        };
        here.into_iter().chain(named.iter().cloned()).chain([RepoPath::root()]).collect()
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

    /// The folder of the tree that paths for people are relative to.
    pub fn here(&self) -> RepoPath {
        here(&self.root)
    }

    fn relative(&self, path: &Path) -> Option<RepoPath> {
        inside(&self.root, path)
    }
}

/// Opens the tree that `paths` mean.
pub fn open(paths: &[PathBuf], options: &TreeArgs) -> Result<Opened, Failure> {
    let Root { folder: root, focus, alone } = root::find(paths, options.configuration.root.as_deref())?;
    let source = if options.staged { Source::Index } else { Source::Disk };
    let tree: Box<dyn Tree> = match source {
        Source::Index => Box::new(IndexTree::open(&root).map_err(|error| Failure::Message(error.to_string()))?),
        Source::Disk => Box::new(DiskTree::new(root.clone())),
    };
    let settings = Settings {
        ignored_env: ignored_env(options),
        threads: threads(options),
        ..Settings::new(configuration(&*tree, &root, &options.configuration)?)
    };
    let named = paths.first().map_or(Path::new("."), PathBuf::as_path);
    let note = alone.map(|alone| alone.words(named));
    Ok(Opened { tree, settings, focus, note, root, source })
}

/// The folder below `root` that paths for people are relative to: the current one, or the root when that is elsewhere.
pub fn here(root: &Path) -> RepoPath {
    std::env::current_dir().ok().and_then(|folder| inside(root, &folder)).unwrap_or_else(RepoPath::root)
}

fn inside(root: &Path, path: &Path) -> Option<RepoPath> {
    let (full, root) = (path.canonicalize().ok()?, root.canonicalize().ok()?);
    RepoPath::new(full.strip_prefix(root).ok()?.to_str()?)
}

/// What becomes of git-ignored env files.
pub fn ignored_env(options: &TreeArgs) -> IgnoredEnv {
    if options.local { IgnoredEnv::Read } else { IgnoredEnv::LeaveOut }
}

/// How many threads a run may have.
pub fn threads(options: &TreeArgs) -> NonZeroUsize {
    options.jobs.unwrap_or_else(all_threads)
}

/// As many threads as the machine has.
pub fn all_threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The configuration that holds for a tree: that of its root, of the file that is named instead, or none.
pub fn configuration(tree: &dyn Tree, root: &Path, options: &ConfigurationArgs) -> Result<Config, Failure> {
    if options.no_config {
        return Ok(Config::default());
    }
    let Some(file) = &options.config else { return Ok(Config::of_tree(tree)?) };
    let shown = file.display();
    let refused = |why: &str| Failure::Message(format!("`--config {shown}`: {why}"));
    let name =
        file.file_name().and_then(|name| RepoPath::new(name.to_str()?)).ok_or_else(|| refused("no name of a file"))?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Read as files of a tree are: through no link, from no pipe.
    let config = Config::of_file(&DiskTree::new(folder.to_path_buf()), &name, &shown.to_string())?;
    let config = config.ok_or_else(|| refused("no such file"))?;
    let inside = file.canonicalize().ok().zip(root.canonicalize().ok());
    let inside = inside.and_then(|(file, root)| RepoPath::new(file.strip_prefix(root).ok()?.to_str()?));
    Ok(Config { file: inside, ..config })
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Message(error.to_string())
    }
}
