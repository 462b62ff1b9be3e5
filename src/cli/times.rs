//! How long the stages of a run took. It is said on standard error alone: what is reported does not depend on it.
#![allow(clippy::disallowed_methods)] // reads the clock

use std::time::{Duration, Instant};

use super::output;
use crate::report;

/// The stages so far.
pub struct Times {
    last: Instant,
    stages: Vec<(&'static str, Duration)>,
}

impl Times {
    /// Begins with the first stage.
    pub fn start() -> Self {
        Self { last: Instant::now(), stages: Vec::new() }
    }

    /// A stage ends here, and the next one begins.
    pub fn note(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.stages.push((stage, now - self.last));
        self.last = now;
    }

    /// Says how long each took.
    pub fn say(&self) {
        let stages: Vec<String> =
            self.stages.iter().map(|(stage, time)| format!("{stage} {} ms", time.as_millis())).collect();
        output::say(&report::notice(&format!("time: {}\n", stages.join(", "))));
    }
}
