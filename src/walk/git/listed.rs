//! Files whose names are listed and whose content is in objects: the index, and the trees of commits.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use super::super::{MAX_FILE_SIZE, shown_bytes};
use super::id::ObjectId;
use super::index::Mode;
use super::objects::{Fault, Objects};
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
    /// Files that somebody wanted to read and whose objects are not there.
    missing: Mutex<BTreeMap<RepoPath, ObjectId>>,
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
            missing: Mutex::default(),
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

    /// The first file that somebody wanted to read and whose object is not there.
    pub(super) fn missing(&self) -> Option<(RepoPath, ObjectId)> {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.first_key_value().map(|(path, object)| (path.clone(), object.clone()))
    }

    /// The content of what is at a path.
    fn object(&self, path: &RepoPath, object: &ObjectId, limit: usize) -> Result<Vec<u8>, ReadError> {
        let found = self.objects.lock().unwrap_or_else(PoisonError::into_inner).blob(object, limit);
        found.map_err(|fault| {
            if fault == Fault::Missing {
                let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
                missing.insert(path.clone(), object.clone());
            }
            fault.about(&object.hex())
        })
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
            let target = self.object(path, object, MOST_TARGET_BYTES).ok()?;
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
        *buffer = self.object(path, object, usize::try_from(MAX_FILE_SIZE).unwrap_or(usize::MAX))?;
        Ok(())
    }
}
