//! The headers that reach the back end.

use super::network::{Network, Peer};
use super::walk::{Candidate, Walk};
use crate::facts::{Framework, ServerProgram};
use crate::model::proxy::{Http10Handshake, Proxied, Upgrade, upgrade_causes};
use crate::model::{Assumption, HopKind, ProxyId, Wiring};

impl Walk<'_> {
    pub(super) fn headers(&mut self, id: ProxyId, proxied: &Proxied, assumptions: &[Assumption]) {
        if !self.connection.api.is_socket() {
            return;
        }
        let places = [proxied.location_place];
        let causes = match self.wiring.proxies.get(id) {
            Some(instance) => {
                let http10 = refuses_http10(self.wiring, &self.network, id, proxied);
                upgrade_causes(instance, proxied, http10)
            }
            None => Vec::new(),
        };
        if causes.is_empty() {
            match &proxied.upgrade {
                Upgrade::Unknown(unknown) => self.unknown(HopKind::Headers, &places, unknown.words()),
                _ => self.holds(HopKind::Headers, &places, "the upgrade is carried on"),
            }
            return;
        }
        // It begins with plain requests, and stays with them.
        if self.polls_first() {
            if let Upgrade::Lost(lost) = &proxied.upgrade {
                let note = format!("socket.io stays with polling: {}", lost.problem);
                self.holds(HopKind::Headers, &places, note);
            } else {
                self.holds(HopKind::Headers, &places, "the upgrade is carried on");
            }
            return;
        }
        // Whoever does not refuse HTTP/1.0 takes the handshake.
        if let Upgrade::Http10 { .. } = &proxied.upgrade
            && causes.iter().all(|cause| !cause.kind.breaks())
        {
            self.holds(HopKind::Headers, &places, "the upgrade is carried on, in HTTP/1.0");
            return;
        }
        for cause in causes {
            let mut candidate = Candidate::new(cause.kind, cause.place, cause.key)
                .link(self.connection.place, format!("opens `{}`", self.url().display));
            for link in cause.links {
                candidate = candidate.link(link.place, link.shows);
            }
            // What the URL rests on does not matter to the headers: any socket through this location loses them.
            let candidate = candidate.resting_on(&cause.assumptions).resting_on(assumptions);
            let note = match &proxied.upgrade {
                Upgrade::Lost(lost) => lost.problem.clone(),
                Upgrade::Http10 { .. } => "the request goes on as HTTP/1.0".to_owned(),
                Upgrade::Carried | Upgrade::Unknown(_) => String::new(),
            };
            self.breaks(HopKind::Headers, candidate, note);
        }
    }
}

/// What the process behind the proxy does with HTTP/1.0 handshakes.
pub(super) fn refuses_http10(
    wiring: &Wiring,
    network: &Network<'_>,
    id: ProxyId,
    proxied: &Proxied,
) -> Http10Handshake {
    let service = network.service_of(id);
    let refuses = proxied.targets.iter().any(|target| {
        let (Some(host), Some(port)) = (&target.host, target.port) else { return false };
        let Peer::Listener(id) = network.upstream(service, host, port) else { return false };
        let Some(listener) = wiring.listeners.get(id.0 as usize) else { return false };
        listener.program == ServerProgram::Hypercorn
            || listener
                .apps
                .iter()
                .filter_map(|app| wiring.apps.get(app.0 as usize))
                .any(|app| app.framework == Framework::Websockets)
    });
    if refuses { Http10Handshake::Refused } else { Http10Handshake::Tolerated }
}
