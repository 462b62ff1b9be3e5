//! A real nginx with one configuration file of a repository.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Running, program};

/// The nginx binary.
pub fn binary() -> PathBuf {
    program(
        &["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].map(PathBuf::from),
        "apt-get install -y nginx-light",
    )
}

/// Writes a main configuration that includes `site` at http level, with every file below `folder`.
pub fn main_configuration(folder: &Path, site: &str) -> PathBuf {
    fs::write(folder.join("site.conf"), site).expect("the site");
    let at = folder.display();
    let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {at}/{name};\n"))
        .concat();
    let main = format!(
        "worker_processes 1;\npid {at}/nginx.pid;\nerror_log {at}/error.log;\nevents {{}}\n\
         http {{\n    access_log off;\n{temp}    include {at}/site.conf;\n}}\n"
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, main).expect("the main file");
    path
}

/// Starts nginx in the foreground.
pub fn start(folder: &Path, site: &str, port: u16) -> Running {
    let main = main_configuration(folder, site);
    let mut command = Command::new(binary());
    command.arg("-p").arg(folder).arg("-c").arg(main).args(["-g", "daemon off; master_process off;"]);
    Running::start(command, port, &folder.join("nginx.log"))
}

/// What `nginx -t` says: whether it accepts the configuration, and its words.
pub fn accepts(folder: &Path, site: &str) -> (bool, String) {
    let main = main_configuration(folder, site);
    let output =
        Command::new(binary()).arg("-p").arg(folder).arg("-c").arg(main).arg("-t").output().expect("nginx -t runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// How long nginx may take until it listens everywhere.
const READY: Duration = Duration::from_secs(30);

/// Starts nginx with the `nginx.conf` of a folder, and waits until it takes connections on all addresses; else its words.
pub fn run(folder: &Path, addresses: &[(Ipv4Addr, u16)]) -> Result<Running, String> {
    let begin = Instant::now();
    loop {
        match run_once(folder, addresses, begin) {
            // the one before it has ended, and the system has not yet let its ports go
            Err(words) if words.contains("Address already in use") && begin.elapsed() < READY => {}
            other => return other,
        }
    }
}

fn run_once(folder: &Path, addresses: &[(Ipv4Addr, u16)], begin: Instant) -> Result<Running, String> {
    let errors = fs::File::create(folder.join("words.log")).expect("a log file");
    let mut command = Command::new(binary());
    command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    command.args(["-g", "daemon off; master_process off;"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    let mut running = Running::spawn(command, addresses.first().map_or(0, |(_, port)| *port));
    for address in addresses {
        while TcpStream::connect(SocketAddr::from(*address)).is_err() {
            if running.has_ended() || begin.elapsed() > READY {
                return Err(fs::read_to_string(folder.join("words.log")).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    Ok(running)
}

/// What `nginx -t` says about the `nginx.conf` of a folder.
pub fn tests(folder: &Path) -> (bool, String) {
    let mut command = Command::new(binary());
    let output = command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf")).arg("-t").output();
    let output = output.expect("nginx -t runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}
