//! Pages that an allow-list holds by another name of their machine: `localhost` and `127.0.0.1` are two origins.

use std::sync::Arc;

use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::model::{CauseKind, OriginEntry};

impl Walk<'_> {
    /// What to tell of the entry that was meant for the page. By which of the two names people open it is theirs to choose, so that
    /// nothing breaks for certain.
    pub(super) fn other_name(&self, origin: &str, list: Place, entry: &OriginEntry) -> Option<Candidate> {
        let judged = |place: &&Place| self.wiring.repository.may_be_accused(place.file);
        let at = entry.places.iter().find(judged).copied().or_else(|| Some(list).filter(|place| judged(&place)))?;
        let kind = CauseKind::LoopbackAliasMismatch { origin: Arc::from(origin), entry: Arc::clone(&entry.text) };
        let mut candidate = Candidate::new(kind, at, origin).link(list, "the list");
        if let Some(page) = self.page {
            for known in [page.scheme_places(), page.port_places()] {
                candidate = candidate.links(known, "the page is served here");
            }
        }
        let opens = format!("opens `{}`", self.url().display);
        Some(candidate.link(self.connection.place, opens).resting_on(&self.url().assumptions))
    }
}
