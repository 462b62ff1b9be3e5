//! Which manifests are one deployment: those of a kustomization, of a chart, or of folders that lie together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::object::Object;
use super::room::Room;
use super::tree::Node;
use super::{charts, kustomize};
use crate::base::{FileId, Limits, RepoPath};
use crate::facts::Repository;
use crate::model::topology::mode_of_words;
use crate::model::{Mode, Pairing};

/// Manifests that run together.
#[derive(Clone, Debug)]
pub(in crate::model) struct ManifestSet {
    /// A name for people: the folder or file.
    pub name: Arc<str>,
    /// The objects.
    pub objects: Vec<Object>,
    /// What the name says of the mode.
    pub mode: Option<Mode>,
    /// How sure it is that they run together.
    pub pairing: Pairing,
    /// Whether all that the set is made of was read and understood.
    pub is_whole: bool,
}

/// The sets of a repository.
pub(super) fn sets(repository: &Repository, limits: &Limits) -> Vec<ManifestSet> {
    let mut room = Room::new(limits);
    let charts = charts::charts(repository);
    let kustomizations = kustomize::Kustomizations::new(repository);
    let mut found = kustomizations.sets(&mut room);
    found.extend(charts::sets(&charts, repository, &mut room));
    let folders: BTreeSet<&RepoPath> = charts.iter().map(|chart| &chart.folder).collect();
    let is_in_chart = |path: &RepoPath| {
        std::iter::successors(path.parent(), RepoPath::parent).any(|folder| folders.contains(&folder))
    };
    let loose: Vec<FileId> = repository
        .iter()
        .filter(|(id, facts)| {
            facts.kubernetes.is_some()
                && facts.role.may_be_accused()
                && !is_in_chart(&facts.path)
                && !kustomizations.takes_or_leaves_out(*id, &facts.path)
        })
        .map(|(id, _)| id)
        .collect();
    found.extend(loose_sets(repository, &loose, &mut room));
    found.retain(|set| !set.objects.is_empty());
    found
}

/// The objects of a file, as it is written.
pub(super) fn objects_of(repository: &Repository, file: FileId) -> Vec<Object> {
    let facts = repository.get(file).and_then(|facts| facts.kubernetes.as_deref());
    let documents = facts.map(|facts| facts.documents.as_slice()).unwrap_or_default();
    documents.iter().flat_map(|document| Object::of(&Node::plain(file, document))).collect()
}

/// Whether a file holds placeholders or statements of a template language.
pub(super) fn is_template(repository: &Repository, file: FileId) -> bool {
    let facts = repository.get(file).and_then(|facts| facts.kubernetes.as_deref());
    facts.is_some_and(|facts| facts.is_template)
}

/// Folders by whose names manifests are kept together.
const ROOTS: [&str; 14] = [
    "k8s",
    "kubernetes",
    "kube",
    ".k8s",
    "manifests",
    "manifest",
    "deploy",
    "deployment",
    "deployments",
    "infra",
    "infrastructure",
    "cluster",
    "kubernetes-manifests",
    "k8",
];

/// What manifests that nothing joins are kept together by: the outermost folder of such a name, else their own; and the word
/// for an environment in the rest of the path.
fn home(path: &RepoPath) -> (String, Option<Mode>) {
    let parts: Vec<&str> = path.parts().collect();
    let folders = parts.get(..parts.len().saturating_sub(1)).unwrap_or_default();
    let root = folders.iter().position(|folder| ROOTS.contains(&folder.to_ascii_lowercase().as_str()));
    let (root, rest) = match root {
        Some(at) => (folders.get(..=at).unwrap_or_default(), folders.get(at + 1..).unwrap_or_default()),
        None => (folders, &[] as &[&str]),
    };
    let words = rest.iter().find_map(|folder| mode_of(folder));
    let stem = parts.last().and_then(|name| name.rsplit_once('.')).map_or("", |(stem, _)| stem);
    // `local-storage.yaml` is for every environment
    let last = stem.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().and_then(mode_of);
    (root.join("/"), words.or(last))
}

