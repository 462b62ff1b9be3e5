//! As much of the API of Docker as Traefik asks for, on a unix socket: containers with labels, all of them at 127.0.0.1.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// A running container.
#[derive(Clone, Debug)]
pub struct Container {
    /// The service of compose that it belongs to.
    pub service: String,
    pub labels: Vec<(String, String)>,
    /// The port that it exposes.
    pub port: Option<u16>,
}

impl Container {
    /// Its ports, each with this value.
    fn ports(&self, value: &Value) -> Value {
        let ports = self.port.iter().map(|port| (format!("{port}/tcp"), value.clone()));
        Value::Object(ports.collect())
    }

    fn labels(&self) -> Value {
        let own = [("com.docker.compose.service", &*self.service), ("com.docker.compose.project", "p")];
        let own = own.map(|(name, value)| (name.to_owned(), Value::from(value)));
        let written = self.labels.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
        Value::Object(own.into_iter().chain(written).collect::<Map<_, _>>())
    }

    fn id(&self) -> String {
        format!("id-{}", self.service)
    }
}

/// Answers at a socket until the test ends.
pub fn serve(socket: &Path, containers: Vec<Container>) {
    let listener = UnixListener::bind(socket).expect("a socket");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let containers = containers.clone();
            std::thread::spawn(move || talk(&stream, &containers));
        }
    });
}

fn talk(stream: &UnixStream, containers: &[Container]) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let path = head.split_whitespace().nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let mut stream = stream;
        if path.ends_with("/events") {
            // nothing happens
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            std::thread::sleep(Duration::from_secs(600));
            return;
        }
        let body = answer(path, containers).to_string();
        let body = if head.starts_with("HEAD") { "" } else { &body };
        let written = write!(
            stream,
            "HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if written.is_err() {
            return;
        }
    }
}

fn answer(path: &str, containers: &[Container]) -> Value {
    if path.ends_with("/version") {
        return json!({ "Version": "27.0", "ApiVersion": "1.44", "MinAPIVersion": "1.24" });
    }
    if path.ends_with("/containers/json") {
        let each = containers.iter().map(|container| {
            json!({ "Id": container.id(), "Names": [format!("/{}", container.service)], "Labels": container.labels(), "State": "running" })
        });
        return Value::Array(each.collect());
    }
    let asked = containers.iter().find(|container| path.contains(&format!("/containers/{}/", container.id())));
    let Some(container) = asked else { return json!({}) };
    json!({
        "Id": container.id(),
        "Name": format!("/{}", container.service),
        "State": { "Status": "running", "Running": true },
        "Config": { "Labels": container.labels(), "ExposedPorts": container.ports(&json!({})) },
        "HostConfig": { "NetworkMode": "default" },
        "NetworkSettings": { "Ports": container.ports(&Value::Null), "Networks": { "n": { "IPAddress": "127.0.0.1", "NetworkID": "n" } } },
    })
}
