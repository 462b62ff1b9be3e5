//! What a run is doing, on one line of the terminal, when it takes long.
#![allow(clippy::disallowed_methods)] // reads the clock: the line is shown after a while, and nothing else depends on it

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::output;
use crate::Stage;
use crate::report::{Page, manual};

/// Runs that end sooner say nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The line; it is gone when this is dropped.
pub struct Progress {
    line: Option<(Sender<&'static str>, JoinHandle<()>)>,
}

/// Whether people want to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// When they look at standard error.
    Yes,
    /// Not at all.
    No,
}

impl Progress {
    /// Begins with the first stage of a run.
    pub fn start(wanted: Wanted) -> Self {
        if wanted == Wanted::No || !output::errors_are_shown() {
            return Self { line: None };
        }
        Self::over(output::status, PATIENCE)
    }

    /// The same after this time, with `show`, which is given a line and the width of the one that it takes the place of.
    fn over(show: impl FnMut(&Page, usize) + Send + 'static, patience: Duration) -> Self {
        let (stages, told) = channel();
        let draw = move || draw(show, &told, patience);
        // Without a thread nothing is shown.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(draw);
        Self { line: thread.ok().map(|thread| (stages, thread)) }
    }

    /// A stage has ended, and the next one begins.
    pub fn ended(&self, stage: Stage) {
        match stage {
            Stage::Read => self.say("linking"),
            Stage::Link => self.say("judging"),
            Stage::Judge => {}
        }
    }

    /// Says what is being done.
    pub fn say(&self, next: &'static str) {
        if let Some((stages, _)) = &self.line {
            // A thread that is gone shows nothing.
            let _ = stages.send(next);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stages, thread)) = self.line.take() {
            drop(stages);
            // It has nothing to say but the line.
            let _ = thread.join();
        }
    }
}

/// Shows what is told once `patience` is over, and erases it when there is nobody left to tell.
fn draw(mut show: impl FnMut(&Page, usize), told: &Receiver<&'static str>, patience: Duration) {
    let start = Instant::now();
    let mut stage = "reading files";
    loop {
        match told.recv_timeout(patience.saturating_sub(start.elapsed())) {
            Ok(next) => stage = next,
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
    let mut width = 0;
    let mut draw = |text: &str| {
        // The stages are wirelint's own words.
        let line = manual::generated(text);
        show(&line, width);
        width = line.as_str().chars().count();
    };
    draw(&format!("{stage} …"));
    while let Ok(next) = told.recv() {
        draw(&format!("{next} …"));
    }
    draw("");
}

#[cfg(test)]
mod tests {
    use super::*;

    type Shown = (String, usize);

    fn hands_on(to: Sender<Shown>) -> impl FnMut(&Page, usize) + Send + 'static {
        move |line, before| to.send((line.as_str().to_owned(), before)).unwrap()
    }

    #[test]
    fn a_long_run_says_its_stage_and_leaves_nothing_behind() {
        let (to, shown) = channel();
        let progress = Progress::over(hands_on(to), Duration::ZERO);
        assert_eq!(shown.recv().unwrap(), ("reading files …".to_owned(), 0));
        progress.ended(Stage::Read);
        assert_eq!(shown.recv().unwrap(), ("linking …".to_owned(), 15));
        drop(progress);
        assert_eq!(shown.iter().collect::<Vec<_>>(), [(String::new(), 9)]);
    }

    #[test]
    fn a_short_run_says_nothing() {
        let (to, shown) = channel();
        let progress = Progress::over(hands_on(to), Duration::MAX);
        progress.ended(Stage::Read);
        drop(progress);
        assert_eq!(shown.iter().count(), 0);
    }
}
