//! Kustomizations: what an overlay makes of its bases, without running anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::generated;
use super::object::Object;
use super::sets::{ManifestSet, mode_of, objects_of};
use super::tree::{Node, NodeKind};
use crate::base::{FileId, RepoPath};
use crate::facts::Repository;
use crate::model::Pairing;

/// Bases of bases that are followed.
const DEPTH_LIMIT: usize = 12;

/// All kustomizations of a repository.
pub(super) struct Kustomizations<'r> {
    repository: &'r Repository,
    /// By folder: the file and its document.
    of: BTreeMap<RepoPath, (FileId, Node)>,
}

/// What a kustomization comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub objects: Vec<Object>,
    /// Whether everything that it names was found and understood.
    pub is_whole: bool,
}

impl<'r> Kustomizations<'r> {
    pub fn new(repository: &'r Repository) -> Self {
        let mut of = BTreeMap::new();
        for (id, facts) in repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
            let is_one = matches!(facts.path.name(), "kustomization.yaml" | "kustomization.yml");
            let document = facts.kubernetes.as_deref().filter(|_| is_one).and_then(|file| file.documents.first());
            if let (Some(document), Some(folder)) = (document, facts.path.parent()) {
                of.insert(folder, (id, Node::of(id, document, &|_| None)));
            }
        }
        Self { repository, of }
    }

    /// The files that some kustomization takes in, and the kustomizations themselves.
    pub fn taken(&self) -> BTreeSet<FileId> {
        let mut taken = BTreeSet::new();
        for (folder, (id, node)) in &self.of {
            taken.insert(*id);
            let lists = ["resources", "bases", "components", "patchesStrategicMerge", "crds"];
            let named = lists.iter().flat_map(|list| node.list(list)).filter_map(Node::text);
            let patches = ["patches", "patchesJson6902"].iter().flat_map(|list| node.list(list));
            let files = named.chain(patches.filter_map(|patch| patch.text_of("path")));
            taken.extend(files.filter_map(|text| self.repository.find(&folder.join(text)?)));
        }
        taken
    }

    /// One set for each kustomization that no other one is made of.
    pub fn sets(&self, room: &mut usize) -> Vec<ManifestSet> {
        let mut bases = BTreeSet::new();
        for (folder, (_, node)) in &self.of {
            for text in
                ["resources", "bases", "components"].iter().flat_map(|list| node.list(list)).filter_map(Node::text)
            {
                bases.extend(folder.join(text));
            }
        }
        let mut found = Vec::new();
        for (folder, _) in self.of.iter().filter(|(folder, _)| !bases.contains(*folder)) {
            let made = self.make(folder, 0, room);
            let name = if folder.as_str().is_empty() { "kustomization.yaml" } else { folder.as_str() };
            let words: Vec<&str> = folder.parts().collect();
            let mode = words.iter().rev().find_map(|word| mode_of(word));
            found.push(ManifestSet {
                name: Arc::from(name),
                objects: made.objects,
                mode,
                pairing: Pairing::Stated,
                is_whole: made.is_whole,
            });
        }
        found
    }

    /// What a folder comes to.
    fn make(&self, folder: &RepoPath, depth: usize, room: &mut usize) -> Made {
        let Some((_, node)) = self.of.get(folder).filter(|_| depth < DEPTH_LIMIT) else { return Made::default() };
        let mut made = Made { is_whole: true, ..Made::default() };
        for text in ["resources", "bases", "components"].iter().flat_map(|list| node.list(list)) {
            let path = text.text().filter(|text| !text.contains("://")).and_then(|text| folder.join(text));
            let more = match path.as_ref().map(|path| (path, self.repository.find(path))) {
                Some((_, Some(file))) => Made { objects: objects_of(self.repository, file), is_whole: true },
                Some((path, None)) => self.make(path, depth + 1, room),
                None => Made::default(),
            };
            *room = room.saturating_sub(more.objects.len());
            if *room == 0 {
                made.is_whole = false;
                break;
            }
            made.is_whole &= more.is_whole;
            made.objects.extend(more.objects);
        }
        self.patch(folder, node, &mut made);
        made.objects.extend(generated::objects(self.repository, folder, node));
        rename(node, &mut made.objects);
        for object in &mut made.objects {
            images(node, object);
            replicas(node, object);
        }
        let unread =
            ["helmCharts", "helmChartInflationGenerator", "replacements", "vars", "generators", "transformers"];
        made.is_whole &= !unread.iter().any(|name| node.get(name).is_some());
        made
    }

    fn patch(&self, folder: &RepoPath, node: &Node, made: &mut Made) {
        let mut patches: Vec<(Option<Node>, Vec<Node>)> = Vec::new();
        for text in node.list("patchesStrategicMerge") {
            patches.push((None, self.documents(folder, text.text(), made)));
        }
        for entry in ["patches", "patchesJson6902"].iter().flat_map(|list| node.list(list)) {
            let target = entry.get("target").cloned();
            match (entry.text_of("path"), entry.get("patch")) {
                (Some(path), _) => patches.push((target, self.documents(folder, Some(path), made))),
                // its places are those of a text
                (None, Some(_)) => made.is_whole = false,
                (None, None) => {}
            }
        }
        for (target, documents) in patches {
            for document in documents {
                if !apply(target.as_ref(), &document, &mut made.objects) {
                    made.is_whole = false;
                }
            }
        }
    }

    fn documents(&self, folder: &RepoPath, path: Option<&Arc<str>>, made: &mut Made) -> Vec<Node> {
        let file = path.and_then(|path| self.repository.find(&folder.join(path)?));
        let Some(file) = file else {
            made.is_whole = false;
            return Vec::new();
        };
        let facts = self.repository.get(file);
        let documents = facts.and_then(|facts| facts.kubernetes.as_deref()).map(|facts| facts.documents.as_slice());
        match documents {
            Some(documents) => documents.iter().map(|document| Node::of(file, document, &|_| None)).collect(),
            None => {
                made.is_whole = false;
                Vec::new()
            }
        }
    }
}

