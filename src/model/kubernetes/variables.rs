//! Variables of containers, and the ConfigMaps and Secrets that they come from.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::object::Object;
use super::tree::{Entry, Node};
use crate::base::{FileId, Limit, Limits, Place, RepoPath};
use crate::facts::{HoleReason, Repository};
use crate::model::topology::BindingSet;
use crate::model::{Binding, Text, Unknown, Value};

/// Variables of one container.
const VARIABLES: Limit = Limit::new(
    5_000,
    "variables of a container",
    "what else its manifest sets is unknown",
    "give the container a configuration file instead",
);

/// Bytes of one value, with the variables that it names put in.
const LENGTH: Limit =
    Limit::new(65_536, "bytes of a variable that names others", "its value is unknown", "put the text into a file");

/// Variables and mounted files of all containers: each one has its own copy of what a ConfigMap holds.
const COPIES: Limit = Limit::new(
    200_000,
    "variables and mounted files of containers of Kubernetes",
    "what else is set in the containers after that is unknown",
    "check parts of the repository by themselves",
);

/// How many variables and files may still be copied into containers, over all sets of a repository.
#[derive(Debug)]
pub(super) struct Variables<'l> {
    limits: &'l Limits,
    left: Cell<usize>,
}

impl<'l> Variables<'l> {
    pub fn new(limits: &'l Limits) -> Self {
        Self { limits, left: Cell::new(COPIES.most_items()) }
    }

    /// The bounds that were reached are told here.
    pub fn limits(&self) -> &'l Limits {
        self.limits
    }

    /// Takes room for one more; `false`, and it is told, when there is none.
    pub fn take(&self, place: Place) -> bool {
        let left = self.left.get().checked_sub(1);
        if left.is_none() {
            self.limits.reached(Some(place), &COPIES);
        }
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// The entries of a ConfigMap that are files of the repository.
type Files = BTreeMap<Arc<str>, RepoPath>;

/// The ConfigMaps and Secrets of a set.
pub(super) struct Configs<'o> {
    by_name: BTreeMap<(Kind, &'o str), Arc<Config<'o>>>,
    /// Of ConfigMaps that hold some, by their names.
    files: BTreeMap<&'o str, Arc<Files>>,
    room: &'o Variables<'o>,
}

/// One of them.
struct Config<'o> {
    object: &'o Object,
    /// The first entry of each key.
    entries: BTreeMap<&'o str, &'o Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ConfigMap,
    Secret,
}

impl<'o> Configs<'o> {
    pub fn new(repository: &Repository, objects: &'o [Object], room: &'o Variables<'o>) -> Self {
        let mut by_name = BTreeMap::new();
        let mut files = BTreeMap::new();
        let mut texts = Texts::default();
        for object in objects {
            let kind = match &*object.kind {
                "ConfigMap" => Kind::ConfigMap,
                "Secret" => Kind::Secret,
                _ => continue,
            };
            let mut by_key = BTreeMap::new();
            for entry in entries(object) {
                by_key.entry(&*entry.key).or_insert(entry);
            }
            let config = Arc::new(Config { object, entries: by_key });
            by_name.entry((kind, &*object.written)).or_insert_with(|| Arc::clone(&config));
            by_name.entry((kind, &*object.name)).or_insert(config);
            if kind == Kind::ConfigMap {
                let own = Arc::new(texts.files(repository, object));
                files.entry(&*object.written).or_insert_with(|| Arc::clone(&own));
                files.entry(&*object.name).or_insert(own);
            }
        }
        Self { by_name, files, room }
    }

    /// The entries of a ConfigMap that are files of the repository.
    pub fn files(&self, name: &str) -> Option<&Files> {
        self.files.get(name).map(|files| &**files)
    }

    /// `envFrom`, then `env`; and what may set more.
    pub fn environment(&self, container: &Node) -> (Vec<Binding>, Option<Place>) {
        let mut bindings = BindingSet::default();
        let mut open = None;
        let mut left = VARIABLES.most_items();
        let mut has_room = |open: &mut Option<Place>, place: Place| {
            let has_own = left > 0;
            left = left.saturating_sub(1);
            if !has_own {
                self.room.limits.reached(Some(place), &VARIABLES);
            }
            let has_room = has_own && self.room.take(place);
            if !has_room {
                *open = open.or(Some(place));
            }
            has_room
        };
        for source in container.list("envFrom") {
            let prefix = source.text_of("prefix").map_or("", |prefix| prefix);
            for (kind, reference) in [(Kind::ConfigMap, "configMapRef"), (Kind::Secret, "secretRef")] {
                let Some(reference) = source.get(reference) else { continue };
                let found = reference.text_of("name").and_then(|name| self.by_name.get(&(kind, &**name)));
                let Some(object) = found.map(|config| config.object) else {
                    open = open.or(Some(reference.place));
                    continue;
                };
                for entry in entries(object) {
                    if !has_room(&mut open, reference.place) {
                        break;
                    }
                    let binding = binding(entry, kind);
                    bindings.set(Binding {
                        name: format!("{prefix}{}", binding.name).into(),
                        evidence: vec![reference.place],
                        ..binding
                    });
                }
                let mut maps = ["data", "stringData"].into_iter().filter_map(|key| object.node.get(key));
                if maps.any(Node::is_open) {
                    open = open.or(Some(reference.place));
                }
            }
            if source.has_holes() {
                open = open.or(Some(source.place));
            }
        }
        for variable in container.list("env") {
            if !has_room(&mut open, variable.place) {
                break;
            }
            let Some(name) = variable.text_of("name") else {
                open = open.or(Some(variable.place));
                continue;
            };
            let binding = self.variable(variable, name, &bindings);
            bindings.set(binding);
        }
        if ["env", "envFrom"].iter().any(|key| container.get(key).is_some_and(|env| env.unknown().is_some())) {
            open = open.or(Some(container.place));
        }
        (bindings.into_vec(), open)
    }

