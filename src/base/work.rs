//! Work done in a run, as a number: what a hostile repository costs is counted, never timed.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted work. Shared by all parts of a stage, so that many dear requests are no way around a bound.
#[derive(Debug, Default)]
pub struct Work(AtomicU64);

impl Work {
    /// Counts `steps` more.
    pub fn add(&self, steps: usize) {
        self.0.fetch_add(u64::try_from(steps).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
