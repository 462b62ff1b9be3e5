//! Which folder is the tree, and what of it is meant.
#![allow(clippy::disallowed_methods)] // asks where the program was started, and whether the named paths exist

use std::path::{Component, Path, PathBuf};

use super::Failure;
use super::args::COMMANDS;
use super::tree::Focus;
use crate::base::RepoPath;
use crate::base::near::did_you_mean;
use crate::walk::DiskTree;

/// The folder that is read as one repository.
pub struct Root {
    /// Its folder, as it was named or found.
    pub folder: PathBuf,
    /// What of it is shown.
    pub focus: Focus,
    /// Why it is no repository of git and holds no `wirelint.toml`, when that is so.
    pub alone: Option<Alone>,
}

/// Why a folder that is no repository of its own is read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alone {
    /// Nothing at or above it is a repository.
    NoRepository,
    /// It is in a repository, and the program was started outside of that.
    Elsewhere(PathBuf),
    /// The repository around it does not hold it.
    Untracked(PathBuf),
}

impl Alone {
    /// For people, of a folder as it was named.
    pub fn words(&self, folder: &Path) -> String {
        let folder = folder.display();
        match self {
            Self::NoRepository => format!(
                "`{folder}` is read as a whole repository: neither it nor a folder above it has a `.git` or a `wirelint.toml`"
            ),
            Self::Elsewhere(root) => format!(
                "`{folder}` is read as a whole repository; run wirelint inside of `{}` to follow connections through all of that",
                root.display()
            ),
            Self::Untracked(root) => {
                format!("`{folder}` is read as a whole repository: git holds nothing of it in `{}`", root.display())
            }
        }
    }
}

/// Finds the root for the paths of a command line. `stated` is the folder of `--root`.
///
/// # Errors
/// When a path does not exist, the paths are not in one repository, or a link of the repository is on the way.
pub fn find(paths: &[PathBuf], stated: Option<&Path>) -> Result<Root, Failure> {
    for path in paths {
        if path.symlink_metadata().is_err() {
            let near = did_you_mean(&path.to_string_lossy(), COMMANDS);
            return Err(Failure::Message(format!("`{}`: no such file or folder{near}", path.display())));
        }
    }
    if let Some(folder) = stated {
        if !folder.is_dir() {
            return Err(Failure::Message(format!("`--root {}`: no such folder", folder.display())));
        }
        return Ok(Root { folder: folder.to_path_buf(), focus: focus(paths, folder)?, alone: None });
    }
    match paths {
        [] => {
            let here = std::env::current_dir()?;
            Ok(match DiskTree::repository_around(&here) {
                Some(folder) => Root { folder, focus: Focus::Everything, alone: None },
                None => Root { folder: here, focus: Focus::Everything, alone: Some(Alone::NoRepository) },
            })
        }
        [folder] if folder.is_dir() => of_folder(folder),
        [first, ..] => {
            let first = outside_of_links(first)?;
            let folder = DiskTree::find_root(first.parent().filter(|_| first.is_file()).unwrap_or(&first));
            let focus = focus(paths, &folder)?;
            Ok(Root { folder, focus, alone: None })
        }
    }
}

/// One folder: a part of the repository that the program was started in, or a tree by itself.
fn of_folder(folder: &Path) -> Result<Root, Failure> {
    let full = outside_of_links(folder)?.canonicalize()?;
    let alone = match DiskTree::repository_around(&full) {
        None => Some(Alone::NoRepository),
        Some(root) if root == full => None,
        Some(root) if DiskTree::repository_around(&std::env::current_dir()?).as_ref() != Some(&root) => {
            Some(Alone::Elsewhere(root))
        }
        Some(root) if DiskTree::is_untracked(&full) => Some(Alone::Untracked(root)),
        Some(root) => return Ok(Root { focus: focus(&[full], &root)?, folder: root, alone: None }),
    };
    Ok(Root { folder: folder.to_path_buf(), focus: Focus::Everything, alone })
}

fn focus(paths: &[PathBuf], root: &Path) -> Result<Focus, Failure> {
    let root = root.canonicalize()?;
    let inside = paths.iter().map(|path| relative(path, &root)).collect::<Result<Vec<_>, _>>()?;
    Ok(if inside.is_empty() { Focus::Everything } else { Focus::Paths(inside) })
}

/// Where a path is below `root`, through no link below that.
fn relative(path: &Path, root: &Path) -> Result<RepoPath, Failure> {
    let full = absolute(path)?;
    let parts: Vec<Component<'_>> = full.components().collect();
    // Links above the root are the way of this machine to it: the first folder that is the root counts.
    let above = (0..=parts.len()).find_map(|count| {
        let (folder, rest) = parts.split_at_checked(count)?;
        let folder: PathBuf = folder.iter().collect();
        (folder.canonicalize().ok()? == root).then_some((folder, rest))
    });
    let Some((folder, rest)) = above else {
        let (path, root) = (path.display(), root.display());
        let message = format!("`{path}` is not in the repository {root}; check one repository at a time");
        return Err(Failure::Message(message));
    };
    let mut at = folder;
    for part in rest {
        at.push(part);
        if is_link(&at) {
            return Err(through_a_link(path, &at, root));
        }
    }
    let inside: Option<Vec<&str>> = rest.iter().map(|part| part.as_os_str().to_str()).collect();
    inside.and_then(|parts| RepoPath::new(&parts.join("/"))).ok_or_else(|| {
        Failure::Message(format!("`{}` is no path that wirelint can name: it is not UTF-8", path.display()))
    })
}

/// A path without a link of a repository on its way: what is committed leads nowhere else. Links that no repository holds are this machine's own.
fn outside_of_links(path: &Path) -> Result<PathBuf, Failure> {
    let full = absolute(path)?;
    let mut at = PathBuf::new();
    for part in full.components() {
        at.push(part);
        if is_link(&at)
            && let Some(root) = at.parent().and_then(DiskTree::repository_around)
        {
            return Err(through_a_link(path, &at, &root));
        }
    }
    Ok(full)
}

/// A path from the root of the file system, its links as they are written.
fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    let mut full = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            // As the system has it: above what a link leads to.
            Component::ParentDir => {
                full = full.canonicalize()?;
                full.pop();
            }
            part => full.push(part),
        }
    }
    Ok(full)
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink())
}

fn through_a_link(path: &Path, link: &Path, root: &Path) -> Failure {
    let (path, link, root) = (path.display(), link.display(), root.display());
    Failure::Message(format!(
        "`{path}`: `{link}` is a symbolic link in the repository {root}, and wirelint follows none; name what it leads to"
    ))
}
