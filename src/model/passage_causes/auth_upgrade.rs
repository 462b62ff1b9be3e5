//! Handshakes before which nginx asks an authentication service, with a question that is a handshake too.

use std::sync::Arc;

use crate::facts::Protocol;
use crate::model::nginx::NginxInstance;
use crate::model::proxy::Upgrade;
use crate::model::{Cause, CauseKind, Chain, HopKind, Link, Passage, Wiring};

/// The causes on all handshakes whose upgrade comes through.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    wiring.passages.iter().filter_map(|passage| cause(wiring, passage)).collect()
}

fn cause(wiring: &Wiring, passage: &Passage) -> Option<Cause> {
    let carried = matches!(passage.proxied.upgrade, Upgrade::Carried | Upgrade::Http10 { .. });
    if passage.request.protocol != Protocol::WebSocket || !carried {
        return None;
    }
    let instance = wiring.proxies.one::<NginxInstance>(passage.proxy).filter(|instance| instance.accusable)?;
    let found = instance.auth_upgrade(passage.proxied.level)?;
    let accused = wiring.repository.may_be_accused(found.place.file);
    if !accused || instance.tree.conditions.iter().any(|condition| condition.file == found.place.file) {
        return None;
    }
    let mut links = passage.links.clone();
    links.push(Link { place: found.asks, shows: "asks before the handshake goes on".to_owned() });
    links.push(Link { place: found.header, shows: "goes with the question too".to_owned() });
    links.retain(|link| link.place != found.place);
    Some(Cause {
        kind: CauseKind::AuthRequestUpgrade {
            location: Arc::clone(&found.location),
            asked_for: Arc::clone(&passage.proxied.location),
        },
        place: found.place,
        key: found.location.to_string(),
        chains: vec![Chain { wire: passage.wire, hop: passage.wire.map(|_| HopKind::Headers), links }],
        assumptions: passage.assumptions.clone(),
    })
}
