//! Back ends whose source is not read, by the folder of their manifest.

use std::collections::BTreeMap;

use super::{Folder, manifest_folder, owner};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{BackEndRole, FileFacts, Repository};
use crate::model::Unread;

/// Notes a manifest.
pub(super) fn add(id: FileId, facts: &FileFacts, folders: &mut BTreeMap<RepoPath, Folder>) {
    let Some(fact) = facts.back_end.as_deref().filter(|_| facts.role.may_be_accused()) else { return };
    let Some(program) = fact.program.filter(|_| fact.role == BackEndRole::Program) else { return };
    let folder = folders.entry(manifest_folder(&facts.path)).or_default();
    if folder.back_end.is_none() {
        folder.back_end = Some(Unread { program, place: Place::new(id, fact.span), ports: Vec::new() });
    }
}

/// Adds what settings say, each to the nearest manifest above it; source that serves makes a back end of its package.
pub(super) fn settle(repository: &Repository, folders: &mut BTreeMap<RepoPath, Folder>) {
    for (id, facts) in repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        let Some(fact) = facts.back_end.as_deref().filter(|fact| fact.role == BackEndRole::Settings) else { continue };
        let Some(root) = unread_above(folders, &facts.path).or_else(|| owner(folders, &facts.path)) else { continue };
        let Some(folder) = folders.get_mut(&root) else { continue };
        if folder.back_end.is_none() {
            let shown =
                fact.program.map(|program| Unread { program, place: Place::new(id, fact.span), ports: Vec::new() });
            folder.back_end = shown;
        }
        let Some(back_end) = &mut folder.back_end else { continue };
        for (port, span) in &fact.ports {
            if !back_end.ports.iter().any(|(known, _)| known == port) {
                back_end.ports.push((*port, Place::new(id, *span)));
            }
        }
    }
}

/// The nearest folder above a path that holds such a back end.
fn unread_above(folders: &BTreeMap<RepoPath, Folder>, path: &RepoPath) -> Option<RepoPath> {
    let mut folder = path.parent();
    while let Some(current) = folder {
        if folders.get(&current).is_some_and(|folder| folder.back_end.is_some()) {
            return Some(current);
        }
        folder = current.parent();
    }
    None
}
