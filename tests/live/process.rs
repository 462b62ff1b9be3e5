//! Child processes that end with the test, and ports that are free.

use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// How long a program may take until it listens.
const READY: Duration = Duration::from_secs(30);

/// A started program; it is ended when the value is dropped, also when the test fails.
pub struct Running {
    child: Child,
    /// The port that it listens on.
    pub port: u16,
}

impl Running {
    /// Starts `command`, which is to listen on `port`.
    pub fn spawn(mut command: Command, port: u16) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, port }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("the child's state").is_some()
    }

    /// Starts `command` and waits until something accepts connections on `port`.
    pub fn start(mut command: Command, port: u16, log: &Path) -> Self {
        let output = std::fs::File::create(log).expect("a log file");
        let errors = output.try_clone().expect("a second handle");
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut running = Self { child, port };
        let begin = Instant::now();
        while TcpStream::connect(loopback(port)).is_err() {
            let ended = running.child.try_wait().expect("the child's state");
            assert!(
                ended.is_none() && begin.elapsed() < READY,
                "{command:?} does not listen on {port}: {}",
                std::fs::read_to_string(log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what has come; a signal that interrupts the waiting (a machine that was suspended sends one) is no answer.
pub fn read_some(stream: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The loopback address of `port`.
pub fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// A port that nothing listens on, and that no other process which asks here is given while this one runs. It lies below
/// those that the system gives to outgoing connections: many of these come and go while the port is used again and again.
pub fn free_port() -> u16 {
    /// What keeps the ports: the same number, of a protocol that no test speaks.
    static KEPT: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 15_000 + u16::try_from(std::process::id() % 10_000).expect("small");
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::Relaxed);
        let Ok(kept) = UdpSocket::bind(loopback(port)) else { continue };
        if TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).is_ok() {
            KEPT.lock().expect("no thread panicked with it").push(kept);
            return port;
        }
    }
}

/// The first of the candidates that is a file, or a failure that says how to install it.
pub fn program(candidates: &[PathBuf], install: &str) -> PathBuf {
    candidates
        .iter()
        .find(|path| path.is_file())
        .cloned()
        .unwrap_or_else(|| panic!("none of {candidates:?} is there; install it: {install}"))
}
