//! What a file is and what it may prove, from its path; for a few names also from its first look.

mod kind;
mod role;
mod sniff;

use super::{Entry, RepoPath, Tracking};

pub use kind::{TEMPLATE_SUFFIXES, is_tool_configuration, kind_of, possible_kind, ships_with_nginx};
pub use role::{is_test_word, role_of};
pub use sniff::{confirmed_kind, is_binary};

impl Entry {
    /// The entry of a file of the repository, classified by its path.
    #[must_use]
    pub fn classify(path: RepoPath, size: u64, tracking: Tracking) -> Self {
        let kind = kind_of(&path);
        let role = role_of(&path, kind);
        Self { path, size, kind, role, tracking }
    }
}
