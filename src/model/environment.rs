//! Stage 2: the bindings of names to values in each package, mode and deployment.

use super::Wiring;

/// Runs the stage.
pub fn bind(_wiring: &mut Wiring) {}
