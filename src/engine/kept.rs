//! What files said in earlier runs, for who runs again and again over files that hardly change.
//!
//! A record is of one content: it is found by a stamp of the file, where the tree has one, else by a hash of what was read. What is
//! made of a content depends on it, on the path, and on how the file is to be read, which settings may state, or on what is looked
//! for in it.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::load::{Loaded, Looked};
use super::unreached::Form;
use crate::base::{Cancel, FileKind, FileRole, ReadError, RepoPath, Stamp, Tracking, Tree};

/// Results of one kind that are kept of a file: an edit of the settings changes how it is read.
const MOST_RESULTS: usize = 4;

/// How a file is to be read.
pub type Way = (FileKind, FileRole, Tracking);

/// The names that a file holds, by their numbers among those that were looked for, each with how it holds it.
pub type Names = Arc<[(usize, Form)]>;

/// Results, each with what it depends on besides the content and the path.
type Results<K, T> = Vec<(K, T)>;

/// The records of a tree.
#[derive(Debug, Default)]
pub struct Kept {
    records: Mutex<BTreeMap<RepoPath, Record>>,
    /// Its keys are drawn anew for each, so that no file can be made that has the hash of another one.
    hasher: RandomState,
}

/// What a run is given that is one of many.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// What the runs before it know.
    pub kept: Arc<Kept>,
    /// Whether somebody waits for it.
    pub cancel: Cancel,
}

/// What was made of one content.
#[derive(Debug, Default)]
pub struct Record {
    stamp: Option<Stamp>,
    hash: u64,
    looked: Results<Way, Looked>,
    loaded: Results<Way, Loaded>,
    names: Results<(u64, FileKind), Names>,
    uses: Results<u64, bool>,
}

impl Record {
    /// What looks gave.
    pub fn looked(&mut self) -> &mut Results<Way, Looked> {
        &mut self.looked
    }

    /// What parses gave.
    pub fn loaded(&mut self) -> &mut Results<Way, Loaded> {
        &mut self.loaded
    }

    /// Which modules it names, of those that were looked for.
    pub fn names(&mut self) -> &mut Results<(u64, FileKind), Names> {
        &mut self.names
    }

    /// Whether it uses what was looked for.
    pub fn uses(&mut self) -> &mut Results<u64, bool> {
        &mut self.uses
    }
}

impl Kept {
    fn records(&self) -> MutexGuard<'_, BTreeMap<RepoPath, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A short name for what a result depends on.
    pub fn key(&self, of: &impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// The result for a file that depends on `key`: the one that is known of its content, else what `make` makes of it. `buffer` is
    /// only used for that.
    pub fn result<K: PartialEq, T: Clone>(
        &self,
        tree: &dyn Tree,
        (path, key): (&RepoPath, K),
        buffer: &mut Vec<u8>,
        list: fn(&mut Record) -> &mut Results<K, T>,
        make: impl FnOnce(&mut Vec<u8>) -> T,
    ) -> Result<T, ReadError> {
        let known = |record: &mut Record| list(record).iter().find(|one| one.0 == key).map(|one| one.1.clone());
        let stamp = tree.stamp(path);
        if let Some(record) = self.records().get_mut(path)
            && stamp.is_some()
            && record.stamp == stamp
            && let Some(result) = known(record)
        {
            return Ok(result);
        }
        tree.read(path, buffer)?;
        let hash = self.hasher.hash_one(buffer.as_slice());
        {
            let mut records = self.records();
            let record = records.entry(path.clone()).or_default();
            if record.hash != hash {
                *record = Record { hash, ..Record::default() };
            }
            record.stamp = stamp;
            if let Some(result) = known(record) {
                return Ok(result);
            }
        }
        let result = make(buffer);
        if let Some(record) = self.records().get_mut(path).filter(|record| record.hash == hash) {
            let list = list(record);
            list.truncate(MOST_RESULTS - 1);
            list.insert(0, (key, result.clone()));
        }
        Ok(result)
    }

    /// Forgets files that are gone.
    pub fn retain(&self, is_there: impl Fn(&RepoPath) -> bool) {
        self.records().retain(|path, _| is_there(path));
    }
}
