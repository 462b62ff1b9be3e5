//! Requests on the wire.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::echo;
use crate::process;
use crate::question::Question;

/// What the real nginx answers; `tunnel` is the port of the TLS helper.
pub fn ask(question: &Question, tunnel: u16) -> Real {
    let bytes = question.bytes();
    let mut stream = if question.tls {
        let mut stream = TcpStream::connect(process::loopback(tunnel)).expect("the helper");
        let name = question.name();
        let name = if name.is_empty() { "-" } else { &name };
        writeln!(stream, "{} {} {name} {}", question.address, question.port, bytes.len()).expect("a line");
        stream
    } else {
        match TcpStream::connect(SocketAddr::from((question.address, question.port))) {
            Ok(stream) => stream,
            // compared with an answer, that shows where nginx fell over
            Err(error) => return Real::silent(error.to_string()),
        }
    };
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.write_all(bytes.as_bytes()).expect("a request");
    read(&mut stream)
}

/// Headers by name and value, with how often they came.
pub type Headers = BTreeMap<(String, String), usize>;

/// What the real nginx answered.
#[derive(Debug)]
pub struct Real {
    /// `None`: it closed the connection without a word.
    pub status: Option<u16>,
    /// In lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The request that the upstream received, when it did.
    pub upstream: Option<String>,
}

impl Real {
    /// Nothing came back.
    fn silent(why: String) -> Self {
        Self { status: None, headers: vec![("silent".into(), why)], upstream: None }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The request line and the headers that the upstream received.
    pub fn received(&self) -> Option<(String, Headers)> {
        let head = self.upstream.as_deref()?;
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default().to_owned();
        let mut headers = BTreeMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            *headers.entry((name.to_owned(), value.to_owned())).or_default() += 1;
        }
        Some((first, headers))
    }
}

fn read(stream: &mut TcpStream) -> Real {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            break head.to_owned();
        }
        let count = match process::read_some(stream, &mut buffer) {
            Ok(0) => return Real::silent("closed".into()),
            Ok(count) => count,
            Err(error) => return Real::silent(error.to_string()),
        };
        bytes.extend_from_slice(&buffer[..count]);
    };
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let split = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(split).collect();
    let upstream = headers.iter().find(|(name, _)| name == "x-echo").map(|(_, shown)| echo::received(shown));
    Real { status: Some(status), headers, upstream }
}
