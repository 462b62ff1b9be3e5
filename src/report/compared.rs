//! What a run was compared with, for every format to tell of.

use super::{Detail, View};
use crate::base::counted;

/// What the findings were compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// A file of findings that are known.
    pub baseline: Option<ComparedBaseline>,
    /// An earlier commit.
    pub since: Option<ComparedCommit>,
}

/// A baseline file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedBaseline {
    /// The file, as it was named.
    pub file: String,
    /// Its entries that no finding matches any more.
    pub stale: Vec<Stale>,
}

/// An entry of a baseline that no finding matches any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The rule's id, as it is written there.
    pub rule: String,
    /// The path, as it is written there.
    pub path: String,
    /// What was found.
    pub message: String,
}

impl Stale {
    /// `nginx.conf misplaced-directive: what was found`.
    #[must_use]
    pub fn words(&self) -> String {
        let path = if self.path.is_empty() { "." } else { &self.path };
        format!("{path} {}: {}", self.rule, self.message)
    }
}

/// An earlier commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedCommit {
    /// The revision, as it was named.
    pub revision: String,
    /// The first digits of the commit; none when the branch has none yet.
    pub commit: Option<String>,
    /// How that commit was chosen.
    pub chosen: Chosen,
}

/// How the commit that is compared with was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// It is the one that was named.
    Named,
    /// It is the newest one that the named one and `HEAD` have in common.
    MergeBase,
}

impl ComparedCommit {
    /// ``commit 1a2b3c4d5e6f, where this branch left `origin/main` ``.
    #[must_use]
    pub fn words(&self) -> String {
        match (&self.commit, self.chosen) {
            (None, _) => "nothing, because this branch has no commit yet".to_owned(),
            (Some(commit), Chosen::Named) => format!("commit {commit} (`{}`)", self.revision),
            (Some(commit), Chosen::MergeBase) => {
                format!("commit {commit}, the newest one that `{}` and HEAD have in common", self.revision)
            }
        }
    }
}

/// What the findings were compared with, and what of it is out of date, below the summary for people.
pub(super) fn text(view: &View<'_>, detail: Detail) -> String {
    let Some(compared) = view.compared() else { return String::new() };
    let mut out = String::new();
    if let Some(since) = &compared.since {
        out.push_str(&view.prose(&format!("Compared with {}.", since.words())));
        out.push('\n');
    }
    if let Some(baseline) = compared.baseline.as_ref().filter(|baseline| !baseline.stale.is_empty()) {
        let (verb, them) = if baseline.stale.len() == 1 { ("matches", "it") } else { ("match", "them") };
        let count = counted(baseline.stale.len(), "entry", "entries");
        let file = view.prose(&baseline.file);
        out.push_str(&format!(
            "{count} of {file} {verb} nothing any more (`wirelint baseline prune {file}` removes {them})\n"
        ));
        let room = if detail == Detail::Full { usize::MAX } else { 0 };
        for stale in baseline.stale.iter().take(room) {
            out.push_str(&format!("  {}\n", view.prose(&stale.words())));
        }
    }
    out
}
