//! Charts of Helm: their templates with plain values put in, everything else unknown.

use std::sync::Arc;

use super::object::Object;
use super::sets::{ManifestSet, mode_of};
use super::tree::{Entry, Node, NodeKind};
use crate::base::{FileId, Place, RepoPath, Span};
use crate::facts::{HoleReason, KubernetesFile, Repository, TemplateBranch};
use crate::model::{Pairing, Unknown};

/// Values files beside the one of a chart itself.
const MOST_VARIANTS: usize = 8;

/// A chart.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub folder: RepoPath,
    name: Option<Arc<str>>,
}

/// The charts of a repository.
pub(super) fn charts(repository: &Repository) -> Vec<Chart> {
    let found = repository.iter().filter(|(_, facts)| facts.path.name() == "Chart.yaml");
    found
        .filter_map(|(id, facts)| {
            let data = Node::of(id, facts.data.as_deref()?, &|_| None);
            Some(Chart { folder: facts.path.parent()?, name: data.text_of("name").cloned() })
        })
        .collect()
}

/// The values that are in force, the strongest first.
struct Values(Vec<Node>);

impl Values {
    fn at(&self, path: &str) -> Option<&Node> {
        let keys: Vec<&str> = path.strip_prefix(".Values.")?.split('.').collect();
        self.0.iter().find_map(|values| values.at(&keys))
    }
}

impl Chart {
    /// One set for each values file.
    pub fn sets(&self, repository: &Repository, room: &mut usize) -> Vec<ManifestSet> {
        let Some(templates) = self.folder.join("templates") else { return Vec::new() };
        let files: Vec<(FileId, &KubernetesFile)> = repository
            .below(&templates)
            .filter(|(_, facts)| facts.role.may_be_accused())
            .filter_map(|(id, facts)| Some((id, facts.kubernetes.as_deref()?)))
            .collect();
        let value_files: Vec<(FileId, &RepoPath)> = repository
            .below(&self.folder)
            .filter(|(_, facts)| facts.path.parent().as_ref() == Some(&self.folder) && facts.data.is_some())
            .filter(|(_, facts)| facts.path.name().starts_with("values"))
            .map(|(id, facts)| (id, &facts.path))
            .collect();
        let values = |id: FileId| {
            let data = repository.get(id).and_then(|facts| facts.data.as_deref());
            data.map(|data| Node::of(id, data, &|_| None))
        };
        let is_own = |path: &RepoPath| matches!(path.name(), "values.yaml" | "values.yml");
        let base = value_files.iter().find(|(_, path)| is_own(path)).and_then(|(id, _)| values(*id));
        let mut found = vec![self.set(&files, Values(base.iter().cloned().collect()), self.folder.as_str(), room)];
        for (id, path) in value_files.iter().filter(|(_, path)| !is_own(path)).take(MOST_VARIANTS) {
            let all = values(*id).into_iter().chain(base.clone()).collect();
            found.push(self.set(&files, Values(all), path.as_str(), room));
        }
        found
    }

    fn set(&self, files: &[(FileId, &KubernetesFile)], values: Values, name: &str, room: &mut usize) -> ManifestSet {
        let mut objects = Vec::new();
        for (id, file) in files {
            for document in &file.documents {
                let mut node = Node::of(*id, document, &|inner| self.fill(inner, &values));
                let inside = node.place;
                prune(&mut node, &|place| verdict(file, *id, place, inside, &values));
                if verdict(file, *id, inside, Place::new(*id, Span::new(0, usize::MAX)), &values) != Verdict::There {
                    continue;
                }
                if !file.insertions.is_empty() {
                    open(&mut node);
                }
                let found = Object::of(&node);
                *room = room.saturating_sub(found.len());
                objects.extend(found);
                if *room == 0 {
                    break;
                }
            }
        }
        let last = name.rsplit('/').next().unwrap_or(name);
        ManifestSet {
            name: Arc::from(name),
            objects,
            mode: mode_of(last.rsplit_once('.').map_or(last, |(stem, _)| stem)),
            pairing: Pairing::Stated,
            is_whole: false,
        }
    }

    /// What a placeholder stands for.
    fn fill(&self, inner: &str, values: &Values) -> Option<String> {
        let mut stages = inner.split('|').map(str::trim);
        let first = stages.next()?;
        let mut current = self.operand(first, values);
        for stage in stages {
            let mut words = stage.split_whitespace();
            current = match (words.next()?, words.next()) {
                ("quote" | "squote" | "toString" | "int" | "trim", None) => current,
                ("default", Some(other)) => match current {
                    Some(text) if !text.is_empty() => Some(text),
                    _ if words.next().is_none() && first.starts_with(".Values.") => literal(other),
                    _ => None,
                },
                _ => return None,
            };
        }
        current
    }

