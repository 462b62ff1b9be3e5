//! Real programs on loopback, asked what wirelint claims to know.
//!
//! Run with `cargo test --features live --test live`; `.ci/run` installs the programs first. A program that is missing
//! is a failure with the command that installs it.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a harness reads files, starts programs, says what they did, and fails by panicking"
)]

mod acceptance;
mod apache;
#[path = "../apache_answers/head.rs"]
mod apache_head;
mod caddy;
#[path = "../caddy_answers/cases.rs"]
mod caddy_cases;
mod clients;
mod command_line;
#[path = "../command_line_answers/rows.rs"]
mod command_line_rows;
mod differential;
mod editor;
mod envoy;
#[path = "../envoy_answers/head.rs"]
mod envoy_head;
#[cfg(unix)]
mod git;
mod gunicorn;
mod handshake;
mod haproxy;
mod ingress;
#[path = "../ingress_answers/cases.rs"]
mod ingress_cases;
mod nginx;
mod oracle;
#[path = "../oracle/judge.rs"]
mod oracle_judge;
#[path = "../oracle/record.rs"]
mod oracle_record;
#[path = "../oracle/table.rs"]
mod oracle_table;
mod policies;
mod process;
mod protocols;
#[path = "../nginx_answers/question.rs"]
mod question;
mod recorded;
mod routers;
mod stack;
mod stacks;
#[path = "../nginx_answers/table.rs"]
mod table;
mod traefik;
#[path = "../traefik_answers/head.rs"]
mod traefik_head;
mod uvicorn;
