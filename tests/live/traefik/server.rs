//! A real Traefik, and what its configurations share.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::generate::Generated;
use crate::differential::ask::ask;
use crate::differential::echo::Echo;
use crate::process::{self, Running, program};
use crate::question::Question;
use crate::table::Names;
use crate::traefik_head::COMPOSE;

/// How long Traefik may take until it has read all.
const READY: Duration = Duration::from_secs(30);

/// Ports, the TLS helper and a folder.
pub struct Scene {
    pub plain: [u16; 2],
    pub tls: u16,
    echoes: [u16; 2],
    /// Where the TLS helper listens.
    pub tunnel: u16,
    _running: Running,
    pub folder: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tunnel = process::free_port();
        let mut helper = Command::new(program(&["/usr/bin/python3"].map(PathBuf::from), "apt-get install -y python3"));
        helper.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/tls.py")).arg(tunnel.to_string());
        let running = Running::start(helper, tunnel, &folder.path().join("tls.log"));
        Self {
            plain: [process::free_port(), process::free_port()],
            tls: process::free_port(),
            echoes: [Echo::start().port, Echo::start().port],
            tunnel,
            _running: running,
            folder,
        }
    }

    /// The names in configurations and recorded cases.
    pub fn names(&self) -> Names {
        let Self { plain: [one, two], tls, echoes: [first, second], .. } = self;
        Names(vec![
            ("PLAIN1", one.to_string()),
            ("PLAIN2", two.to_string()),
            ("TLS1", tls.to_string()),
            ("ECHO1", first.to_string()),
            ("ECHO2", second.to_string()),
        ])
    }

    /// Writes a configuration as a repository has it.
    pub fn write(&self, folder: &Path, config: &Generated) {
        let names = self.names();
        std::fs::create_dir_all(folder).expect("a folder");
        for (name, text) in
            [("docker-compose.yml", COMPOSE), ("traefik.yml", &config.fixed), ("dynamic.yml", &config.dynamic)]
        {
            std::fs::write(folder.join(name), names.fill(text)).expect("a file");
        }
    }
}

/// Starts Traefik in a folder, and waits until it has read all.
pub fn start(folder: &Path, scene: &Scene) -> Running {
    let words = folder.join("words.log");
    let log = std::fs::File::create(&words).expect("a log file");
    let errors = log.try_clone().expect("a second handle");
    let venv = concat!(env!("CARGO_MANIFEST_DIR"), "/target/live/venv/bin/traefik");
    let mut command = Command::new(program(
        &[venv].map(PathBuf::from),
        "target/live/venv/bin/pip install -r tests/live/requirements.txt",
    ));
    command.arg("--configFile=traefik.yml").current_dir(folder);
    command.stdin(Stdio::null()).stdout(log).stderr(errors);
    let begin = Instant::now();
    let mut running = Running::spawn(command, scene.plain[1]);
    let question = Question {
        address: Ipv4Addr::LOCALHOST,
        port: scene.plain[1],
        tls: false,
        host: Some("ready.test".to_owned()),
        method: "GET".to_owned(),
        path: "/traefik-ready".to_owned(),
        query: None,
        old: false,
        headers: vec![("Connection".to_owned(), "close".to_owned())],
    };
    for port in [scene.plain[0], scene.plain[1], scene.tls] {
        while TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_err() {
            let text = || std::fs::read_to_string(&words).unwrap_or_default();
            assert!(!running.has_ended() && begin.elapsed() < READY, "Traefik does not listen: {}", text());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    while ask(&question, scene.tunnel).status != Some(200) {
        let text = || std::fs::read_to_string(&words).unwrap_or_default();
        assert!(begin.elapsed() < READY, "Traefik does not read its files: {}", text());
        std::thread::sleep(Duration::from_millis(10));
    }
    // it turns its entry points to what it has read one after the other
    std::thread::sleep(Duration::from_millis(60));
    running
}
