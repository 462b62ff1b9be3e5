//! CORS behind a login that refuses what browsers ask ahead: of whatever comes with the header that the login wants.

use super::chain;
use crate::facts::{Asks, GateVerdict};
use crate::model::{Admits, Cause, CauseKind, OriginPolicy, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    for policy in wiring.policies.iter().filter(|policy| lets_somebody_in(policy)) {
        if !wiring.repository.may_be_accused(policy.place.file) {
            continue;
        }
        let refuses = |layer: &&crate::model::Layer| {
            layer.verdict == GateVerdict::Refuses(Asks::Header) && layer.prefix.is_none() && layer.is_before(policy)
        };
        let Some(layer) = wiring.layers.iter().find(refuses) else { continue };
        causes.push(Cause {
            kind: CauseKind::CorsBehindLogin { layer: layer.name.clone() },
            place: policy.place,
            key: "order".to_owned(),
            chains: vec![chain([(layer.registered.place, "answers before it")])],
            assumptions: Vec::new(),
        });
    }
    causes
}

fn lets_somebody_in(policy: &OriginPolicy) -> bool {
    match &policy.admits {
        Admits::List { entries, patterns, .. } => !entries.is_empty() || !patterns.is_empty(),
        Admits::Any(_) | Admits::Reflected(_) => true,
        Admits::SameOrigin | Admits::Nobody | Admits::Unchecked(_) | Admits::Unknown(_) => false,
    }
}
