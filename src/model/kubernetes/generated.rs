//! ConfigMaps and Secrets that a kustomization makes of literals and files.

use std::sync::Arc;

use super::object::Object;
use super::tree::{Entry, Node, NodeKind};
use crate::base::{Place, RepoPath};
use crate::facts::Repository;

/// The objects of all generators of a kustomization.
pub(super) fn objects(repository: &Repository, folder: &RepoPath, node: &Node) -> Vec<Object> {
    let kinds = [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")];
    let all = kinds.iter().flat_map(|(list, kind)| node.list(list).iter().map(move |entry| (entry, *kind)));
    all.filter_map(|(entry, kind)| object(repository, folder, entry, kind)).collect()
}

fn object(repository: &Repository, folder: &RepoPath, entry: &Node, kind: &str) -> Option<Object> {
    let name = entry.text_of("name")?;
    let mut data = Vec::new();
    let mut files = Vec::new();
    for literal in entry.list("literals") {
        if let Some((key, value)) = literal.text().and_then(|text| text.split_once('=')) {
            data.push(text(key, value.trim_matches(['"', '\'']), literal.place));
        }
    }
    for env in entry.list("envs").iter().chain(entry.get("env")) {
        let file = env.text().and_then(|text| repository.find(&folder.join(text)?));
        let facts = file.and_then(|file| Some((file, repository.get(file)?)));
        for (file, assigned) in facts.into_iter().flat_map(|(file, facts)| facts.env.iter().map(move |one| (file, one)))
        {
            data.push(text(&assigned.name, &assigned.raw, Place::new(file, assigned.value_span)));
        }
    }
    for named in entry.list("files") {
        let Some(written) = named.text() else { continue };
        let (key, path) = match written.split_once('=') {
            Some((key, path)) => (key, path),
            None => (written.rsplit('/').next().unwrap_or(written), &**written),
        };
        files.extend(folder.join(path).map(|path| (Arc::from(key), path, named.place)));
    }
    let map = |entries: Vec<Entry>| Node { place: entry.place, kind: NodeKind::Map(entries) };
    let metadata = map(vec![Entry { key: "name".into(), key_place: entry.place, value: entry.get("name")?.clone() }]);
    let mut node = map(Vec::new());
    node.set("metadata", metadata);
    node.set("data", map(data));
    Some(Object {
        kind: Arc::from(kind),
        group: Arc::from(""),
        name: Arc::clone(name),
        written: Arc::clone(name),
        namespace: None,
        files,
        node,
    })
}

fn text(key: &str, value: &str, place: Place) -> Entry {
    Entry { key: Arc::from(key), key_place: place, value: Node { place, kind: NodeKind::Text(value.into()) } }
}
