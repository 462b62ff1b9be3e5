//! Env files as bindings.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dialect::{Dialect, cook};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{EnvEntry, Repository};
use crate::model::{Binding, Text, Value};

/// References to references.
const DEPTH_LIMIT: usize = 8;

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
pub fn read(repository: &Repository, files: &[FileId], dialect: Dialect) -> Bindings {
    let mut winners: BTreeMap<&str, (FileId, &EnvEntry)> = BTreeMap::new();
    let mut losers: Vec<(FileId, &EnvEntry)> = Vec::new();
    for file in files {
        for entry in repository.get(*file).map(|facts| facts.env.as_slice()).unwrap_or_default() {
            if let Some(lost) = winners.insert(&entry.name, (*file, entry)) {
                losers.push(lost);
            }
        }
    }
    let reader = Reader { winners: &winners, dialect };
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
}

impl Reader<'_> {
    fn binding(&self, file: FileId, entry: &EnvEntry) -> Option<Binding> {
        let text = self.text(entry, DEPTH_LIMIT)?;
        let place = Place::new(file, entry.value_span);
        let value = Value::Text(Text::known(&text, Some(place)));
        let whole = Place::new(file, entry.name_span.cover(entry.value_span));
        Some(Binding { name: Arc::clone(&entry.name), value, place: whole, evidence: Vec::new() })
    }

    fn text(&self, entry: &EnvEntry, depth: usize) -> Option<String> {
        let lookup = |name: &str| {
            let (_, other) = self.winners.get(name)?;
            if depth == 0 || std::ptr::eq(*other, entry) { None } else { self.text(other, depth - 1) }
        };
        cook(entry, self.dialect, &lookup)
    }
}

/// The `.env` beside a compose file, which fills `${X}` in it.
#[must_use]
pub fn beside_compose(repository: &Repository, folder: &RepoPath) -> Vec<Binding> {
    let file = folder.join(".env").and_then(|path| repository.find(&path));
    read(repository, file.as_slice(), Dialect::Compose).winning
}

/// A file named by `env_file:`.
#[must_use]
pub fn compose_env_file(repository: &Repository, file: FileId) -> Vec<Binding> {
    read(repository, &[file], Dialect::ComposeEnvFile).winning
}
