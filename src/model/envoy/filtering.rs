//! What the HTTP filters in front of the router do to a request.

use super::config::Action;
use super::filters::{Filter, FilterKind};
use super::run::{Asked, Run, unknown};
use crate::facts::HoleReason;
use crate::model::proxy::{Gate, Outcome};

impl<'c> Run<'c> {
    /// What the filters in front of the router answer by themselves.
    pub(super) fn filters(&mut self, filters: &'c [Filter], asked: &Asked<'c>) -> Option<Outcome> {
        let host = self.trail.host?;
        let route = self.trail.route?;
        let levels = [&route.settings, &host.settings, &self.table.settings];
        if !filters.iter().any(|filter| matches!(filter.kind, FilterKind::Cors)) {
            self.without_cors_filter();
        }
        for filter in filters.iter().filter(|filter| filter.is_active(&levels)) {
            match &filter.kind {
                FilterKind::Router(_) => return None,
                FilterKind::Passes => {}
                FilterKind::Gate(status) => self.trail.gates.push(Gate { place: filter.place, status: *status }),
                FilterKind::Buffer => {
                    if !matches!(asked, Asked::Nothing) {
                        return Some(unknown(HoleReason::Unsupported, filter.place));
                    }
                }
                FilterKind::OnWrites(why) => {
                    if !matches!(&*self.request.method, "GET" | "HEAD" | "OPTIONS") {
                        return Some(Outcome::Unknown(why.clone()));
                    }
                }
                FilterKind::Unknown(why) => return Some(Outcome::Unknown(why.clone())),
                // it leaves what routes answer themselves alone
                FilterKind::Cors if !matches!(route.action, Action::Forward(_)) => {}
                FilterKind::Cors => {
                    if let Some(outcome) = self.cors() {
                        return Some(outcome);
                    }
                }
            }
        }
        None
    }
}
