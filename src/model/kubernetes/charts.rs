//! Charts of Helm: their templates with plain values put in, everything else unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::conditions::{Conditions, Verdict, open, prune};
use super::filling::Filling;
use super::object::Object;
use super::room::Room;
use super::sets::{ManifestSet, mode_of};
use super::tree::{Node, NodeKind};
use super::values::{Found, Values};
use crate::base::{FileId, Limit, Place, RepoPath, Span};
use crate::facts::{HoleReason, KubernetesFile, Repository};
use crate::model::{Mode, Pairing, Unknown};

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
    file: FileId,
    name: Option<Arc<str>>,
    /// What it says of the charts in it, by their names.
    dependencies: BTreeMap<Arc<str>, Dependency>,
    /// The keys under which those have their values.
    keys: BTreeSet<Arc<str>>,
}

/// What a chart says of one in it.
#[derive(Clone, Debug, Default)]
struct Dependency {
    /// The key under which its values are, where that is not its name.
    alias: Option<Arc<str>>,
    /// Paths of values, the first of which that is there decides whether it is installed.
    condition: Option<Arc<str>>,
    /// Else one of these decides.
    tags: Vec<Arc<str>>,
}

impl Dependency {
    fn of(node: &Node) -> Option<(Arc<str>, Self)> {
        let name = Arc::clone(node.text_of("name")?);
        let tags = node.list("tags").iter().filter_map(Node::text).cloned().collect();
        Some((
            name,
            Self { alias: node.text_of("alias").cloned(), condition: node.text_of("condition").cloned(), tags },
        ))
    }

    /// The key under which its values are.
    fn key<'d>(&'d self, name: &'d Arc<str>) -> &'d Arc<str> {
        self.alias.as_ref().unwrap_or(name)
    }
}

/// What a value says of something that is switched on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Switch {
    On,
    Off,
    /// Nothing: it is not there, or it is no truth value.
    Unsaid,
    Unknown,
}

impl Switch {
    /// The switch under a path of values.
    fn at(values: &Values, path: &str) -> Self {
        match values.at(path) {
            Found::Value(Node { kind: NodeKind::Bare(text), .. }) if &**text == "true" => Self::On,
            Found::Value(Node { kind: NodeKind::Bare(text), .. }) if &**text == "false" => Self::Off,
            // Helm takes such a word for a truth value, unless it is in quotes
            Found::Value(Node { kind: NodeKind::Text(text), .. }) if is_word_for_truth(text) => Self::Unknown,
            Found::Value(_) | Found::Nothing => Self::Unsaid,
            Found::Unknown => Self::Unknown,
        }
    }
}

/// Whether a text is a truth value to YAML 1.1 alone.
fn is_word_for_truth(text: &str) -> bool {
    ["y", "yes", "on", "n", "no", "off", "true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The values that decide whether a chart inside of another one is installed.
struct Deciding<'v> {
    /// Those of the chart around it.
    around: &'v Values,
    /// The key under which its own are, and these, with what the chart around it says laid over them.
    own: (&'v str, &'v Values),
    /// The keys of all charts in the one around it.
    keys: &'v BTreeSet<Arc<str>>,
}

impl Deciding<'_> {
    /// Whether they switch it off for sure.
    fn switch_off(&self, dependency: &Dependency) -> bool {
        let paths = dependency.condition.iter().flat_map(|paths| paths.split(',')).map(str::trim);
        let mut said = paths.filter(|path| !path.is_empty()).map(|path| self.at(path));
        // the first that says something decides
        if let Some(decided) = said.find(|switch| *switch != Switch::Unsaid) {
            return decided == Switch::Off;
        }
        let tags: Vec<Switch> = dependency.tags.iter().map(|tag| self.at(&format!("tags.{tag}"))).collect();
        tags.contains(&Switch::Off) && !tags.contains(&Switch::On) && !tags.contains(&Switch::Unknown)
    }

    fn at(&self, path: &str) -> Switch {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if first == self.own.0 {
            return if rest.is_empty() { Switch::Unsaid } else { Switch::at(self.own.1, rest) };
        }
        match Switch::at(self.around, path) {
            // the values of the chart with that key may say it
            Switch::Unsaid if self.keys.contains(first) => Switch::Unknown,
            said => said,
        }
    }
}

