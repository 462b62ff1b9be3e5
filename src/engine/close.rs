//! Reads what the files ask for, until nothing new is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::load::{self, Loaded};
use super::resolve::{Resolution, Resolver, Target};
use crate::base::{Entry, Limit, RepoPath, Tree, role_of};
use crate::facts::needs::{self, Names};
use crate::facts::{Demand, FileFacts};

/// Import chains in real repositories end after a few steps; this bounds the rest.
const ROUNDS: Limit = Limit::new(
    64,
    "files that ask for each other in a row",
    "what the files after them say is unknown",
    "leave folders out that no connection needs, with `exclude` in `wirelint.toml`",
);
/// Files read only because others ask for them.
const DEMANDED: Limit = Limit::new(
    4_000,
    "files that are read because others import or include them",
    "what the rest of them says is unknown",
    "leave folders out that no connection needs, with `exclude` in `wirelint.toml`",
);

/// What closing added.
#[derive(Default)]
pub struct Closed {
    /// The file and the demand's text, to the files.
    pub resolved: BTreeMap<(RepoPath, Arc<str>), Vec<RepoPath>>,
    /// Demands that led nowhere.
    pub unresolved: Vec<(RepoPath, Demand)>,
    /// Files that were read on demand, with what became of those that gave no facts.
    pub loaded: Vec<(RepoPath, Loaded)>,
    /// The bounds that ended the reading.
    pub limits: Vec<Limit>,
}

/// Reads what files ask for.
pub struct Closing<'a> {
    tree: &'a dyn Tree,
    entries: &'a BTreeMap<RepoPath, Entry>,
    threads: NonZeroUsize,
    resolver: Resolver<'a>,
    /// Files that were read, or that it makes no sense to read.
    tried: BTreeSet<RepoPath>,
    /// How many may still be read on demand.
    budget: usize,
    /// Exports whose needs were asked for; every export where there is no name.
    exports: BTreeSet<(RepoPath, Option<Arc<str>>)>,
    closed: Closed,
}

impl<'a> Closing<'a> {
    /// Nothing asked yet.
    pub fn new(
        tree: &'a dyn Tree,
        entries: &'a BTreeMap<RepoPath, Entry>,
        files: &BTreeMap<RepoPath, FileFacts>,
        tried: BTreeSet<RepoPath>,
        threads: NonZeroUsize,
    ) -> Self {
        let resolver = Resolver::new(tree, entries, files);
        let budget = DEMANDED.most_items();
        Self { tree, entries, threads, resolver, tried, budget, exports: BTreeSet::new(), closed: Closed::default() }
    }

    /// What it came to.
    pub fn finish(self) -> Closed {
        self.closed
    }

    /// Adds the files that the files at `asking` ask for to `files`.
    pub fn close(&mut self, files: &mut BTreeMap<RepoPath, FileFacts>, asking: Vec<RepoPath>) {
        let mut wants: Vec<Want> = asking.into_iter().map(Want::facts).collect();
        for round in 0.. {
            let step = self.asked(files, &wants);
            if step.wanted.is_empty() && step.wants.is_empty() {
                break;
            }
            if round == ROUNDS.most_items() {
                self.limit(ROUNDS);
                break;
            }
            let new = self.load(&step.wanted, files);
            wants = new.into_iter().map(Want::facts).chain(step.wants).collect();
        }
    }

    /// The files that these ask for and that were not read yet, as far as the budget goes, and what is asked of files.
    fn asked(&mut self, files: &BTreeMap<RepoPath, FileFacts>, wants: &[Want]) -> Step {
        let mut wanted: BTreeMap<RepoPath, Entry> = BTreeMap::new();
        let mut asked = Vec::new();
        for want in wants {
            let Some(facts) = files.get(&want.path) else { continue };
            let found = match &want.of {
                Of::Facts => ask(&mut self.resolver, facts, &mut self.closed),
                Of::Export(name) => {
                    if !self.exports.insert((want.path.clone(), name.clone())) {
                        continue;
                    }
                    let Some(module) = facts.module.as_deref() else { continue };
                    let needs = match name {
                        Some(name) => needs::asked_by_export(module, name),
                        None => needs::asked_by_exports(module),
                    };
                    ask_modules(&mut self.resolver, facts, &needs, &mut self.closed)
                }
            };
            for (target, names) in found {
                let Some(entry) = self.entries.get(&target.path) else { continue };
                match names {
                    Names::All => asked.push(Want { path: target.path.clone(), of: Of::Export(None) }),
                    Names::These(names) => asked.extend(
                        names.into_iter().map(|name| Want { path: target.path.clone(), of: Of::Export(Some(name)) }),
                    ),
                }
                if !self.tried.contains(&target.path) {
                    let role = if entry.kind == target.kind { entry.role } else { role_of(&target.path, target.kind) };
                    let entry = Entry { kind: target.kind, role, ..entry.clone() };
                    wanted.entry(target.path).or_insert(entry);
                }
            }
        }
        asked.retain(|want| match &want.of {
            Of::Facts => true,
            Of::Export(name) => !self.exports.contains(&(want.path.clone(), name.clone())),
        });
        if wanted.len() > self.budget {
            self.limit(DEMANDED);
        }
        let wanted: Vec<Entry> = wanted.into_values().take(self.budget).collect();
        self.budget -= wanted.len();
        Step { wanted, wants: asked }
    }

