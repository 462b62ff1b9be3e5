//! What a repository holds and its working tree lacks by intent, and what belongs to other repositories.

use std::collections::BTreeSet;
use std::path::Path;

use super::index::{self, Found, Mode};
use super::{locate, path_of, read_index};
use crate::base::RepoPath;

/// Files below `root` that a sparse checkout leaves out, and submodules that are not checked out; nothing where that is not
/// known. Paths are relative to `root`.
#[must_use]
pub fn absent(root: &Path) -> Vec<RepoPath> {
    let mut absent = Vec::new();
    each(root, &mut |found, path| {
        let is_absent = match found.mode {
            Mode::File | Mode::Link => found.is_skipped,
            Mode::Folder => true,
            Mode::Submodule => !is_repository(root, &path),
        };
        absent.extend(is_absent.then_some(path));
    });
    absent
}

/// Tells of what the index of the repository around `root` lists below it, as far as it can be read.
fn each(root: &Path, tell: &mut dyn FnMut(&Found<'_>, RepoPath)) {
    let Ok(Some(repository)) = locate::repository(root) else { return };
    let Ok(bytes) = read_index(&repository) else { return };
    // What cannot be read to its end is known up to there.
    let _ = index::read(&bytes, repository.hash, &mut |found| {
        let inside = found.path.strip_prefix(repository.prefix.as_bytes());
        // A folder's path has a slash at its end.
        if let Some(Ok(path)) = inside.map(|inside| path_of(inside.strip_suffix(b"/").unwrap_or(inside))) {
            tell(&found, path);
        }
    });
}

/// Those of the folders below `root` of which the index lists no file: what was a submodule and is none any more has some.
#[must_use]
pub fn without_files(root: &Path, folders: &[RepoPath]) -> Vec<RepoPath> {
    let mut left: BTreeSet<RepoPath> = folders.iter().cloned().collect();
    each(root, &mut |found, path| {
        if found.mode == Mode::File {
            for folder in std::iter::successors(Some(path), RepoPath::parent).skip(1) {
                left.remove(&folder);
            }
        }
    });
    left.into_iter().collect()
}

/// Whether the folder at `path` below `root` is a repository by itself, as a submodule is that is checked out.
#[allow(clippy::disallowed_methods)] // asks for one name
fn is_repository(root: &Path, path: &RepoPath) -> bool {
    let folder = path.parts().fold(root.to_path_buf(), |folder, part| folder.join(part));
    folder.join(".git").symlink_metadata().is_ok()
}
