//! Whether a socket.io server has the namespace that a client asks for.

use std::sync::Arc;

use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::Protocol;
use crate::model::{CauseKind, RouteId, Wiring};

impl Walk<'_> {
    /// Whether the client asks for a namespace, and those of the repository's servers are not all known by name.
    pub(super) fn may_lack_namespace(&self) -> bool {
        let known = self.wiring.index.namespaces(self.wiring).0.as_deref();
        self.url().namespace.as_ref().is_some_and(|wanted| match known {
            None => true,
            Some(known) => known.iter().all(|(name, _)| **name != **wanted),
        })
    }

    /// The fault of a namespace that no code of the repository makes, where all of the server's code is seen.
    pub(super) fn unknown_namespace(&self, routes: &[RouteId]) -> Option<(Candidate, String)> {
        let wanted = self.url().namespace.clone()?;
        let found: Vec<_> = routes.iter().filter_map(|id| self.route(*id)).collect();
        let is_whole =
            |app: &crate::model::AppId| self.wiring.apps.get(app.0 as usize).is_some_and(|app| app.open.is_empty());
        if found.is_empty() || !found.iter().all(|it| it.protocol == Protocol::SocketIo && is_whole(&it.app)) {
            return None;
        }
        let known = self.wiring.index.namespaces(self.wiring).0.as_deref()?;
        if known.iter().any(|(name, _)| **name == *wanted) {
            return None;
        }
        let note = format!("the server has no namespace `{wanted}`");
        let mut names: Vec<Arc<str>> = known.iter().map(|(name, _)| Arc::clone(name)).collect();
        names.sort();
        names.dedup();
        let route = found.first()?;
        let kind = CauseKind::UnknownNamespace { namespace: wanted, known: names };
        let place = self.url().path.places().last().copied().unwrap_or(self.connection.url_place);
        let mut candidate = Candidate::new(kind, place, "namespace")
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(route.place, "the server")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        if let Some((_, place)) = known.first() {
            candidate = candidate.link(*place, "a namespace that there is");
        }
        Some((candidate, note))
    }
}

/// The namespaces of the repository, with the places that make them; `None` where one of them may have any name.
#[derive(Debug)]
pub struct Namespaces(Option<Vec<(Arc<str>, Place)>>);

impl Namespaces {
    /// Those of a repository.
    pub fn new(wiring: &Wiring) -> Self {
        let files = wiring.repository.iter().filter(|(_, facts)| facts.role.speaks());
        let named = files
            .flat_map(|(file, facts)| facts.namespaces.iter().map(move |fact| (file, fact)))
            .map(|(file, fact)| Some((fact.name.clone()?, Place::new(file, fact.span))));
        Self(named.collect())
    }
}
