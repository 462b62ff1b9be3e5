//! Stage 4: listeners, applications, routes and origin policies.

use super::Wiring;

/// Runs the stage.
pub fn link(_wiring: &mut Wiring) {}
