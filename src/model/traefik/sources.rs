//! Where Traefik finds what it starts with: a file, else flags, else the environment.

use std::sync::Arc;

use super::gaps::text_of;
use super::names::parts;
use super::setting::Setting;
use crate::base::{FileId, Limits, Place, RepoPath};
use crate::facts::{FileFacts, Repository};
use crate::model::Service;

/// The folders that a file without a name is looked for in.
const FOLDERS: [&str; 2] = ["/etc/traefik/", "/"];
/// Its name there, in the order of preference.
const NAMES: [&str; 3] = ["traefik.toml", "traefik.yaml", "traefik.yml"];

/// What a Traefik starts with.
pub(super) struct Source {
    /// All that it says.
    pub root: Setting,
    /// The file that says it.
    pub file: Option<FileId>,
}

/// What the Traefik of a service starts with; `None` when that is not known.
pub(super) fn of_service(repository: &Repository, service: &Service, limits: &Limits) -> Option<Source> {
    let flags = flags(service, limits);
    let environment = environment(service, limits);
    let named = flags.text("configFile").or_else(|| environment.text("configFile"));
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return file(repository, service, named, limits);
    }
    for path in FOLDERS.iter().flat_map(|folder| NAMES.map(|name| format!("{folder}{name}"))) {
        if is_there(repository, service, &path) {
            // what is there and could not be read is taken all the same
            return file(repository, service, &path, limits);
        }
        if is_mounted(repository, service, &path) {
            return None;
        }
    }
    let source = if flags.is_empty() { environment } else { flags };
    (!source.is_empty()).then_some(Source { root: source, file: None })
}

/// The file of the repository that is at a path of the container.
pub(super) fn file_at(repository: &Repository, service: &Service, path: &str) -> Option<FileId> {
    repository.find(&path_at(service, path)?)
}

/// The path of the repository that is at a path of the container; one that is relative begins at its root.
pub(super) fn path_at(service: &Service, path: &str) -> Option<RepoPath> {
    let absolute = if path.starts_with('/') { path.to_owned() } else { format!("/{}", path.trim_start_matches("./")) };
    service.repository_path(&absolute)
}

/// Whether a file of the repository is at a path of the container, read or not.
fn is_there(repository: &Repository, service: &Service, path: &str) -> bool {
    path_at(service, path).is_some_and(|path| repository.paths.contains(&path))
}

fn file(repository: &Repository, service: &Service, path: &str, limits: &Limits) -> Option<Source> {
    let id = file_at(repository, service, path)?;
    let facts = repository.get(id).filter(|facts| is_whole(facts))?;
    let data = facts.data.as_deref()?;
    Some(Source { root: Setting::of_file(id, data, limits), file: Some(id) })
}

/// Whether all that a file says was read: it is no template, and nothing in it is refused.
pub(super) fn is_whole(facts: &FileFacts) -> bool {
    facts.data.is_some() && facts.unfilled.is_none() && facts.syntax_errors.is_empty()
}

/// Whether something that is not in the repository is mounted over a path, or on it.
fn is_mounted(repository: &Repository, service: &Service, path: &str) -> bool {
    let compose = repository.get(service.place.file).and_then(|facts| facts.compose.as_deref());
    let declared = compose.and_then(|compose| compose.services.iter().find(|one| one.name == service.name));
    let mut targets =
        declared.into_iter().flat_map(|declared| &declared.mounts).filter_map(|mount| mount.target.as_str());
    targets.any(|target| {
        let is_placed = service.placed.iter().any(|(placed, source)| {
            **placed == *target.trim_end_matches('/') && crate::model::topology::exists(repository, source)
        });
        let is_over =
            target == path || target.trim_end_matches('/') == "/etc/traefik" && path.starts_with("/etc/traefik/");
        is_over && !is_placed
    })
}

fn flags(service: &Service, limits: &Limits) -> Setting {
    let mut root = Setting::new(service.place);
    let own: Vec<(Arc<str>, Place)> = if service.arguments.is_empty() {
        let commands = service.commands.iter().flat_map(|(file, command)| {
            command.commands.iter().flat_map(|simple| &simple.words).map(|word| (*file, word))
        });
        commands.filter_map(|(file, word)| Some((Arc::from(word.as_str()?), Place::new(file, word.span)))).collect()
    } else {
        service.arguments.iter().map(|(value, place)| (text_of(value), *place)).collect()
    };
    let mut words = own.iter().peekable();
    while let Some((word, place)) = words.next() {
        let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
        let (name, value): (&str, Arc<str>) = match flag.split_once('=') {
            Some((name, value)) => (name, Arc::from(value)),
            None => match words.peek().filter(|(next, _)| !next.starts_with('-')) {
                Some((next, _)) => (flag, Arc::clone(next)),
                None => (flag, "true".into()),
            },
        };
        root.insert(&parts(name), value, *place, limits);
    }
    root
}

fn environment(service: &Service, limits: &Limits) -> Setting {
    let mut root = Setting::new(service.place);
    for binding in &service.environment {
        let name = binding.name.to_ascii_lowercase();
        if let Some(name) = name.strip_prefix("traefik_") {
            let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
            root.insert(&parts, text_of(&binding.value), binding.place, limits);
        }
    }
    root
}
