//! Reads what the files ask for, until nothing new is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::CollectSettings;
use super::budget::Budget;
use super::load::Loaded;
use super::resolve::{Resolution, Resolver, Target};
use crate::base::{Entry, Limit, RepoPath, Tree, role_of};
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
    settings: &'a CollectSettings,
    resolver: Resolver<'a>,
    /// Files that were read, or that it makes no sense to read.
    tried: BTreeSet<RepoPath>,
    /// How many may still be read on demand.
    left: usize,
    /// How much they may say.
    budget: Budget,
    closed: Closed,
}

impl<'a> Closing<'a> {
    /// Nothing asked yet.
    pub fn new(
        tree: &'a dyn Tree,
        entries: &'a BTreeMap<RepoPath, Entry>,
        files: &BTreeMap<RepoPath, Arc<FileFacts>>,
        tried: BTreeSet<RepoPath>,
        settings: &'a CollectSettings,
        budget: Budget,
    ) -> Self {
        let resolver = Resolver::new(tree, entries, files);
        let left = DEMANDED.most_items();
        Self { tree, entries, settings, resolver, tried, left, budget, closed: Closed::default() }
    }

    /// What it came to.
    pub fn finish(mut self) -> Closed {
        self.closed.limits.extend(self.budget.reached());
        self.closed
    }

    /// Adds the files that the files at `asking` ask for to `files`.
    pub fn close(&mut self, files: &mut BTreeMap<RepoPath, Arc<FileFacts>>, mut asking: Vec<RepoPath>) {
        for round in 0.. {
            let wanted = self.asked(files, &asking);
            if wanted.is_empty() {
                break;
            }
            if round == ROUNDS.most_items() {
                self.limit(ROUNDS);
                break;
            }
            asking = self.load(&wanted, files);
        }
    }

    /// The files that these ask for and that were not read yet, as far as the budget goes.
    fn asked(&mut self, files: &BTreeMap<RepoPath, Arc<FileFacts>>, asking: &[RepoPath]) -> Vec<Entry> {
        let mut wanted: BTreeMap<RepoPath, Entry> = BTreeMap::new();
        for path in asking {
            let Some(facts) = files.get(path) else { continue };
            for target in ask(&mut self.resolver, facts, &mut self.closed) {
                let Some(entry) = self.entries.get(&target.path) else { continue };
                if !self.tried.contains(&target.path) {
                    // A role that is not the path's follows from other files.
                    let by_path = entry.kind != target.kind && entry.role == role_of(&target.path, entry.kind);
                    let own = if by_path { role_of(&target.path, target.kind) } else { entry.role };
                    let role = self.settings.stated_role(&target.path).unwrap_or(own);
                    let entry = Entry { kind: target.kind, role, ..entry.clone() };
                    wanted.entry(target.path).or_insert(entry);
                }
            }
        }
        if wanted.len() > self.left {
            self.limit(DEMANDED);
        }
        let wanted: Vec<Entry> = wanted.into_values().take(self.left).collect();
        self.left -= wanted.len();
        wanted
    }

    /// Reads these files and what they ask for; what that asks for says nothing of the addresses that they give.
    pub fn add(&mut self, wanted: Vec<Entry>, files: &mut BTreeMap<RepoPath, Arc<FileFacts>>) {
        let wanted: Vec<Entry> = wanted.into_iter().filter(|entry| !self.tried.contains(&entry.path)).collect();
        let asking = self.load(&wanted, files);
        let asked = self.asked(files, &asking);
        self.load(&asked, files);
    }

    /// Says that a bound ended the reading.
    pub fn limit(&mut self, limit: Limit) {
        if !self.closed.limits.contains(&limit) {
            self.closed.limits.push(limit);
        }
    }

    fn load(&mut self, wanted: &[Entry], files: &mut BTreeMap<RepoPath, Arc<FileFacts>>) -> Vec<RepoPath> {
        self.tried.extend(wanted.iter().map(|entry| entry.path.clone()));
        for (path, loaded) in self.budget.load_all(self.tree, wanted, self.settings) {
            match loaded {
                Loaded::Facts(facts, _) => {
                    files.insert(path, facts);
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

/// Resolves everything that one file asks for.
fn ask(resolver: &mut Resolver<'_>, facts: &FileFacts, closed: &mut Closed) -> Vec<Target> {
    let mut targets = Vec::new();
    for demand in &facts.demands {
        match resolver.resolve(facts, demand) {
            Resolution::Found(found) => {
                let paths = found.iter().map(|target| target.path.clone()).collect();
                closed.resolved.insert((facts.path.clone(), Arc::clone(demand.text())), paths);
                targets.extend(found);
            }
            Resolution::Outside => {}
            Resolution::Missing => closed.unresolved.push((facts.path.clone(), demand.clone())),
        }
    }
    if !facts.demands.is_empty() {
        for (text, target) in resolver.python_submodules(facts) {
            closed.resolved.insert((facts.path.clone(), Arc::from(text)), vec![target.path.clone()]);
            targets.push(target);
        }
    }
    targets
}
