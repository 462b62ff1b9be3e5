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
mod upstream_tls;

pub(super) use answers::sends_without;
pub(super) use forwarded::host_changed;

use super::evaluate::Scope;
use super::topology::package_of;
use super::{Cause, DeploymentId, Mode, PathPiece, PathText, Side, Wiring};
use crate::base::FileId;

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
    upstream_tls::check,
];

/// Adds the causes of all checks.
pub(super) fn collect(wiring: &mut Wiring) {
    for check in CHECKS {
        for cause in check(wiring) {
            wiring.add_cause(cause);
        }
    }
}

/// Where the code of a file runs in a deployment.
fn scope_of(wiring: &Wiring, file: FileId, deployment: DeploymentId, mode: &Mode) -> Option<Scope> {
    let package = package_of(wiring, &wiring.repository.get(file)?.path)?;
    let side = wiring.packages.get(package.0 as usize).map_or(Side::Unknown, |package| package.side);
    Some(Scope { package, deployment: Some(deployment), service: None, mode: mode.clone(), side })
}

/// A path with something in place of what is not known.
fn example(path: &PathText) -> String {
    let piece = |piece: &PathPiece| match piece {
        PathPiece::Known(text) => text.to_string(),
        PathPiece::Segment | PathPiece::Rest => "x".to_owned(),
    };
    path.0.iter().map(piece).collect()
}
