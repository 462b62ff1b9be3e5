//! What `wirelint.toml` states about the world outside the repository's files.

use super::nginx::NginxVersion;

/// Statements of the repository's people. A file of the repository that says otherwise is believed first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The version of every nginx that no image tag fixes.
    pub nginx_version: Option<NginxVersion>,
}
