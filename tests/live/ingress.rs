//! The real nginx with what ingress-nginx makes of Ingress objects.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use crate::ingress_cases::{Case, cases};
use crate::nginx;
use crate::process::free_port;

/// Every recorded answer is what nginx says. With `WIRELINT_RECORD` set the file is written anew.
#[test]
fn nginx_answers_as_recorded() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ingress_answers/answers.txt");
    let answers: Vec<String> = cases().iter().enumerate().flat_map(|(number, case)| answers(number, case)).collect();
    let text = answers.join("\n") + "\n";
    if std::env::var_os("WIRELINT_RECORD").is_some() {
        std::fs::write(&file, &text).expect("the file");
    }
    println!("{} recorded answers", answers.len());
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text);
}

fn answers(number: usize, case: &Case) -> Vec<String> {
    let (port, echo) = (free_port(), free_port());
    let folder = tempfile::tempdir().expect("a folder");
    nginx::main_configuration(folder.path(), &case.nginx(port, echo));
    let addresses = [(Ipv4Addr::LOCALHOST, port), (Ipv4Addr::LOCALHOST, echo)];
    let running = nginx::run(folder.path(), &addresses).unwrap_or_else(|words| panic!("{number}: {words}"));
    let asked = case.asked.iter().map(|(host, path)| format!("{number} {host}{path} {}", ask(port, host, path)));
    let found = asked.collect();
    drop(running);
    found
}

/// The Service and the path that it gets, or the status with where it leads.
fn ask(port: u16, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a connection");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).expect("a status");
    let location = head.lines().find_map(|line| line.strip_prefix("Location: "));
    match (status, location) {
        ("200", _) => {
            // the echo sends its length, or one piece
            body.lines().find(|line| line.starts_with('s')).unwrap_or(body).trim().to_owned()
        }
        (status, Some(to)) => format!("{status} {}", to.strip_prefix(&format!("http://{host}")).unwrap_or(to)),
        (status, None) => status.to_owned(),
    }
}
