//! Which source files nothing that runs leads to.
//!
//! A graph of everything that source files name, walked from the entry points: those that tools and frameworks agree on, and the
//! files that something else than source code names (a page, a manifest, a command). All that is not known speaks for a file: an
//! import that was not resolved leads to every file of that name, and a part without a known entry point is left alone.

mod elsewhere;
mod entries;
mod graph;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::kept::Again;
use crate::base::{Entry, FileKind, FileRole, Limit, RepoPath, Tree};
use crate::facts::{FileFacts, Named, SkipReason, Unreached, named};
pub use elsewhere::Form;
use entries::Parts;
use graph::Graph;

/// What was found out about a tree so far.
pub struct Known<'a> {
    /// The tree.
    pub tree: &'a dyn Tree,
    /// Its files.
    pub entries: &'a BTreeMap<RepoPath, Entry>,
    /// The facts of those that were parsed.
    pub files: &'a BTreeMap<RepoPath, Arc<FileFacts>>,
    /// What the source files name.
    pub named: &'a BTreeMap<RepoPath, Arc<[Named]>>,
    /// Files that were left out.
    pub skipped: &'a [(RepoPath, SkipReason)],
    /// What earlier runs know.
    pub again: Option<&'a Again>,
}

/// What never runs.
#[derive(Default)]
pub struct Found {
    /// Source files, with the reason.
    pub files: BTreeMap<RepoPath, Unreached>,
    /// Files that are imported and never started: what is only done at their start does not happen.
    pub only_imported: Vec<RepoPath>,
}

/// The parsed source files that never run; none when a bound was reached on the way.
///
/// # Errors
/// The bound.
pub fn unreached(known: &Known<'_>) -> Result<Found, Limit> {
    let parts = Parts::new(known.entries, known.files);
    let mut graph = Graph::new(known, &parts);
    let roots: Vec<&RepoPath> = known.named.keys().filter(|path| parts.is_entry(path)).collect();
    let mut entered: BTreeSet<&str> = roots.iter().map(|path| parts.of(path.as_str())).collect();
    graph.reach(roots);
    let open = |graph: &Graph<'_>| -> Vec<RepoPath> {
        let may_be_dead = |path: &&RepoPath| known.named.contains_key(*path) && !graph.is_reached(path);
        let files = known.files.iter().filter(|(_, facts)| facts.role == FileRole::Production && says_something(facts));
        files.map(|(path, _)| path).filter(may_be_dead).cloned().collect()
    };
    let suspects = open(&graph);
    let by_hand = |(path, facts): &(&RepoPath, &Arc<FileFacts>)| !facts.by_hand.is_empty() && !parts.is_entry(path);
    let mut imported: Vec<RepoPath> = known
        .files
        .iter()
        .filter(by_hand)
        .map(|(path, _)| path.clone())
        .filter(|path| graph.is_reached(path))
        .collect();
    if suspects.is_empty() && imported.is_empty() {
        return Ok(Found::default());
    }
    let mut wanted = graph.leading_to(&suspects);
    wanted.extend(imported.iter().cloned());
    let wanted: Vec<RepoPath> = wanted.into_iter().collect();
    let found = elsewhere::named_elsewhere(known, &wanted)?;
    entered.extend(found.iter().map(|path| parts.of(path.as_str())));
    imported.retain(|path| !found.contains(path));
    graph.reach(&found);
    let hiding = known.skipped.iter().filter(|skipped| hides(skipped));
    let unread: BTreeSet<&str> = hiding.map(|(path, _)| parts.of(path.as_str())).collect();
    let is_known = |path: &RepoPath| {
        let part = parts.of(path.as_str());
        entered.contains(part) && !unread.contains(part)
    };
    imported.retain(is_known);
    let dead = open(&graph).into_iter().filter(is_known);
    let why = |path: RepoPath| {
        let is_program = known.files.get(&path).is_some_and(|facts| !facts.listeners.is_empty());
        (path, if is_program { Unreached::NotStarted } else { Unreached::NotImported })
    };
    Ok(Found { files: dead.map(why).collect(), only_imported: imported })
}

/// Whether a finding could be in a file, or rest on it.
fn says_something(facts: &FileFacts) -> bool {
    let lists = [
        facts.client_calls.len(),
        facts.routers.len(),
        facts.routes.len(),
        facts.policies.len(),
        facts.listeners.len(),
        facts.mounts.len(),
        facts.heartbeats.len(),
        facts.addresses.len(),
    ];
    lists.iter().any(|length| *length > 0) && !facts.path.name().ends_with(".d.ts")
}

/// Whether a file that was left out may have imported others; bundles have their modules inside.
fn hides((path, reason): &(RepoPath, SkipReason)) -> bool {
    is_source(crate::base::kind_of(path)) && !matches!(reason, SkipReason::Generated | SkipReason::Binary)
}

/// Whether files of a kind import one another.
pub fn is_source(kind: FileKind) -> bool {
    matches!(kind, FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte | FileKind::Python)
}

/// What a file names that was not looked at by the walk: code of tests and the like, which something that runs imports all the same.
fn named_now(tree: &dyn Tree, entry: &Entry) -> Vec<Named> {
    let mut bytes = Vec::new();
    match tree.read(&entry.path, &mut bytes) {
        Ok(()) => named(entry.kind, &bytes),
        Err(_) => vec![Named::Anything],
    }
}
