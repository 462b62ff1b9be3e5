//! Answers under CORS to requests whose Origin a proxy takes out.

use std::sync::Arc;

use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::model::passage_causes::sends_without;
use crate::model::proxy::NGINX;
use crate::model::{CauseKind, ForwardedEffect, ForwardedProblem, HopKind, OriginPolicy};

impl Walk<'_> {
    /// The page gets headers only from a registration that sends them whoever asks.
    pub(super) fn answered_without_origin(&mut self, removed: Place, policies: &[&OriginPolicy]) {
        let sent: Vec<Option<bool>> = policies.iter().map(|policy| sends_without(policy)).collect();
        if sent.contains(&Some(true)) {
            self.holds(HopKind::Origin, &[removed], "the CORS headers are sent whoever asks");
            return;
        }
        let Some(policy) = policies.first().filter(|_| sent.iter().all(|one| *one == Some(false))) else {
            self.unknown(HopKind::Origin, &[removed], "what is sent to requests without an Origin is not known");
            return;
        };
        let passage = self.passages.last();
        let kind = CauseKind::MissingForwardedHeaders {
            by: passage.map_or(&NGINX, |passage| self.wiring.proxies.words(passage.proxy)),
            location: passage.map_or_else(|| Arc::from("/"), |passage| passage.proxied.location.clone()),
            problem: ForwardedProblem::NoOrigin,
            effect: ForwardedEffect::AnswersUnread,
        };
        let candidate = Candidate::new(kind, removed, "Origin")
            .link(self.connection.place, format!("asks for `{}`", self.url().display))
            .link(policy.place, "sends headers only where an Origin comes")
            .resting_on(&self.url().assumptions);
        self.breaks(HopKind::Origin, candidate, "the proxy removes the Origin that the back end answers with");
    }
}
