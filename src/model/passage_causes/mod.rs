//! Stage 8, at the proxies: what a request that nginx hands on lacks, and what becomes of its answer.

mod heartbeats;
mod short_timeout;

use super::{Cause, Wiring};

/// Finds the causes of one kind on all passages.
type Check = fn(&Wiring) -> Vec<Cause>;

/// A line for each file of this folder.
const CHECKS: &[Check] = &[short_timeout::check];

/// Adds the causes of all checks.
pub(super) fn collect(wiring: &mut Wiring) {
    for check in CHECKS {
        for cause in check(wiring) {
            wiring.add_cause(cause);
        }
    }
}
