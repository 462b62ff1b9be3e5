//! The open repositories, and which of them must be looked at again.

use lsp_types::Url;

use super::checked::{Checked, Disk, Known};
use super::diagnostics::Diagnostics;
use super::documents::key;
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
    /// What runs know of one another.
    begun: Known,
    /// Whether something happened on disk since the last run began.
    disk: Disk,
}

impl Watched {
    fn new(folder: Folder) -> Self {
        Self { folder, changes: 1, known: 0, last: None, begun: Known::default(), disk: Disk::Unchanged }
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

    /// A text changed, or something on disk. Nobody waits any more for a run that does not know of it.
    pub fn touch(&mut self, disk: Disk) {
        self.changes += 1;
        self.begun.again.cancel.cancel();
        if disk == Disk::Changed {
            self.disk = disk;
        }
    }

    /// What a run knows that begins now.
    pub fn begin(&mut self) -> Known {
        self.begun = self.begun.next(std::mem::replace(&mut self.disk, Disk::Unchanged));
        self.begun.clone()
    }

    /// Takes what a run after so many changes gave, when none came since, and says whether it did; a run that failed leaves
    /// what is shown as it is.
    pub fn take(&mut self, changes: u64, result: Option<Seen>) -> bool {
        let is_fresh = changes == self.changes;
        if is_fresh {
            self.known = changes;
            if result.is_some() {
                let before = std::mem::replace(&mut self.last, result);
                // Taking a wiring apart takes a while. Where no thread can be had, it is done here.
                let _ = std::thread::Builder::new().spawn(move || drop(before));
            }
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
        let removed: Vec<Url> = removed.iter().map(key).collect();
        self.open.retain(|uri| !removed.contains(&key(uri)));
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
    pub fn touch(&mut self, uri: &Url, disk: Disk) {
        let holders = self.watched.iter_mut().filter(|watched| watched.folder.inside(uri).is_some());
        holders.for_each(|watched| watched.touch(disk));
    }

    /// A repository whose last run does not know all changes.
    #[must_use]
    pub fn stale(&mut self) -> Option<&mut Watched> {
        self.watched.iter_mut().find(|watched| !watched.is_current())
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
            let known = Known::default();
            let run = Checked::run(folder, &Documents::new(), IgnoredEnv::LeaveOut, Encoding::Utf16, &known);
            let checked = run.expect("nobody cancelled it");
            let diagnostics = Diagnostics::new(&checked, &Client::default());
            Some(Seen { checked, diagnostics })
        };
        let begun = watched.changes();
        let known = watched.begin();
        watched.touch(Disk::Unchanged);
        assert!(known.again.cancel.is_cancelled() && !watched.begin().again.cancel.is_cancelled());
        assert!(!watched.take(begun, seen()));
        assert!(!watched.is_current() && watched.last.is_none());
        let begun = watched.changes();
        assert!(watched.take(begun, seen()));
        assert!(watched.is_current() && watched.last.is_some());
        // One that failed inside leaves what is shown, and is not begun again before something changes.
        watched.touch(Disk::Changed);
        let begun = watched.changes();
        assert!(watched.take(begun, None));
        assert!(watched.is_current() && watched.last.is_some());
    }
}