    fn operand(&self, text: &str, values: &Values) -> Option<String> {
        if text == ".Chart.Name" {
            return self.name.as_ref().map(ToString::to_string);
        }
        literal(text).or_else(|| values.at(text)?.text().map(ToString::to_string))
    }
}

/// A text in quotes, or a number.
fn literal(text: &str) -> Option<String> {
    let quoted =
        text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|inner| !inner.contains(['"', '\\']));
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text).filter(|text| !text.is_empty());
    quoted.or(number).map(str::to_owned)
}

/// Whether lines are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    There,
    Gone,
    Unknown,
}

/// What the statements around a place, and inside of `within`, say of it.
fn verdict(file: &KubernetesFile, id: FileId, place: Place, within: Place, values: &Values) -> Verdict {
    if place.file != id {
        return Verdict::There;
    }
    let mut verdict = Verdict::There;
    for condition in &file.conditions {
        let around = condition.span.start <= place.span.start && place.span.end <= condition.span.end;
        let inner = within.span.start <= condition.span.start && condition.span.start < within.span.end;
        if !around || !inner && within.span.start > 0 {
            continue;
        }
        let holds = holds(&condition.statement, values);
        match (holds, condition.branch) {
            (None, _) => verdict = Verdict::Unknown,
            (Some(true), TemplateBranch::Then) | (Some(false), TemplateBranch::Else) => {}
            (Some(false), TemplateBranch::Then) | (Some(true), TemplateBranch::Else) => return Verdict::Gone,
        }
    }
    verdict
}

fn holds(statement: &str, values: &Values) -> Option<bool> {
    let test = statement.strip_prefix("if ")?.trim();
    let (test, sense) = match test.strip_prefix("not ") {
        Some(rest) => (rest.trim(), false),
        None => (test, true),
    };
    if !test.starts_with(".Values.") || test.contains(' ') {
        return None;
    }
    let truth = match values.at(test).map(|node| &node.kind) {
        None | Some(NodeKind::Null) => false,
        Some(NodeKind::Text(text)) => !matches!(&**text, "" | "false" | "0"),
        Some(NodeKind::List(items)) => !items.is_empty(),
        Some(NodeKind::Map(entries)) => !entries.is_empty(),
        Some(NodeKind::Unknown(_)) => return None,
    };
    Some(truth == sense)
}

/// Takes out what is not there, and makes unknown what may not be.
fn prune(node: &mut Node, verdict: &dyn Fn(Place) -> Verdict) {
    let unknown =
        |place: Place| NodeKind::Unknown(Unknown { reason: HoleReason::Template("if".into()), place: Some(place) });
    match &mut node.kind {
        NodeKind::Map(entries) => entries.retain_mut(|entry| match verdict(entry.key_place) {
            Verdict::There => {
                prune(&mut entry.value, verdict);
                true
            }
            Verdict::Gone => false,
            Verdict::Unknown => {
                entry.value.kind = unknown(entry.value.place);
                true
            }
        }),
        NodeKind::List(items) => items.retain_mut(|item| match verdict(item.place) {
            Verdict::There => {
                prune(item, verdict);
                true
            }
            Verdict::Gone => false,
            Verdict::Unknown => {
                item.kind = unknown(item.place);
                true
            }
        }),
        NodeKind::Text(_) | NodeKind::Null | NodeKind::Unknown(_) => {}
    }
}

/// Maps to which lines that are not known may be added say so.
fn open(node: &mut Node) {
    let place = node.place;
    let unknown = Node {
        place,
        kind: NodeKind::Unknown(Unknown { reason: HoleReason::Template("include".into()), place: Some(place) }),
    };
    match &mut node.kind {
        NodeKind::Map(entries) => {
            for entry in entries.iter_mut() {
                open(&mut entry.value);
                let is_open = matches!(&*entry.key, "labels" | "selector" | "matchLabels" | "annotations");
                if let NodeKind::Map(inner) = &mut entry.value.kind
                    && is_open
                {
                    inner.push(Entry { key: "...".into(), key_place: place, value: unknown.clone() });
                }
            }
            if entries.iter().any(|entry| &*entry.key == "image") {
                let list = Node { place, kind: NodeKind::List(vec![unknown]) };
                entries.push(Entry { key: "envFrom".into(), key_place: place, value: list });
            }
        }
        NodeKind::List(items) => items.iter_mut().for_each(open),
        NodeKind::Text(_) | NodeKind::Null | NodeKind::Unknown(_) => {}
    }
}
