//! The files that are proposed.
#![allow(clippy::disallowed_methods)] // asks which of them are there

use std::path::Path;

use super::configuration;
use super::seen::{Builds, Seen};
use crate::base::{RepoPath, Tree};
use crate::config::FILE_NAME;
use crate::model::Wiring;

/// The workflow, with a word in the place of the release.
const WORKFLOW: &str = include_str!("workflow.yml");
/// That word.
const RELEASE: &str = "COMMIT";

/// A file, or lines for one that is there.
pub struct Proposal {
    /// The file.
    pub path: RepoPath,
    /// What it is for.
    pub purpose: &'static str,
    /// What is in it, or is to be put into it.
    pub text: String,
    /// Whether it is there.
    pub place: Place,
}

/// Whether a file is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is not.
    New,
    /// It is, and this says what to do with the lines.
    Exists(&'static str),
}

/// What is proposed for a repository and is not there yet.
pub fn all(root: &Path, tree: &dyn Tree, wiring: &Wiring, seen: &Seen) -> Vec<Proposal> {
    let repository = Repository { root, tree };
    let all =
        [repository.configuration(wiring), repository.hook(), repository.workflow(wiring, seen), repository.job(seen)];
    all.into_iter().flatten().collect()
}

/// What the files are put into.
struct Repository<'a> {
    root: &'a Path,
    tree: &'a dyn Tree,
}

impl Repository<'_> {
    fn configuration(&self, wiring: &Wiring) -> Option<Proposal> {
        let path = RepoPath::new(FILE_NAME)?;
        let text = configuration::text(wiring);
        let purpose = "how this repository is checked";
        (!self.has(&path)).then_some(Proposal { path, purpose, text, place: Place::New })
    }

    fn hook(&self) -> Option<Proposal> {
        let path = RepoPath::new(".pre-commit-config.yaml")?;
        let purpose = "pre-commit judges what each commit brings";
        let entry = format!(
            "  - repo: https://github.com/wirelint/wirelint{}\n    rev: {}\n    hooks:\n      - id: wirelint\n",
            if is_released() { "" } else { "   # or the path of a clone" },
            release()
        );
        if !self.root.join(".git").exists() || self.mentions(&path) {
            return None;
        }
        Some(match self.has(&path) {
            true => Proposal { path, purpose, text: entry, place: Place::Exists("add this to `repos`") },
            false => Proposal { path, purpose, text: format!("repos:\n{entry}"), place: Place::New },
        })
    }

    fn workflow(&self, wiring: &Wiring, seen: &Seen) -> Option<Proposal> {
        let folder = RepoPath::new(".github/workflows")?;
        let path = folder.join("wirelint.yml")?;
        let mut workflows = wiring.repository.paths.iter().filter(|path| path.is_under(&folder));
        let is_at_home = seen.is_on_github || seen.builds.contains(&Builds::GitHub);
        if !is_at_home || self.has(&path) || workflows.any(|path| self.mentions(path)) {
            return None;
        }
        let purpose = "GitHub Actions marks findings in pull requests and in code scanning";
        Some(Proposal { path, purpose, text: WORKFLOW.replace(RELEASE, &release()), place: Place::New })
    }

    fn job(&self, seen: &Seen) -> Option<Proposal> {
        let path = RepoPath::new(".gitlab-ci.yml")?;
        if !seen.builds.contains(&Builds::GitLab) || self.mentions(&path) {
            return None;
        }
        let purpose = "a job that needs an image with wirelint, for the code quality report of merge requests";
        let report = "gl-code-quality-report.json";
        let text = format!(
            "wirelint:\n  script:\n    - wirelint check --exit-zero --format gitlab --output {report}\n  artifacts:\n    reports:\n      \
             codequality: {report}\n"
        );
        Some(Proposal { path, purpose, text, place: Place::Exists("add this to it") })
    }

    /// Whether something of that name is there, be it a link.
    fn has(&self, path: &RepoPath) -> bool {
        path.parts().fold(self.root.to_path_buf(), |file, part| file.join(part)).symlink_metadata().is_ok()
    }

    /// Whether a file speaks of wirelint already.
    fn mentions(&self, path: &RepoPath) -> bool {
        let mut bytes = Vec::new();
        self.tree.read(path, &mut bytes).is_ok() && String::from_utf8_lossy(&bytes).contains("wirelint")
    }
}

/// Whether a release has the version of this program.
fn is_released() -> bool {
    !env!("CARGO_PKG_VERSION").contains('-')
}

/// What of wirelint's own repository is used: the release that this program is of. Where there is none, people fill in the commit that
/// they have.
fn release() -> String {
    match is_released() {
        true => concat!("v", env!("CARGO_PKG_VERSION")).to_owned(),
        false => format!("{RELEASE}   # no release has this version: `git rev-parse HEAD` in a clone of wirelint"),
    }
}
