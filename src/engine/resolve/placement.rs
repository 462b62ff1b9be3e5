//! Which files of the repository are where in a container, by the mounts of compose services and the `COPY`s of
//! Dockerfiles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{Entry, RepoPath, matches_name};
use crate::facts::{FileFacts, Mount};

/// Containers and images, each with what is placed in it.
#[derive(Debug, Default)]
pub struct Placement {
    containers: Vec<Vec<Placed>>,
}

/// A file or folder of the repository at a path of a container.
#[derive(Debug)]
struct Placed {
    source: RepoPath,
    /// Absolute, without a slash at the end.
    target: String,
}

impl Placement {
    /// Collects mounts and copies with literal paths.
    pub fn new(files: &BTreeMap<RepoPath, Arc<FileFacts>>, entries: &BTreeMap<RepoPath, Entry>) -> Self {
        let mut containers = Vec::new();
        for facts in files.values() {
            let folder = facts.path.parent().unwrap_or_else(RepoPath::root);
            for service in facts.compose.iter().flat_map(|compose| &compose.services) {
                containers.push(place(&service.mounts, std::slice::from_ref(&folder), entries));
            }
            // The build context is the Dockerfile's folder or one around it.
            let contexts: Vec<RepoPath> = super::ancestors(&folder).collect();
            if let Some(dockerfile) = &facts.dockerfile {
                let stages = dockerfile.context_copies();
                containers.extend(stages.iter().map(|copies| place(copies, &contexts, entries)));
            }
        }
        containers.retain(|container| container.len() > 1 || container.iter().any(|placed| is_folder(placed, entries)));
        Self { containers }
    }

    /// The files that the absolute `pattern` names in the containers that hold `file`; none when two containers differ.
    pub fn includes(&self, file: &RepoPath, pattern: &str, entries: &BTreeMap<RepoPath, Entry>) -> Vec<RepoPath> {
        let holding =
            self.containers.iter().filter(|container| container.iter().any(|placed| file.is_under(&placed.source)));
        let mut answers: BTreeSet<Vec<RepoPath>> = holding
            .map(|container| found_or_rendered(container, pattern, entries))
            .filter(|found| !found.is_empty())
            .collect();
        match answers.len() {
            1 => answers.pop_first().unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

fn is_folder(placed: &Placed, entries: &BTreeMap<RepoPath, Entry>) -> bool {
    !entries.contains_key(&placed.source)
}

fn place(mounts: &[Mount], contexts: &[RepoPath], entries: &BTreeMap<RepoPath, Entry>) -> Vec<Placed> {
    let exists = |path: &RepoPath| {
        entries.range(path.clone()..).next().is_some_and(|(first, _)| first.is_under(path)) && *path != RepoPath::root()
    };
    mounts
        .iter()
        .filter_map(|mount| {
            let (source, target) = (mount.source.as_str()?, mount.target.as_str()?);
            let source = contexts.iter().filter_map(|context| context.join(source)).find(exists)?;
            let name = if target.ends_with('/') && entries.contains_key(&source) { source.name() } else { "" };
            Some(Placed {
                target: format!("{}/{name}", target.trim_end_matches('/')).trim_end_matches('/').to_owned(),
                source,
            })
        })
        .collect()
}

/// The entry point of the official image makes `conf.d/a.conf` of `templates/a.conf.template`.
fn found_or_rendered(container: &[Placed], pattern: &str, entries: &BTreeMap<RepoPath, Entry>) -> Vec<RepoPath> {
    let mut found: BTreeSet<RepoPath> = found_in(container, pattern, entries).into_iter().collect();
    if let Some(name) = pattern.strip_prefix("/etc/nginx/conf.d/") {
        found.extend(found_in(container, &format!("/etc/nginx/templates/{name}.template"), entries));
    }
    found.into_iter().collect()
}

fn found_in(container: &[Placed], pattern: &str, entries: &BTreeMap<RepoPath, Entry>) -> Vec<RepoPath> {
    let mut found = BTreeSet::new();
    let Some((folder, name)) = pattern.rsplit_once('/') else { return Vec::new() };
    if folder.contains(['*', '?', '[']) {
        return Vec::new();
    }
    for placed in container {
        if entries.contains_key(&placed.source) {
            let at = placed.target.rsplit_once('/');
            if at.is_some_and(|(parent, last)| parent == folder && matches_name(name, last)) {
                found.insert(placed.source.clone());
            }
            continue;
        }
        let Some(rest) = folder.strip_prefix(&placed.target) else { continue };
        if !rest.is_empty() && !rest.starts_with('/') {
            continue;
        }
        let inner = placed.source.join(rest).and_then(|inner| inner.join(name));
        found.extend(inner.iter().flat_map(|pattern| super::nginx::matching(entries, pattern)));
    }
    found.into_iter().collect()
}
