//! Stage 8, at the proxies: what a request that nginx hands on lacks, and what becomes of its answer.

mod added;
mod answers;
mod auth_upgrade;
mod constant_upgrade;
mod dropped_cors;
mod duplicate_cors;
mod event_stream;
mod forwarded;
mod heartbeats;
mod needs;
mod short_timeout;
mod sticky_sessions;

use super::{Cause, PathPiece, PathText, Wiring};
use crate::base::Place;

/// Finds the causes of one kind on all passages.
type Check = fn(&Wiring) -> Vec<Cause>;

/// A line for each file of this folder.
const CHECKS: &[Check] = &[
    short_timeout::check,
    event_stream::check,
    sticky_sessions::check,
    duplicate_cors::check,
    dropped_cors::check,
    forwarded::check,
    constant_upgrade::check,
    auth_upgrade::check,
];

/// Adds the causes of all checks.
pub(super) fn collect(wiring: &mut Wiring) {
    for check in CHECKS {
        for cause in check(wiring) {
            wiring.add_cause(cause);
        }
    }
}

/// Whether a mend may stand at a place.
fn accusable(wiring: &Wiring, place: Place) -> bool {
    wiring.repository.get(place.file).is_some_and(|facts| facts.role.may_be_accused())
}

/// A path with something in place of what is not known.
fn example(path: &PathText) -> String {
    let piece = |piece: &PathPiece| match piece {
        PathPiece::Known(text) => text.to_string(),
        PathPiece::Segment | PathPiece::Rest => "x".to_owned(),
    };
    path.0.iter().map(piece).collect()
}
