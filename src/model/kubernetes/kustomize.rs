//! Kustomizations: what an overlay makes of its bases, without running anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::adjust::{self, Pairs};
use super::blur::Pointers;
use super::generated;
use super::object::Object;
use super::patches::{After, Change, Patch};
use super::room::{Depth, Room};
use super::sets::{ManifestSet, is_template, mode_of, objects_of};
use super::tree::{Node, NodeKind};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::Repository;
use crate::model::Pairing;
use crate::model::proxy::Patterns;

/// All kustomizations of a repository.
pub(super) struct Kustomizations<'r> {
    repository: &'r Repository,
    /// By folder: the file and its document.
    of: BTreeMap<RepoPath, (FileId, Node)>,
    /// The files that some kustomization takes in, and the kustomizations themselves.
    taken: BTreeSet<FileId>,
    /// The folders of all of them.
    folders: BTreeSet<RepoPath>,
    /// For the targets of patches.
    patterns: Patterns,
}

/// What a kustomization comes to.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub objects: Vec<Object>,
    /// Whether everything that it names was found and understood.
    pub is_whole: bool,
    /// Whether something that is not read may have changed the objects.
    pub pairing: Pairing,
}

impl Made {
    /// Nothing so far, and nothing is missing.
    fn nothing() -> Self {
        Self { objects: Vec::new(), is_whole: true, pairing: Pairing::Stated }
    }

    /// What is not known.
    fn missing() -> Self {
        Self { is_whole: false, ..Self::nothing() }
    }
}

/// Fields of a kustomization that may change any object, and that are not read.
const CHANGING: [&str; 4] = ["replacements", "vars", "transformers", "configurations"];

/// Fields of a kustomization that add objects, and that are not read.
const ADDING: [&str; 3] = ["helmCharts", "helmChartInflationGenerator", "generators"];

