//! An upstream that answers with the request that it received.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use crate::process::loopback;

/// The running upstream; its threads end with the test's process.
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
                std::thread::spawn(move || answer(&stream));
            }
        });
        Self { port }
    }
}

fn answer(stream: &TcpStream) {
    let mut head = String::new();
    let mut reader = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let mut stream = stream;
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nX-Echo: 1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{head}",
        head.len()
    );
}
