//! Files whose names are listed and whose content is in objects: the index, and the trees of commits.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use super::super::{MAX_FILE_SIZE, shown_bytes};
use super::id::ObjectId;
use super::index::Mode;
use super::objects::Objects;
use super::path_of;
use crate::base::{Entry, ReadError, RepoPath, Tracking, Tree, Unread, UnreadReason, Visitor};

/// A link's target is a path.
const MOST_TARGET_BYTES: usize = 4096;

/// Files, links and submodules with their objects.
pub(super) struct Listed {
    entries: BTreeMap<RepoPath, (Entry, ObjectId)>,
    /// Symbolic links with the objects that hold their targets.
    links: BTreeMap<RepoPath, ObjectId>,
    unread: BTreeSet<Unread>,
    submodules: Vec<RepoPath>,
    objects: Mutex<Objects>,
}

impl Listed {
    /// No files yet; what they hold is in `objects`.
    pub(super) fn new(objects: Objects) -> Self {
        Self {
            entries: BTreeMap::new(),
            links: BTreeMap::new(),
            unread: BTreeSet::new(),
            submodules: Vec::new(),
            objects: Mutex::new(objects),
        }
    }

    /// Adds what is at a path.
    pub(super) fn insert(&mut self, path: &[u8], mode: Mode, object: ObjectId) {
        let path = match path_of(path) {
            Ok(path) => path,
            Err(why) => {
                self.unread.insert(Unread { at: shown_bytes(path), why });
                return;
            }
        };
        match mode {
            Mode::File => {
                let entry = Entry::classify(path.clone(), 0, Tracking::Tracked);
                self.entries.insert(path, (entry, object));
            }
            Mode::Link => {
                self.unread.insert(Unread { at: path.as_str().to_owned(), why: UnreadReason::Link });
                self.links.insert(path, object);
            }
            Mode::Folder => {}
            Mode::Submodule => {
                self.unread.insert(Unread { at: path.as_str().to_owned(), why: UnreadReason::Submodule });
                self.submodules.push(path);
            }
        }
    }

    /// The folders that hold other repositories.
    pub(super) fn submodules(&self) -> &[RepoPath] {
        &self.submodules
    }

    fn object(&self, object: &ObjectId, limit: usize) -> Result<Vec<u8>, ReadError> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).blob(object, limit)
    }
}

impl Tree for Listed {
    fn visit(&self, _threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        for (entry, _) in self.entries.values() {
            visit(entry);
        }
        self.unread.iter().cloned().collect()
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        let inside = self.links.iter().filter(|(path, _)| path.parent().as_ref() == Some(folder));
        let target = |(path, object): (&RepoPath, &ObjectId)| {
            let target = self.object(object, MOST_TARGET_BYTES).ok()?;
            Some((path.name().to_owned(), String::from_utf8(target).ok()?))
        };
        inside.filter_map(target).collect()
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        buffer.clear();
        if self.links.contains_key(path) {
            return Err(ReadError::Link);
        }
        let (_, object) = self.entries.get(path).ok_or(ReadError::NotFound)?;
        *buffer = self.object(object, usize::try_from(MAX_FILE_SIZE).unwrap_or(usize::MAX))?;
        Ok(())
    }
}
