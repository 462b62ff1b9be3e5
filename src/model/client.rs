//! Stage 6: connections of browser code, and their URLs bound to each page.

use super::Wiring;

/// Runs the stage.
pub fn bind(_wiring: &mut Wiring) {}
