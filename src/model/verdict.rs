//! One verdict: what a cause breaks on a wire is a hop that breaks, wherever the cause was found.

use super::{CauseId, Handshake, Hop, HopKind, Verdict, Wiring};

/// Writes the causes that name a wire into the hops of its handshakes.
pub(super) fn settle(wiring: &mut Wiring) {
    let mut found = Vec::new();
    for (id, cause) in (0u32..).map(CauseId).zip(&wiring.causes) {
        if !cause.kind.breaks() {
            continue;
        }
        for chain in &cause.chains {
            if let Some(wire) = chain.wire {
                found.push((id, wire, chain.hop.unwrap_or(HopKind::Location), cause.place, cause.kind.summary()));
            }
        }
    }
    for (id, (connection, deployment), hop, place, note) in found {
        let of_wire =
            |handshake: &&mut Handshake| handshake.connection == connection && handshake.deployment == deployment;
        let known = wiring.handshakes.iter().any(|handshake| {
            handshake.connection == connection
                && handshake.deployment == deployment
                && handshake.hops.iter().any(|hop| breaks_by(hop, id))
        });
        if known {
            continue;
        }
        for handshake in wiring.handshakes.iter_mut().filter(of_wire) {
            // A way that never comes to a proxy is not concerned.
            let Some(hop) = handshake.hops.iter_mut().rev().find(|it| it.kind == hop) else { continue };
            match &mut hop.verdict {
                Verdict::Breaks(causes) => causes.push(id),
                verdict => {
                    *verdict = Verdict::Breaks(vec![id]);
                    hop.note = note.to_owned();
                    if !hop.places.contains(&place) {
                        hop.places.push(place);
                    }
                }
            }
        }
    }
}

fn breaks_by(hop: &Hop, cause: CauseId) -> bool {
    matches!(&hop.verdict, Verdict::Breaks(causes) if causes.contains(&cause))
}
