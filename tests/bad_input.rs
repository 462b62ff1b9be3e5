//! Input that no one should have to fear: every other file is still checked, and what was not read is said.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use support::{BROKEN_NGINX, Repo};
use wirelint::base::{Entry, MemoryTree, ReadError, RepoPath, Tree, Unread, Visitor};
use wirelint::config::Config;
use wirelint::facts::SkipReason;
use wirelint::{Settings, check};

/// What is said of a bad file.
enum Said {
    /// A finding of this rule is in it.
    Finding(&'static str),
    /// It is counted among the files left out, with these words.
    LeftOut(&'static str),
    /// It is counted among the files partly read, with these words.
    PartlyRead(&'static str),
    /// It is read to its end within the limits.
    Read,
}

use Said::{Finding, LeftOut, PartlyRead, Read};

/// Only what stalls is caught here, however busy the machine is; how work grows is counted, not timed, elsewhere.
const PATIENCE: Duration = Duration::from_secs(300);

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

/// `const t1 = ...` and so on, in which `t` stands for the one before.
fn chain(length: usize, value: &str) -> String {
    let line = |i: usize| {
        format!(
            "const t{i} = {};\n",
            value.replace("t}", &format!("t{}}}", i - 1)).replace("t ", &format!("t{} ", i - 1))
        )
    };
    (1..length).map(line).collect()
}

fn hosts(count: usize) -> String {
    (0..count).map(|i| format!("'https://h{i}.example.com',\n")).collect()
}

/// What several files do together.
fn trees() -> Vec<(&'static str, Vec<(String, String)>)> {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let fastapi = "from fastapi import APIRouter, FastAPI\napp = FastAPI()\n";
    let barrel = |i: usize| {
        let stars: String = (0..60).map(|other| format!("export * from './m{other}';\n")).collect();
        (format!("src/m{i}.ts"), format!("{stars}import {{ v }} from './m{}';\nnew WebSocket(v);", (i + 1) % 60))
    };
    let routers: String = (0..30).map(|i| format!("r{i} = APIRouter()\n")).collect();
    let includes: String =
        (0..29).map(|i| format!("r{i}.include_router(r{}, prefix='/x')\n", i + 1).repeat(6)).collect();
    let routes: String =
        (0..1_000).map(|i| format!("@app.websocket('/ws/{i}/{{a}}')\nasync def f{i}(socket): pass\n")).collect();
    let sockets: String = (0..1_000).map(|i| format!("new WebSocket('ws://localhost:8000/ws/{i}');\n")).collect();
    let locations: String = (0..500).map(|i| format!("location /p{i}/ {{ proxy_pass http://app:8000/; }}\n")).collect();
    let regexes: String = (0..200).map(|i| format!("location ~ ^/(a+)+{i}$ {{ proxy_pass http://b:1; }}\n")).collect();
    let path = "a".repeat(2_000);
    vec![
        (
            "import cycle",
            vec![
                file(
                    "src/a.ts",
                    "import { b } from './b';\nexport const a = b;\nexport * from './b';\nnew WebSocket(a + c);",
                ),
                file(
                    "src/b.ts",
                    "import { a } from './a';\nexport const b = a;\nexport * from './a';\nexport * from './b';",
                ),
                file(
                    "a.py",
                    "from b import *\nfrom b import x\nfrom fastapi import FastAPI\napp = FastAPI()\napp.mount('/', x)\n",
                ),
                file("b.py", "from a import *\nfrom a import x\n"),
            ],
        ),
        ("modules that all export each other", (0..60).map(barrel).collect()),
        (
            "routers that include each other",
            vec![(
                "app.py".to_owned(),
                format!("{fastapi}{routers}{includes}app.include_router(r0)\napp.mount('/z', app)\n"),
            )],
        ),
        (
            "files that extend themselves",
            vec![
                file("tsconfig.json", r#"{"extends": "./tsconfig.json", "compilerOptions": {"paths": {"*": ["*"]}}}"#),
                file("src/a.ts", "import { u } from '@/b';\nnew WebSocket(u);"),
                file(
                    "docker-compose.yml",
                    "include: [docker-compose.yml]\nservices:\n  a:\n    extends: {file: docker-compose.yml, service: a}\n",
                ),
            ],
        ),
        (
            "variables in a loop",
            vec![
                file(".env", "VITE_A=ws://${VITE_B}/\nVITE_B=${VITE_A}${VITE_A}\n"),
                file("src/a.ts", "new WebSocket(import.meta.env.VITE_A);"),
            ],
        ),
        (
            "expressions that backtrack",
            vec![
                ("nginx/nginx.conf".to_owned(), format!("http {{ server {{ listen 80;\n{regexes}}} }}")),
                ("src/a.ts".to_owned(), format!("new WebSocket('ws://' + location.host + '/{path}!');")),
                file(
                    "app.py",
                    "import re\nfrom fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n\
                 app.add_middleware(CORSMiddleware, allow_origin_regex=r'^((a|h|t|p|:|/)+)+$', allow_credentials=True)\n",
                ),
            ],
        ),
        (
            "many routes and connections",
            vec![
                ("app.py".to_owned(), format!("{fastapi}{routes}")),
                ("src/a.ts".to_owned(), sockets),
                ("nginx/nginx.conf".to_owned(), format!("http {{ server {{ listen 80;\n{locations}}} }}")),
                file("Dockerfile", "FROM python\nCMD [\"uvicorn\", \"app:app\", \"--port\", \"8000\"]\n"),
            ],
        ),
    ]
}

#[test]
fn files_that_lead_to_each_other_end() {
    for (name, files) in trees() {
        let repo = files
            .into_iter()
            .fold(Repo::new().with("witness/nginx.conf", BROKEN_NGINX), |repo, (path, text)| repo.with(&path, text));
        let start = Instant::now();
        let run = repo.run(&["--format", "json", "--jobs", "2"]);
        let findings = run.findings();
        assert!(start.elapsed() < PATIENCE, "{name} took {:?}", start.elapsed());
        assert!(findings.contains(&"witness/nginx.conf misplaced-directive".to_owned()), "{name}: {findings:?}");
        assert!(!findings.iter().any(|finding| finding.ends_with("internal-error")), "{name}: {findings:?}");
    }
}

fn cases() -> Vec<(&'static str, Vec<u8>, Said)> {
    let socket = "const socket = new WebSocket(url);\n";
    let cors = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n";
    let allow = "\napp.add_middleware(CORSMiddleware, allow_origins=[x])\n";
    let block: String = (0..1_300).map(|level| format!("{}if x:\n", " ".repeat(level))).collect();
    let text = |text: String| text.into_bytes();
    vec![
        ("src/latin.ts", [socket.as_bytes(), b"// gr\xf6\xdfe\n"].concat(), PartlyRead("not UTF-8")),
        (".env", b"NAME=\xff\xfe\n".to_vec(), PartlyRead("not UTF-8")),
        ("src/huge.ts", vec![b'a'; 50 * 1024 * 1024], LeftOut("too large")),
        ("src/long.ts", text(format!("{socket}{}", "// written by hand\n".repeat(60_000))), LeftOut("too large")),
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
        ("nginx/nest.conf", text(nested("location / {", "", "}", 2_000)), Finding("limit-reached")),
        ("vercel.json", text(nested("{\"a\":", "1", "}", 2_000)), Finding("limit-reached")),
        ("compose.nest.yml", text(format!("services: {}", "[".repeat(5_000))), Finding("limit-reached")),
        ("src/nest.ts", text(format!("{socket}const x = {};", nested("{a:\n", "1", "}\n", 2_000))), Read),
        ("src/parens.ts", text(format!("{socket}const x = {};", nested("(\n", "1", ")\n", 20_000))), Read),
        ("src/functions.ts", text(format!("{socket}{}", nested("function f() {\n", "", "}\n", 5_000))), Read),
        ("nest.py", text(format!("{cors}x = {}{allow}", nested("[\n", "", "]\n", 2_000))), Read),
        ("block.py", text(format!("{cors}{block}{}pass\n", " ".repeat(1_300))), Finding("limit-reached")),
        ("compose.bomb.yml", text(alias_bomb()), Finding("limit-reached")),
        ("src/sum.ts", text(format!("const s = new WebSocket('ws://a'{});", "\n+ 'b'".repeat(60_000))), Read),
        ("sum.py", text(format!("{cors}x = ('a'{}){allow}", "\n+ 'b'".repeat(60_000))), Read),
        ("doubling.py", text(format!("{cors}x = []\n{}{allow}", "if y:\n    x.append(y)\n".repeat(60))), Read),
        (
            "itself.py",
            text(format!("import json\n{cors}def f(x):\n    t = t.read()\n    return json.load(t)\nx = f(1){allow}")),
            Read,
        ),
        ("src/Broken.svelte", text(format!("<script>{socket}function(</script>{{#if}}{{{{<div")), Read),
        ("src/Broken.tsx", text(format!("{socket}return <div><<<>{{</")), PartlyRead("syntax")),
        (".env.local", text("A=${B}\nB=${C}\nC=${A}${A}\n".to_owned()), Read),
        // A hit in every line, none of which counts.
        ("src/timers.ts", text("setTimeout(render, 1);\n".repeat(200_000)), Read),
        ("src/names.ts", text("Socket".repeat(300_000)), Read),
        ("src/types.ts", text(format!("x{}", ".get<".repeat(500_000))), Read),
        ("words.py", text(format!("x = '{}'\n", "aFlask(".repeat(500_000))), Read),
        (".env.many", text((0..100_000).map(|i| format!("NAME_{i}=http://h{i}:80/\n")).collect()), Read),
        ("src/template.ts", text(format!("new WebSocket({});", nested("`a${", "'x'", "}`", 3_000))), Read),
        (
            "src/doubling.ts",
            text(format!("const t0 = 'xx';\n{}new WebSocket(`ws://h/${{t79}}`);", chain(80, "`${t}${t}${t}`"))),
            Read,
        ),
        (
            "src/choices.ts",
            text(format!("const t0 = 'a';\n{}new WebSocket(t79);", chain(80, "c ? t + 1 : t + 2"))),
            Read,
        ),
        (
            "src/mutual.ts",
            text(
                "function f(x) { return g(x) + f(x) }\nfunction g(x) { return f(x) + g(x) }\nclass A extends B {}\n\
                  class B extends A { u = new A().u }\nnew WebSocket(f(1) + new A().u);"
                    .to_owned(),
            ),
            Read,
        ),
        (
            "mutual.py",
            text(format!("{cors}def f(x): return g(x) + f(x)\ndef g(x): return f(g(x))\nx = f(1){allow}")),
            Read,
        ),
        (
            "allowed.py",
            text(format!("{cors}x = 1\napp.add_middleware(CORSMiddleware, allow_origins=[{}])\n", hosts(20_000))),
            Read,
        ),
        (
            "web/Dockerfile",
            text(format!(
                "FROM nginx AS s0\nCOPY . /\n{}",
                (1..12)
                    .map(|i| format!("FROM nginx AS s{i}\n{}", format!("COPY --from=s{} / /\n", i - 1).repeat(10)))
                    .collect::<String>()
            )),
            Read,
        ),
        (
            "stages/Dockerfile",
            text(format!(
                "FROM nginx AS s0\n{}",
                (1..20_000)
                    .map(|i| format!("FROM s{} AS s{i}\nCOPY --from=s{} / /\n", i - 1, i - 1))
                    .collect::<String>()
            )),
            Finding("limit-reached"),
        ),
        (
            "copies/Dockerfile",
            text(format!("FROM nginx\n{}", "COPY a.conf /etc/nginx/conf.d/\n".repeat(100_000))),
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

/// Encrypted settings are there, and may set any name.
#[test]
fn nothing_is_undefined_when_the_settings_cannot_be_read() {
    let encrypted = b"\0GITCRYPT\0\xb1\x02\xff".as_slice();
    let vite = Repo::new()
        .with("package.json", r#"{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#)
        .with("src/main.ts", "export const socket = new WebSocket(import.meta.env.VITE_WS_URL + '/ws');\n");
    let next = Repo::new()
        .with("package.json", r#"{ "scripts": { "build": "next build" }, "dependencies": { "next": "15.0.0" } }"#)
        .with("components/SignIn.tsx", "'use client';\nexport const signIn = () => fetch(`http://${process.env.DOMAIN}:${process.env.PORT}/api/login`);\n");
    for (repo, file, rule) in [
        (vite, ".env", "src/main.ts undefined-env-var"),
        (next, "next.config.js", "components/SignIn.tsx malformed-connection-url"),
    ] {
        assert_eq!(repo.run(&["--format", "json"]).findings(), [rule]);
        let run = repo.with(file, encrypted).run(&["--format", "json"]);
        assert_eq!(run.findings(), [""; 0], "{file}");
        assert!(run.out.contains("binary"), "{file} is counted");
    }
}

/// What production reads hides nothing of development.
#[test]
fn encrypted_settings_of_another_mode_hide_nothing() {
    let api = "export const load = () => fetch((import.meta.env.VITE_URL ?? 'http://localhost:8000') + '/items');\n";
    let socket =
        "export const open = () => new WebSocket((import.meta.env.VITE_URL ?? 'ws://localhost:8080') + '/ws');\n";
    let repo = || {
        Repo::new()
            .with("package.json", r#"{ "scripts": { "dev": "vite" }, "devDependencies": { "vite": "^7.0.0" } }"#)
            .with("index.html", "<script type='module' src='/src/api.ts'></script>\n<script type='module' src='/src/socket.ts'></script>\n")
            .with("src/api.ts", api)
            .with("src/socket.ts", socket)
    };
    let found = |file: &str| {
        let repo = repo().with(file, b"\0GITCRYPT\0\xb1\x02\xff".as_slice());
        repo.run(&["--format", "json", "--select", "url-disagreement"]).findings()
    };
    for file in [".env.production", ".env.production.local", "README"] {
        assert_eq!(found(file), ["src/socket.ts url-disagreement"], "{file}");
    }
    for file in [".env", ".env.local", ".env.development"] {
        assert_eq!(found(file), [""; 0], "{file}");
    }
}

/// A tree in which one file may not be read, whoever runs the test.
struct Denying(MemoryTree, &'static str);

impl Tree for Denying {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        self.0.visit(threads, &|entry: &Entry| visit(entry))
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
