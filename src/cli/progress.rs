//! What a run is doing, on one line of the terminal, when it takes long.
#![allow(clippy::disallowed_methods)] // reads the clock: the line is shown after a while, and nothing else depends on it

use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::output;
use crate::Stage;

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
        Self::over(std::io::stderr(), PATIENCE)
    }

    /// The same wherever `out` leads, after this time.
    fn over(out: impl Write + Send + 'static, patience: Duration) -> Self {
        let (stages, told) = channel();
        let draw = move || draw(out, &told, patience);
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
fn draw(mut out: impl Write, told: &Receiver<&'static str>, patience: Duration) {
    let start = Instant::now();
    let mut stage = "reading files";
    loop {
        match told.recv_timeout(patience.saturating_sub(start.elapsed())) {
            Ok(next) => stage = next,
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
    let mut width = show(&mut out, stage, 0);
    while let Ok(next) = told.recv() {
        width = show(&mut out, next, width);
    }
    show(&mut out, "", width);
    // The cursor is where it was before.
    write(&mut out, "\r");
}

/// Writes over a line that is `before` columns wide, and gives the width of the new one. Blanks erase on every terminal.
fn show(out: &mut impl Write, stage: &str, before: usize) -> usize {
    let line = if stage.is_empty() { String::new() } else { format!("{stage} …") };
    let width = line.chars().count();
    write(out, &format!("\r{line}{}", " ".repeat(before.saturating_sub(width))));
    width
}

fn write(out: &mut impl Write, text: &str) {
    // When even that cannot be written, nobody is there to be told.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands on what is written.
    struct Written(Sender<String>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_long_run_says_its_stage_and_leaves_nothing_behind() {
        let (out, written) = channel();
        let progress = Progress::over(Written(out), Duration::ZERO);
        assert_eq!(written.recv().unwrap(), "\rreading files …");
        progress.ended(Stage::Read);
        assert_eq!(written.recv().unwrap(), "\rlinking …      ");
        drop(progress);
        let rest: Vec<String> = written.iter().collect();
        assert_eq!(rest.concat(), format!("\r{}\r", " ".repeat("linking …".chars().count())));
    }

    #[test]
    fn a_short_run_says_nothing() {
        let (out, written) = channel();
        let progress = Progress::over(Written(out), Duration::MAX);
        progress.ended(Stage::Read);
        drop(progress);
        assert_eq!(written.iter().count(), 0);
    }
}
