//! Where a source file's code runs, as far as the file shows it.

use tree_sitter::Node;

use crate::base::{FileKind, is_tool_configuration};
use crate::facts::RunsIn;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::children;

/// Modules that only a server process can load.
const SERVER_MODULES: &[&str] = &[
    "fs",
    "fs/promises",
    "http",
    "https",
    "net",
    "tls",
    "child_process",
    "os",
    "path",
    "cluster",
    "worker_threads",
    "express",
    "fastify",
    "koa",
    "ws",
    "socket.io",
    "next/server",
    "next/headers",
    "server-only",
    "h3",
    "hono",
    "@nestjs/common",
    "@nestjs/core",
    "@nestjs/websockets",
    "cors",
    "dotenv",
    "dotenv/config",
    "vite",
    "@playwright/test",
    "ioredis",
    "redis",
    "pg",
    "mongoose",
    "@prisma/client",
    "http-proxy-middleware",
];

/// Functions that frameworks call on a server, whatever else the file holds.
const SERVER_FUNCTIONS: &[&str] = &[
    "getServerSideProps",
    "getStaticProps",
    "getStaticPaths",
    "getInitialProps",
    "generateMetadata",
    "loader",
    "action",
];

/// Where the call at `node` runs: inside a server function of the framework, or where the file does.
#[must_use]
pub fn at<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> RunsIn {
    let scopes = cx.scopes.ancestors(cx.scopes.at(node.start_byte()));
    let is_server = scopes
        .filter_map(|scope| cx.function_name(cx.scopes.scope(scope).node))
        .any(|name| SERVER_FUNCTIONS.contains(&&*name));
    if is_server { RunsIn::Server } else { cx.runs }
}

/// What the file says.
#[must_use]
pub fn detect<'t>(cx: &EcmaCx<'t>) -> RunsIn {
    if matches!(cx.kind, FileKind::Vue | FileKind::Svelte | FileKind::Html) {
        return RunsIn::Browser;
    }
    for statement in children(cx.root).take_while(|node| node.kind() == "expression_statement") {
        match cx.text(statement).trim_end_matches(';').trim_matches(['"', '\'']) {
            "use client" => return RunsIn::Browser,
            "use server" => return RunsIn::Server,
            _ => {}
        }
    }
    if is_server_path(cx.path.as_str()) || cx.imports_any(|module| is_server_module(module)) {
        return RunsIn::Server;
    }
    RunsIn::Unknown
}

fn is_server_module(module: &str) -> bool {
    module.starts_with("node:") || SERVER_MODULES.contains(&module)
}

/// Files whose place says that a server runs them.
fn is_server_path(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let in_folder = |part: &str| {
        folder == part
            || folder.starts_with(&format!("{part}/"))
            || folder.contains(&format!("/{part}/"))
            || folder.ends_with(&format!("/{part}"))
    };
    name.contains(".server.")
        || stem == "middleware"
        || stem == "+server"
        || (stem == "route" && in_folder("app"))
        || in_folder("pages/api")
        || (in_folder("server/api") && !in_folder("src/server/api"))
        || is_tool_configuration(name)
}
