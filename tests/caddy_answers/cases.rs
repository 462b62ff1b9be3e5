//! Cases with the answers of a real Caddy: Caddyfiles, requests, answers, in text files.

#![allow(dead_code, reason = "each of the two harnesses uses a part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use wirelint::Report;
use wirelint::base::{Limits, RepoPath};
use wirelint::model::caddy::{CaddyInstance, CaddyVersion, discover};

/// The Caddy whose main file is the folder's, of a release and in an environment.
pub fn instance(
    report: &Report,
    version: Option<CaddyVersion>,
    environment: &BTreeMap<Arc<str>, Arc<str>>,
) -> CaddyInstance {
    let repository = &report.wiring.repository;
    let main = repository.find(&RepoPath::new("Caddyfile").expect("inside")).expect("a Caddyfile");
    let limits = Limits::default();
    let found = discover(repository, &limits).into_iter().find(|instance| instance.root == main).expect("an instance");
    found.configured(repository, environment.clone(), version, &limits)
}
