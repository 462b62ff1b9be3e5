//! Stage 8: causes that settings show by themselves: names that stand twice, and secrets that are handed out.

mod public_secret;
mod twice;

use super::Wiring;

/// Runs the stage.
pub(super) fn collect(wiring: &mut Wiring) {
    let mut causes = twice::causes(wiring);
    causes.extend(public_secret::causes(wiring));
    for cause in causes {
        wiring.add_cause(cause);
    }
}
