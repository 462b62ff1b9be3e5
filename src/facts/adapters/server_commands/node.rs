//! Servers of Node programs and of front ends.

use super::option;
use super::words::{Words, address};
use crate::facts::{Expr, ExprKind, ListenFact, ServerProgram};

/// Options that take no value.
const FLAGS: &[&str] = &[
    "--host",
    "--strictPort",
    "--open",
    "--force",
    "--cors",
    "--https",
    "--watch",
    "--inspect",
    "--turbo",
    "--turbopack",
    "--experimental-https",
    "-s",
    "--single",
    "-o",
    "-S",
    "-C",
    "--enable-source-maps",
    "--transpile-only",
    "--esm",
    "--no-daemon",
    "--quiet",
    "-q",
];

fn is_script(word: &str) -> bool {
    [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx"].iter().any(|end| word.ends_with(end))
}

/// A program by its own name; nothing when it is no server.
pub(super) fn program(base: &ListenFact, program: &str, words: Words<'_>) -> Vec<ListenFact> {
    match program {
        "node" | "nodemon" | "ts-node" | "ts-node-dev" | "tsx" | "bun" | "deno" | "pm2" | "pm2-runtime"
        | "babel-node" | "node-dev" | "tsnd" => script(base, program, words),
        "vite" => vite(base, words),
        "next" => next(base, words),
        "react-scripts" | "craco" | "react-app-rewired" => {
            if words.0.first().and_then(Expr::as_str) != Some("start") {
                return Vec::new();
            }
            vec![ListenFact { server: ServerProgram::Cra, ..base.clone() }]
        }
        "serve" => {
            let place = words.value(&["-l", "--listen", "-p", "--port"]).and_then(|word| address(&word));
            let (host, port) = place.unwrap_or_default();
            vec![files(base, words, host, port.or_else(|| number(base, "3000")))]
        }
        "http-server" => {
            let port = words.value(&["-p", "--port"]).or_else(|| number(base, "8080"));
            vec![files(base, words, words.value(&["-a"]), port)]
        }
        _ => Vec::new(),
    }
}

fn number(base: &ListenFact, text: &str) -> Option<Expr> {
    Some(Expr::str(base.span, text))
}

fn files(base: &ListenFact, words: Words<'_>, host: Option<Expr>, port: Option<Expr>) -> ListenFact {
    let folder = words.positional(FLAGS).first().map(|word| (*word).clone());
    ListenFact {
        server: ServerProgram::StaticServer,
        host,
        port,
        options: folder.map(|folder| option("folder", folder)).into_iter().collect(),
        ..base.clone()
    }
}

fn script(base: &ListenFact, program: &str, words: Words<'_>) -> Vec<ListenFact> {
    let file = words.0.iter().enumerate().find(|(index, word)| {
        let Some(text) = word.as_str() else { return false };
        let value = index.checked_sub(1).and_then(|before| words.0.get(before)).and_then(Expr::as_str);
        let required = matches!(value, Some("-r" | "--require" | "--import" | "--loader" | "-P" | "--project"));
        // `node dist` and `bun run dist/main` name a script without its ending.
        let bare = matches!(program, "node" | "nodemon") && *index == 0 && !text.starts_with('-');
        let configuration =
            program.starts_with("pm2") && [".json", ".yml", ".yaml"].iter().any(|end| text.ends_with(end));
        !required && (is_script(text) || bare || configuration)
    });
    let Some((_, file)) = file else { return Vec::new() };
    let instances = words.value(&["-i", "--instances"]).filter(|_| matches!(program, "pm2" | "pm2-runtime"));
    let options = instances.map(|value| option("instances", value)).into_iter().collect();
    vec![ListenFact { app: Some(file.clone()), options, ..base.clone() }]
}

fn vite(base: &ListenFact, words: Words<'_>) -> Vec<ListenFact> {
    let server = match words.0.first().and_then(Expr::as_str) {
        Some("preview") => ServerProgram::VitePreview,
        Some("build" | "optimize" | "ssr") => return Vec::new(),
        _ => ServerProgram::Vite,
    };
    // `--host` alone means every address.
    let host = words.value(&["--host"]);
    let host = host
        .filter(|value| value.as_str().is_none_or(|text| !text.starts_with('-')))
        .or_else(|| words.has(&["--host"]).then(|| Expr::str(base.span, "0.0.0.0")));
    let mode = words.value(&["--mode", "-m"]);
    vec![ListenFact {
        server,
        host,
        port: words.value(&["--port"]),
        tls: words.has(&["--https"]).then(|| Expr::new(base.span, ExprKind::Bool(true))),
        options: mode.map(|mode| option("mode", mode)).into_iter().collect(),
        ..base.clone()
    }]
}

fn next(base: &ListenFact, words: Words<'_>) -> Vec<ListenFact> {
    let mode = match words.0.first().and_then(Expr::as_str) {
        Some("start") => "start",
        Some("dev") | None => "dev",
        Some(text) if text.starts_with('-') => "dev",
        _ => return Vec::new(),
    };
    let tls = words.has(&["--experimental-https"]).then(|| Expr::new(base.span, ExprKind::Bool(true)));
    vec![ListenFact {
        server: ServerProgram::Next,
        host: words.value(&["-H", "--hostname"]),
        port: words.value(&["-p", "--port"]),
        tls,
        options: vec![option("mode", Expr::str(base.span, mode))],
        ..base.clone()
    }]
}
