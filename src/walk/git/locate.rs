//! Where the repository around a folder has its index and its objects.
//!
//! Only a `.git` that is found by walking up counts: a folder that looks like a repository of its own (`HEAD`, `objects` and
//! `refs`, committed like any other file) is none. `.git` may be a file that names another folder, as in a linked working tree
//! or a submodule; that folder has to name this one in turn, else a repository could point anywhere.
#![allow(clippy::disallowed_methods)] // looks for the repository

use std::path::{Path, PathBuf};

use super::super::beneath::{Beneath, read_error};
use super::GitError;
use super::config::{self, Config, RefStorage};
use super::id::HashKind;
use crate::base::ReadError;

/// Files of git that hold one path.
const MOST_POINTER_BYTES: u64 = 8 * 1024;
const MOST_CONFIG_BYTES: u64 = 1024 * 1024;

/// A repository, and how the folder that was asked for is inside of it.
pub(super) struct Repository {
    /// The working tree.
    pub worktree: PathBuf,
    /// The folder inside of the working tree, with `/` behind each part; empty for the working tree itself.
    pub prefix: String,
    /// What belongs to this working tree: the index.
    pub own: Beneath,
    /// What all working trees share: the objects.
    pub common: Beneath,
    /// How objects are named.
    pub hash: HashKind,
    /// How branches and tags are stored.
    pub refs: RefStorage,
    /// Where it was cloned from.
    pub origin: Option<String>,
    /// The remote that has what a partial clone left out; none when nothing was.
    pub promisor: Option<String>,
}

/// The repository around `root`; none when no folder at or above it has a `.git`.
pub(super) fn repository(root: &Path) -> Result<Option<Repository>, GitError> {
    let root = root.canonicalize().map_err(|error| GitError::unreadable(root, error))?;
    for worktree in root.ancestors() {
        let dot_git = worktree.join(".git");
        let Ok(metadata) = dot_git.symlink_metadata() else { continue };
        let (own, common) = if metadata.file_type().is_symlink() {
            return Err(unsupported(&dot_git, "is a symbolic link, which is not followed"));
        } else if metadata.is_dir() {
            if !is_git_folder(&dot_git) {
                continue;
            }
            (dot_git.clone(), dot_git.clone())
        } else {
            pointed_to(worktree, &dot_git)?
        };
        return of_folders(&root, worktree, &own, &common).map(Some);
    }
    Ok(None)
}

/// What git takes for a repository.
fn is_git_folder(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).symlink_metadata().is_ok();
    has("HEAD") && has("objects") && has("refs")
}

/// Where a `.git` file leads: the folder of this working tree, and the one that it shares with others.
fn pointed_to(worktree: &Path, dot_git: &Path) -> Result<(PathBuf, PathBuf), GitError> {
    let text = pointer(worktree, ".git")?;
    let target = text.strip_prefix("gitdir:").map(str::trim);
    let target = target.ok_or_else(|| GitError::unreadable(dot_git, "has no `gitdir:`"))?;
    let own =
        resolve(worktree, target).ok_or_else(|| GitError::unreadable(dot_git, "names a folder that is not there"))?;
    let strange = || unsupported(dot_git, "names a folder that does not belong to this working tree");
    let names_back = |path: &str| resolve(&own, path).is_some_and(|back| Some(back) == dot_git.canonicalize().ok());
    if own.join("commondir").symlink_metadata().is_ok() {
        // a linked working tree: `gitdir` names the `.git` file
        let common = resolve(&own, pointer(&own, "commondir")?.trim()).ok_or_else(strange)?;
        let is_listed = own.parent() == Some(&*common.join("worktrees")) && is_git_folder(&common);
        let back = pointer(&own, "gitdir").map_err(|_| strange())?;
        return if is_listed && names_back(back.trim()) { Ok((own, common)) } else { Err(strange()) };
    }
    // a submodule: the configuration names the working tree
    let folder = Beneath::new(&own).map_err(|error| GitError::unreadable(&own, error))?;
    let config = read_config(&folder, "config")?;
    let back = config.worktree.as_deref().and_then(|path| resolve(&own, path));
    if back.as_deref() == Some(worktree) { Ok((own.clone(), own)) } else { Err(strange()) }
}

fn of_folders(root: &Path, worktree: &Path, own: &Path, common: &Path) -> Result<Repository, GitError> {
    let open = |path: &Path| Beneath::new(path).map_err(|error| GitError::unreadable(path, read_error(&error)));
    if own == common && own.join("commondir").symlink_metadata().is_ok() {
        return Err(unsupported(own, "has a `commondir` though it is no linked working tree"));
    }
    let (own_folder, common_folder) = (open(own)?, open(common)?);
    let mut config = read_config(&common_folder, "config")?;
    config.check().map_err(|reason| unsupported(&common.join("config"), &reason))?;
    if config.worktree_config {
        let more = read_config(&own_folder, "config.worktree")?;
        config.worktree = more.worktree.or(config.worktree);
    }
    if let Some(stated) = config.worktree.filter(|_| own == common)
        && resolve(own, &stated).as_deref() != Some(worktree)
    {
        return Err(unsupported(
            &common.join("config"),
            "`core.worktree` names another folder than the one that `.git` is in",
        ));
    }
    let inside = root.strip_prefix(worktree).ok().and_then(Path::to_str);
    let inside = inside.ok_or_else(|| unsupported(root, "is no text"))?.replace(std::path::MAIN_SEPARATOR, "/");
    let prefix = if inside.is_empty() { inside } else { format!("{inside}/") };
    Ok(Repository {
        worktree: worktree.to_path_buf(),
        prefix,
        own: own_folder,
        common: common_folder,
        hash: config.hash,
        refs: config.refs,
        origin: config.origin,
        promisor: config.promisor,
    })
}

fn read_config(folder: &Beneath, name: &str) -> Result<Config, GitError> {
    let mut bytes = Vec::new();
    match folder.read(name, MOST_CONFIG_BYTES, &mut bytes) {
        Ok(()) => Ok(config::read(&String::from_utf8_lossy(&bytes))),
        Err(ReadError::NotFound) => Ok(Config::default()),
        Err(error) => Err(GitError::unreadable(&folder.path().join(name), error)),
    }
}

/// The text of a file that holds one path.
fn pointer(folder: &Path, name: &str) -> Result<String, GitError> {
    let unreadable = |error: ReadError| GitError::unreadable(&folder.join(name), error);
    let beneath = Beneath::new(folder).map_err(|error| unreadable(read_error(&error)))?;
    let mut bytes = Vec::new();
    beneath.read(name, MOST_POINTER_BYTES, &mut bytes).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|_| GitError::unreadable(&folder.join(name), "is not UTF-8"))
}

/// The folder or file that `path` names from `folder`, without links and dots.
pub(super) fn resolve(folder: &Path, path: &str) -> Option<PathBuf> {
    folder.join(path).canonicalize().ok()
}

fn unsupported(path: &Path, reason: &str) -> GitError {
    GitError::Unsupported(format!("{} {reason}", path.display()))
}
