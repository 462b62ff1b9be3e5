//! The directives that are in effect for a request.

use super::servers::Server;
use super::tree::{Block, Directive};
use crate::base::Place;

/// Levels whose directives hold for a request, the later ones above the earlier ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'a> {
    pub levels: Vec<&'a Block>,
}

impl<'a> Scope<'a> {
    /// What holds for every request to a server.
    pub fn of(server: Server<'a>) -> Self {
        Self { levels: server.levels() }
    }

    /// With these levels on top.
    pub fn with(&self, more: impl IntoIterator<Item = &'a Block>) -> Self {
        Self { levels: self.levels.iter().copied().chain(more).collect() }
    }

    /// The directive of this name that is in effect: the last one.
    pub fn last(&self, name: &str) -> Option<&'a Directive> {
        self.levels.iter().rev().find_map(|level| level.last(name))
    }

    /// All directives of these names, in the order in which they come into effect.
    pub fn all(&self, names: &[&str]) -> Vec<&'a Directive> {
        self.levels.iter().flat_map(|level| level.named(names)).collect()
    }

    /// Whether a flag is on; `None` when nothing says so or a placeholder does.
    pub fn flag(&self, name: &str) -> Option<bool> {
        let directive = self.last(name)?;
        let value = directive.arg(0)?;
        Some(value.eq_ignore_ascii_case("on"))
    }

    /// The level on top.
    pub fn top(&self) -> Option<&'a Block> {
        self.levels.last().copied()
    }

    /// The line that opens the level on top.
    pub fn place(&self) -> Option<Place> {
        self.top().map(|level| level.place)
    }
}
