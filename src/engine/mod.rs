//! The facts of a whole tree, closed under demands.

mod budget;
mod close;
mod compiled;
mod importers;
mod kept;
mod load;
mod opening;
mod resolve;
mod unreached;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::Mutex;

use crate::base::{Entry, FileId, FileRole, PathPatterns, RepoPath, Tracking, Tree, Unread, role_of};
use crate::facts::{Coverage, FileFacts, Named, Repository, SkipReason};
pub use kept::{Again, Kept};
use load::{Loaded, Looked, Verdict};

/// What a collection takes in.
#[derive(Clone, Debug)]
pub struct CollectSettings {
    /// At most so many threads.
    pub threads: NonZeroUsize,
    /// Whether git-ignored env files are read.
    pub ignored_env: IgnoredEnv,
    /// Paths that are left out.
    pub exclude: PathPatterns,
    /// What files are, whatever their paths say; of several that mean a file the last decides.
    pub roles: Vec<(PathPatterns, FileRole)>,
    /// Files that take part though they say nothing: findings may be in them.
    pub always: Option<RepoPath>,
    /// Names of further such files, wherever they are.
    pub always_named: &'static str,
    /// What earlier runs know, where this is one of many. When it is cancelled, the facts are not all there.
    pub again: Option<Again>,
}

impl Default for CollectSettings {
    fn default() -> Self {
        Self {
            threads: NonZeroUsize::MIN,
            ignored_env: IgnoredEnv::LeaveOut,
            exclude: PathPatterns::default(),
            roles: Vec::new(),
            always: None,
            always_named: "",
            again: None,
        }
    }
}

impl CollectSettings {
    /// The role that is stated for a file.
    #[must_use]
    pub fn stated_role(&self, path: &RepoPath) -> Option<FileRole> {
        self.roles.iter().rev().find(|(paths, _)| paths.cover(path)).map(|(_, role)| *role)
    }

    /// Whether a file takes part whatever it says.
    fn is_always_in(&self, entry: &Entry) -> bool {
        self.always.as_ref() == Some(&entry.path)
            || entry.path.name() == self.always_named && entry.role.may_be_accused()
    }
}

/// What becomes of git-ignored env files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IgnoredEnv {
    /// Counted: every machine gets the same result.
    #[default]
    LeaveOut,
    /// Read: what happens on this machine.
    Read,
}

/// Collects the facts of every file that says something, and of those that they ask for.
#[must_use]
pub fn collect(tree: &dyn Tree, settings: &CollectSettings) -> Repository {
    let again = settings.again.as_ref();
    let survey = survey(tree, settings);
    let mut coverage = survey.coverage;
    let mut files: BTreeMap<RepoPath, Arc<FileFacts>> = BTreeMap::new();
    let mut failed = Vec::new();
    let mut tried: BTreeSet<RepoPath> = coverage.skipped.iter().map(|(path, _)| path.clone()).collect();
    tried.extend(survey.chosen.iter().map(|entry| entry.path.clone()));
    let mut budget = budget::Budget::new();
    for (path, loaded) in budget.load_all(tree, &survey.chosen, settings) {
        match loaded {
            Loaded::Facts(facts, _) => {
                files.insert(path, facts);
            }
            other => {
                files.extend(other.empty_facts());
                failed.push((path, other));
            }
        }
    }
    // Nobody looks at what is not finished.
    let is_cancelled = || again.is_some_and(|again| again.cancel.is_cancelled());
    if is_cancelled() {
        return Repository::default();
    }
    let mut closing = close::Closing::new(tree, &survey.entries, &files, tried, settings, budget);
    let all = files.keys().cloned().collect();
    closing.close(&mut files, all);
    let mut asked = BTreeSet::new();
    let mut left = importers::IMPORTERS.most_items();
    for _ in 0..importers::MOST_ROUNDS {
        let mut wanted = importers::importers(tree, &survey.entries, &survey.named, &files, &mut asked, again);
        if wanted.is_empty() {
            break;
        }
        if wanted.len() > left {
            closing.limit(importers::IMPORTERS);
            wanted.truncate(left);
        }
        left -= wanted.len();
        closing.add(wanted, &mut files);
    }
    let closed = closing.finish();
    if is_cancelled() {
        return Repository::default();
    }
    if let Some(again) = again {
        again.kept.retain(|path| survey.entries.contains_key(path));
    }
    for (path, loaded) in failed.into_iter().chain(closed.loaded) {
        match loaded {
            Loaded::Facts(..) => {}
            Loaded::Skipped(reason) => coverage.skipped.push((path, reason)),
            Loaded::Failed(message, _) => coverage.internal_errors.push((path, message)),
        }
    }
    coverage.limits.extend(closed.limits.into_iter().map(|limit| (RepoPath::root(), limit)));
    coverage.parsed = files.len();
    coverage.skipped.sort_by(|a, b| a.0.cmp(&b.0));
    coverage.internal_errors.sort();
    let known = unreached::Known {
        tree,
        entries: &survey.entries,
        files: &files,
        named: &survey.named,
        skipped: &coverage.skipped,
        again,
    };
    let unreached = unreached::unreached(&known).unwrap_or_else(|limit| {
        coverage.limits.push((RepoPath::root(), limit));
        unreached::Found::default()
    });
    let ids: BTreeMap<RepoPath, FileId> = files.keys().cloned().zip((0u32..).map(FileId)).collect();
    let id = |path: &RepoPath| ids.get(path).copied();
    coverage.unresolved =
        closed.unresolved.into_iter().filter_map(|(path, demand)| Some((id(&path)?, demand))).collect();
    coverage.unresolved.sort();
    let resolved = closed
        .resolved
        .into_iter()
        .filter_map(|((path, text), targets)| Some(((id(&path)?, text), targets.iter().filter_map(id).collect())))
        .collect();
    let only_imported = unreached.only_imported.iter().filter_map(id).collect();
    let unreached = unreached.files.into_iter().filter_map(|(path, why)| Some((id(&path)?, why))).collect();
    Repository {
        files: files.into_values().collect(),
        paths: survey.entries.into_keys().collect(),
        resolved,
        unreached,
        only_imported,
        coverage,
        names: std::sync::OnceLock::new(),
    }
}