/// The charts of a repository, each before those in it.
pub(super) fn charts(repository: &Repository) -> Vec<Chart> {
    let found = repository.iter().filter(|(_, facts)| facts.path.name() == "Chart.yaml");
    let mut found: Vec<Chart> = found
        .filter_map(|(id, facts)| {
            let data = Node::plain(id, facts.data.as_deref()?);
            let dependencies: BTreeMap<Arc<str>, Dependency> =
                data.list("dependencies").iter().filter_map(Dependency::of).collect();
            Some(Chart {
                folder: facts.path.parent()?,
                file: id,
                name: data.text_of("name").cloned(),
                keys: dependencies.iter().map(|(name, one)| Arc::clone(one.key(name))).collect(),
                dependencies,
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
        if !room.look_at(variants.iter().map(|one| one.values.size()).sum(), None) {
            break;
        }
        let files = chart.templates(repository);
        found.extend(variants.iter().map(|one| chart.set(&files, one, room)));
        known.insert(&chart.folder, (chart, variants));
    }
    found
}

/// Values that may be in force together.
struct Variant {
    /// What holds them.
    name: String,
    /// What the names of the chart and of the file speak of.
    mode: Option<Mode>,
    values: Values,
}

impl Chart {
    /// Its folder, for people.
    fn shown(&self) -> &str {
        if self.folder.as_str().is_empty() { "Chart.yaml" } else { self.folder.as_str() }
    }

    fn templates<'r>(&self, repository: &'r Repository) -> Vec<(FileId, &'r KubernetesFile)> {
        let Some(templates) = self.folder.join("templates") else { return Vec::new() };
        repository
            .below(&templates)
            .filter(|(_, facts)| facts.role.may_be_accused())
            .filter_map(|(id, facts)| Some((id, facts.kubernetes.as_deref()?)))
            .collect()
    }

    /// Its values files: those of the chart itself, and the others with which somebody may install it.
    fn values(&self, repository: &Repository) -> (Values, Vec<FileId>) {
        let is_one = |path: &RepoPath| {
            path.parent().as_ref() == Some(&self.folder)
                && path.name().starts_with("values")
                && matches!(path.extension(), "yaml" | "yml")
        };
        let files = repository.below(&self.folder).filter(|(_, facts)| is_one(&facts.path));
        let files = files.filter(|(_, facts)| facts.role.may_be_accused());
        let (own, others): (Vec<_>, Vec<_>) =
            files.partition(|(_, facts)| matches!(facts.path.name(), "values.yaml" | "values.yml"));
        let base = own.first().map_or_else(|| Values::empty(self.file), |(id, _)| values_of(repository, *id));
        (base, others.into_iter().map(|(id, _)| id).collect())
    }

    fn variants(&self, repository: &Repository, room: &Room<'_>) -> Vec<Variant> {
        let (base, others) = self.values(repository);
        let mode = mode_of(self.folder.name());
        let mut found = vec![Variant { name: self.shown().to_owned(), mode: mode.clone(), values: base.clone() }];
        for (number, id) in others.into_iter().enumerate() {
            if number == VARIANTS.most_items() {
                room.limits().reached(Some(Place::new(id, Span::default())), &VARIANTS);
                break;
            }
            let Some(path) = repository.get(id).map(|facts| &facts.path) else { continue };
            let stem = path.name().rsplit_once('.').map_or(path.name(), |(stem, _)| stem);
            found.push(Variant {
                name: path.to_string(),
                mode: mode_of(stem).or_else(|| mode.clone()),
                values: base.clone().under(values_of(repository, id).root()),
            });
        }
        found
    }

    /// The values of a chart inside of another one: what that says under its name, then its own. Where it is switched off there
    /// are none.
    fn variants_in(&self, parent: &Self, around: &[Variant], repository: &Repository) -> Vec<Variant> {
        let (base, _) = self.values(repository);
        let name = self.name.clone().unwrap_or_else(|| self.folder.name().into());
        let dependency = parent.dependencies.get(&name).cloned().unwrap_or_default();
        let key = dependency.key(&name);
        let variant = |one: &Variant| {
            let values = one.values.for_chart(key, base.clone());
            let deciding = Deciding { around: &one.values, own: (key, &values), keys: &parent.keys };
            let is_off = deciding.switch_off(&dependency);
            let name = format!("{} ({})", self.folder, one.name);
            (!is_off).then(|| Variant { name, mode: one.mode.clone(), values })
        };
        around.iter().filter_map(variant).collect()
    }

    fn set(&self, files: &[(FileId, &KubernetesFile)], variant: &Variant, room: &mut Room<'_>) -> ManifestSet {
        let filling = Filling { name: self.name.as_deref(), values: &variant.values };
        let mut set = ManifestSet {
            name: Arc::from(variant.name.as_str()),
            objects: Vec::new(),
            mode: variant.mode.clone(),
            // which values are in force, and what is set beside them, nobody says
            pairing: Pairing::Likely,
            is_whole: false,
        };
        for (id, file) in files {
            let conditions = Conditions::new(*id, file, &filling);
            for document in &file.documents {
                let mut node = Node::of(*id, document, &filling);
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
                    set.objects.clear();
                    return set;
                }
                set.objects.extend(found);
            }
        }
        set
    }
}

/// The values in a file; of one that could not be read nothing is known.
fn values_of(repository: &Repository, id: FileId) -> Values {
    let facts = repository.get(id);
    match facts.and_then(|facts| facts.data.as_deref()) {
        Some(data) => Values::of(Node::plain(id, data)),
        None if facts.is_some_and(|facts| facts.syntax_errors.is_empty() && facts.unfilled.is_none()) => {
            Values::empty(id)
        }
        None => {
            let place = Place::new(id, Span::default());
            let unknown = Unknown { reason: HoleReason::Unsupported, place: Some(place) };
            Values::of(Node { place, kind: NodeKind::Unknown(unknown) })
        }
    }
}
