//! What `wirelint check` compares its findings with.

use std::path::Path;

use super::Failure;
use super::args::PastArgs;
use super::baseline::{self, Asked};
use super::tree::Opened;
use crate::base::Tree;
use crate::past::{Baseline, Before, Changed, Overlay, mark};
use crate::report::{Chosen, Compared, ComparedBaseline, ComparedCommit, fingerprints};
use crate::rules::BaselineState;
use crate::walk::{RevisionError, RevisionTree, without_files};
use crate::{IgnoredEnv, Report, Settings};

/// What was asked for, read before the work begins: a wrong name is told of at once.
pub struct Past {
    baseline: Option<(String, Baseline)>,
    since: Option<(String, RevisionTree)>,
}

impl Past {
    /// Reads what the arguments name.
    pub fn open(opened: &Opened, options: &PastArgs) -> Result<Self, Failure> {
        let named = |file: &Path| file.display().to_string();
        let baseline = options.baseline.as_deref();
        let baseline = baseline.map(|file| Ok::<_, Failure>((named(file), baseline::read(file)?))).transpose()?;
        let since = options.since.as_ref().map(|revision| {
            let tree = RevisionTree::since(opened.root(), revision);
            tree.map(|tree| (revision.clone(), tree)).map_err(failure)
        });
        Ok(Self { baseline, since: since.transpose()? })
    }

    /// Whether there is something to compare with.
    pub fn is_asked(&self) -> bool {
        self.baseline.is_some() || self.since.is_some()
    }

    /// Marks what is known among the findings of a run, which are all of it; nothing when nothing was asked for. Fails when not
    /// all of the earlier commit is there.
    pub fn compare(
        &self,
        opened: &Opened,
        settings: &Settings,
        report: &mut Report,
    ) -> Result<Option<Compared>, Failure> {
        if !self.is_asked() {
            return Ok(None);
        }
        stamp(&*opened.tree, report);
        let mut compared = Compared::default();
        if let Some((file, baseline)) = &self.baseline {
            let matched = baseline.apply(&mut report.findings);
            let asked = Asked::new(opened, settings, report);
            let stale = matched.missed.iter().filter(|entry| asked.covers(entry)).map(Into::into).collect();
            compared.baseline = Some(ComparedBaseline { file: file.clone(), stale });
        }
        if let Some((revision, tree)) = &self.since {
            // Without a finding, nothing can be old. What is suppressed has a state as well.
            if !report.findings.is_empty() {
                since(opened, settings, tree, report)?;
            }
            let chosen = if tree.is_named() { Chosen::Named } else { Chosen::MergeBase };
            let commit = tree.commit().map(str::to_owned);
            compared.since = Some(ComparedCommit { revision: revision.clone(), commit, chosen });
        }
        Ok(Some(compared))
    }
}

/// Gives each finding its fingerprint, while all of the run are there.
pub fn stamp(tree: &dyn Tree, report: &mut Report) {
    let prints = fingerprints(tree, &report.wiring, &report.findings);
    for (finding, print) in report.findings.iter_mut().zip(prints) {
        finding.fingerprint = Some(print);
    }
}

fn since(opened: &Opened, settings: &Settings, tree: &RevisionTree, report: &mut Report) -> Result<(), Failure> {
    // What was a submodule and is none any more came with the change.
    let submodules = without_files(opened.root(), tree.submodules());
    // What no commit has is on this machine for both: it did not come with the change.
    let is_local = settings.ignored_env == IgnoredEnv::Read;
    let overlay = (opened.is_on_disk() && (is_local || !submodules.is_empty()))
        .then(|| Overlay::new(tree, &*opened.tree, submodules, settings.threads));
    let old: &dyn Tree = overlay.as_ref().map_or(tree, |overlay| overlay);
    let before = crate::check(old, settings);
    let prints = fingerprints(old, &before.wiring, &before.findings);
    mark(&mut report.findings, Before::new(&before.findings, prints));
    tree.complete().map_err(failure)?;
    let changed = Changed::new(old, &*opened.tree);
    for finding in &mut report.findings {
        if finding.state == Some(BaselineState::New) {
            finding.anchor = changed.anchor(&report.wiring, finding);
        }
    }
    Ok(())
}

fn failure(error: RevisionError) -> Failure {
    Failure::Message(format!("--since: {error}"))
}
