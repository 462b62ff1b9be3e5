//! `wirelint lsp`.

use std::io::{BufReader, ErrorKind, IsTerminal};
use std::process::ExitCode;

use super::output::{self, FOUND, Failure};
use crate::lsp::{self, Ended};

/// Serves the editor that started the program. The protocol says which code stands for which end.
pub fn run() -> Result<ExitCode, Failure> {
    if std::io::stdin().is_terminal() {
        output::note("`wirelint lsp` waits for an editor that starts it; docs/editor.md says how to set one up");
    }
    match lsp::serve(BufReader::new(std::io::stdin()), output::for_editor()) {
        Ok(Ended::AsAsked) => Ok(ExitCode::SUCCESS),
        Ok(Ended::Abruptly) => Ok(ExitCode::from(FOUND)),
        // An editor that closed its end has gone.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::from(FOUND)),
        Err(error) => Err(error.into()),
    }
}
