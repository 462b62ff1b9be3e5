//! Stage 2: the bindings of names to values in each package, mode and deployment.

mod dialect;
mod expand;
pub(in crate::model) mod files;

pub use dialect::{Dialect, cook};

use super::Wiring;

/// Runs the stage.
pub fn bind(_wiring: &mut Wiring) {}