/// Lays a patch over what it is for; `false` when it is not understood.
fn apply(target: Option<&Node>, patch: &Node, objects: &mut Vec<Object>) -> bool {
    if matches!(patch.kind, NodeKind::List(_)) {
        return false;
    }
    let own = Object::of(patch).pop();
    let deletes = patch.text_of("$patch").is_some_and(|word| &**word == "delete");
    let fits = |object: &Object| match (target, &own) {
        (Some(target), _) => {
            let says = |key: &str, value: &str| target.text_of(key).is_none_or(|wanted| &**wanted == value);
            target.get("labelSelector").is_none() && says("kind", &object.kind) && says("name", &object.written)
        }
        (None, Some(own)) => own.kind == object.kind && object.is_named(&own.name),
        (None, None) => false,
    };
    let mut found = false;
    objects.retain_mut(|object| {
        if !fits(object) {
            return true;
        }
        found = true;
        let name = object.node.get("metadata").cloned();
        object.node.lay_over(patch);
        // a patch for several says no name of its own
        if let Some(metadata) = object.node.get_mut("metadata") {
            let known = name.as_ref().and_then(|name| name.get("name")).cloned();
            known.into_iter().for_each(|name| metadata.set("name", name));
        }
        !deletes
    });
    found
}

/// `namespace`, `namePrefix` and `nameSuffix`.
fn rename(node: &Node, objects: &mut [Object]) {
    let prefix = node.text_of("namePrefix").map_or("", |text| text);
    let suffix = node.text_of("nameSuffix").map_or("", |text| text);
    for object in objects {
        if let Some(namespace) = node.text_of("namespace") {
            object.namespace = Some(Arc::clone(namespace));
        }
        let is_renamed = !matches!(&*object.kind, "Namespace" | "CustomResourceDefinition");
        if is_renamed {
            object.name = format!("{prefix}{}{suffix}", object.name).into();
        }
    }
}

/// `images`: another name or tag for an image.
fn images(node: &Node, object: &mut Object) {
    for image in node.list("images") {
        let Some(name) = image.text_of("name") else { continue };
        let (new, tag) = (image.text_of("newName"), image.text_of("newTag"));
        containers(object, &mut |container| {
            let Some(own) = container.get_mut("image") else { return };
            let Some(written) = own.text().cloned() else { return };
            let (bare, old) = split(&written);
            if bare != &**name {
                return;
            }
            let bare = new.map_or(bare, |new| new);
            let text = match tag.map(|tag| &**tag).or(old) {
                Some(tag) => format!("{bare}:{tag}"),
                None => bare.to_owned(),
            };
            own.kind = NodeKind::Text(text.into());
        });
    }
}

/// `replicas`: another number of pods.
fn replicas(node: &Node, object: &mut Object) {
    for entry in node.list("replicas") {
        let named = entry.text_of("name").is_some_and(|name| object.is_named(name));
        if named && let (Some(count), Some(spec)) = (entry.get("count"), object.node.get_mut("spec")) {
            spec.set("replicas", count.clone());
        }
    }
}

fn containers(object: &mut Object, change: &mut dyn FnMut(&mut Node)) {
    let spec = object.node.get_mut("spec");
    let Some(spec) = spec else { return };
    let pod = match spec.get("template") {
        Some(_) => spec.get_mut("template").and_then(|template| template.get_mut("spec")),
        None => Some(spec),
    };
    let list = pod.and_then(|pod| pod.get_mut("containers"));
    if let Some(Node { kind: NodeKind::List(items), .. }) = list {
        items.iter_mut().for_each(change);
    }
}

/// The name and tag of an image.
fn split(image: &str) -> (&str, Option<&str>) {
    let bare = image.split('@').next().unwrap_or(image);
    let name = bare.rfind('/').map_or(0, |at| at + 1);
    match bare.get(name..).and_then(|last| last.find(':')) {
        Some(at) => (bare.get(..name + at).unwrap_or(bare), bare.get(name + at + 1..)),
        None => (bare, None),
    }
}
