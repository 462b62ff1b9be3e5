//! An upstream that tells in its answer what it received.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::process::loopback;

/// The running upstream; its threads end with the test's process.
#[derive(Clone, Copy)]
pub struct Echo {
    /// Where it listens.
    pub port: u16,
}

impl Echo {
    pub fn start() -> Self {
        let listener = TcpListener::bind(loopback(0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer(&stream, port));
            }
        });
        Self { port }
    }
}

/// The head goes back as a header, in hexadecimal: answers to HEAD have no body.
fn answer(stream: &TcpStream, port: u16) {
    let mut head = String::new();
    let mut reader = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    // what nginx still sends when the connection closes would break it
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok()).unwrap_or(0);
    if reader.read_exact(&mut vec![0; length]).is_err() {
        return;
    }
    let shown: String = head.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut stream = stream;
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nX-Echo: {shown}\r\nX-Echo-Port: {port}\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    );
}

/// What was received, from the header's text.
pub fn received(shown: &str) -> String {
    let digits: Vec<u8> = shown.bytes().collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = digits.chunks(2).filter_map(byte).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
