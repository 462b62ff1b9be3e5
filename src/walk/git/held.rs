//! Whether a repository holds a folder.

use std::path::Path;

use super::index::{self, Mode};
use super::{GitError, locate, read_index};

/// Whether the index of the repository around `folder` lists files, and none of them in the folder. Without a repository or an
/// index nothing is known of that, and the folder is not untracked.
///
/// # Errors
/// When there is a repository whose index cannot be read.
pub(in crate::walk) fn is_untracked(folder: &Path) -> Result<bool, GitError> {
    let Some(repository) = locate::repository(folder)? else { return Ok(false) };
    let prefix = repository.prefix.as_bytes();
    let (mut is_empty, mut is_held) = (true, prefix.is_empty());
    index::read(&read_index(&repository)?, repository.hash, &mut |found| {
        is_empty = false;
        // A sparse index names a folder with all that is in it.
        is_held |= found.path.starts_with(prefix) || found.mode == Mode::Folder && prefix.starts_with(found.path);
    })?;
    Ok(!is_empty && !is_held)
}
