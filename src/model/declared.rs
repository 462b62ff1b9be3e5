//! What `wirelint.toml` states about the world outside the repository's files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::PageScheme;
use super::caddy::CaddyVersion;
use super::nginx::NginxVersion;
use super::traefik::TraefikVersion;
use crate::base::{FileId, Place, RepoPath, Span};

/// A statement that stands for itself, as far as it can apply to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statement {
    /// The version of nginx.
    NginxVersion,
    /// The version of Caddy.
    CaddyVersion,
    /// The version of Traefik.
    TraefikVersion,
}

/// A value with the place that states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeclaredVersion<V> {
    /// The version.
    pub version: V,
    /// Where it is stated.
    pub span: Span,
}

/// What the name of a host stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredHost {
    /// The name, in lower case.
    pub name: Arc<str>,
    /// What it is.
    pub is: HostIs,
    /// Where that is stated.
    pub span: Span,
}

/// What a host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostIs {
    /// The machine that the deployment runs on.
    ThisMachine,
    /// A service, by its name.
    Service(Arc<str>),
}

/// Statements of the repository's people. A file of the repository that says otherwise is believed first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The file that states them, when it is in the tree.
    pub file: Option<RepoPath>,
    /// The version of every nginx that no image tag fixes.
    pub nginx_version: Option<DeclaredVersion<NginxVersion>>,
    /// The version of every Caddy.
    pub caddy_version: Option<DeclaredVersion<CaddyVersion>>,
    /// The version of every Traefik that no image tag fixes.
    pub traefik_version: Option<DeclaredVersion<TraefikVersion>>,
    /// What hosts are called.
    pub hosts: Vec<DeclaredHost>,
    /// Where pages are served from.
    pub pages: Vec<DeclaredPage>,
}

/// An origin that browsers load pages from in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredPage {
    /// Its scheme.
    pub scheme: PageScheme,
    /// Its host.
    pub host: Arc<str>,
    /// Its port.
    pub port: u16,
    /// The folder of the front ends whose pages they are; the root for all.
    pub folder: RepoPath,
    /// Where that is stated.
    pub span: Span,
}

/// What hosts are called, and which of these names were asked for.
#[derive(Debug, Default)]
pub struct HostNames {
    names: BTreeMap<Arc<str>, (usize, HostIs)>,
    /// Where they are stated, when that is in the tree.
    places: Vec<Option<Place>>,
    asked: Mutex<BTreeSet<usize>>,
}

impl HostNames {
    /// The names that are stated in a file; of two equal ones the first counts.
    #[must_use]
    pub fn new(hosts: &[DeclaredHost], file: Option<FileId>) -> Self {
        let mut names = BTreeMap::new();
        for (index, host) in hosts.iter().enumerate() {
            names.entry(host.name.clone()).or_insert_with(|| (index, host.is.clone()));
        }
        let places = hosts.iter().map(|host| Some(Place::new(file?, host.span))).collect();
        Self { names, places, asked: Mutex::default() }
    }

    /// What a host is that something of the repository asks for, in any case.
    #[must_use]
    pub fn of(&self, host: &str) -> Option<&HostIs> {
        if self.names.is_empty() {
            return None;
        }
        let (index, is) = self.names.get(host.to_ascii_lowercase().as_str())?;
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(*index);
        Some(is)
    }

    /// Where it is stated what a host is.
    #[must_use]
    pub fn place(&self, host: &str) -> Option<Place> {
        let (index, _) = self.names.get(host.to_ascii_lowercase().as_str())?;
        self.places.get(*index).copied().flatten()
    }

    /// Whether something asked for the name of this number.
    #[must_use]
    pub fn is_asked(&self, index: usize) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains(&index)
    }
}
