//! Servers of Python programs.

use super::words::{Words, address};
use super::{flag, option};
use crate::facts::known::{PythonProgram, PythonRun, python_run};
use crate::facts::{Expr, ExprKind, ListenFact, ServerProgram};

/// Options of these programs that take no value.
const FLAGS: &[&str] = &[
    "--reload",
    "--no-reload",
    "--proxy-headers",
    "--no-proxy-headers",
    "--use-colors",
    "--no-use-colors",
    "--access-log",
    "--no-access-log",
    "--server-header",
    "--no-server-header",
    "--date-header",
    "--no-date-header",
    "--factory",
    "--debug",
    "--preload",
    "--daemon",
    "-D",
    "--capture-output",
    "--enable-stdio-inheritance",
    "--noreload",
    "--nothreading",
    "--insecure",
    "--nostatic",
    "--no-debug",
    "--debugger",
    "--with-threads",
    "--statsd",
    "-u",
    "-O",
    "-B",
    "-E",
    "-I",
    "-s",
];

/// `python ...`: `-m module`, or a script.
pub(super) fn interpreter(base: &ListenFact, words: Words<'_>) -> Vec<ListenFact> {
    let Some(run) = python_run(words.0) else { return Vec::new() };
    match run.kind {
        PythonProgram::Module => module(base, run),
        PythonProgram::Script => match run.name.rsplit('/').next() {
            Some("manage.py") => manage(base, run.word, Words(run.words)),
            Some(file) if file.ends_with(".py") => vec![script(base, run.word, Words(run.words))],
            _ => Vec::new(),
        },
    }
}

fn module(base: &ListenFact, run: PythonRun<'_>) -> Vec<ListenFact> {
    let words = Words(run.words);
    let found = program(base, run.name, run.name, words);
    if !found.is_empty() || is_tool(run.name) {
        return found;
    }
    if run.name == "http.server" {
        let port = words.positional(FLAGS).first().map(|word| (*word).clone());
        return vec![ListenFact { server: ServerProgram::StaticServer, port, ..base.clone() }];
    }
    let options = vec![flag("module", run.word.span)];
    vec![ListenFact { app: Some(Expr::str(run.word.span, run.name)), options, ..base.clone() }]
}

/// A program of the repository, with the arguments that usually choose host and port.
fn script(base: &ListenFact, file: &Expr, words: Words<'_>) -> ListenFact {
    ListenFact {
        app: Some(file.clone()),
        host: words.value(&["--host"]),
        port: words.value(&["--port"]),
        ..base.clone()
    }
}

fn is_tool(module: &str) -> bool {
    let root = module.split('.').next().unwrap_or("");
    matches!(root, "pip" | "venv" | "pytest" | "unittest" | "alembic" | "celery" | "black" | "ruff" | "mypy" | "build")
}

fn manage(base: &ListenFact, file: &Expr, words: Words<'_>) -> Vec<ListenFact> {
    let Some((first, rest)) = words.0.split_first() else { return Vec::new() };
    if !matches!(first.as_str(), Some("runserver" | "runserver_plus" | "runsslserver")) {
        return Vec::new();
    }
    let place = Words(rest).positional(FLAGS).first().and_then(|word| address(word));
    let (host, port) = place.unwrap_or_default();
    let settings = Words(rest).value(&["--settings"]);
    let tls = (first.as_str() == Some("runsslserver")).then(|| first.clone());
    vec![ListenFact {
        app: Some(file.clone()),
        server: ServerProgram::DjangoRunserver,
        host,
        port,
        tls,
        options: settings.map(|value| option("settings", value)).into_iter().collect(),
        ..base.clone()
    }]
}

fn given(words: Words<'_>, names: &[(&str, &[&str])]) -> Vec<crate::facts::Field> {
    names.iter().filter_map(|(key, names)| Some(option(key, words.value(names)?))).collect()
}

