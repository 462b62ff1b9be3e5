//! The open repositories, and which of them must be looked at again.

use lsp_types::Url;

use super::checked::Checked;
use super::diagnostics::Diagnostics;
use super::folder::Folder;
use crate::base::RepoPath;

/// A run and what is shown of it.
#[derive(Debug)]
pub struct Seen {
    /// The run.
    pub checked: Checked,
    /// What is shown.
    pub diagnostics: Diagnostics,
}

/// A repository with its last result.
#[derive(Debug)]
pub struct Watched {
    /// The repository.
    pub folder: Folder,
    /// How often something changed.
    changes: u64,
    /// The changes that the last run knew.
    known: u64,
    /// That run; `None` before the first one, and where it failed inside.
    pub last: Option<Seen>,
}

impl Watched {
    fn new(folder: Folder) -> Self {
        Self { folder, changes: 1, known: 0, last: None }
    }

    /// Whether the last run knows all changes.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.changes == self.known
    }

    /// How often something changed until now.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Something changed.
    pub fn touch(&mut self) {
        self.changes += 1;
    }

    /// Takes what a run after so many changes gave, when none came since, and says whether it did; a run that failed leaves
    /// what is shown as it is.
    pub fn take(&mut self, changes: u64, result: Option<Seen>) -> bool {
        let is_fresh = changes == self.changes;
        if is_fresh {
            self.known = changes;
            self.last = result.or(self.last.take());
        }
        is_fresh
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The folders that the editor says are open.
    open: Vec<Url>,
    /// The repositories around them.
    pub watched: Vec<Watched>,
}

impl Workspace {
    /// Opens and closes folders. Repositories that stay keep their results.
    pub fn change(&mut self, added: impl IntoIterator<Item = Url>, removed: &[Url]) {
        self.open.retain(|uri| !removed.contains(uri));
        self.open.extend(added);
        let mut before = std::mem::take(&mut self.watched);
        for folder in Folder::of_workspace(&self.open) {
            let known = before.iter().position(|watched| watched.folder == folder);
            self.watched.push(known.map_or_else(|| Watched::new(folder), |known| before.swap_remove(known)));
        }
    }

    /// The repository that holds a document, the innermost of several, with the path there.
    #[must_use]
    pub fn holder(&self, uri: &Url) -> Option<(&Watched, RepoPath)> {
        let holders = self.watched.iter().filter_map(|watched| Some((watched, watched.folder.inside(uri)?)));
        holders.max_by_key(|(watched, _)| watched.folder.root.as_os_str().len())
    }

    /// A document changed.
    pub fn touch(&mut self, uri: &Url) {
        self.watched.iter_mut().filter(|watched| watched.folder.inside(uri).is_some()).for_each(Watched::touch);
    }

    /// A repository whose last run does not know all changes.
    #[must_use]
    pub fn stale(&self) -> Option<&Watched> {
        self.watched.iter().find(|watched| !watched.is_current())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IgnoredEnv;
    use crate::lsp::client::Client;
    use crate::lsp::documents::Documents;
    use crate::lsp::position::Encoding;

    #[test]
    fn what_a_run_gave_is_dropped_when_something_changed_since_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let mut workspace = Workspace::default();
        workspace.change([Url::from_file_path(folder.path()).unwrap()], &[]);
        let watched = &mut workspace.watched[0];
        let seen = || {
            let folder = Folder::of_workspace(&[Url::from_file_path(folder.path()).unwrap()]).remove(0);
            let checked = Checked::run(folder, &Documents::new(), IgnoredEnv::LeaveOut, Encoding::Utf16);
            let diagnostics = Diagnostics::new(&checked, &Client::default());
            Some(Seen { checked, diagnostics })
        };
        let begun = watched.changes();
        watched.touch();
        assert!(!watched.take(begun, seen()));
        assert!(!watched.is_current() && watched.last.is_none());
        let begun = watched.changes();
        assert!(watched.take(begun, seen()));
        assert!(watched.is_current() && watched.last.is_some());
        // One that failed inside leaves what is shown, and is not begun again before something changes.
        watched.touch();
        let begun = watched.changes();
        assert!(watched.take(begun, None));
        assert!(watched.is_current() && watched.last.is_some());
    }
}
