//! Writing, and ending.
#![allow(clippy::disallowed_methods)] // writes the file that the user names

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

/// Found something at or above the threshold.
pub const FOUND: u8 = 1;
/// Wrong usage, unreadable configuration, or a fault of wirelint.
pub const FAULT: u8 = 2;

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// Wrong arguments (or `--help`, which clap treats alike).
    Usage(Box<clap::Error>),
    /// In words.
    Message(String),
    /// The system refused.
    System(std::io::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::System(error)
    }
}

impl Failure {
    /// Says what is wrong on standard error and gives the exit code. A reader that has gone away is no failure.
    pub fn report(self) -> ExitCode {
        let text = match self {
            Self::Usage(error) => {
                let code = if error.use_stderr() { ExitCode::from(FAULT) } else { ExitCode::SUCCESS };
                // When even that cannot be written, nobody is there to be told.
                let _ = error.print();
                return code;
            }
            Self::System(error) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Self::System(error) => error.to_string(),
            Self::Message(text) => text,
        };
        let _ = writeln!(std::io::stderr(), "error: {text}");
        ExitCode::from(FAULT)
    }
}

/// Writes `text` to `file`, or to standard output.
pub fn write(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    match file {
        Some(file) => std::fs::write(file, text)
            .map_err(|error| Failure::Message(format!("{} cannot be written: {error}", file.display()))),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
            Ok(())
        }
    }
}
