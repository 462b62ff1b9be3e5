//! Stage 8, at the proxies: what a request that nginx hands on lacks, and what becomes of its answer.

use super::{Cause, Wiring};

/// Finds the causes of one kind on all passages.
type Check = fn(&Wiring) -> Vec<Cause>;

/// A line for each file of this folder.
const CHECKS: &[Check] = &[];

/// Adds the causes of all checks.
pub(super) fn collect(wiring: &mut Wiring) {
    for check in CHECKS {
        for cause in check(wiring) {
            wiring.add_cause(cause);
        }
    }
}
