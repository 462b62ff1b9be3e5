//! Stage 5: the origins that pages come from.

use super::Wiring;

/// Runs the stage.
pub fn find(_wiring: &mut Wiring) {}
