//! Env files as bindings.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::dialect::{Dialect, cook};
use crate::base::{FileId, Limit, Limits, Place, RepoPath};
use crate::facts::{EnvEntry, HoleReason, Repository};
use crate::model::{Binding, Text, Unknown, Value};

/// References to references.
const DEPTH_LIMIT: usize = 8;
/// A value of values may double with each of them.
const EXPANDED: Limit = Limit::new(
    65_536,
    "bytes of one value of an env file",
    "the value is unknown",
    "write the value with fewer references to others",
);
/// Bytes that references of the files of one reader may make in all, and as many again for each byte of the files.
const ROOM: usize = 1_000_000;
const ROOM_PER_BYTE: usize = 16;

/// The bindings of several files that one reader reads.
#[derive(Debug, Default)]
pub struct Bindings {
    /// The winning binding of each name, sorted by name.
    pub winning: Vec<Binding>,
    /// Those that lost, sorted by name.
    pub overridden: Vec<Binding>,
}

/// What a reader makes of files, the weakest first. In one file the last assignment of a name counts.
#[must_use]
pub fn read(repository: &Repository, files: &[FileId], dialect: Dialect, limits: &Limits) -> Bindings {
    let mut winners: BTreeMap<&str, (FileId, &EnvEntry)> = BTreeMap::new();
    let mut losers: Vec<(FileId, &EnvEntry)> = Vec::new();
    for file in files {
        for entry in repository.get(*file).map(|facts| facts.env.as_slice()).unwrap_or_default() {
            if let Some(lost) = winners.insert(&entry.name, (*file, entry)) {
                losers.push(lost);
            }
        }
    }
    let written: usize = winners.values().map(|(_, entry)| entry.raw.len()).sum();
    let known = RefCell::default();
    let reader = Reader { winners: &winners, dialect, room: Cell::new(ROOM + written * ROOM_PER_BYTE), limits, known };
    let mut bindings = Bindings {
        winning: winners.values().filter_map(|(file, entry)| reader.binding(*file, entry)).collect(),
        overridden: losers.iter().filter_map(|(file, entry)| reader.binding(*file, entry)).collect(),
    };
    bindings.overridden.sort_by(|a, b| (&a.name, a.place).cmp(&(&b.name, b.place)));
    bindings
}

struct Reader<'a> {
    winners: &'a BTreeMap<&'a str, (FileId, &'a EnvEntry)>,
    dialect: Dialect,
    /// Bytes that may still be made out of references.
    room: Cell<usize>,
    limits: &'a Limits,
    /// What came of the assignments that others refer to, by their name and the references that may still be followed.
    known: RefCell<BTreeMap<(&'a str, usize), Cooked>>,
}

/// What came of an assignment.
#[derive(Clone)]
enum Cooked {
    Text(Rc<str>),
    /// The reader refuses the line.
    Refused,
    /// A bound was reached.
    Limit,
}

impl<'a> Reader<'a> {
    fn binding(&self, file: FileId, entry: &EnvEntry) -> Option<Binding> {
        let place = Place::new(file, entry.value_span);
        let value = match self.text(entry, DEPTH_LIMIT) {
            Cooked::Text(text) => Value::Text(Text::known(&text, Some(place))),
            Cooked::Refused => return None,
            Cooked::Limit => {
                self.limits.reached(Some(place), &EXPANDED);
                Value::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) })
            }
        };
        let whole = Place::new(file, entry.name_span.cover(entry.value_span));
        Some(Binding { name: Arc::clone(&entry.name), value, place: whole, evidence: Vec::new() })
    }

    /// What came of an assignment that another one refers to.
    fn referred(&self, name: &'a str, entry: &EnvEntry, depth: usize) -> Cooked {
        if let Some(known) = self.known.borrow().get(&(name, depth)) {
            return known.clone();
        }
        let cooked = self.text(entry, depth);
        self.known.borrow_mut().insert((name, depth), cooked.clone());
        cooked
    }

    fn text(&self, entry: &EnvEntry, depth: usize) -> Cooked {
        let ended = Cell::new(false);
        let made = Cell::new(entry.raw.len());
        let lookup = |name: &str| {
            let (name, (_, other)) = self.winners.get_key_value(name)?;
            if depth == 0 || ended.get() || std::ptr::eq(*other, entry) {
                return None;
            }
            let text = match self.referred(name, other, depth - 1) {
                Cooked::Text(text) => text,
                Cooked::Refused => return None,
                Cooked::Limit => {
                    ended.set(true);
                    return None;
                }
            };
            // A reference costs something even when it is empty.
            let left = self.room.get().checked_sub(text.len() + 1);
            self.room.set(left.unwrap_or(0));
            made.set(made.get() + text.len());
            ended.set(left.is_none() || made.get() > EXPANDED.most_items());
            Some(text.to_string())
        };
        let text = cook(entry, self.dialect, &lookup);
        match text {
            _ if ended.get() => Cooked::Limit,
            Some(text) => Cooked::Text(Rc::from(text)),
            None => Cooked::Refused,
        }
    }
}

/// The `.env` beside a compose file, which fills `${X}` in it.
#[must_use]
pub fn beside_compose(repository: &Repository, folder: &RepoPath, limits: &Limits) -> Vec<Binding> {
    let file = folder.join(".env").and_then(|path| repository.find(&path));
    read(repository, file.as_slice(), Dialect::Compose, limits).winning
}

/// A file named by `env_file:`.
#[must_use]
pub fn compose_env_file(repository: &Repository, file: FileId, limits: &Limits) -> Vec<Binding> {
    read(repository, &[file], Dialect::ComposeEnvFile, limits).winning
}
