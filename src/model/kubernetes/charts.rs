//! Charts of Helm: their templates with plain values put in, everything else unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::object::Object;
use super::room::Room;
use super::sets::{ManifestSet, mode_of};
use super::tree::{Entry, Node, NodeKind};
use crate::base::{FileId, Limit, Place, RepoPath, Span};
use crate::facts::{HoleReason, KubernetesFile, Repository, TemplateBranch, TemplateCondition};
use crate::model::{Pairing, Unknown};

/// Values files beside the one of a chart itself.
const VARIANTS: Limit = Limit::new(
    8,
    "values files of a chart",
    "what the chart comes to with the others is unknown",
    "check parts of the repository by themselves",
);

/// A chart.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub folder: RepoPath,
    name: Option<Arc<str>>,
    /// The keys under which its values hold those of the charts in it, by their names.
    aliases: BTreeMap<Arc<str>, Arc<str>>,
}

/// The charts of a repository, each before those in it.
pub(super) fn charts(repository: &Repository) -> Vec<Chart> {
    let found = repository.iter().filter(|(_, facts)| facts.path.name() == "Chart.yaml");
    let mut found: Vec<Chart> = found
        .filter_map(|(id, facts)| {
            let data = Node::of(id, facts.data.as_deref()?, &|_| None);
            let alias = |one: &Node| Some((Arc::clone(one.text_of("name")?), Arc::clone(one.text_of("alias")?)));
            Some(Chart {
                folder: facts.path.parent()?,
                name: data.text_of("name").cloned(),
                aliases: data.list("dependencies").iter().filter_map(alias).collect(),
            })
        })
        .collect();
    found.sort_by(|a, b| a.folder.cmp(&b.folder));
    found
}

/// The sets of all charts: one for each values file.
pub(super) fn sets(charts: &[Chart], repository: &Repository, room: &mut Room<'_>) -> Vec<ManifestSet> {
    let mut found = Vec::new();
    let mut known: BTreeMap<&RepoPath, (&Chart, Vec<Variant>)> = BTreeMap::new();
    for chart in charts {
        let around =
            chart.folder.parent().filter(|folder| folder.name() == "charts").and_then(|folder| folder.parent());
        let parent = around.as_ref().and_then(|folder| known.get(folder));
        let variants = match parent {
            Some((parent, variants)) => chart.variants_in(parent, variants, repository),
            None => chart.variants(repository, room),
        };
        // a chart has its own copy of what is set for all
        let size =
            variants.iter().flat_map(|one| one.values.own.iter().chain(&one.values.global)).map(Node::size).sum();
        if !room.look_at(size, None) {
            break;
        }
        let files = chart.templates(repository);
        found.extend(variants.iter().map(|one| chart.set(&files, &one.values, &one.name, room)));
        known.insert(&chart.folder, (chart, variants));
    }
    found
}

/// Values that may be in force together.
struct Variant {
    /// What holds them.
    name: String,
    values: Values,
}

/// The values that are in force, the strongest first.
#[derive(Default)]
struct Values {
    own: Vec<Node>,
    /// What `.Values.global` is in the charts inside.
    global: Vec<Node>,
}

impl Values {
    fn at(&self, path: &str) -> Option<&Node> {
        let keys: Vec<&str> = path.strip_prefix(".Values.")?.split('.').collect();
        let global = match keys.split_first() {
            Some((&"global", rest)) => self.global.iter().find_map(|values| values.at(rest)),
            _ => None,
        };
        global.or_else(|| self.own.iter().find_map(|values| values.at(&keys)))
    }
}

