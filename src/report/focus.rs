//! What of a repository is shown.

use crate::base::{Place, RepoPath};
use crate::model::Wiring;
use crate::rules::Finding;

/// Which findings are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Focus {
    /// All.
    Everything,
    /// Those with a place in one of these files or folders.
    Paths(Vec<RepoPath>),
}

impl Focus {
    /// Whether a file is in it.
    #[must_use]
    pub fn holds(&self, path: &RepoPath) -> bool {
        match self {
            Self::Everything => true,
            Self::Paths(paths) => paths.iter().any(|part| path.is_under(part)),
        }
    }

    /// Whether a finding is shown. One that no file has is always shown.
    #[must_use]
    pub fn covers(&self, wiring: &Wiring, finding: &Finding) -> bool {
        let inside = |place: &Place| {
            let facts = wiring.repository.get(place.file);
            facts.is_none_or(|facts| self.holds(&facts.path))
        };
        inside(&finding.place) || finding.chains.iter().flat_map(|chain| &chain.links).any(|(place, _)| inside(place))
    }
}
