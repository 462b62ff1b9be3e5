//! Which address gunicorn binds: what its command line, its configuration file and the environment say together.

use std::path::Path;
use std::process::Command;

use wirelint::Settings;
use wirelint::base::MemoryTree;
use wirelint::config::Config;
use wirelint::facts::ServerProgram;

use crate::process::program;

/// A command line, what the environment adds, and the configuration files beside the application.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const ROWS: [Row; 10] = [
    ("app:app", "", &[]),
    ("app:app", "PORT=9000", &[]),
    ("-b :7000 app:app", "PORT=9000", &[("gunicorn.conf.py", "bind = \"0.0.0.0:5000\"\n")]),
    ("app:app", "", &[("gunicorn.conf.py", "bind = \"0.0.0.0:5000\"\n")]),
    ("app:app", "PORT=9000", &[("gunicorn.conf.py", "bind = \"0.0.0.0:5000\"\n")]),
    ("-c other.py app:app", "", &[("other.py", "bind = \"127.0.0.1:6000\"\n")]),
    (
        "-c other.py app:app",
        "",
        &[("gunicorn.conf.py", "bind = \":5000\"\n"), ("other.py", "worker_class = \"sync\"\n")],
    ),
    ("-c other.py app:app", "PORT=9000", &[("other.py", "worker_class = \"sync\"\n")]),
    ("--config=file:other.py app:app", "", &[("other.py", "host = \"0.0.0.0\"\nbind = f\"{host}:6100\"\n")]),
    ("-c other.py app:app", "GUNICORN_CMD_ARGS=--bind=:6200", &[("other.py", "bind = \":6000\"\n")]),
];

/// The port that the program would bind, by its own word.
fn bound(folder: &Path, command: &str, environment: &str) -> u16 {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live/venv/bin/gunicorn");
    let gunicorn = program(
        &[target],
        "python3 -m venv target/live/venv && target/live/venv/bin/pip install -r tests/live/requirements.txt",
    );
    let mut asked = Command::new(gunicorn);
    asked.arg("--print-config").args(command.split(' ')).current_dir(folder);
    asked.env_remove("PORT").env_remove("GUNICORN_CMD_ARGS").env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some((name, value)) = environment.split_once('=') {
        asked.env(name, value);
    }
    let answer = asked.output().expect("gunicorn answers");
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("bind ")).unwrap_or_else(|| panic!("{command}: {answer:?}"));
    let address = line.trim_end_matches("']").rsplit(':').next().expect("a port");
    address.parse().unwrap_or_else(|_| panic!("{line}"))
}

/// The port that wirelint knows; none where it says that it is not known.
fn known(files: &[(String, String)]) -> Option<u16> {
    let tree = MemoryTree::from_files(files.iter().map(|(path, text)| (path, text)));
    let report = wirelint::check(&tree, &Settings::new(Config::of_tree(&tree).expect("no settings")));
    let mut all = report.wiring.listeners.iter().filter(|listener| listener.program == ServerProgram::Gunicorn);
    let listener = all.next().expect("gunicorn is seen");
    listener.port.value().copied()
}

#[test]
fn the_port_is_the_one_that_gunicorn_binds() {
    let mut unknown = 0;
    for (command, environment, configuration) in ROWS {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("app.py"), "def app(environ, start): pass\n").expect("a file");
        for (path, text) in configuration {
            std::fs::write(folder.path().join(path), text).expect("a file");
        }
        let setting = if environment.is_empty() {
            String::new()
        } else {
            format!("    environment:\n      - \"{environment}\"\n")
        };
        let compose = format!("services:\n  api:\n    build: ./api\n    command: gunicorn {command}\n{setting}");
        let mut files = vec![
            ("compose.yaml".to_owned(), compose),
            ("api/requirements.txt".to_owned(), "flask\ngunicorn\n".to_owned()),
            ("api/Dockerfile".to_owned(), "FROM python:3.12-slim\nWORKDIR /srv\nCOPY . .\n".to_owned()),
            ("api/app.py".to_owned(), "from flask import Flask\n\napp = Flask(__name__)\n".to_owned()),
        ];
        files.extend(configuration.iter().map(|(path, text)| (format!("api/{path}"), (*text).to_owned())));
        let truth = bound(folder.path(), command, environment);
        match known(&files) {
            Some(port) => assert_eq!(port, truth, "{command} with {environment:?} and {configuration:?}"),
            None => unknown += 1,
        }
    }
    assert!(unknown <= 1, "{unknown} of {} are not known", ROWS.len());
}
