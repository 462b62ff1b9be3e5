//! What `wirelint.toml` states about the world outside the repository's files.

use std::sync::Arc;

use super::PageScheme;
use super::caddy::CaddyVersion;
use super::nginx::NginxVersion;
use crate::base::{RepoPath, Span};

/// Statements of the repository's people. A file of the repository that says otherwise is believed first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The file that states them, when it is in the tree.
    pub file: Option<RepoPath>,
    /// The version of every nginx that no image tag fixes.
    pub nginx_version: Option<NginxVersion>,
    /// The version of every Caddy.
    pub caddy_version: Option<CaddyVersion>,
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