impl Chart {
    fn templates<'r>(&self, repository: &'r Repository) -> Vec<(FileId, &'r KubernetesFile)> {
        let Some(templates) = self.folder.join("templates") else { return Vec::new() };
        repository
            .below(&templates)
            .filter(|(_, facts)| facts.role.may_be_accused())
            .filter_map(|(id, facts)| Some((id, facts.kubernetes.as_deref()?)))
            .collect()
    }

    /// Its values files: those of the chart itself, and the others.
    fn values(&self, repository: &Repository) -> (Option<Node>, Vec<(FileId, String)>) {
        let files = repository
            .below(&self.folder)
            .filter(|(_, facts)| facts.path.parent().as_ref() == Some(&self.folder) && facts.data.is_some())
            .filter(|(_, facts)| facts.path.name().starts_with("values"));
        let (own, others): (Vec<_>, Vec<_>) =
            files.partition(|(_, facts)| matches!(facts.path.name(), "values.yaml" | "values.yml"));
        let base = own.first().and_then(|(id, _)| values_of(repository, *id));
        (base, others.into_iter().map(|(id, facts)| (id, facts.path.to_string())).collect())
    }

    fn variants(&self, repository: &Repository, room: &Room<'_>) -> Vec<Variant> {
        let (base, others) = self.values(repository);
        let of = |name: String, own: Vec<Node>| Variant { name, values: Values { own, global: Vec::new() } };
        let mut found = vec![of(self.folder.to_string(), base.iter().cloned().collect())];
        for (number, (id, name)) in others.into_iter().enumerate() {
            if number == VARIANTS.most_items() {
                room.limits().reached(Some(Place::new(id, Span::default())), &VARIANTS);
                break;
            }
            found.push(of(name, values_of(repository, id).into_iter().chain(base.clone()).collect()));
        }
        found
    }

    /// The values of a chart inside of another one: what that says under its name, then its own.
    fn variants_in(&self, parent: &Self, around: &[Variant], repository: &Repository) -> Vec<Variant> {
        let (base, _) = self.values(repository);
        let name = self.name.clone().unwrap_or_else(|| self.folder.name().into());
        let key = parent.aliases.get(&name).unwrap_or(&name);
        let under = |nodes: &[Node], key: &str| -> Vec<Node> {
            nodes.iter().filter_map(|values| values.get(key).cloned()).collect()
        };
        let variant = |one: &Variant| Variant {
            name: format!("{} ({})", self.folder, one.name),
            values: Values {
                own: under(&one.values.own, key).into_iter().chain(base.clone()).collect(),
                global: one.values.global.iter().cloned().chain(under(&one.values.own, "global")).collect(),
            },
        };
        around.iter().map(variant).collect()
    }

    fn set(
        &self,
        files: &[(FileId, &KubernetesFile)],
        values: &Values,
        name: &str,
        room: &mut Room<'_>,
    ) -> ManifestSet {
        let mut objects = Vec::new();
        for (id, file) in files {
            let conditions = Conditions::new(*id, file, values);
            for document in &file.documents {
                let mut node = Node::of(*id, document, &|inner| self.fill(inner, values));
                let inside = node.place;
                prune(&mut node, &|place| conditions.verdict(place, inside));
                if conditions.verdict(inside, Place::new(*id, Span::new(0, usize::MAX))) != Verdict::There {
                    continue;
                }
                if !file.insertions.is_empty() {
                    open(&mut node);
                }
                let found = Object::of(&node);
                if !room.take(&found, Some(node.place)) {
                    return Self::named(name, Vec::new());
                }
                objects.extend(found);
            }
        }
        Self::named(name, objects)
    }

    fn named(name: &str, objects: Vec<Object>) -> ManifestSet {
        let last = name.rsplit('/').next().unwrap_or(name).trim_end_matches(')');
        ManifestSet {
            name: Arc::from(name),
            objects,
            mode: mode_of(last.rsplit_once('.').map_or(last, |(stem, _)| stem)),
            // which values are in force, and what is set beside them, nobody says
            pairing: Pairing::Likely,
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

fn values_of(repository: &Repository, id: FileId) -> Option<Node> {
    let data = repository.get(id).and_then(|facts| facts.data.as_deref());
    data.map(|data| Node::of(id, data, &|_| None))
}

/// Whether lines are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    There,
    Gone,
    Unknown,
}

/// The statements of a file, each with the one around it.
struct Conditions<'f> {
    file: FileId,
    all: &'f [TemplateCondition],
    around: Vec<Option<usize>>,
    /// What the values make of each; `None` when that is not known.
    holds: Vec<Option<bool>>,
}

impl<'f> Conditions<'f> {
    fn new(id: FileId, file: &'f KubernetesFile, values: &Values) -> Self {
        let mut open: Vec<usize> = Vec::new();
        let mut around = Vec::new();
        for (index, condition) in file.conditions.iter().enumerate() {
            while open
                .last()
                .and_then(|at| file.conditions.get(*at))
                .is_some_and(|last| !contains(last, condition.span))
            {
                open.pop();
            }
            around.push(open.last().copied());
            open.push(index);
        }
        let holds = file.conditions.iter().map(|condition| holds(&condition.statement, values)).collect();
        Self { file: id, all: &file.conditions, around, holds }
    }

    /// What the statements around a place, and inside of `within`, say of it.
    fn verdict(&self, place: Place, within: Place) -> Verdict {
        if place.file != self.file {
            return Verdict::There;
        }
        let mut verdict = Verdict::There;
        // they are in the order of their beginnings, and as deep in one another as the reader of templates follows them
        let mut next = self.all.partition_point(|one| one.span.start <= place.span.start).checked_sub(1);
        while let Some(at) = next {
            next = self.around.get(at).copied().flatten();
            let Some(condition) = self.all.get(at) else { break };
            let inner = within.span.start <= condition.span.start && condition.span.start < within.span.end;
            if !contains(condition, place.span) || !inner && within.span.start > 0 {
                continue;
            }
            match (self.holds.get(at).copied().flatten(), condition.branch) {
                (None, _) => verdict = Verdict::Unknown,
                (Some(true), TemplateBranch::Then) | (Some(false), TemplateBranch::Else) => {}
                (Some(false), TemplateBranch::Then) | (Some(true), TemplateBranch::Else) => return Verdict::Gone,
            }
        }
        verdict
    }
}

fn contains(condition: &TemplateCondition, span: Span) -> bool {
    condition.span.start <= span.start && span.end <= condition.span.end
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
    let unknown = Unknown { reason: HoleReason::Template("include".into()), place: Some(place) };
    match &mut node.kind {
        NodeKind::Map(entries) => {
            for entry in entries.iter_mut() {
                open(&mut entry.value);
                let takes_more = ["labels", "selector", "matchLabels", "annotations", "data", "stringData"];
                match &entry.value.kind {
                    // its lines are those that are added
                    NodeKind::Null => entry.value.kind = NodeKind::Unknown(unknown.clone()),
                    NodeKind::Map(_) if takes_more.contains(&&*entry.key) => entry.value.leave_open(&unknown),
                    _ => {}
                }
            }
            if entries.iter().any(|entry| &*entry.key == "image") {
                let item = Node { place, kind: NodeKind::Unknown(unknown) };
                let list = Node { place, kind: NodeKind::List(vec![item]) };
                entries.push(Entry { key: "envFrom".into(), key_place: place, value: list });
            }
        }
        NodeKind::List(items) => items.iter_mut().for_each(open),
        NodeKind::Text(_) | NodeKind::Null | NodeKind::Unknown(_) => {}
    }
}