impl<'r> Kustomizations<'r> {
    pub fn new(repository: &'r Repository) -> Self {
        let mut of = BTreeMap::new();
        for (id, facts) in repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
            let is_one = matches!(facts.path.name(), "kustomization.yaml" | "kustomization.yml");
            let document = facts.kubernetes.as_deref().filter(|_| is_one).and_then(|file| file.documents.first());
            if let (Some(document), Some(folder)) = (document, facts.path.parent()) {
                let node = Node::plain(id, document);
                if is_read_by_kustomize(&node) {
                    of.insert(folder, (id, node));
                }
            }
        }
        let taken = taken(repository, &of);
        let folder = |file: &FileId| repository.get(*file)?.path.parent();
        let folders = taken.iter().filter_map(folder).collect();
        Self { repository, of, taken, folders, patterns: Patterns::default() }
    }

    /// Whether a file is part of a kustomization, or lies beside files of one that does not name it: it is not applied with
    /// them, and by itself it is hardly what runs.
    pub fn takes_or_leaves_out(&self, id: FileId, path: &RepoPath) -> bool {
        self.taken.contains(&id) || path.parent().is_some_and(|folder| self.folders.contains(&folder))
    }

    /// One set for each kustomization that no other one is made of.
    pub fn sets(&self, room: &mut Room<'_>) -> Vec<ManifestSet> {
        let mut bases = BTreeSet::new();
        for (folder, (_, node)) in &self.of {
            for text in
                ["resources", "bases", "components"].iter().flat_map(|list| node.list(list)).filter_map(Node::text)
            {
                bases.extend(folder.join(text));
            }
        }
        let mut found = Vec::new();
        for (folder, (_, node)) in self.of.iter().filter(|(folder, _)| !bases.contains(*folder)) {
            // a component changes what another one names: alone it says nothing
            if node.text_of("kind").is_some_and(|kind| &**kind == "Component") {
                continue;
            }
            let mut made = Made::nothing();
            self.make(folder, node.place, Depth::default(), room, &mut made);
            let name = if folder.as_str().is_empty() { "kustomization.yaml" } else { folder.as_str() };
            let words: Vec<&str> = folder.parts().collect();
            let mode = words.iter().rev().find_map(|word| mode_of(word));
            found.push(ManifestSet {
                name: Arc::from(name),
                objects: made.objects,
                mode,
                pairing: made.pairing,
                is_whole: made.is_whole,
            });
        }
        for (place, limit) in self.patterns.limits() {
            room.limits().reached(place, &limit);
        }
        found
    }

    /// Adds what a folder comes to. A component changes all that is there already.
    fn make(&self, folder: &RepoPath, named: Place, depth: Depth, room: &mut Room<'_>, made: &mut Made) {
        let Some((_, node)) = self.of.get(folder) else {
            made.is_whole = false;
            return;
        };
        let Some(depth) = room.call(depth, named) else {
            *made = Made::missing();
            return;
        };
        let mut seen = BTreeSet::new();
        for entry in ["resources", "bases"].iter().flat_map(|list| node.list(list)) {
            let path = entry.text().filter(|text| !text.contains("://")).and_then(|text| folder.join(text));
            // what is named twice is refused
            let Some(path) = path.filter(|path| seen.insert(path.clone())) else {
                made.is_whole = false;
                continue;
            };
            let mut more = Made::nothing();
            match self.repository.find(&path) {
                Some(file) => {
                    more.objects = objects_of(self.repository, file);
                    more.is_whole = !is_template(self.repository, file);
                    if !room.take(&more.objects, Some(entry.place)) {
                        more = Made::missing();
                    }
                }
                None => self.make(&path, entry.place, depth, room, &mut more),
            }
            made.is_whole &= more.is_whole;
            made.pairing = made.pairing.max(more.pairing);
            made.objects.extend(more.objects);
        }
        for entry in node.list("components") {
            match entry.text().and_then(|text| folder.join(text)).filter(|path| self.of.contains_key(path)) {
                Some(path) => self.make(&path, entry.place, depth, room, made),
                // it may change everything
                None => made.pairing = Pairing::Ambiguous,
            }
        }
        self.change(folder, node, room, made);
        if CHANGING.iter().any(|name| node.get(name).is_some()) {
            made.pairing = Pairing::Ambiguous;
        }
        made.is_whole &= !ADDING.iter().chain(&CHANGING).any(|name| node.get(name).is_some());
    }

    /// Generators, patches and the other fields that change what is there.
    fn change(&self, folder: &RepoPath, node: &Node, room: &mut Room<'_>, made: &mut Made) {
        generated::add(self.repository, folder, node, &mut made.objects);
        let patches = self.patches(folder, node);
        let entries = patches.len() + node.list("images").len() + node.list("replicas").len() + 1;
        // each of them looks at all objects, and pairs are put into all of them
        let size: usize = made.objects.iter().map(|object| object.node.size()).sum();
        let copies = Pairs::of(node).count().saturating_mul(made.objects.len());
        if !room.look_at(entries.saturating_mul(size).saturating_add(copies), Some(node.place)) {
            *made = Made::missing();
            return;
        }
        for patch in patches {
            if matches!(patch.change, Change::Unread) {
                made.is_whole = false;
            }
            match patch.apply(&mut made.objects, &self.patterns, room) {
                After::Known => {}
                After::Open => {
                    made.is_whole = false;
                    made.pairing = Pairing::Ambiguous;
                }
                After::Nothing => {
                    *made = Made::missing();
                    return;
                }
            }
        }
        adjust::all(node, &mut made.objects);
    }

    /// The patches of a kustomization, in the order in which it applies them.
    fn patches(&self, folder: &RepoPath, node: &Node) -> Vec<Patch> {
        let mut found = Vec::new();
        for entry in node.list("patchesStrategicMerge") {
            self.read(folder, None, entry.text().filter(|text| !text.contains('\n')), entry, &mut found);
        }
        for entry in ["patches", "patchesJson6902"].iter().flat_map(|list| node.list(list)) {
            let target = entry.get("target").cloned();
            let within = entry.get("patch").unwrap_or(entry);
            self.read(folder, target, entry.text_of("path"), within, &mut found);
        }
        found
    }

    /// Adds what a file, or a text in the kustomization itself, says.
    fn read(
        &self,
        folder: &RepoPath,
        target: Option<Node>,
        path: Option<&Arc<str>>,
        within: &Node,
        found: &mut Vec<Patch>,
    ) {
        let place = within.place;
        let mut add = |change: Change| found.push(Patch { target: target.clone(), change, place });
        let file = match path {
            Some(path) => folder.join(path).and_then(|path| self.repository.find(&path)),
            None => Some(place.file),
        };
        let facts = file.and_then(|file| Some((file, self.repository.get(file)?.kubernetes.as_deref()?)));
        let documents = facts.and_then(|(file, facts)| match path {
            Some(_) => Some((file, facts.documents.as_slice())),
            None => {
                let one = facts.patches.iter().find(|one| one.span == place.span)?;
                Some((file, one.documents.as_slice()))
            }
        });
        let Some((file, documents)) = documents.filter(|(_, documents)| !documents.is_empty()) else {
            add(Change::Unread);
            return;
        };
        for document in documents {
            let node = Node::plain(file, document);
            add(match &node.kind {
                NodeKind::List(steps) => {
                    let pointers =
                        ["path", "from"].iter().flat_map(|key| steps.iter().filter_map(|step| step.text_of(key)));
                    match steps.iter().all(|step| step.text_of("path").is_some()) {
                        true => Change::Steps(Pointers::of(pointers)),
                        false => Change::Unread,
                    }
                }
                NodeKind::Map(_) if path.is_some() => Change::Part(node),
                NodeKind::Map(_) => Change::Touched(node),
                NodeKind::Text(_) | NodeKind::Bare(_) | NodeKind::Null | NodeKind::Unknown(_) => Change::Unread,
            });
        }
    }
}

/// Whether a document is for kustomize: Flux has a kind of the same name.
fn is_read_by_kustomize(node: &Node) -> bool {
    node.text_of("apiVersion").is_none_or(|version| !version.starts_with("kustomize.toolkit.fluxcd.io/"))
}

/// The files that some kustomization takes in, and the kustomizations themselves.
fn taken(repository: &Repository, of: &BTreeMap<RepoPath, (FileId, Node)>) -> BTreeSet<FileId> {
    let mut taken = BTreeSet::new();
    for (folder, (id, node)) in of {
        taken.insert(*id);
        let lists = ["resources", "bases", "components", "patchesStrategicMerge", "crds"];
        let named = lists.iter().flat_map(|list| node.list(list)).filter_map(Node::text);
        let patches = ["patches", "patchesJson6902"].iter().flat_map(|list| node.list(list));
        let files = named.chain(patches.filter_map(|patch| patch.text_of("path")));
        taken.extend(files.filter_map(|text| repository.find(&folder.join(text)?)));
    }
    taken
}