/// What the walk found.
#[derive(Default)]
struct Survey {
    /// Every file of the tree that is not excluded.
    entries: BTreeMap<RepoPath, Entry>,
    /// Files that deserve a parse by themselves, in path order.
    chosen: Vec<Entry>,
    /// What the source files name of others.
    named: BTreeMap<RepoPath, Arc<[Named]>>,
    /// The patterns of `exclude` that decided about a file.
    used: BTreeSet<usize>,
    coverage: Coverage,
}

fn survey(tree: &dyn Tree, settings: &CollectSettings) -> Survey {
    let (exclude, again) = (&settings.exclude, settings.again.as_ref());
    let survey = Mutex::new(Survey::default());
    let unread = tree.visit(settings.threads, &|entry: &Entry| {
        let matched = exclude.matched(&entry.path);
        if let Some((pattern, is_out)) = matched {
            let Ok(mut survey) = survey.lock() else { return };
            survey.used.insert(pattern);
            if is_out {
                return;
            }
        }
        let stated = settings.stated_role(&entry.path);
        let mut entry = entry.clone();
        entry.role = stated.unwrap_or(entry.role);
        let left_out = entry.tracking == Tracking::Ignored && settings.ignored_env == IgnoredEnv::LeaveOut;
        let Looked { verdict, named } = if left_out || again.is_some_and(|again| again.cancel.is_cancelled()) {
            Verdict::Silent.into()
        } else if settings.is_always_in(&entry) {
            Verdict::Parse(entry.kind, entry.size).into()
        } else {
            load::look(tree, &entry, again)
        };
        let Ok(mut survey) = survey.lock() else { return };
        survey.coverage.seen += 1;
        if left_out {
            survey.coverage.ignored_env_files += 1;
            return;
        }
        survey.coverage.read += usize::from(verdict.was_read());
        if verdict.was_read() && unreached::is_source(entry.kind) {
            survey.named.insert(entry.path.clone(), named);
        }
        match verdict {
            Verdict::Parse(kind, size) => {
                if entry.kind != kind {
                    // its content says what it is, and that what a person copies is not what a template step fills
                    entry.kind = kind;
                    entry.role = stated.unwrap_or_else(|| role_of(&entry.path, kind));
                }
                entry.size = size;
                survey.chosen.push(entry.clone());
            }
            Verdict::Skip(reason) => survey.coverage.skipped.push((entry.path.clone(), reason)),
            Verdict::Nothing(size) => entry.size = size,
            Verdict::Silent => {}
        }
        survey.entries.insert(entry.path.clone(), entry);
    });
    let mut survey = survey.into_inner().unwrap_or_default();
    let compiled = compiled::outputs(&survey.entries);
    let compiled: BTreeSet<RepoPath> =
        compiled.into_iter().filter(|path| settings.stated_role(path).is_none()).collect();
    for path in &compiled {
        if let Some(entry) = survey.entries.get_mut(path) {
            entry.role = FileRole::Generated;
        }
    }
    let left_out = survey.chosen.extract_if(.., |entry| compiled.contains(&entry.path));
    survey.coverage.skipped.extend(left_out.map(|entry| (entry.path, SkipReason::Generated)));
    survey.chosen.sort_by(|a, b| a.path.cmp(&b.path));
    let is_in = |unread: &Unread| {
        let inside = RepoPath::new(&unread.at).filter(|path| path.as_str() == unread.at);
        !inside.is_some_and(|path| exclude.cover(&path))
    };
    let patterns = 0..exclude.texts().len();
    survey.coverage.idle_exclude = patterns.filter(|pattern| !survey.used.contains(pattern)).collect();
    survey.coverage.unread = unread.into_iter().filter(is_in).collect();
    survey
}
