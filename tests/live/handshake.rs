//! A WebSocket handshake by hand, as a browser sends it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::process::loopback;

/// A handshake's request.
pub struct Handshake<'a> {
    /// Where the client connects on loopback.
    pub port: u16,
    /// The Host header.
    pub host: &'a str,
    /// The page's origin.
    pub origin: &'a str,
    /// The path with query.
    pub path: &'a str,
}

/// The status that answers the handshake.
pub fn status(request: &Handshake<'_>) -> u16 {
    let mut stream = TcpStream::connect(loopback(request.port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    write!(
        stream,
        "GET {} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        request.path, request.host, request.origin
    )
    .expect("a request");
    let mut head = [0; 12];
    stream.read_exact(&mut head).expect("a status line");
    let line = String::from_utf8_lossy(&head);
    line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no status in {line:?}"))
}
