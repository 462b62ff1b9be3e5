//! Input that no one should have to fear: every other file is still checked, and what was not read is said.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use support::{BROKEN_NGINX, Repo};
use wirelint::base::{Entry, MemoryTree, ReadError, RepoPath, Tree, Visitor};
use wirelint::config::Config;
use wirelint::facts::SkipReason;
use wirelint::{Settings, check};

/// What is said of a bad file.
enum Said {
    /// A finding of this rule stands in it.
    Finding(&'static str),
    /// It is counted among the files left out, with these words.
    LeftOut(&'static str),
    /// It is counted among the files partly read, with these words.
    PartlyRead(&'static str),
    /// It is read to its end within the limits.
    Read,
}

use Said::{Finding, LeftOut, PartlyRead, Read};

/// A debug build on a busy machine; what is quadratic takes minutes.
const PATIENCE: Duration = Duration::from_secs(20);

fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

fn alias_bomb() -> String {
    let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (from, to) in ('a'..'y').zip('b'..='y') {
        text.push_str(&format!(
            "{to}: &{to} [*{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}]\n"
        ));
    }
    text + "services: *y\n"
}

fn cases() -> Vec<(&'static str, Vec<u8>, Said)> {
    let socket = "const socket = new WebSocket(url);\n";
    let cors = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n";
    let allow = "\napp.add_middleware(CORSMiddleware, allow_origins=[x])\n";
    let block: String = (0..2_000).map(|level| format!("{}if x:\n", " ".repeat(level))).collect();
    let text = |text: String| text.into_bytes();
    vec![
        ("src/latin.ts", [socket.as_bytes(), b"// gr\xf6\xdfe\n"].concat(), PartlyRead("not UTF-8")),
        (".env", b"NAME=\xff\xfe\n".to_vec(), PartlyRead("not UTF-8")),
        ("src/huge.ts", vec![b'a'; 50 * 1024 * 1024], LeftOut("too large")),
        ("src/binary.ts", [socket.as_bytes(), &[0, 1, 2, 3]].concat(), LeftOut("binary")),
        ("src/bundle.js", text(format!("{socket}{}", "var a=1;".repeat(10_000))), LeftOut("generated")),
        ("nginx/open.conf", text("server { location / {".to_owned()), Finding("syntax-error")),
        ("docker-compose.yml", text("services:\n  web: [\n".to_owned()), Finding("syntax-error")),
        ("package.json", text("{\"name\": ".to_owned()), Finding("syntax-error")),
        ("pyproject.toml", text("[project\n".to_owned()), Finding("syntax-error")),
        (".env.production", text("A=b\n= c d\n\"\n".to_owned()), Read),
        ("src/broken.ts", text(format!("{socket}function ( {{ ]] class\n")), PartlyRead("does not understand")),
        ("broken.py", text(format!("{cors}def f(:\n  ]]\n")), Read),
        ("src/Broken.vue", text(format!("<template><div></template><script>{socket}<<<")), Read),
        ("index.html", text("<html><script>new WebSocket('ws://a/'</div".to_owned()), Read),
        ("Dockerfile", text("FROM\nCMD [\"a\nRUN <<\n".to_owned()), Read),
        ("run.sh", text("uvicorn app:app --port $(( '\"\n".to_owned()), Read),
        ("nginx/nest.conf", text(nested("location / {", "", "}", 2_000)), Finding("syntax-error")),
        ("vercel.json", text(nested("{\"a\":", "1", "}", 2_000)), Finding("syntax-error")),
        ("compose.nest.yml", text(format!("services: {}", "[".repeat(5_000))), Finding("syntax-error")),
        ("src/nest.ts", text(format!("{socket}const x = {};", nested("{a:\n", "1", "}\n", 2_000))), Read),
        ("src/parens.ts", text(format!("{socket}const x = {};", nested("(\n", "1", ")\n", 20_000))), Read),
        ("src/functions.ts", text(format!("{socket}{}", nested("function f() {\n", "", "}\n", 5_000))), Read),
        ("nest.py", text(format!("{cors}x = {}{allow}", nested("[\n", "", "]\n", 2_000))), Read),
        ("block.py", text(format!("{cors}{block}{}pass\n", " ".repeat(2_000))), Finding("syntax-error")),
        ("compose.bomb.yml", text(alias_bomb()), Finding("syntax-error")),
        ("src/sum.ts", text(format!("const s = new WebSocket('ws://a'{});", "\n+ 'b'".repeat(60_000))), Read),
        ("sum.py", text(format!("{cors}x = ('a'{}){allow}", "\n+ 'b'".repeat(60_000))), Read),
        ("doubling.py", text(format!("{cors}x = []\n{}{allow}", "if y:\n    x.append(y)\n".repeat(60))), Read),
        (
            "itself.py",
            text(format!("import json\n{cors}def f(x):\n    t = t.read()\n    return json.load(t)\nx = f(1){allow}")),
            Read,
        ),
        ("nginx/cycle.conf", text("include cycle.conf;\nserver { listen 1; }\n".to_owned()), Read),
    ]
}

#[test]
fn bad_files_are_named_and_others_still_checked() {
    for (path, content, said) in cases() {
        let repo = Repo::new().with("witness/nginx.conf", BROKEN_NGINX).with(path, content);
        let start = Instant::now();
        let run = repo.run(&["--format", "json", "--jobs", "2"]);
        assert_eq!(run.code, Some(1), "{path}: {:?}", run.err);
        assert!(start.elapsed() < PATIENCE, "{path} took {:?}", start.elapsed());
        let findings = run.findings();
        assert!(
            findings.iter().any(|finding| finding == "witness/nginx.conf misplaced-directive"),
            "{path}: {findings:?}"
        );
        let document: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let counted = |list: &str, words: &str| {
            let gaps = document["coverage"][list].as_array().unwrap();
            let is_it = |gap: &serde_json::Value| {
                gap["at"].as_str().unwrap().starts_with(path) && gap["what"].as_str().unwrap().contains(words)
            };
            assert!(gaps.iter().any(is_it), "{path}: {words} in {}", document["coverage"]);
        };
        match said {
            Finding(rule) => assert!(findings.contains(&format!("{path} {rule}")), "{path}: {findings:?}"),
            LeftOut(words) => counted("files_left_out", words),
            PartlyRead(words) => counted("files_partly_read", words),
            Read => {
                assert!(!findings.iter().any(|finding| finding.ends_with("internal-error")), "{path}: {findings:?}")
            }
        }
    }
}

/// All at once: nothing that one file leaves behind in a parser or a thread spoils another.
#[test]
fn all_bad_files_together() {
    let repo =
        cases().into_iter().fold(Repo::new().with("witness/nginx.conf", BROKEN_NGINX), |repo, (path, content, _)| {
            repo.with(path, content)
        });
    let run = repo.run(&["--format", "json"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.findings().contains(&"witness/nginx.conf misplaced-directive".to_owned()));
}

#[cfg(unix)]
#[test]
fn link_loops_are_not_followed() {
    let repo = Repo::new().with("nginx/nginx.conf", BROKEN_NGINX);
    std::os::unix::fs::symlink(repo.path(), repo.path().join("nginx/loop")).unwrap();
    std::os::unix::fs::symlink("b.conf", repo.path().join("nginx/a.conf")).unwrap();
    std::os::unix::fs::symlink("a.conf", repo.path().join("nginx/b.conf")).unwrap();
    assert_eq!(
        repo.run(&["--format", "json", "--select", "misplaced-directive"]).findings(),
        ["nginx/nginx.conf misplaced-directive"]
    );
}

/// A tree in which one file may not be read, whoever runs the test.
struct Denying(MemoryTree, &'static str);

impl Tree for Denying {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) {
        self.0.visit(threads, &|entry: &Entry| visit(entry));
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        if path.as_str() == self.1 { Err(ReadError::Denied) } else { self.0.read(path, buffer) }
    }
}

#[test]
fn a_file_that_may_not_be_read_is_counted() {
    let files = [("nginx.conf", BROKEN_NGINX), ("nginx/secret.conf", "server { }")];
    let report = check(&Denying(MemoryTree::from_files(files), "nginx/secret.conf"), &Settings::new(Config::default()));
    let skipped = &report.wiring.repository.coverage.skipped;
    assert_eq!(skipped[..], [(RepoPath::new("nginx/secret.conf").unwrap(), SkipReason::Unreadable(ReadError::Denied))]);
    assert!(report.findings.iter().any(|finding| finding.rule.0 == "misplaced-directive"));
}
