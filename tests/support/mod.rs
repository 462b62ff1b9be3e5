//! Running the program in folders made for a test.
#![allow(dead_code, missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)] // each test file uses a part

pub mod git;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A configuration with one certain finding: `map` may not be in `server`.
pub const BROKEN_NGINX: &str = "server {\n    listen 80;\n    map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n    \
                                location / { root /srv; }\n}\n";

/// A folder with files.
pub struct Repo {
    folder: tempfile::TempDir,
}

impl Repo {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// With a symbolic link to `target`, which need not exist.
    pub fn with_link(self, path: &str, target: &Path) -> Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `wirelint` with these arguments in the folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run_in(self.path(), arguments)
    }
}

/// Runs `wirelint` in `folder`, without what the environment says about colours and git.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(program()).args(arguments).current_dir(folder).env_remove("GIT_DIR").output().unwrap();
    Run::from(output)
}

pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_wirelint"))
}

/// What a run said.
#[derive(Debug, PartialEq)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Run {
    /// `path rule` of every finding of a JSON run, in order.
    pub fn findings(&self) -> Vec<String> {
        let document: serde_json::Value =
            serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("not JSON: {self:?}"));
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        let findings = document["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| format!("{} {}", text(&finding["place"]["path"]), text(&finding["rule"])))
            .collect()
    }
}
