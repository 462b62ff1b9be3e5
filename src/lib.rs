//! wirelint follows every browser-to-backend connection of a repository and reports what breaks.
//!
//! The pipeline: [`walk`] lists files, [`engine`] parses them and collects [`facts`] until no file asks for another,
//! [`model`] links the facts into the wiring and follows every connection, [`rules`] turn causes into findings,
//! [`report`] renders them. [`cli`] and [`lsp`] are the ways in: a command line and a server for editors. wirelint connects to nothing.

pub mod apply;
pub mod base;
pub mod cli;
pub mod config;
pub mod engine;
pub mod facts;
pub mod fix;
pub mod lsp;
pub mod model;
pub mod parse;
pub mod past;
pub mod report;
pub mod rules;
mod stated;
pub mod suppress;
pub mod walk;

use std::num::NonZeroUsize;

use base::{RepoPath, Tree, on_deep_stack};
use config::Config;
pub use engine::{Again, IgnoredEnv, Kept};
use model::{Declared, ModelSettings, Wiring};
use rules::{Finding, Suppressions};

/// What a run may be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which rules, which files, which suppressions.
    pub config: Config,
    /// Whether git-ignored env files are read.
    pub ignored_env: IgnoredEnv,
    /// Whether suppressions count.
    pub suppressions: Suppressions,
    /// At most so many threads; the result does not depend on it.
    pub threads: NonZeroUsize,
}

impl Settings {
    /// A run on one thread as the repository's people configured it.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let suppressions = Suppressions::Apply;
        Self { config, ignored_env: IgnoredEnv::LeaveOut, suppressions, threads: NonZeroUsize::MIN }
    }
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// The wiring, for places, chains and coverage.
    pub wiring: Wiring,
    /// The findings, sorted by place; suppressed ones are among them.
    pub findings: Vec<Finding>,
}

/// What a run does, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Files become facts.
    Read,
    /// Facts become the wiring.
    Link,
    /// The wiring is judged.
    Judge,
}

impl Stage {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Link => "link",
            Self::Judge => "judge",
        }
    }
}

/// Checks a tree. The result depends on the arguments alone.
#[must_use]
pub fn check(tree: &dyn Tree, settings: &Settings) -> Report {
    check_in_stages(tree, settings, &mut |_| {})
}

/// The same, and calls `ended` at the end of each stage.
#[must_use]
pub fn check_in_stages(tree: &dyn Tree, settings: &Settings, ended: &mut dyn FnMut(Stage)) -> Report {
    judged(wired(tree, settings, None, ended), settings, ended)
}

/// The same for a tree that was checked before: what is known of it is used, and what comes out is the same. `None` when nobody
/// waits for it any more.
#[must_use]
pub fn check_again(
    tree: &dyn Tree,
    settings: &Settings,
    again: &Again,
    ended: &mut dyn FnMut(Stage),
) -> Option<Report> {
    let wiring = wired(tree, settings, Some(again), ended);
    (!again.cancel.is_cancelled()).then(|| judged(wiring, settings, ended))
}

fn judged(wiring: Wiring, settings: &Settings, ended: &mut dyn FnMut(Stage)) -> Report {
    let findings = rules::run(&wiring, &stated::rule_options(&settings.config, settings.suppressions, &wiring));
    ended(Stage::Judge);
    Report { wiring, findings }
}

/// The wiring of a tree: facts, linked and followed.
#[must_use]
pub fn wire(tree: &dyn Tree, settings: &Settings) -> Wiring {
    wire_in_stages(tree, settings, &mut |_| {})
}

/// What of a tree is read.
fn collect_settings(settings: &Settings, again: Option<&Again>) -> engine::CollectSettings {
    engine::CollectSettings {
        threads: settings.threads,
        ignored_env: settings.ignored_env,
        exclude: settings.config.exclude.clone(),
        roles: stated::roles(&settings.config),
        always: settings.config.file.clone(),
        always_named: config::FILE_NAME,
        again: again.cloned(),
    }
}

/// The same, and calls `ended` at the end of each stage.
#[must_use]
pub fn wire_in_stages(tree: &dyn Tree, settings: &Settings, ended: &mut dyn FnMut(Stage)) -> Wiring {
    wired(tree, settings, None, ended)
}

fn wired(tree: &dyn Tree, settings: &Settings, again: Option<&Again>, ended: &mut dyn FnMut(Stage)) -> Wiring {
    let collect = collect_settings(settings, again);
    let repository = engine::collect(tree, &collect);
    ended(Stage::Read);
    let local = settings.ignored_env == IgnoredEnv::Read;
    let declared = Declared { file: settings.config.file.clone(), ..settings.config.declared.clone() };
    let cancel = again.map(|again| again.cancel.clone()).unwrap_or_default();
    let model = ModelSettings { local, declared, cancel };
    let wiring = match on_deep_stack(|| model::build(repository, &model)) {
        Ok(wiring) => wiring,
        Err(problem) => {
            // The facts went down with the model: a second collection is cheaper than a copy in every run.
            let repository = engine::collect(tree, &collect);
            let mut wiring = Wiring { repository, local: model.local, ..Wiring::default() };
            let failure = (RepoPath::root(), format!("the model stopped: {problem}"));
            wiring.repository.coverage.internal_errors.push(failure);
            wiring
        }
    };
    ended(Stage::Link);
    wiring
}
