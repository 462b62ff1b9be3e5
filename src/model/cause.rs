//! Stage 8: what breaks a hop.

mod about;
mod base_fault;
mod detail;
mod kind;

pub use base_fault::{BaseFault, Below, Shift, Told};
pub use detail::{
    AddressPart, Callers, CookieFault, CorsLoss, CspFault, Cuts, DropEffect, FixedScheme, ForwardedEffect,
    ForwardedProblem, Holder, Interface, KeyKnownFrom, MethodRefuser, NameFault, NameGap, NoSockets, Opens, PassedOn,
    Refusal, SecondSource, Silence, Spread, Taken, TemplateFault, TimeoutSource, Trusts, Unencoded, UnsetEffect,
};
pub use kind::CauseKind;

use std::collections::BTreeSet;

use super::{Assumption, ConnectionId, DeploymentId, HopKind};
use crate::base::Place;

/// Index of a [`Cause`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseId(pub u32);

/// Something that breaks wires, or opens them to the wrong people. One cause is one finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// What it is: names the rule and carries what its message says.
    pub kind: CauseKind,
    /// Where the fix goes.
    pub place: Place,
    /// Tells causes of the same rule and place apart, stable against edits elsewhere.
    pub key: String,
    /// One chain for each wire that it breaks, and for facts that prove it without a wire.
    pub chains: Vec<Chain>,
    /// What it rests on besides the files; common to all chains.
    pub assumptions: Vec<Assumption>,
}

/// The evidence of one broken wire, in the order of the handshake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain {
    /// The wire, when there is one.
    pub wire: Option<(ConnectionId, DeploymentId)>,
    /// The hop that breaks.
    pub hop: Option<HopKind>,
    /// Places with what each shows, in words for people.
    pub links: Vec<Link>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Where.
    pub place: Place,
    /// What it shows, short, without a full stop: "the page is served over TLS".
    pub shows: String,
}

/// Takes out the chains that are there twice; the first of them stays.
pub(super) fn once(chains: &mut Vec<Chain>) {
    let mut known = BTreeSet::new();
    let first: Vec<bool> = chains.iter().map(|chain| known.insert(chain)).collect();
    let mut first = first.into_iter();
    chains.retain(|_| first.next().unwrap_or(true));
}

impl super::Wiring {
    /// Adds a cause, or its chains to the one with the same rule, place and key. Assumptions that only one of the two
    /// rests on are dropped: one chain without them is enough. Chains may be there twice until [`once`].
    pub fn add_cause(&mut self, cause: Cause) -> CauseId {
        let next = CauseId(u32::try_from(self.causes.len()).unwrap_or(u32::MAX));
        let id = self.index.cause(&cause, next);
        match self.causes.get_mut(id.0 as usize) {
            Some(known) => {
                known.assumptions.retain(|assumption| cause.assumptions.contains(assumption));
                known.chains.extend(cause.chains);
            }
            None => self.causes.push(cause),
        }
        id
    }
}
