//! A real uvicorn with an application of a repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Running, free_port, program};

/// The folder of the Python environment that `.ci/run` makes.
fn environment() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live/venv")
}

/// Starts `uvicorn app` in `folder` on a free port.
pub fn start(folder: &Path, app: &str, log: &Path) -> Running {
    let uvicorn = program(
        &[environment().join("bin/uvicorn")],
        "python3 -m venv target/live/venv && target/live/venv/bin/pip install -r tests/live/requirements.txt",
    );
    let port = free_port();
    let mut command = Command::new(uvicorn);
    command.current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1");
    command.args([app, "--host", "127.0.0.1", "--port", &port.to_string()]);
    Running::start(command, port, log)
}
