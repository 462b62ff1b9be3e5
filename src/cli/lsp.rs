//! `wirelint lsp`.

use std::io::{BufReader, ErrorKind};
use std::process::ExitCode;

use super::output::{FOUND, Failure};
use crate::lsp::{self, Ended};

/// Serves the editor that started the program. The protocol says which code stands for which end.
pub fn run() -> Result<ExitCode, Failure> {
    match lsp::serve(BufReader::new(std::io::stdin()), std::io::stdout().lock()) {
        Ok(Ended::AsAsked) => Ok(ExitCode::SUCCESS),
        Ok(Ended::Abruptly) => Ok(ExitCode::from(FOUND)),
        // An editor that closed its end has gone.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::from(FOUND)),
        Err(error) => Err(error.into()),
    }
}
