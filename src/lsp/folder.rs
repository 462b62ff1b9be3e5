//! The folders that the editor has open, each in its repository.
#![allow(clippy::disallowed_methods)] // asks where the folders are

use std::path::{Path, PathBuf};

use lsp_types::Url;

use crate::base::RepoPath;
use crate::report::Focus;
use crate::walk::DiskTree;

/// A repository of which something is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its folder, by the name that the editor has for it.
    pub root: PathBuf,
    /// The same without links.
    full: PathBuf,
    /// What of it is shown: the folders that are open.
    pub shown: Focus,
}

/// The path of a file of this machine. Addresses of other schemes have paths as well: what `git:` shows is another state of the file.
#[must_use]
pub fn file(uri: &Url) -> Option<PathBuf> {
    (uri.scheme() == "file").then(|| uri.to_file_path().ok())?
}

impl Folder {
    /// The repositories around these folders, each once. What is no folder of this machine is left out.
    #[must_use]
    pub fn of_workspace(open: &[Url]) -> Vec<Self> {
        let mut folders: Vec<Self> = Vec::new();
        for path in open.iter().filter_map(file).filter(|path| path.is_dir()) {
            let found = Self::around(&path);
            match folders.iter_mut().find(|known| known.root == found.root) {
                Some(known) => known.shown = both(&known.shown, found.shown),
                None => folders.push(found),
            }
        }
        folders
    }

    /// A folder that git holds is a part of its repository, as for `wirelint FOLDER`.
    fn around(path: &Path) -> Self {
        let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let whole = || Self { root: path.to_path_buf(), full: full.clone(), shown: Focus::Everything };
        let Some(root) = DiskTree::repository_around(path) else { return whole() };
        let inside = full.strip_prefix(&root).ok().and_then(|inside| RepoPath::new(inside.to_str()?));
        match inside {
            Some(inside) if inside != RepoPath::root() && !DiskTree::is_untracked(&full) => {
                // The name that the editor has is kept where links above the repository give it several.
                let named = path.ancestors().nth(inside.parts().count()).map(Path::to_path_buf);
                let named = named.filter(|named| named.canonicalize().is_ok_and(|full| full == root));
                Self { root: named.unwrap_or(root.clone()), full: root, shown: Focus::Paths(vec![inside]) }
            }
            _ => whole(),
        }
    }

    /// The path of a document in the repository; `None` when it is elsewhere.
    #[must_use]
    pub fn inside(&self, uri: &Url) -> Option<RepoPath> {
        let path = file(uri)?;
        // Editors call a file by the name that it was opened by, or by the one that no link is in.
        let inside = [&self.root, &self.full].into_iter().find_map(|root| path.strip_prefix(root).ok())?.to_str()?;
        // On systems where it is a part of a name, a path with `\` is not read from disk either.
        let path = (cfg!(windows) || !inside.contains('\\')).then(|| RepoPath::new(inside))??;
        (path != RepoPath::root()).then_some(path)
    }

    /// The address of a file of the repository.
    #[must_use]
    pub fn uri(&self, path: &RepoPath) -> Option<Url> {
        Url::from_file_path(path.parts().fold(self.root.clone(), |file, part| file.join(part))).ok()
    }
}

fn both(one: &Focus, other: Focus) -> Focus {
    match (one, other) {
        (Focus::Paths(one), Focus::Paths(other)) => Focus::Paths(one.iter().cloned().chain(other).collect()),
        _ => Focus::Everything,
    }
}