/// A program by its own name; nothing when it is no server of Python.
pub(super) fn program(base: &ListenFact, program: &str, word: &str, words: Words<'_>) -> Vec<ListenFact> {
    let app = || words.positional(FLAGS).first().map(|word| (*word).clone());
    let tls = words.value(&["--ssl-certfile", "--certfile", "--ssl-keyfile", "--keyfile", "--cert"]);
    match program {
        "uvicorn" => {
            let mut options = given(
                words,
                &[
                    ("root_path", &["--root-path"]),
                    ("workers", &["--workers"]),
                    ("ws", &["--ws"]),
                    ("ws_ping_interval", &["--ws-ping-interval"]),
                    ("forwarded_allow_ips", &["--forwarded-allow-ips"]),
                    ("app_dir", &["--app-dir"]),
                    ("env_file", &["--env-file"]),
                    ("uds", &["--uds"]),
                    ("interface", &["--interface"]),
                ],
            );
            if words.has(&["--no-proxy-headers"]) {
                options.push(option("proxy_headers", Expr::str(base.span, "false")));
            }
            if words.has(&["--reload"]) {
                options.push(flag("reload", base.span));
            }
            if words.has(&["--factory"]) {
                options.push(flag("factory", base.span));
            }
            let host = words.value(&["--host"]);
            let port = words.value(&["--port"]);
            vec![ListenFact { app: app(), server: ServerProgram::Uvicorn, host, port, tls, options, ..base.clone() }]
        }
        "gunicorn" => bound(base, ServerProgram::Gunicorn, app(), tls, words),
        "hypercorn" => bound(base, ServerProgram::Hypercorn, app(), tls, words),
        "daphne" => {
            let endpoint = words.value(&["-e", "--endpoint"]);
            let believes = words.has(&["--proxy-headers"]).then(|| flag("proxy_headers", base.span));
            vec![ListenFact {
                app: app(),
                server: ServerProgram::Daphne,
                host: words.value(&["-b", "--bind"]),
                port: words.value(&["-p", "--port"]),
                tls: endpoint.filter(|text| text.as_str().is_some_and(|text| text.starts_with("ssl:"))),
                options: given(
                    words,
                    &[
                        ("root_path", &["--root-path"]),
                        ("uds", &["-u", "--unix-socket"]),
                        ("ping_interval", &["--ping-interval"]),
                    ],
                )
                .into_iter()
                .chain(believes)
                .collect(),
                ..base.clone()
            }]
        }
        "fastapi" => {
            let Some((mode, rest)) = words.0.split_first() else { return Vec::new() };
            let Some(mode) = mode.as_str().filter(|mode| matches!(*mode, "run" | "dev")) else { return Vec::new() };
            let words = Words(rest);
            let mut options = given(
                words,
                &[
                    ("root_path", &["--root-path"]),
                    ("app", &["--app"]),
                    ("forwarded_allow_ips", &["--forwarded-allow-ips"]),
                ],
            );
            options.push(option("mode", Expr::str(base.span, mode)));
            vec![ListenFact {
                app: words.positional(FLAGS).first().map(|word| (*word).clone()),
                server: ServerProgram::FastApiCli,
                host: words.value(&["--host"]),
                port: words.value(&["--port"]),
                options,
                ..base.clone()
            }]
        }
        "flask" => {
            if !words.has(&["run"]) {
                return Vec::new();
            }
            vec![ListenFact {
                app: words.value(&["--app", "-A"]),
                server: ServerProgram::FlaskRun,
                host: words.value(&["--host", "-h"]),
                port: words.value(&["--port", "-p"]),
                tls,
                ..base.clone()
            }]
        }
        "granian" => {
            let options = given(words, &[("interface", &["--interface"]), ("uds", &["--uds"])])
                .into_iter()
                .chain(words.has(&["--factory"]).then(|| flag("factory", base.span)))
                .chain(words.has(&["--no-ws"]).then(|| option("ws", Expr::str(base.span, "none"))));
            vec![by_itself(base, words, &GRANIAN, tls, options.collect())]
        }
        "litestar" if words.has(&["run"]) => {
            let app = words.value(&["--app"]).unwrap_or_else(|| Expr::str(base.span, "app:app"));
            let known = by_itself(base, words, &LITESTAR, tls, Vec::new());
            vec![ListenFact { app: Some(app), ..known }]
        }
        "quart" if words.has(&["run"]) => {
            let known = by_itself(base, words, &QUART, tls, Vec::new());
            vec![ListenFact { app: words.value(&["--app", "-A"]), server: ServerProgram::FlaskRun, ..known }]
        }
        "sanic" => {
            let number = |text: &str| Expr::new(base.span, ExprKind::Num(text.into()));
            vec![ListenFact {
                app: words.positional(FLAGS).first().map(|word| (*word).clone()),
                server: ServerProgram::PythonListen,
                host: Some(words.value(&["--host", "-H"]).unwrap_or_else(|| Expr::str(base.span, "127.0.0.1"))),
                port: Some(words.value(&["--port", "-p"]).unwrap_or_else(|| number("8000"))),
                tls,
                ..base.clone()
            }]
        }
        "waitress-serve" => {
            if words.value(&["--unix-socket"]).is_some() {
                return Vec::new();
            }
            let (host, port) = match words.value(&["--listen"]) {
                Some(word) => address(&word).unwrap_or_else(|| {
                    let hole = Expr::hole(word.span, crate::facts::HoleReason::Unsupported);
                    (Some(hole.clone()), Some(hole))
                }),
                None => (words.value(&["--host"]), words.value(&["--port"])),
            };
            let host = host.filter(|host| host.as_str() != Some("*"));
            vec![ListenFact {
                app: words.positional(&[FLAGS, &["--call"]].concat()).first().map(|word| (*word).clone()),
                server: ServerProgram::PythonListen,
                host: Some(host.unwrap_or_else(|| Expr::str(base.span, "0.0.0.0"))),
                port: Some(port.unwrap_or_else(|| Expr::str(base.span, "8080"))),
                options: if words.has(&["--call"]) { vec![flag("factory", base.span)] } else { Vec::new() },
                ..base.clone()
            }]
        }
        "django-admin" => manage(base, &Expr::str(base.span, word), words),
        "manage.py" => manage(base, &Expr::str(base.span, word), words),
        program if program.ends_with(".py") => vec![script(base, &Expr::str(base.span, word), words)],
        _ => Vec::new(),
    }
}

