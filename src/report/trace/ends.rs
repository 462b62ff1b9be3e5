//! From one end of a connection to the other.

use std::collections::BTreeSet;

use super::Target;
use crate::base::Place;
use crate::model::{Handshake, HopKind, Verdict, Wiring};

/// What is at the other end of the connections at `target`: where it is a route that takes some, the places that open them, and
/// else the routes that take those that pass there.
#[must_use]
pub fn other_ends(wiring: &Wiring, target: &Target) -> Vec<Place> {
    let taken = |way: &Handshake| routes(way).any(|place| target.covers(wiring, place));
    let opened: BTreeSet<Place> = wiring
        .handshakes
        .iter()
        .filter(|way| taken(way))
        .filter_map(|way| wiring.connections.get(way.connection.0 as usize))
        .map(|connection| connection.place)
        .collect();
    if !opened.is_empty() {
        return opened.into_iter().collect();
    }
    let passing = wiring.handshakes.iter().filter(|way| {
        let connection = wiring.connections.get(way.connection.0 as usize);
        connection.is_some_and(|connection| target.meets(wiring, connection, way))
    });
    let routes: BTreeSet<Place> = passing.flat_map(routes).collect();
    routes.into_iter().collect()
}

/// The places of the route that takes a way.
fn routes(way: &Handshake) -> impl Iterator<Item = Place> + '_ {
    let takes = way.hops.iter().filter(|hop| hop.kind == HopKind::Route && matches!(hop.verdict, Verdict::Holds));
    takes.flat_map(|hop| hop.places.iter().copied())
}