    /// Reads these files and what they ask for; what that asks for says nothing of the addresses that they give.
    pub fn add(&mut self, wanted: Vec<Entry>, files: &mut BTreeMap<RepoPath, FileFacts>) {
        let wanted: Vec<Entry> = wanted.into_iter().filter(|entry| !self.tried.contains(&entry.path)).collect();
        let asking: Vec<Want> = self.load(&wanted, files).into_iter().map(Want::facts).collect();
        let step = self.asked(files, &asking);
        self.load(&step.wanted, files);
    }

    /// Says that a bound ended the reading.
    pub fn limit(&mut self, limit: Limit) {
        if !self.closed.limits.contains(&limit) {
            self.closed.limits.push(limit);
        }
    }

    fn load(&mut self, wanted: &[Entry], files: &mut BTreeMap<RepoPath, FileFacts>) -> Vec<RepoPath> {
        self.tried.extend(wanted.iter().map(|entry| entry.path.clone()));
        for (path, loaded) in load::load_all(self.tree, wanted, self.threads) {
            match loaded {
                Loaded::Facts(facts) => {
                    files.insert(path, *facts);
                }
                other => {
                    files.extend(other.empty_facts());
                    self.closed.loaded.push((path, other));
                }
            }
        }
        wanted.iter().map(|entry| entry.path.clone()).collect()
    }
}

/// What is asked of a file.
struct Want {
    path: RepoPath,
    of: Of,
}

/// What of a file asks for others.
enum Of {
    /// Its facts.
    Facts,
    /// What it exports under this name; all that it exports, when there is none.
    Export(Option<Arc<str>>),
}

impl Want {
    fn facts(path: RepoPath) -> Self {
        Self { path, of: Of::Facts }
    }
}

/// What one round came to.
struct Step {
    /// Files to read.
    wanted: Vec<Entry>,
    /// What is asked of them, and of those that are known.
    wants: Vec<Want>,
}

/// Resolves everything that the facts of a file ask for.
fn ask(resolver: &mut Resolver<'_>, facts: &FileFacts, closed: &mut Closed) -> Vec<(Target, Names)> {
    let mut targets = Vec::new();
    let mut named = if facts.demands.is_empty() { needs::Asked::new() } else { needs::asked_by_facts(facts) };
    for demand in &facts.demands {
        let names = named.remove(demand.text()).unwrap_or(Names::All);
        let found = resolve(resolver, facts, demand, closed);
        targets.extend(found.into_iter().map(|target| (target, names.clone())));
    }
    if !facts.demands.is_empty() {
        for (text, target) in resolver.python_submodules(facts) {
            closed.resolved.insert((facts.path.clone(), Arc::from(text)), vec![target.path.clone()]);
            targets.push((target, Names::All));
        }
    }
    targets
}

/// Resolves the modules that an export needs.
fn ask_modules(
    resolver: &mut Resolver<'_>,
    facts: &FileFacts,
    asked: &needs::Asked,
    closed: &mut Closed,
) -> Vec<(Target, Names)> {
    let mut targets = Vec::new();
    for (module, names) in asked {
        let Some(demand) = needs::demand(module) else { continue };
        let found = resolve(resolver, facts, &demand, closed);
        targets.extend(found.into_iter().map(|target| (target, names.clone())));
    }
    targets
}

fn resolve(resolver: &mut Resolver<'_>, facts: &FileFacts, demand: &Demand, closed: &mut Closed) -> Vec<Target> {
    match resolver.resolve(facts, demand) {
        Resolution::Found(found) => {
            let paths = found.iter().map(|target| target.path.clone()).collect();
            closed.resolved.insert((facts.path.clone(), Arc::clone(demand.text())), paths);
            found
        }
        Resolution::Outside => Vec::new(),
        Resolution::Missing => {
            closed.unresolved.push((facts.path.clone(), demand.clone()));
            Vec::new()
        }
    }
}
