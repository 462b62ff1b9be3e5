//! The open texts over the files on disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents::{Document, Documents, OnDisk};
use super::folder::Folder;
use super::snapshot::Snapshot;
use crate::base::{Entry, Layered, ReadError, RepoPath, Tree};
use crate::walk::MAX_FILE_SIZE;

/// A repository as its editor shows it.
#[derive(Debug)]
pub struct Buffers {
    /// The files, with the open texts in place of theirs.
    pub tree: Layered<Snapshot>,
    /// The open texts of the repository, each with what the editor calls it.
    pub open: BTreeMap<RepoPath, (lsp_types::Url, i32)>,
}

impl Buffers {
    /// The documents of `folder` over its files. What is not read from disk is not read from a buffer either: links, pipes, and
    /// what `.gitignore` names.
    #[must_use]
    pub fn new(folder: &Folder, snapshot: Snapshot, documents: &Documents) -> Self {
        let disk = snapshot.disk().clone();
        let mut tree = Layered::new(snapshot.clone());
        let mut open = BTreeMap::new();
        let mut bytes = Vec::new();
        for document in documents.values().filter(|document| document.file == OnDisk::Counts) {
            let Some(path) = folder.inside(&document.uri) else { continue };
            let read = if snapshot.lists(&path) { Ok(()) } else { disk.read(&path, &mut bytes) };
            match read {
                Ok(()) | Err(ReadError::TooLarge { .. }) => tree.replace(path.clone(), text(document)),
                Err(ReadError::NotFound) => {
                    let Some(tracking) = disk.tracking_at(&path) else { continue };
                    tree.add(Entry::classify(path.clone(), document.text.len() as u64, tracking), text(document));
                }
                Err(_) => continue,
            }
            open.insert(path, (document.uri.clone(), document.version));
        }
        Self { tree, open }
    }
}

/// The text as far as it would be read from disk.
fn text(document: &Document) -> Result<Arc<str>, ReadError> {
    let size = document.text.len() as u64;
    if size > MAX_FILE_SIZE {
        return Err(ReadError::TooLarge { size, limit: MAX_FILE_SIZE });
    }
    Ok(Arc::clone(&document.text))
}
