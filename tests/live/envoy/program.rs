//! A real Envoy, and what its bootstraps share.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::differential::echo::Echo;
use crate::envoy_head;
use crate::process::{self, Running, loopback, program};
use crate::table::Names;

/// How long Envoy may take until it listens.
const READY: Duration = Duration::from_secs(30);

/// Ports, upstreams and folders.
pub struct World {
    pub plain: [u16; 2],
    pub tls: u16,
    pub echoes: [u16; 2],
    pub keys: String,
}

pub struct Scene {
    pub world: World,
    /// Where the TLS helper listens.
    pub tunnel: u16,
    _running: Running,
    pub folder: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("keys")).expect("a folder");
        certificate(&at("keys"));
        let tunnel = process::free_port();
        let mut helper = Command::new(program(&["/usr/bin/python3"].map(PathBuf::from), "apt-get install -y python3"));
        helper.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/tls.py")).arg(tunnel.to_string());
        let running = Running::start(helper, tunnel, &at("tls.log"));
        let world = World {
            plain: [process::free_port(), process::free_port()],
            tls: process::free_port(),
            echoes: [Echo::start().port, Echo::start().port],
            keys: at("keys").display().to_string(),
        };
        Self { world, tunnel, _running: running, folder }
    }

    /// The names in bootstraps and recorded cases.
    pub fn names(&self) -> Names {
        let World { plain: [one, two], tls, echoes: [first, second], keys } = &self.world;
        Names(vec![
            ("PLAIN1", one.to_string()),
            ("PLAIN2", two.to_string()),
            ("TLS1", tls.to_string()),
            ("ECHO1", first.to_string()),
            ("ECHO2", second.to_string()),
            ("KEYS", keys.clone()),
        ])
    }

    /// Writes the bootstrap.
    pub fn write(&self, folder: &Path, config: &str) {
        std::fs::create_dir_all(folder).expect("a folder");
        envoy_head::write(folder, &self.names(), config);
    }
}

/// A certificate that nobody but this test trusts.
fn certificate(folder: &Path) {
    let mut command = Command::new(program(&["/usr/bin/openssl"].map(PathBuf::from), "apt-get install -y openssl"));
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    command.args(["-subj", "/CN=test", "-keyout", "key.pem", "-out", "cert.pem"]).current_dir(folder);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("openssl runs");
    assert!(status.success(), "openssl makes a certificate");
}

/// The program itself: the package's own script would stay beside it.
fn binary() -> PathBuf {
    let libraries = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live/venv/lib");
    let pythons = std::fs::read_dir(libraries).into_iter().flatten().flatten();
    let found: Vec<PathBuf> = pythons.map(|python| python.path().join("site-packages/envoy/_bin/envoy")).collect();
    program(&found, "target/live/venv/bin/pip install -r tests/live/requirements.txt")
}

/// Starts Envoy with the bootstrap of a folder; its words when it does not start.
pub fn start(folder: &Path, world: &World) -> Result<Running, String> {
    let begin = Instant::now();
    loop {
        match start_once(folder, world, begin) {
            // the one before it has ended, and the system has not yet let its ports go
            Err(words) if words.contains("Address already in use") && begin.elapsed() < READY => {
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
}

fn start_once(folder: &Path, world: &World, begin: Instant) -> Result<Running, String> {
    let words = folder.join("words.log");
    let errors = std::fs::File::create(&words).expect("a log file");
    let mut command = Command::new(binary());
    command.arg("-c").arg(folder.join("envoy.yaml"));
    command.args(["--disable-hot-restart", "--concurrency", "1", "-l", "error"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    let mut running = Running::spawn(command, world.plain[0]);
    let text = std::fs::read_to_string(folder.join("envoy.yaml")).expect("the bootstrap");
    let ports = [world.plain[0], world.plain[1], world.tls];
    for port in ports.into_iter().filter(|port| text.contains(&format!("port_value: {port} "))) {
        while TcpStream::connect(loopback(port)).is_err() {
            if running.has_ended() || begin.elapsed() > READY {
                return Err(std::fs::read_to_string(&words).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(4));
        }
    }
    Ok(running)
}
