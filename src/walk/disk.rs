//! A folder on disk.
#![allow(clippy::disallowed_methods)] // looks for the root, and at the clock: what is read does not depend on it

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::beneath::{Beneath, read_error};
use super::discover::{Found, discover, tracking_at};
use super::{MAX_FILE_SIZE, git};
use crate::base::{Entry, ReadError, RepoPath, Stamp, Tracking, Tree, Unread, UnreadReason, Visitor};

/// Clocks of file systems go on by some milliseconds, those of old ones by two seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// The files below a folder, without those that its `.gitignore` files name and git does not hold; ignored env files are listed as such.
/// Nothing outside the folder is read, wherever a link leads.
#[derive(Clone, Debug)]
pub struct DiskTree {
    root: PathBuf,
    folder: Arc<Result<Beneath, ReadError>>,
}

impl DiskTree {
    /// The tree below `root`.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        let folder = Arc::new(Beneath::new(&root).map_err(|error| read_error(&error)));
        Self { root, folder }
    }

    /// The nearest folder at or above `start` that holds a git repository or a `wirelint.toml`; `start` when there is none.
    #[must_use]
    pub fn find_root(start: &Path) -> PathBuf {
        let around = Self::repository_around(start);
        around.unwrap_or_else(|| start.canonicalize().unwrap_or_else(|_| start.to_path_buf()))
    }

    /// The nearest folder at or above `start` that holds a git repository, or else the nearest that holds a `wirelint.toml`.
    #[must_use]
    pub fn repository_around(start: &Path) -> Option<PathBuf> {
        let start = start.canonicalize().unwrap_or_else(|_| start.to_path_buf());
        let marked = start.ancestors().find(|folder| folder.join(".git").exists());
        let marked = marked.or_else(|| start.ancestors().find(|folder| folder.join("wirelint.toml").exists()));
        marked.map(Path::to_path_buf)
    }

    /// Whether the git repository around `folder` holds files, and none below it. What cannot be known is not untracked.
    #[must_use]
    pub fn is_untracked(folder: &Path) -> bool {
        git::is_untracked(folder).unwrap_or(false)
    }

    /// How the walk would list a file at `path`, which need not be there: by the `.gitignore` files on the way, not by git's
    /// index. `None` when it would not.
    #[must_use]
    pub fn tracking_at(&self, path: &RepoPath) -> Option<Tracking> {
        tracking_at((*self.folder).as_ref().ok()?, path)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Files that were committed nevertheless are on every machine, whatever the ignore rules say.
    fn visit_ignored(&self, folder: &Beneath, found: Found, visit: Visitor<'_>) -> Option<Unread> {
        let Found { ignored_env, mut ignored, .. } = found;
        ignored.files.extend(ignored_env.iter().map(|entry| entry.path.clone()));
        if ignored.is_empty() {
            return None;
        }
        let (committed, failure) = match git::tracked(&self.root, &ignored) {
            Ok(committed) => (committed, None),
            Err(error) => {
                let why = UnreadReason::Index(error.to_string());
                (Default::default(), Some(Unread { at: ".git".to_owned(), why }))
            }
        };
        for path in &committed {
            // One that was deleted is in the index until that is staged.
            if folder.file(path.as_str()).is_ok() {
                visit(&Entry::classify(path.clone(), 0, Tracking::Tracked));
            }
        }
        for entry in ignored_env.iter().filter(|entry| !committed.contains(&entry.path)) {
            visit(entry);
        }
        failure
    }
}

/// What a file's content is known by, from what the system says of it. A file that was written a moment ago may be written again
/// before the clock of the file system goes on: it has none yet.
fn stamp(file: &Path) -> Option<Stamp> {
    let metadata = file.symlink_metadata().ok()?;
    let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let modified = since(metadata.modified().ok()?);
    #[cfg(unix)]
    let (changed, of_device) = {
        use std::os::unix::fs::MetadataExt;
        let changed = Duration::new(metadata.ctime().try_into().ok()?, metadata.ctime_nsec().try_into().ok()?);
        (changed, [metadata.dev(), metadata.ino()])
    };
    #[cfg(not(unix))]
    let (changed, of_device) = (modified, [0, 0]);
    let is_old = modified.max(changed) + SETTLED < since(SystemTime::now());
    let time = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let [device, number] = of_device;
    is_old.then_some(Stamp([device, number, metadata.len(), time(modified), time(changed)]))
}

impl Tree for DiskTree {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        let folder = match &*self.folder {
            Ok(folder) => folder,
            Err(error) => {
                return vec![Unread { at: ".".to_owned(), why: UnreadReason::Folder(error.clone()) }];
            }
        };
        let mut found = discover(folder, threads, visit);
        found.ignored_env.sort_by(|a, b| a.path.cmp(&b.path));
        let mut unread = std::mem::take(&mut found.unread);
        unread.extend(self.visit_ignored(folder, found, visit));
        unread.into_iter().collect()
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        let links = (*self.folder).as_ref().ok().and_then(|root| root.links(folder.as_str()).ok()).unwrap_or_default();
        let text = |(name, target): (std::ffi::OsString, PathBuf)| {
            Some((name.into_string().ok()?, target.to_str()?.to_owned()))
        };
        let mut found: Vec<(String, String)> = links.into_iter().filter_map(text).collect();
        found.sort();
        found
    }

    fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        stamp(&path.parts().fold(self.root.clone(), |file, part| file.join(part)))
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        buffer.clear();
        let folder = (*self.folder).as_ref().map_err(Clone::clone)?;
        folder.read(path.as_str(), MAX_FILE_SIZE, buffer)
    }
}
