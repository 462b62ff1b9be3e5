//! Stage 8: causes that browser code shows by itself: what it puts into addresses, and what becomes of errors.

mod errors;
mod query;
mod token;

use super::Wiring;

/// Runs the stage.
pub(super) fn collect(wiring: &mut Wiring) {
    let mut causes = token::causes(wiring);
    causes.extend(errors::causes(wiring));
    for cause in causes {
        wiring.add_cause(cause);
    }
}