/// The mode that a name of a folder, overlay or file speaks of.
pub(super) fn mode_of(name: &str) -> Option<Mode> {
    let name = name.to_ascii_lowercase();
    // what every name of this kind has says nothing
    let words: Vec<&str> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !matches!(*word, "deploy" | "release" | "https" | "ssl" | "hub" | "debug"))
        .collect();
    if words.iter().any(|word| matches!(*word, "minikube" | "kind" | "k3d" | "tilt" | "skaffold")) {
        return Some(Mode::Development);
    }
    mode_of_words(&words.join("-"))
}

fn loose_sets(repository: &Repository, files: &[FileId], room: &mut Room<'_>) -> Vec<ManifestSet> {
    let mut homes: BTreeMap<String, BTreeMap<Option<Mode>, Vec<FileId>>> = BTreeMap::new();
    for file in files {
        let Some(facts) = repository.get(*file) else { continue };
        let (home, mode) = home(&facts.path);
        homes.entry(home).or_default().entry(mode).or_default().push(*file);
    }
    let mut found = Vec::new();
    for (home, mut by_mode) in homes {
        let common = by_mode.remove(&None).unwrap_or_default();
        if by_mode.is_empty() {
            found.extend(set(repository, &home, None, &common, room));
        }
        for (mode, files) in by_mode {
            let together: Vec<FileId> = common.iter().chain(&files).copied().collect();
            found.extend(set(repository, &home, mode, &together, room));
        }
    }
    found
}

/// One set of files; by their folders where they state the same objects more than once.
fn set(
    repository: &Repository,
    home: &str,
    mode: Option<Mode>,
    files: &[FileId],
    room: &mut Room<'_>,
) -> Vec<ManifestSet> {
    let whole = together(repository, home, mode.clone(), files, room);
    if whole.pairing == Pairing::Stated {
        return vec![whole];
    }
    let mut folders: BTreeMap<RepoPath, Vec<FileId>> = BTreeMap::new();
    for file in files {
        let folder = repository.get(*file).and_then(|facts| facts.path.parent()).unwrap_or_else(RepoPath::root);
        folders.entry(folder).or_default().push(*file);
    }
    if folders.len() < 2 {
        return vec![whole];
    }
    let one = |(folder, files): (RepoPath, Vec<FileId>)| {
        together(repository, folder.as_str(), mode_of(folder.name()).or_else(|| mode.clone()), &files, room)
    };
    folders.into_iter().map(one).collect()
}

fn together(
    repository: &Repository,
    name: &str,
    mode: Option<Mode>,
    files: &[FileId],
    room: &mut Room<'_>,
) -> ManifestSet {
    let mut objects: Vec<Object> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut pairing = Pairing::Stated;
    for object in files.iter().flat_map(|file| objects_of(repository, *file)) {
        let is_named = !object.name.is_empty();
        if is_named && !seen.insert((Arc::clone(&object.kind), Arc::clone(&object.name), object.namespace.clone())) {
            pairing = Pairing::Ambiguous;
            continue;
        }
        if !room.take(std::slice::from_ref(&object), None) {
            pairing = Pairing::Ambiguous;
            break;
        }
        objects.push(object);
    }
    let shown = match files {
        [only] => repository.get(*only).map_or(name, |facts| facts.path.as_str()),
        _ if name.is_empty() => "the manifests",
        _ => name,
    };
    let is_whole = pairing == Pairing::Stated && !files.iter().any(|file| is_template(repository, *file));
    let mode = mode.or_else(|| mode_of(name.rsplit('/').next().unwrap_or(name)));
    ManifestSet { name: Arc::from(shown), objects, mode, pairing, is_whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_keep_manifests_together() {
        let home = |path: &str| home(&RepoPath::new(path).expect("inside"));
        assert_eq!(home("k8s/api/deployment.yaml"), ("k8s".to_owned(), None));
        assert_eq!(home("infra/k8s/dev/api.yaml"), ("infra".to_owned(), Some(Mode::Development)));
        assert_eq!(home("services/a/app.yaml"), ("services/a".to_owned(), None));
        assert_eq!(home("k8s/api-prod.yaml"), ("k8s".to_owned(), Some(Mode::Production)));
    }
}