    fn variable(&self, node: &Node, name: &Arc<str>, known: &BindingSet) -> Binding {
        let unknown = |reason: HoleReason| Value::Unknown(Unknown { reason, place: Some(node.place) });
        let bind = |value: Value, place: Place, evidence: Vec<Place>| Binding {
            name: Arc::clone(name),
            value,
            place,
            evidence,
        };
        if let Some(value) = node.get("value") {
            return match value.text() {
                Some(text) => bind(self.expanded(text, value.place, known), value.place, Vec::new()),
                None => match value.unknown() {
                    Some(why) => bind(Value::Unknown(why.clone()), value.place, Vec::new()),
                    None => bind(Value::Text(Text::known("", Some(value.place))), value.place, Vec::new()),
                },
            };
        }
        let Some(source) = node.get("valueFrom") else {
            return bind(Value::Text(Text::known("", Some(node.place))), node.place, Vec::new());
        };
        let kinds = [(Kind::ConfigMap, "configMapKeyRef"), (Kind::Secret, "secretKeyRef")];
        let found = kinds.iter().find_map(|(kind, reference)| {
            let reference = source.get(reference)?;
            let config = self.by_name.get(&(*kind, &**reference.text_of("name")?))?;
            let entry = config.entries.get(&**reference.text_of("key")?)?;
            let given = binding(entry, *kind);
            Some(bind(given.value, given.place, vec![reference.place]))
        });
        found.unwrap_or_else(|| bind(unknown(HoleReason::OutsideEnv(Arc::clone(name))), node.place, Vec::new()))
    }

    /// A value with `$(NAME)` of the variables before it; a name that is not known stays as it is.
    fn expanded(&self, text: &str, place: Place, known: &BindingSet) -> Value {
        if !text.contains("$(") {
            return Value::Text(Text::known(text, Some(place)));
        }
        let mut out = Text::default();
        let mut rest = text;
        let mut length = 0;
        let push = |out: &mut Text, piece: &str| {
            if !piece.is_empty() {
                out.0.extend(Text::known(piece, Some(place)).0);
            }
        };
        while let Some((head, tail)) = rest.split_once("$(") {
            let Some((name, after)) = tail.split_once(')') else { break };
            length += head.len() + 1;
            if head.ends_with('$') {
                push(&mut out, &format!("{head}({name})"));
            } else {
                push(&mut out, head);
                match known.get(name).map(|binding| &binding.value) {
                    Some(Value::Text(value)) => {
                        length += value.0.len() + value.as_known().map_or(0, |text| text.len());
                        out.0.extend(value.0.iter().cloned());
                    }
                    Some(Value::Unknown(why)) => out.0.push(crate::model::Piece::Unknown(why.clone())),
                    Some(_) => {}
                    None => push(&mut out, &format!("$({name})")),
                }
            }
            if length > LENGTH.most_items() {
                self.room.limits.reached(Some(place), &LENGTH);
                return Value::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) });
            }
            rest = after;
        }
        push(&mut out, rest);
        Value::Text(out)
    }
}

/// The texts in ConfigMaps that are read as files of their own, by the file that holds them.
#[derive(Default)]
struct Texts<'r> {
    of_file: BTreeMap<FileId, BTreeMap<&'r str, u32>>,
}

impl<'r> Texts<'r> {
    fn files(&mut self, repository: &'r Repository, object: &Object) -> Files {
        let mut files: Files = object.files.iter().map(|(key, path, _)| (Arc::clone(key), path.clone())).collect();
        for entry in object.node.get("data").map(Node::entries).unwrap_or_default() {
            let file = entry.key_place.file;
            let Some(facts) = repository.get(file) else { continue };
            // the texts are those of one object, in which each key is there once
            let texts = self.of_file.entry(file).or_insert_with(|| {
                let texts = facts.kubernetes.as_deref().map(|file| file.texts.as_slice()).unwrap_or_default();
                texts.iter().map(|text| (&*text.key, text.span.start)).collect()
            });
            if texts.get(&*entry.key).is_some_and(|start| *start >= entry.key_place.span.start) {
                files.insert(Arc::clone(&entry.key), facts.path.clone());
            }
        }
        files
    }
}

/// The entries of an object that are known.
fn entries(object: &Object) -> impl Iterator<Item = &Entry> {
    let maps = ["data", "stringData"].into_iter().filter_map(|key| object.node.get(key));
    maps.flat_map(Node::entries).filter(|entry| !entry.stands_for_more())
}

/// What an entry gives to a variable. What a Secret holds is nobody's business.
fn binding(entry: &Entry, kind: Kind) -> Binding {
    let place = entry.value.place;
    let value = match (kind, entry.value.text()) {
        (Kind::ConfigMap, Some(text)) => Value::Text(Text::known(text, Some(place))),
        _ => Value::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) }),
    };
    Binding { name: Arc::clone(&entry.key), value, place, evidence: Vec::new() }
}
