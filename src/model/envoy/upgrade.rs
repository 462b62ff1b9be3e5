//! What becomes of an upgrade.

use std::sync::Arc;

use super::config::UpgradeRule;
use super::run::{Asked, Run, refusal};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::Sent;

impl<'c> Run<'c> {
    /// What becomes of an upgrade: a route's own word comes before that of the manager.
    pub(super) fn asked(&self, rules: &'c [UpgradeRule]) -> Asked<'c> {
        let protocol = match self.upgrade() {
            Ok(Some(protocol)) => protocol,
            Ok(None) => return Asked::Nothing,
            Err(_) => return Asked::Unknown,
        };
        let named =
            |rules: &'c [UpgradeRule]| rules.iter().rev().find(|rule| rule.name.eq_ignore_ascii_case(&protocol));
        let (own, usual) = (named(rules), named(&self.manager.upgrades));
        let filters = usual.and_then(|rule| rule.filters.as_ref()).unwrap_or(&self.manager.filters);
        match (own, usual) {
            (Some(rule), _) if !rule.enabled => {
                Asked::Refused(rule.place, format!("`upgrade_configs` of the route switches `{protocol}` off"))
            }
            (Some(_), _) => Asked::Allowed(filters),
            (None, Some(rule)) if rule.enabled => Asked::Allowed(filters),
            (None, Some(rule)) => Asked::Refused(rule.place, format!("`upgrade_configs` switches `{protocol}` off")),
            (None, None) => Asked::Refused(
                self.trail.route.map_or(self.manager.place, |route| route.place),
                format!("neither the connection manager nor the route has `upgrade_configs` for `{protocol}`"),
            ),
        }
    }

    /// What the manager says to an upgrade that it refuses, when no route is asked.
    pub(super) fn refused_by_manager(&self) -> Option<(Place, String)> {
        match self.asked(&[]) {
            Asked::Refused(place, words) => Some((place, refusal(&words))),
            _ => None,
        }
    }

    /// What a request asks to switch to.
    pub(super) fn upgrade(&self) -> Result<Option<Arc<str>>, HoleReason> {
        let connection = match self.headers.joined("connection") {
            Sent::Text(text) => text,
            Sent::Nothing => return Ok(None),
            Sent::Unknown => return Err(HoleReason::Runtime),
        };
        if !connection.split(',').any(|token| token.trim().eq_ignore_ascii_case("upgrade")) {
            return Ok(None);
        }
        match self.headers.get("upgrade") {
            Sent::Text(protocol) => Ok(Some(protocol)),
            Sent::Nothing => Ok(None),
            Sent::Unknown => Err(HoleReason::Runtime),
        }
    }
}
