//! ConfigMaps and Secrets that a kustomization makes of literals and files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::object::Object;
use super::tree::{Entry, Node, NodeKind};
use crate::base::{Place, RepoPath};
use crate::facts::{HoleReason, Repository};
use crate::model::Unknown;

/// Adds the objects of all generators of a kustomization; those with a `behavior` change what is there.
pub(super) fn add(repository: &Repository, folder: &RepoPath, node: &Node, objects: &mut Vec<Object>) {
    let kinds = [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")];
    let mut known: BTreeMap<(Arc<str>, Arc<str>), usize> = BTreeMap::new();
    for (index, object) in objects.iter().enumerate() {
        for name in [&object.written, &object.name] {
            known.entry((Arc::clone(&object.kind), Arc::clone(name))).or_insert(index);
        }
    }
    for (entry, kind) in kinds.iter().flat_map(|(list, kind)| node.list(list).iter().map(move |entry| (entry, *kind))) {
        let Some(mut made) = object(repository, folder, entry, kind) else { continue };
        let behavior = entry.text_of("behavior").map(|word| &**word);
        let at = known.get(&(Arc::clone(&made.kind), Arc::clone(&made.name)));
        let base = at.and_then(|at| objects.get_mut(*at));
        match (behavior, base) {
            (Some("merge"), Some(base)) => merge(base, made),
            (Some("replace"), Some(base)) => (base.node, base.files) = (made.node, made.files),
            (None | Some("create"), _) => objects.push(made),
            // of what it was before nothing is known
            (_, Some(base)) => leave_open(base, entry.place),
            (_, None) => {
                leave_open(&mut made, entry.place);
                objects.push(made);
            }
        }
    }
}

fn leave_open(object: &mut Object, place: Place) {
    if let Some(data) = object.node.get_mut("data") {
        data.leave_open(&Unknown { reason: HoleReason::Unsupported, place: Some(place) });
    }
}

/// Entries of the same name are the generator's, the others stay.
fn merge(base: &mut Object, more: Object) {
    let named: BTreeSet<Arc<str>> = more
        .files
        .iter()
        .map(|(key, ..)| Arc::clone(key))
        .chain(more.node.get("data").into_iter().flat_map(Node::entries).map(|entry| Arc::clone(&entry.key)))
        .collect();
    base.files.retain(|(key, ..)| !named.contains(key));
    for name in ["data", "stringData", "binaryData"] {
        if let Some(Node { kind: NodeKind::Map(entries), .. }) = base.node.get_mut(name) {
            entries.retain(|entry| !named.contains(&entry.key));
        }
    }
    base.files.extend(more.files);
    let Some(data) = more.node.get("data") else { return };
    match base.node.get_mut("data") {
        Some(Node { kind: NodeKind::Map(entries), .. }) => entries.extend(data.entries().iter().cloned()),
        Some(_) => {}
        None => base.node.set("data", data.clone()),
    }
}

fn object(repository: &Repository, folder: &RepoPath, entry: &Node, kind: &str) -> Option<Object> {
    let name = entry.text_of("name")?;
    let mut data = Vec::new();
    let mut is_open = false;
    let mut files = Vec::new();
    for literal in entry.list("literals") {
        match literal.text().and_then(|text| text.split_once('=')) {
            Some((key, value)) => data.push(text(key, value.trim_matches(['"', '\'']), literal.place)),
            None => is_open = true,
        }
    }
    for env in entry.list("envs").iter().chain(entry.get("env")) {
        let file = env.text().and_then(|text| repository.find(&folder.join(text)?));
        let facts = file.and_then(|file| Some((file, repository.get(file)?)));
        is_open |= facts.is_none();
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
    let mut data = map(data);
    if is_open {
        data.leave_open(&Unknown { reason: HoleReason::Unsupported, place: Some(entry.place) });
    }
    node.set("data", data);
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
