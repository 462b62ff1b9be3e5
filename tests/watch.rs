//! `--watch`: a file changes, and a new report follows.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use support::{BROKEN_NGINX, Repo, program};

/// Longer than any machine takes; a test that waits so long has failed.
const BOUND: Duration = Duration::from_secs(120);
const FIXED: &str = "server {\n    listen 80;\n    location / { root /srv; }\n}\n";

/// A run that goes on, ended with the test.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn new(repo: &Repo, arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        command.arg("--watch").args(arguments).current_dir(repo.path());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines }
    }

    /// The lines up to the first one that holds `text`, that one included.
    fn until(&self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.lines.recv_timeout(BOUND) {
                Ok(line) => lines.push(line),
                Err(error) => panic!("no `{text}` ({error}) in {lines:#?}"),
            }
            if lines.last().is_some_and(|line| line.contains(text)) {
                return lines;
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_change_of_a_file_brings_a_new_report_below_a_line() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with("notes.bin", "a");
    let run = Watching::new(&repo, &[]);
    run.until("1 error, 0 warnings");
    // Nothing that is read: no report follows, so the next line is of the change after it.
    std::fs::write(repo.path().join("notes.bin"), "ab").unwrap();
    std::fs::write(repo.path().join("nginx.conf"), FIXED).unwrap();
    let lines = run.until("0 errors, 0 warnings");
    assert!(lines.contains(&"──── nginx.conf changed ────".to_owned()), "{lines:#?}");
    std::fs::write(repo.path().join("site.conf"), BROKEN_NGINX).unwrap();
    let lines = run.until("1 error, 0 warnings");
    assert!(lines.contains(&"──── site.conf changed ────".to_owned()), "{lines:#?}");
    std::fs::remove_file(repo.path().join("site.conf")).unwrap();
    run.until("0 errors, 0 warnings");
}

#[test]
fn a_configuration_that_is_wrong_for_a_while_ends_nothing() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with("wirelint.toml", "fail-on = 'error'\n");
    let run = Watching::new(&repo, &[]);
    run.until("1 error, 0 warnings");
    std::fs::write(repo.path().join("wirelint.toml"), "fail-on = 'err").unwrap();
    run.until("wirelint.toml changed");
    std::fs::write(repo.path().join("wirelint.toml"), "ignore = ['misplaced-directive']\n").unwrap();
    run.until("0 errors, 0 warnings");
}

#[test]
fn a_report_for_programs_has_nothing_between() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX);
    let run = Watching::new(&repo, &["--format", "concise"]);
    run.until("nginx.conf:3:");
    std::fs::write(repo.path().join("nginx.conf"), format!("# above\n{BROKEN_NGINX}")).unwrap();
    assert_eq!(run.until("nginx.conf:4:").len(), 1);
}

#[test]
fn nobody_who_reads_ends_it() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX);
    let mut command = Command::new(program());
    command.arg("--watch").current_dir(repo.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("1 error, ") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "the report ends with its summary");
    }
    drop(out);
    std::fs::write(repo.path().join("nginx.conf"), FIXED).unwrap();
    let step = Duration::from_millis(100);
    let ended = (0..BOUND.as_millis() / step.as_millis()).find_map(|_| {
        std::thread::sleep(step);
        child.try_wait().unwrap()
    });
    let _ = child.kill();
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
}

#[test]
fn it_looks_at_the_disk_and_writes_no_file() {
    let repo = Repo::new();
    for other in [&["--staged"][..], &["--since", "HEAD"], &["--output", "a.json"], &["--write-baseline", "b.json"]] {
        let run = repo.run(&[&["--watch"][..], other].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{other:?}");
        assert!(run.err.contains("cannot be used with"), "{other:?}: {}", run.err);
    }
}
