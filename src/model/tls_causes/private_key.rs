//! Private keys that are part of the repository.

use super::chain;
use crate::base::{Place, Tracking};
use crate::model::{Cause, CauseKind, Wiring};

/// The causes: one for each file.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let tracked = wiring
        .repository
        .iter()
        .filter(|(_, facts)| facts.role.may_be_accused() && facts.tracking == Tracking::Tracked);
    let first = tracked.filter_map(|(file, facts)| Some(Place::new(file, *facts.private_keys.first()?)));
    first
        .map(|place| Cause {
            kind: CauseKind::CommittedPrivateKey,
            place,
            key: String::new(),
            chains: vec![chain([(place, "a private key")])],
            assumptions: Vec::new(),
        })
        .collect()
}
