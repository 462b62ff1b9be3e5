//! The file provider: which files it reads, and what they say.

use std::sync::Arc;

use super::dynamic::Dynamic;
use super::names::Provider;
use super::refused::{self, Refusal};
use super::setting::Setting;
use super::sources;
use super::startup::{Files, Startup};
use crate::base::{FileId, Limits, Place, RepoPath};
use crate::facts::{HoleReason, Repository};
use crate::model::{Service, Unknown};

/// What the file provider reads.
#[derive(Default)]
pub(super) struct Read {
    /// The files, in the order in which it reads them.
    pub files: Vec<FileId>,
    /// What they say.
    pub dynamic: Dynamic,
    /// Why there may be more.
    pub hole: Option<Unknown>,
}

/// The files that are there.
struct Found {
    /// In the order in which they are read.
    files: Vec<FileId>,
    /// Why there may be more.
    hole: Option<Unknown>,
}

impl Files {
    /// All that it reads. What it refuses of one file keeps out what all of them say.
    pub fn read_all(&self, repository: &Repository, service: &Service, startup: &Startup, limits: &Limits) -> Read {
        let Found { files, hole } = self.found(repository, service);
        let mut read = Read { files, hole, dynamic: Dynamic::default() };
        let mut refused = Refusal::Nothing;
        for id in &read.files {
            let Some(facts) = repository.get(*id) else { continue };
            let is_whole = sources::is_whole(facts);
            if !is_whole {
                let reason = HoleReason::Unresolved(facts.path.as_str().into());
                read.hole = read.hole.take().or(Some(Unknown { reason, place: self.place() }));
            }
            let Some(data) = facts.data.as_deref() else { continue };
            let root = Setting::of_file(*id, data, limits);
            let mut one = Dynamic::default();
            one.add(&root, startup.reading(Provider::File, limits));
            if is_whole {
                refused = refused.or(refused::of_file(&root, startup.version));
            } else {
                one.doubt();
            }
            read.dynamic.add_file(one);
        }
        match refused {
            Refusal::Nothing => {}
            Refusal::Perhaps => read.dynamic.doubt(),
            Refusal::Surely(fault) => read.dynamic.leave_out(fault),
        }
        read
    }

    /// Where it says what is read.
    fn place(&self) -> Option<Place> {
        self.directory.as_ref().or(self.filename.as_ref()).map(|(_, place)| *place)
    }

    /// The files that are read. A folder goes before a file.
    fn found(&self, repository: &Repository, service: &Service) -> Found {
        let missing = |path: &str, place: Place| {
            Some(Unknown { reason: HoleReason::Unresolved(Arc::from(path)), place: Some(place) })
        };
        if let Some((path, place)) = &self.directory {
            let folder = sources::path_at(service, path.trim_end_matches('/'));
            let mut paths: Vec<&RepoPath> =
                folder.iter().flat_map(|folder| paths_below(repository, folder)).filter(|path| is_data(path)).collect();
            // each folder by its names
            paths.sort_by(|one, other| one.parts().cmp(other.parts()));
            let mut hole = paths.is_empty().then(|| missing(path, *place)).flatten();
            let mut files = Vec::new();
            for path in paths {
                match repository.find(path) {
                    Some(id) => files.push(id),
                    None => hole = hole.or_else(|| missing(path.as_str(), *place)),
                }
            }
            return Found { files, hole };
        }
        let Some((path, place)) = &self.filename else { return Found { files: Vec::new(), hole: None } };
        match sources::file_at(repository, service, path) {
            Some(id) => Found { files: vec![id], hole: None },
            None => Found { files: Vec::new(), hole: missing(path, *place) },
        }
    }
}

/// The paths below a folder, of files that are read and of others.
fn paths_below<'r>(repository: &'r Repository, folder: &RepoPath) -> impl Iterator<Item = &'r RepoPath> + use<'r> {
    let folder = folder.clone();
    let inside = repository.paths.range(folder.clone()..);
    let beginning = folder.clone();
    let near = inside.take_while(move |path| path.as_str().starts_with(beginning.as_str()));
    near.filter(move |path| path.is_under(&folder))
}

/// Whether the file provider reads a file, by the end of its name.
fn is_data(path: &RepoPath) -> bool {
    ["yml", "yaml", "toml"].iter().any(|ending| path.extension().eq_ignore_ascii_case(ending))
}
