//! Workers: each has namespaces of its own, in which it starts one stack after another.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use super::stack::Stack;
use crate::process::program;

/// Two stacks at a time keep a small machine busy.
const WORKERS: usize = 2;
const INSTALL: &str = "see .ci/run for what the live tests need";

/// Starts each stack; what happened is handed to `take`, in any order.
pub fn run(stacks: &[Stack], take: &(dyn Fn(&Stack, Value) + Sync)) {
    let waiting: Mutex<VecDeque<&Stack>> = Mutex::new(stacks.iter().collect());
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::thread::scope(|scope| {
        for number in 0..WORKERS {
            let (waiting, scratch) = (&waiting, folder.path().join(format!("worker-{number}")));
            scope.spawn(move || work(waiting, &scratch, take));
        }
    });
}

fn work(waiting: &Mutex<VecDeque<&Stack>>, scratch: &Path, take: &(dyn Fn(&Stack, Value) + Sync)) {
    let mut worker = Worker::start(scratch);
    loop {
        let Some(stack) = waiting.lock().expect("no thread panicked with it").pop_front() else { break };
        take(stack, worker.ask(stack));
    }
}

/// A worker; it ends with the value, and with it everything that it started.
struct Worker {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Worker {
    fn start(scratch: &Path) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = root.join("target/live");
        assert!(target.join("node/node_modules/vite").is_dir() && target.join("venv/bin").is_dir(), "{INSTALL}");
        let node = program(&["/usr/bin/node", "/usr/local/bin/node"].map(PathBuf::from), "apt-get install -y nodejs");
        let chromium = program(&[PathBuf::from("/usr/bin/chromium")], "apt-get install -y chromium");
        let mut command = Command::new("unshare");
        if !is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command
            .args(["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"])
            .arg(node)
            .arg(root.join("tests/live/oracle/worker/main.js"))
            .args([&target, &chromium, scratch])
            .args(std::env::var_os("WIRELINT_KEEP"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, answers }
    }

    fn ask(&mut self, stack: &Stack) -> Value {
        let orders = self.child.stdin.as_mut().expect("a pipe");
        writeln!(orders, "{}", stack.order()).expect("a worker that listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{}: {error} in {line:?}", stack.name))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the test may make namespaces by itself.
fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("`id`");
    output.stdout == b"0\n"
}
