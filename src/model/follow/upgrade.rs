//! The headers that reach the back end.

use super::walk::Walk;
use crate::model::nginx::{Proxied, Upgrade};
use crate::model::{Assumption, HopKind, NginxId};

impl Walk<'_> {
    pub(super) fn headers(&mut self, _id: NginxId, proxied: &Proxied, _assumptions: &[Assumption]) {
        if !self.connection.api.is_socket() {
            return;
        }
        let places = [proxied.location_place];
        match &proxied.upgrade {
            Upgrade::Carried => self.holds(HopKind::Headers, &places, "the upgrade is carried on"),
            Upgrade::Lost(lost) => self.unknown(HopKind::Headers, &places, lost.problem.clone()),
            Upgrade::Http10 { .. } => self.unknown(HopKind::Headers, &places, "forwarded as HTTP/1.0"),
            Upgrade::Unknown(unknown) => self.unknown(HopKind::Headers, &places, unknown.words()),
        }
    }
}
