//! A folder on disk.
#![allow(clippy::disallowed_methods)] // this file is where the repository is read

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{WalkBuilder, WalkState};

use super::{MAX_FILE_SIZE, git};
use crate::base::{Entry, FileKind, ReadError, RepoPath, Tracking, Tree, Visitor};

/// Folders of a tree that one thread walks, and files in each.
const SMALL_FOLDERS: usize = 12;
const SMALL_FILES: usize = 32;

/// The files below a folder, without those that its `.gitignore` files name; ignored env files are listed as such.
#[derive(Clone, Debug)]
pub struct DiskTree {
    root: PathBuf,
}

impl DiskTree {
    /// The tree below `root`.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The nearest folder at or above `start` that holds a git repository or a `wirelint.toml`; `start` when there is none.
    #[must_use]
    pub fn find_root(start: &Path) -> PathBuf {
        let start = start.canonicalize().unwrap_or_else(|_| start.to_path_buf());
        let marked = start.ancestors().find(|folder| folder.join(".git").exists());
        let marked = marked.or_else(|| start.ancestors().find(|folder| folder.join("wirelint.toml").exists()));
        marked.unwrap_or(&start).to_path_buf()
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the tree ends after a few folders: a second thread would cost more than the walk.
    fn is_small(&self) -> bool {
        let mut folders = vec![self.root.clone()];
        let mut looked_at = 0;
        while let Some(folder) = folders.pop() {
            looked_at += 1;
            if looked_at > SMALL_FOLDERS {
                return false;
            }
            let Ok(list) = fs::read_dir(&folder) else { continue };
            let items = list.filter_map(Result::ok).take(SMALL_FILES + 1).collect::<Vec<_>>();
            if items.len() > SMALL_FILES {
                return false;
            }
            let inside = items.iter().filter(|item| item.file_type().is_ok_and(|kind| kind.is_dir()));
            folders.extend(inside.filter(|item| item.file_name() != ".git").map(fs::DirEntry::path));
        }
        true
    }

    /// Env files that git ignores lie beside the files that they belong to. Only those folders are listed again. A file that
    /// was committed nevertheless is on every machine, whatever the ignore rules say.
    fn visit_ignored_env(&self, seen: &Seen, visit: Visitor<'_>) {
        let mut ignored = Vec::new();
        for folder in &seen.folders {
            let Ok(list) = fs::read_dir(self.root.join(folder.as_str())) else { continue };
            let mut names: Vec<String> = list
                .filter_map(Result::ok)
                .filter(|item| item.file_type().is_ok_and(|kind| kind.is_file()))
                .filter_map(|item| item.file_name().into_string().ok())
                .collect();
            names.sort_unstable();
            for path in names.iter().filter_map(|name| folder.join(name)) {
                let entry = Entry::classify(path, 0, Tracking::Ignored);
                if entry.kind == FileKind::Env && !seen.env_files.contains(&entry.path) {
                    ignored.push(entry);
                }
            }
        }
        if ignored.is_empty() {
            return;
        }
        let committed = git::tracked(&self.root, ignored.iter().map(|entry| &entry.path));
        for entry in ignored {
            let tracking = if committed.contains(&entry.path) { Tracking::Tracked } else { Tracking::Ignored };
            visit(&Entry { tracking, ..entry });
        }
    }
}

/// What one walk found that a second look needs.
#[derive(Default)]
struct Seen {
    folders: BTreeSet<RepoPath>,
    env_files: BTreeSet<RepoPath>,
}

impl Seen {
    fn note(&mut self, entry: &Entry) {
        if entry.kind == FileKind::Env {
            self.env_files.insert(entry.path.clone());
        }
        self.folders.extend(entry.path.parent());
    }
}

impl Tree for DiskTree {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) {
        let threads = if threads.get() > 1 && self.is_small() { NonZeroUsize::MIN } else { threads };
        // A user's own git settings must not change the result; those of the repository must.
        let walker = WalkBuilder::new(&self.root)
            .hidden(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .parents(false)
            .require_git(false)
            .follow_links(false)
            .threads(threads.get())
            .filter_entry(|item| item.file_name() != ".git")
            .build_parallel();
        let seen = Mutex::new(Seen::default());
        if let Ok(mut seen) = seen.lock() {
            seen.folders.insert(RepoPath::root());
        }
        walker.run(|| {
            Box::new(|item| {
                let Ok(item) = item else { return WalkState::Continue };
                if !item.file_type().is_some_and(|kind| kind.is_file()) {
                    return WalkState::Continue;
                }
                let relative = item.path().strip_prefix(&self.root).unwrap_or(item.path());
                let Some(path) = relative.to_str().and_then(RepoPath::new) else { return WalkState::Continue };
                let entry = Entry::classify(path, 0, Tracking::Tracked);
                if lies_beside_env(entry.kind)
                    && entry.role.speaks()
                    && let Ok(mut seen) = seen.lock()
                {
                    seen.note(&entry);
                }
                visit(&entry);
                WalkState::Continue
            })
        });
        if let Ok(seen) = seen.into_inner() {
            self.visit_ignored_env(&seen, visit);
        }
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        let Ok(list) = fs::read_dir(self.root.join(folder.as_str())) else { return Vec::new() };
        let links = list.filter_map(Result::ok).filter(|item| item.file_type().is_ok_and(|kind| kind.is_symlink()));
        let mut found: Vec<(String, String)> = links
            .filter_map(|item| {
                let target = fs::read_link(item.path()).ok()?;
                Some((item.file_name().into_string().ok()?, target.to_str()?.to_owned()))
            })
            .collect();
        found.sort();
        found
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        buffer.clear();
        let file = File::open(self.root.join(path.as_str())).map_err(read_error)?;
        let metadata = file.metadata().map_err(read_error)?;
        if !metadata.is_file() {
            return Err(ReadError::Other("not a file".to_owned()));
        }
        let size = metadata.len();
        if size > MAX_FILE_SIZE {
            return Err(ReadError::TooLarge { size, limit: MAX_FILE_SIZE });
        }
        buffer.reserve(usize::try_from(size).unwrap_or(0) + 1);
        // A file may grow while it is read. No more is asked for than it had: the answer that there is no more costs a call.
        file.take(size).read_to_end(buffer).map_err(read_error)?;
        Ok(())
    }
}

fn lies_beside_env(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::Env
            | FileKind::Compose
            | FileKind::PackageJson
            | FileKind::Requirements
            | FileKind::Dockerfile
            | FileKind::Toml
    )
}

fn read_error(error: std::io::Error) -> ReadError {
    match error.kind() {
        ErrorKind::NotFound => ReadError::NotFound,
        ErrorKind::PermissionDenied => ReadError::Denied,
        _ => ReadError::Other(error.to_string()),
    }
}
