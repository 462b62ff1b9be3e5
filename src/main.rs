//! The `wirelint` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Panics are caught and reported as findings; their default message would be in the middle of the output.
    std::panic::set_hook(Box::new(|_| {}));
    wirelint::cli::run(std::env::args_os())
}