/// The options of a program that name its address, and what it listens on without them.
struct Usual {
    host: &'static [&'static str],
    port: &'static [&'static str],
    at: &'static str,
}

/// <https://github.com/emmett-framework/granian#options>
const GRANIAN: Usual = Usual { host: &["--host"], port: &["--port"], at: "8000" };
/// <https://docs.litestar.dev/latest/usage/cli.html#run>
const LITESTAR: Usual = Usual { host: &["--host", "-H"], port: &["--port", "-p"], at: "8000" };
const QUART: Usual = Usual { host: &["--host", "-h"], port: &["--port", "-p"], at: "5000" };

/// A server whose own command starts it, on the loopback address unless it is told another one.
fn by_itself(
    base: &ListenFact,
    words: Words<'_>,
    usual: &Usual,
    tls: Option<Expr>,
    options: Vec<crate::facts::Field>,
) -> ListenFact {
    let number = || Expr::new(base.span, ExprKind::Num(usual.at.into()));
    ListenFact {
        app: words.positional(FLAGS).first().map(|word| (*word).clone()),
        server: ServerProgram::PythonListen,
        host: Some(words.value(usual.host).unwrap_or_else(|| Expr::str(base.span, "127.0.0.1"))),
        port: Some(words.value(usual.port).unwrap_or_else(number)),
        tls,
        options,
        ..base.clone()
    }
}

/// gunicorn and hypercorn: one listener for each `--bind`.
fn bound(
    base: &ListenFact,
    server: ServerProgram,
    app: Option<Expr>,
    tls: Option<Expr>,
    words: Words<'_>,
) -> Vec<ListenFact> {
    let mut options = given(
        words,
        &[
            ("worker_class", &["-k", "--worker-class"]),
            ("websocket_ping_interval", &["--websocket-ping-interval"]),
            ("workers", &["-w", "--workers"]),
            ("config", &["-c", "--config"]),
            ("chdir", &["--chdir"]),
            ("root_path", &["--root-path"]),
            ("forwarded_allow_ips", &["--forwarded-allow-ips"]),
        ],
    );
    let binds = words.values(&["-b", "--bind"]);
    let mut found = Vec::new();
    for bind in &binds {
        let mut options = options.clone();
        let (host, port) = match address(bind) {
            Some(place) => place,
            None => {
                options.push(option("uds", bind.clone()));
                (None, None)
            }
        };
        found.push(ListenFact { app: app.clone(), server, host, port, tls: tls.clone(), options, ..base.clone() });
    }
    if binds.is_empty() {
        options.shrink_to_fit();
        found.push(ListenFact { app, server, tls, options, ..base.clone() });
    }
    found
}
