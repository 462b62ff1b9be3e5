//! One verdict: what a cause breaks on a wire is a hop that breaks, wherever the cause was found.

use std::collections::BTreeMap;

use super::{CauseId, ConnectionId, DeploymentId, Hop, HopKind, Verdict, Wiring};

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
    let mut of_wire: BTreeMap<(ConnectionId, DeploymentId), Vec<usize>> = BTreeMap::new();
    for (index, handshake) in wiring.handshakes.iter().enumerate() {
        of_wire.entry((handshake.connection, handshake.deployment)).or_default().push(index);
    }
    for (id, wire, hop, place, note) in found {
        let ways = of_wire.get(&wire).map(Vec::as_slice).unwrap_or_default();
        let is_shown = |index: &usize| {
            wiring.handshakes.get(*index).is_some_and(|handshake| handshake.hops.iter().any(|hop| breaks_by(hop, id)))
        };
        if ways.iter().any(is_shown) {
            continue;
        }
        for index in ways {
            let Some(handshake) = wiring.handshakes.get_mut(*index) else { continue };
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
