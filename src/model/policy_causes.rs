//! Stage 8: causes that are seen at the back end alone: allow-lists and Origin checks.

use super::Wiring;

/// Runs the stage.
pub fn collect(_wiring: &mut Wiring) {}
