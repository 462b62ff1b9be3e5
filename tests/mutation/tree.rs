//! A repository in memory, and the same with one file changed.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use wirelint::base::{Entry, ReadError, RepoPath, Tracking, Tree, Unread, Visitor};
use wirelint::walk::DiskTree;

/// A folder, read once.
pub struct Snapshot {
    pub name: String,
    files: BTreeMap<RepoPath, (Entry, Vec<u8>)>,
    links: BTreeMap<RepoPath, Vec<(String, String)>>,
}

impl Snapshot {
    /// The files of a folder and its links.
    pub fn of(name: String, folder: &Path) -> Self {
        let disk = DiskTree::new(folder.to_owned());
        let entries = Mutex::new(Vec::new());
        let _ = disk.visit(NonZeroUsize::MIN, &|entry: &Entry| entries.lock().unwrap().push(entry.clone()));
        let mut files = BTreeMap::new();
        let mut links = BTreeMap::new();
        for entry in entries.into_inner().unwrap() {
            let mut bytes = Vec::new();
            if disk.read(&entry.path, &mut bytes).is_ok() {
                files.insert(entry.path.clone(), (entry, bytes));
            }
        }
        let mut folders = vec![RepoPath::root()];
        while let Some(path) = folders.pop() {
            let found = disk.links(&path);
            if !found.is_empty() {
                links.insert(path.clone(), found);
            }
            let list = std::fs::read_dir(folder.join(path.as_str())).unwrap();
            for item in list.map(Result::unwrap).filter(|item| item.file_type().unwrap().is_dir()) {
                folders.extend(item.file_name().to_str().and_then(|name| path.join(name)));
            }
        }
        Self { name, files, links }
    }

    /// A tree of these texts.
    pub fn from_texts(name: String, texts: Vec<(String, String)>) -> Self {
        let classified = texts.into_iter().filter_map(|(path, text)| {
            let path = RepoPath::new(&path)?;
            let entry = Entry::classify(path.clone(), text.len() as u64, Tracking::Tracked);
            Some((path, (entry, text.into_bytes())))
        });
        Self { name, files: classified.collect(), links: BTreeMap::new() }
    }

    /// Every path, in order.
    pub fn paths(&self) -> Vec<&RepoPath> {
        self.files.keys().collect()
    }

    /// What is in a file; nothing when there is no such file.
    pub fn bytes(&self, path: &RepoPath) -> &[u8] {
        self.files.get(path).map_or(&[], |(_, bytes)| bytes)
    }
}

/// A snapshot in which one file says something else.
pub struct Changed<'a> {
    pub base: &'a Snapshot,
    pub entry: Entry,
    pub bytes: Vec<u8>,
}

impl<'a> Changed<'a> {
    /// The snapshot with `bytes` at `path`.
    pub fn new(base: &'a Snapshot, path: &RepoPath, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        let entry = match base.files.get(path) {
            Some((entry, _)) => Entry { size, ..entry.clone() },
            None => Entry::classify(path.clone(), size, Tracking::Tracked),
        };
        Self { base, entry, bytes }
    }
}

impl Tree for Changed<'_> {
    fn visit(&self, _threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        for (path, (entry, _)) in &self.base.files {
            if *path != self.entry.path {
                visit(entry);
            }
        }
        visit(&self.entry);
        Vec::new()
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        buffer.clear();
        if *path == self.entry.path {
            buffer.extend_from_slice(&self.bytes);
            return Ok(());
        }
        let (_, bytes) = self.base.files.get(path).ok_or(ReadError::NotFound)?;
        buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        self.base.links.get(folder).cloned().unwrap_or_default()
    }
}

impl Tree for Snapshot {
    fn visit(&self, _threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        self.files.values().for_each(|(entry, _)| visit(entry));
        Vec::new()
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        let (_, bytes) = self.files.get(path).ok_or(ReadError::NotFound)?;
        buffer.clear();
        buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        self.links.get(folder).cloned().unwrap_or_default()
    }
}

/// The folders below `folder` that hold files, in order; what is no repository by itself is none the less a tree.
pub fn snapshots(folder: &Path, below: &[&str]) -> Vec<Snapshot> {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()).collect();
    cases.sort();
    let name = |path: &Path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    let inner = |case: PathBuf| below.iter().map(move |part| case.join(part)).collect::<Vec<_>>();
    let trees = cases.into_iter().flat_map(inner).filter(|path| path.is_dir());
    trees.map(|path| Snapshot::of(name(&path), &path)).filter(|tree| !tree.files.is_empty()).collect()
}
