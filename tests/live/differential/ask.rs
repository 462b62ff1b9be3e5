//! Requests on the wire.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use wirelint::facts::Protocol;
use wirelint::model::nginx::{HttpVersion, OtherHeaders, Request, RequestHeaders, Sent};
use wirelint::model::{PathPiece, PathText, Tls};

use super::echo;
use crate::process;

/// A request to ask nginx and the model.
#[derive(Clone, Debug)]
pub struct Question {
    pub address: Ipv4Addr,
    pub port: u16,
    pub tls: bool,
    /// The Host header as sent.
    pub host: Option<String>,
    pub method: &'static str,
    pub path: String,
    pub query: Option<String>,
    pub old: bool,
    pub headers: Vec<(&'static str, &'static str)>,
}

impl Question {
    /// The bytes on the wire.
    fn bytes(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let version = if self.old { "1.0" } else { "1.1" };
        let mut text = format!("{} {}{query} HTTP/{version}\r\n", self.method, self.path);
        if let Some(host) = &self.host {
            text += &format!("Host: {host}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text + "\r\n"
    }

    /// The name without port, as nginx takes it.
    fn name(&self) -> String {
        let host = self.host.as_deref().unwrap_or("").to_ascii_lowercase();
        host.split(':').next().unwrap_or_default().trim_end_matches('.').to_owned()
    }

    /// The model's request.
    pub fn request(&self) -> Request {
        let text = |text: &str| Sent::Text(text.into());
        let mut listed: Vec<_> = self.host.iter().map(|host| ("Host".into(), text(host))).collect();
        listed.extend(self.headers.iter().map(|(name, value)| ((*name).into(), text(value))));
        let websocket = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("upgrade"));
        Request {
            port: self.port,
            address: Some(IpAddr::V4(self.address)),
            client: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            tls: if self.tls { Tls::Tls } else { Tls::Plain },
            host: Some(self.name().into()),
            path: PathText(vec![PathPiece::Known(self.path.as_str().into())]),
            query: self.query.as_deref().map_or(Sent::Nothing, text),
            protocol: if websocket { Protocol::WebSocket } else { Protocol::Http },
            version: if self.old { HttpVersion::Http10 } else { HttpVersion::Http11 },
            method: self.method.into(),
            headers: RequestHeaders { listed, others: OtherHeaders::Absent },
        }
    }

    /// What the real nginx answers; `tunnel` is the port of the TLS helper.
    pub fn ask(&self, tunnel: u16) -> Real {
        let bytes = self.bytes();
        let mut stream = if self.tls {
            let mut stream = TcpStream::connect(process::loopback(tunnel)).expect("the helper");
            let name = self.name();
            let name = if name.is_empty() { "-" } else { &name };
            writeln!(stream, "{} {} {name} {}", self.address, self.port, bytes.len()).expect("a line");
            stream
        } else {
            match TcpStream::connect(SocketAddr::from((self.address, self.port))) {
                Ok(stream) => stream,
                // compared with an answer, that shows where nginx fell over
                Err(error) => return Real::silent(error.to_string()),
            }
        };
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        stream.write_all(bytes.as_bytes()).expect("a request");
        read(&mut stream, self.method)
    }
}

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
    pub fn received(&self) -> Option<(String, BTreeMap<(String, String), usize>)> {
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

fn read(stream: &mut TcpStream, method: &str) -> Real {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            break head.to_owned();
        }
        let count = match stream.read(&mut buffer) {
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
    let _ = method;
    let upstream = headers.iter().find(|(name, _)| name == "x-echo").map(|(_, shown)| echo::received(shown));
    Real { status: Some(status), headers, upstream }
}
