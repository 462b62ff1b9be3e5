//! wirelint follows every browser-to-backend connection of a repository and reports what breaks.
//!
//! The pipeline: [`walk`] lists files, [`engine`] parses them and collects [`facts`] until no file asks for another,
//! [`model`] links the facts into the wiring and follows every connection, [`rules`] turn causes into findings,
//! [`report`] renders them. wirelint connects to nothing.

pub mod base;
pub mod cli;
pub mod config;
pub mod engine;
pub mod facts;
pub mod model;
pub mod parse;
pub mod report;
pub mod rules;
pub mod walk;

use std::panic::{AssertUnwindSafe, catch_unwind};

use base::{RepoPath, Tree, panic_message};
use engine::{CollectSettings, IgnoredEnv};
use model::{ModelSettings, Wiring};
use rules::Finding;

/// What a run may be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is read.
    pub collect: CollectSettings,
    /// What is reported.
    pub rules: rules::Options,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// The wiring, for places, chains and coverage.
    pub wiring: Wiring,
    /// The findings, sorted by place.
    pub findings: Vec<Finding>,
}

/// Checks a tree. The result depends on the arguments alone.
#[must_use]
pub fn check(tree: &dyn Tree, settings: &Settings) -> Report {
    let wiring = wire(tree, settings);
    let findings = rules::run(&wiring, &settings.rules);
    Report { wiring, findings }
}

/// The wiring of a tree: facts, linked and followed.
#[must_use]
pub fn wire(tree: &dyn Tree, settings: &Settings) -> Wiring {
    let repository = engine::collect(tree, &settings.collect);
    let model = ModelSettings { local: settings.collect.ignored_env == IgnoredEnv::Read };
    match catch_unwind(AssertUnwindSafe(|| model::build(repository, &model))) {
        Ok(wiring) => wiring,
        Err(panic) => {
            // The facts went down with the model: a second collection is cheaper than a copy in every run.
            let repository = engine::collect(tree, &settings.collect);
            let mut wiring = Wiring { repository, local: model.local, ..Wiring::default() };
            let failure = (RepoPath::root(), format!("the model stopped: {}", panic_message(&*panic)));
            wiring.repository.coverage.internal_errors.push(failure);
            wiring
        }
    }
}
