//! What Python's argparse made of command lines, kept in a table: wirelint says the same, or that it does not know.
//!
//! The live tests ask Python again.

#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a harness")]

#[path = "command_line_answers/rows.rs"]
mod rows;

use wirelint::base::MemoryTree;
use wirelint::config::Config;
use wirelint::facts::ServerProgram;
use wirelint::{Settings, check};

use rows::{ROWS, Row, Seen};

const SERVER: &str = r#"
import asyncio
from websockets.asyncio.server import serve


async def answer(socket):
    async for message in socket:
        await socket.send(message)


async def main():
    async with serve(answer, "0.0.0.0", args.port):
        await asyncio.Future()


asyncio.run(main())
"#;

/// The ports of the server in a repository whose compose file starts it so.
fn ports(row: &Row) -> Vec<Option<u16>> {
    let compose = format!("services:\n  api:\n    build: .\n    command: {}\n", row.command);
    let tree = MemoryTree::from_files([
        ("compose.yml".to_owned(), compose),
        ("Dockerfile".to_owned(), "FROM python:3.12\nWORKDIR /srv\nCOPY . .\n".to_owned()),
        ("requirements.txt".to_owned(), "websockets==15.0\n".to_owned()),
        ("server.py".to_owned(), format!("{}{SERVER}", row.program())),
    ]);
    let config = Config::of_tree(&tree).expect("no configuration");
    let report = check(&tree, &Settings::new(config));
    let listeners = report.wiring.listeners.iter().filter(|listener| listener.service.is_some());
    let own = listeners.filter(|listener| listener.program == ServerProgram::PythonListen);
    own.map(|listener| listener.port.value().copied()).collect()
}

#[test]
fn wirelint_takes_command_lines_apart_as_argparse_does() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let expected = match row.seen {
            Seen::Port => Some(row.port),
            Seen::Unknown => None,
        };
        let found = ports(row);
        if found != [expected] {
            wrong.push(format!("{}\n{}  expected {expected:?}, found {found:?}", row.command, row.declares));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}
