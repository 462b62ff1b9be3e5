//! A real httpd, and what its configurations share.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::apache_head::write;
use crate::differential::echo::Echo;
use crate::process::{self, Running, program};
use crate::table::Names;

/// How long httpd may take until it listens.
const READY: Duration = Duration::from_secs(20);

/// Ports, upstreams and folders.
pub struct World {
    pub plain: [u16; 2],
    pub tls: u16,
    pub echoes: [u16; 2],
    pub root: String,
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
        for name in ["root", "root/sub", "root/page", "keys"] {
            std::fs::create_dir(at(name)).expect("a folder");
        }
        for name in ["root/index.html", "root/fallback.html", "root/sub/index.html", "root/page/error"] {
            std::fs::write(at(name), "page").expect("a file");
        }
        std::fs::write(at("keys/users"), "user:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n").expect("users");
        certificate(&at("keys"));
        let tunnel = process::free_port();
        let mut helper = Command::new(program(&["/usr/bin/python3"].map(PathBuf::from), "apt-get install -y python3"));
        helper.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/tls.py")).arg(tunnel.to_string());
        let running = Running::start(helper, tunnel, &at("tls.log"));
        let shown = |name: &str| at(name).display().to_string();
        let world = World {
            plain: [process::free_port(), process::free_port()],
            tls: process::free_port(),
            echoes: [Echo::start().port, Echo::start().port],
            root: shown("root"),
            keys: shown("keys"),
        };
        Self { world, tunnel, _running: running, folder }
    }

    /// The names in configurations and recorded cases.
    pub fn names(&self) -> Names {
        let World { plain: [one, two], tls, echoes: [first, second], root, keys } = &self.world;
        Names(vec![
            ("PLAIN1", one.to_string()),
            ("PLAIN2", two.to_string()),
            ("TLS1", tls.to_string()),
            ("ECHO1", first.to_string()),
            ("ECHO2", second.to_string()),
            ("ROOT", root.clone()),
            ("KEYS", keys.clone()),
        ])
    }

    /// Writes the main file with these sites in it.
    pub fn write(&self, folder: &Path, sites: &str) {
        std::fs::create_dir_all(folder).expect("a folder");
        write(folder, &folder.display().to_string(), &self.names(), sites);
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

/// Starts httpd with the `httpd.conf` of a folder; its words when it does not start.
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
    let mut command = Command::new(program(
        &["/usr/sbin/apache2", "/usr/sbin/httpd"].map(PathBuf::from),
        "apt-get install -y apache2",
    ));
    command.arg("-X").arg("-f").arg(folder.join("httpd.conf"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    let mut running = Running::spawn(command, world.plain[0]);
    for port in [world.plain[0], world.plain[1], world.tls] {
        while TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_err() {
            if running.has_ended() || begin.elapsed() > READY {
                let log = std::fs::read_to_string(folder.join("error.log")).unwrap_or_default();
                return Err(std::fs::read_to_string(&words).unwrap_or_default() + &log);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    Ok(running)
}
