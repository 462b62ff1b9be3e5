//! Variables of containers, and the ConfigMaps and Secrets that they come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::object::Object;
use super::tree::{Entry, Node};
use crate::base::{Place, RepoPath};
use crate::facts::{HoleReason, Repository};
use crate::model::topology::BindingSet;
use crate::model::{Binding, Text, Unknown, Value};

/// Variables of one container, and bytes of one value.
const MOST_VARIABLES: usize = 5_000;
const LONGEST: usize = 65_536;

/// The ConfigMaps and Secrets of a set.
pub(super) struct Configs<'o> {
    by_name: BTreeMap<(Kind, &'o str), &'o Object>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ConfigMap,
    Secret,
}

impl<'o> Configs<'o> {
    pub fn new(objects: &'o [Object]) -> Self {
        let mut by_name = BTreeMap::new();
        for object in objects {
            let kind = match &*object.kind {
                "ConfigMap" => Kind::ConfigMap,
                "Secret" => Kind::Secret,
                _ => continue,
            };
            by_name.entry((kind, &*object.written)).or_insert(object);
            by_name.entry((kind, &*object.name)).or_insert(object);
        }
        Self { by_name }
    }

    /// The entries of a ConfigMap that are files of the repository: the key, and the file that holds the text.
    pub fn files(&self, repository: &Repository, name: &str) -> Vec<(Arc<str>, RepoPath)> {
        let Some(object) = self.by_name.get(&(Kind::ConfigMap, name)) else { return Vec::new() };
        let mut files: Vec<_> = object.files.iter().map(|(key, path, _)| (Arc::clone(key), path.clone())).collect();
        for entry in object.node.get("data").map(Node::entries).unwrap_or_default() {
            let facts = repository.get(entry.key_place.file);
            let texts = facts.and_then(|facts| facts.kubernetes.as_deref()).map(|file| file.texts.as_slice());
            let is_read = texts
                .unwrap_or_default()
                .iter()
                .any(|text| text.key == entry.key && text.span.start >= entry.key_place.span.start);
            if let Some(facts) = facts.filter(|_| is_read) {
                files.push((Arc::clone(&entry.key), facts.path.clone()));
            }
        }
        files
    }

    /// `envFrom`, then `env`; and what may set more.
    pub fn environment(&self, container: &Node) -> (Vec<Binding>, Option<Place>) {
        let mut bindings = BindingSet::default();
        let mut open = None;
        for source in container.list("envFrom") {
            let prefix = source.text_of("prefix").map_or("", |prefix| prefix);
            for (kind, reference) in [(Kind::ConfigMap, "configMapRef"), (Kind::Secret, "secretRef")] {
                let Some(reference) = source.get(reference) else { continue };
                let found = reference.text_of("name").and_then(|name| self.by_name.get(&(kind, &**name)));
                match found {
                    Some(object) => {
                        bindings.extend(entries(object, kind).take(MOST_VARIABLES).map(|binding| Binding {
                            name: format!("{prefix}{}", binding.name).into(),
                            evidence: vec![reference.place],
                            ..binding
                        }))
                    }
                    None => open = open.or(Some(reference.place)),
                }
            }
            if source.unknown().is_some() {
                open = open.or(Some(source.place));
            }
        }
        for variable in container.list("env").iter().take(MOST_VARIABLES) {
            let Some(name) = variable.text_of("name") else {
                open = open.or(Some(variable.place));
                continue;
            };
            let binding = self.variable(variable, name, &bindings);
            bindings.set(binding);
        }
        if container.get("env").is_some_and(|env| env.unknown().is_some()) {
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
                Some(text) => bind(expanded(text, value.place, known), value.place, Vec::new()),
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
            let object = self.by_name.get(&(*kind, &**reference.text_of("name")?))?;
            let key = reference.text_of("key")?;
            let entry = entries(object, *kind).find(|binding| binding.name == *key)?;
            Some(bind(entry.value, entry.place, vec![reference.place]))
        });
        found.unwrap_or_else(|| bind(unknown(HoleReason::OutsideEnv(Arc::clone(name))), node.place, Vec::new()))
    }
}

/// What an object gives to variables. What a Secret holds is nobody's business.
fn entries(object: &Object, kind: Kind) -> impl Iterator<Item = Binding> + '_ {
    let maps = ["data", "stringData"].into_iter().filter_map(|key| object.node.get(key));
    maps.flat_map(Node::entries).map(move |entry: &Entry| {
        let place = entry.value.place;
        let value = match (kind, entry.value.text()) {
            (Kind::ConfigMap, Some(text)) => Value::Text(Text::known(text, Some(place))),
            _ => Value::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) }),
        };
        Binding { name: Arc::clone(&entry.key), value, place, evidence: Vec::new() }
    })
}

/// A value with `$(NAME)` of the variables before it; a name that is not known stays as it is.
fn expanded(text: &str, place: Place, known: &BindingSet) -> Value {
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
        if length > LONGEST {
            return Value::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) });
        }
        rest = after;
    }
    push(&mut out, rest);
    Value::Text(out)
}
