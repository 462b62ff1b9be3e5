//! Stage 1: packages, services and deployments from manifests, compose files, Dockerfiles and nginx instances.

use super::Wiring;

/// Runs the stage.
pub fn link(_wiring: &mut Wiring) {}
