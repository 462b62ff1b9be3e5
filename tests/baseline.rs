//! A file of findings that are known: what it holds, what it still knows after the repository has changed, and what it does
//! not take for known.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{BROKEN_NGINX, Repo, Run};

const FILE: &str = "baseline.json";
const BASELINE: [&str; 3] = ["--baseline", FILE, "--verbose"];

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"))
}

fn with_baseline(repo: Repo) -> Repo {
    let run = repo.run(&["--write-baseline", FILE]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    repo
}

fn entries(repo: &Repo) -> Vec<Value> {
    let text = std::fs::read_to_string(repo.path().join(FILE)).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["version"], 1);
    document["findings"].as_array().unwrap().clone()
}

/// `path rule` of the findings that are new, and how many entries match nothing any more.
fn new_and_stale(repo: &Repo) -> (Vec<String>, usize) {
    let run = repo.run(&["--baseline", FILE, "--format", "json"]);
    let document = document(&run);
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let findings = document["findings"].as_array().unwrap().iter();
    let new: Vec<String> = findings
        .filter(|finding| finding["suppressed"].is_null())
        .map(|finding| {
            assert_eq!(finding["state"], "new", "{finding}");
            format!("{} {}", text(&finding["place"]["path"]), text(&finding["rule"]))
        })
        .collect();
    let is_bad = |finding: &&Value| finding["suppressed"].is_null() && finding["severity"] != "note";
    let code = i32::from(document["findings"].as_array().unwrap().iter().any(|finding| is_bad(&finding)));
    assert_eq!(run.code, Some(code), "{run:?}");
    (new, document["compared"]["baseline"]["stale"].as_array().unwrap().len())
}

fn none() -> (Vec<String>, usize) {
    (Vec::new(), 0)
}

#[test]
fn what_is_known_fails_no_run_and_is_not_shown() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX);
    assert_eq!(repo.run(&[]).code, Some(1));
    let repo = with_baseline(repo);
    let all = entries(&repo);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0]["rule"].as_str(), all[0]["path"].as_str()), (Some("misplaced-directive"), Some("nginx.conf")));
    assert!(all[0]["message"].as_str().unwrap().contains("map"), "{all:?}");
    let run = repo.run(&BASELINE);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        !run.out.contains("misplaced-directive") && run.out.contains("0 errors, 0 warnings, 0 notes, 1 known"),
        "{run:?}"
    );
    let json = document(&repo.run(&["--baseline", FILE, "--format", "json"]));
    let finding = &json["findings"][0];
    assert_eq!((&finding["state"], &finding["suppressed"]["by"]), (&"unchanged".into(), &"baseline".into()));
    assert_eq!(finding["fingerprint"], all[0]["fingerprint"]);
    assert_eq!((&json["summary"]["known"], &json["summary"]["suppressed"]), (&1.into(), &0.into()));
    let repo = repo.with("more/nginx.conf", BROKEN_NGINX);
    let sarif = document(&repo.run(&["--baseline", FILE, "--format", "sarif"]));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let states: Vec<_> = results.iter().map(|one| (&one["baselineState"], &one["suppressions"][0]["kind"])).collect();
    assert_eq!(states, [(&"new".into(), &Value::Null), (&"unchanged".into(), &"external".into())]);
    assert_eq!(repo.run(&BASELINE).code, Some(1), "what is new fails");
}

const COMPOSE: &str = "services:\n  api:\n    build: ./api\n    ports: [\"8000:8000\"]\n  web:\n    build: ./web\n    ports: [\"443:443\"]\n";
const NGINX: &str = "server {\n    listen 443 ssl;\n    server_name example.com;\n    location / { root /usr/share/nginx/html; }\n    location /ws { proxy_pass http://api:8000; }\n}\n";
const DOCKERFILE: &str = "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM nginx:1.27\nCOPY --from=build /app/dist /usr/share/nginx/html\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\n";
const PACKAGE: &str = "{ \"scripts\": { \"build\": \"vite build\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }";
const API: &str = "from fastapi import FastAPI, WebSocket\n\napp = FastAPI()\n\n\n@app.websocket(\"/ws/chat\")\nasync def chat(socket: WebSocket):\n    await socket.accept()\n    await socket.receive_text()\n";
const MAIN: &str = "function chat() {\n  const socket = new WebSocket('ws://example.com/ws/chat');\n  socket.onerror = console.error;\n}\n\nfunction news() {\n  const url = 'ws://example.com/ws/news';\n  const feed = new WebSocket(url);\n  feed.onerror = console.error;\n}\nchat();\nnews();\n";

/// Findings in the page's code, in the proxy and in the back end.
fn stack(main: &str) -> Repo {
    Repo::new()
        .with("compose.yml", COMPOSE)
        .with("web/package.json", PACKAGE)
        .with("web/Dockerfile", DOCKERFILE)
        .with("web/nginx.conf", NGINX)
        .with("web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with("web/src/main.ts", main)
        .with("api/main.py", API)
        .with("api/requirements.txt", "fastapi\nuvicorn\n")
        .with(
            "api/Dockerfile",
            "FROM python:3.12\nCOPY . /srv\nWORKDIR /srv\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\"]\n",
        )
}

#[test]
fn what_is_known_stays_known_while_the_code_around_it_changes() {
    let repo = with_baseline(stack(MAIN));
    let files: Vec<_> = entries(&repo).iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect();
    for file in ["web/src/main.ts", "web/nginx.conf", "api/main.py"] {
        assert!(files.iter().any(|path| path == file), "the stack has findings in {file}: {files:?}");
    }
    assert_eq!(new_and_stale(&repo), none());
    let lines_above = format!("// one\n// two\n\n{MAIN}");
    let (chat, news) = MAIN.split_at(MAIN.find("function news").unwrap());
    let (news, calls) = news.split_at(news.find("chat();").unwrap());
    let moved = format!("{news}\n{chat}{calls}");
    let renamed = MAIN.replace("socket", "connection").replace("feed", "stream").replace("url", "address");
    let more: String = (0..11)
        .map(|at| format!("new WebSocket(`wss://${{location.host}}/ws/chat`).onerror = console.error; // {at}\n"))
        .collect();
    for (what, text) in [
        ("lines above", lines_above),
        ("a function below another", moved),
        ("variables with other names", renamed),
        ("Windows", MAIN.replace('\n', "\r\n")),
        ("another indentation", MAIN.replace("\n  ", "\n        ")),
    ] {
        let repo = with_baseline(stack(MAIN)).with("web/src/main.ts", text);
        assert_eq!(new_and_stale(&repo), none(), "{what}");
    }
    let repo = with_baseline(stack(MAIN)).with("web/src/main.ts", format!("{MAIN}{more}"));
    assert_eq!(new_and_stale(&repo), none(), "eleven more connections through what was broken before");
    let repo =
        with_baseline(stack(MAIN)).with("web/nginx.conf", format!("# one\n\n{}", NGINX.replace("443 ssl", "443  ssl")));
    assert_eq!(new_and_stale(&repo), none(), "lines above in the proxy");
}

#[test]
fn a_file_with_another_name_has_new_findings() {
    let repo = with_baseline(Repo::new().with("a/nginx.conf", BROKEN_NGINX));
    let repo = repo.with("b/nginx.conf", BROKEN_NGINX);
    std::fs::remove_file(repo.path().join("a/nginx.conf")).unwrap();
    assert_eq!(new_and_stale(&repo), (vec!["b/nginx.conf misplaced-directive".to_owned()], 1));
}

/// A line that is wrong, so many times.
fn times(count: usize) -> String {
    format!("server {{\n    listen 80;\n{}}}\n", "    map $a $b { default x; }\n".repeat(count))
}

#[test]
fn an_entry_is_for_one_finding() {
    let repo = with_baseline(Repo::new().with("nginx.conf", times(3)));
    let three = entries(&repo).len();
    assert_eq!(three, 3);
    let new = || "nginx.conf misplaced-directive".to_owned();
    for (count, expected) in [(3, none()), (5, (vec![new(), new()], 0)), (1, (Vec::new(), 2))] {
        let repo = with_baseline(Repo::new().with("nginx.conf", times(3))).with("nginx.conf", times(count));
        assert_eq!(new_and_stale(&repo), expected, "{count} instead of three");
    }
    // Entries that somebody merged twice are matched by one finding each.
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX);
    let repo = with_baseline(repo);
    let entry = entries(&repo).remove(0);
    let text = serde_json::json!({ "version": 1, "findings": [entry, entry] }).to_string();
    assert_eq!(new_and_stale(&repo.with(FILE, text)), (Vec::new(), 1));
}

#[test]
fn entries_that_match_nothing_are_told_of_and_removed() {
    let repo = Repo::new().with("wirelint.toml", "").with("a/nginx.conf", BROKEN_NGINX);
    let repo = with_baseline(repo.with("b/nginx.conf", BROKEN_NGINX)).with("a/nginx.conf", "server { listen 80; }\n");
    let run = repo.run(&["--baseline", FILE]);
    assert_eq!(run.code, Some(0));
    let said = "1 entry of baseline.json matches nothing any more (`wirelint baseline prune baseline.json` removes it)";
    assert!(run.out.contains(said), "{run:?}");
    assert!(repo.run(&BASELINE).out.contains("  a/nginx.conf misplaced-directive: "));
    assert_eq!(repo.run(&["--baseline", FILE, "--fail-on-stale"]).code, Some(1));
    assert_eq!(repo.run(&["--baseline", FILE, "--fail-on-stale", "--exit-zero"]).code, Some(0));
    assert_eq!(repo.run(&["--fail-on-stale"]).code, Some(2), "without a baseline nothing is stale");
    // Who asks for a part hears of that part.
    for part in
        [&["b/nginx.conf"][..], &["--select", "origin-not-allowed"], &["--ignore", "upgrade-headers"], &["--local"]]
    {
        let run = repo.run(&[&["--baseline", FILE, "--fail-on-stale"][..], part].concat());
        assert_eq!(run.code, Some(0), "{part:?}: {run:?}");
    }
    assert_eq!(repo.run(&["--baseline", FILE, "--fail-on-stale", "a/nginx.conf"]).code, Some(1));
    let run = repo.run(&["baseline", "prune", FILE]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    assert!(
        run.out.starts_with("1 entry removed from baseline.json, 1 entry left:\n  a/nginx.conf misplaced-directive: "),
        "{run:?}"
    );
    assert_eq!(entries(&repo).len(), 1);
    let before = std::fs::read(repo.path().join(FILE)).unwrap();
    let run = repo.run(&["baseline", "prune", FILE]);
    assert_eq!(run.out, "nothing is removed from baseline.json, which has 1 entry\n");
    assert_eq!(std::fs::read(repo.path().join(FILE)).unwrap(), before);
    assert_eq!(repo.run(&["--baseline", FILE, "--fail-on-stale"]).code, Some(0));
}

#[test]
fn what_could_not_be_read_is_not_gone() {
    let repo = with_baseline(Repo::new().with("nginx.conf", BROKEN_NGINX).with("b/nginx.conf", BROKEN_NGINX));
    let repo = repo.with("nginx.conf", "#".repeat(6 * 1024 * 1024));
    assert_eq!(new_and_stale(&repo), none());
    std::fs::remove_dir_all(repo.path().join("b")).unwrap();
    std::os::unix::fs::symlink("/nowhere", repo.path().join("b")).unwrap();
    assert_eq!(new_and_stale(&repo), none());
}

#[test]
fn what_a_run_did_not_read_stays_in_the_file() {
    let git = |repo: Repo, skipped: &str| {
        let index = ["a", "b", "c"].iter().fold(support::git::Index::default(), |index, folder| {
            let index = index.file(&format!("{folder}/nginx.conf"), BROKEN_NGINX);
            if *folder == skipped { index.sparse(&format!("{folder}/nginx.conf")) } else { index }
        });
        index.write(&repo.path().join(".git"), "[core]\n\trepositoryformatversion = 0\n");
        repo
    };
    let all = || {
        let repo = ["a", "b", "c"]
            .iter()
            .fold(Repo::new(), |repo, name| repo.with(&format!("{name}/nginx.conf"), BROKEN_NGINX));
        with_baseline(git(repo, ""))
    };
    let large = |repo: Repo| repo.with("b/nginx.conf", "#".repeat(6 * 1024 * 1024));
    let excluded = |repo: Repo| repo.with("wirelint.toml", "exclude = ['b']\n");
    let sparse = |repo: Repo| {
        std::fs::remove_dir_all(repo.path().join("b")).unwrap();
        git(repo, "b")
    };
    let cases: [(&str, &dyn Fn(Repo) -> Repo); 3] =
        [("too large", &large), ("excluded", &excluded), ("left out of the checkout", &sparse)];
    for (what, change) in cases {
        // `a` is gone for good; `b` was not read.
        let repo = change(all().with("a/nginx.conf", "server { listen 80; }\n"));
        let paths = |repo: &Repo| {
            entries(repo).iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(new_and_stale(&repo), (Vec::new(), 1), "{what}");
        repo.run(&["baseline", "prune", FILE]);
        assert_eq!(paths(&repo), ["b/nginx.conf", "c/nginx.conf"], "{what}");
        let run = repo.run(&["--write-baseline", FILE]);
        assert!(run.out.contains("1 entry is kept that this run did not look for"), "{what}: {run:?}");
        assert_eq!(paths(&repo), ["b/nginx.conf", "c/nginx.conf"], "{what}");
    }
}

#[test]
fn writing_twice_doubles_nothing() {
    let repo = with_baseline(Repo::new().with("nginx.conf", times(3)));
    let before = std::fs::read_to_string(repo.path().join(FILE)).unwrap();
    for arguments in [&["--write-baseline", FILE][..], &["--local", "--write-baseline", FILE]] {
        let run = repo.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(0), "3 findings are in baseline.json\n"), "{run:?}");
        assert_eq!(std::fs::read_to_string(repo.path().join(FILE)).unwrap(), before, "{arguments:?}");
    }
}

#[test]
fn a_part_is_written_into_the_rest() {
    let repo = Repo::new().with("wirelint.toml", "").with("a/nginx.conf", BROKEN_NGINX);
    let repo = repo.with("b/nginx.conf", BROKEN_NGINX);
    assert_eq!(repo.run(&["--write-baseline", FILE, "a/nginx.conf"]).out, "1 finding is in baseline.json\n");
    assert_eq!(entries(&repo).len(), 1);
    let run = repo.run(&["--write-baseline", FILE, "b/nginx.conf"]);
    assert_eq!(run.out, "1 finding is in baseline.json\n1 entry is kept that this run did not look for\n");
    assert_eq!(entries(&repo).len(), 2);
    assert_eq!(repo.run(&["--write-baseline", FILE, "--select", "cors-origin"]).code, Some(0));
    assert_eq!(entries(&repo).len(), 2);
    repo.run(&["--write-baseline", FILE]);
    assert_eq!(new_and_stale(&repo), none());
}

#[test]
fn what_is_suppressed_or_of_one_machine_is_not_written() {
    let comment = BROKEN_NGINX.replace("    map", "    # wirelint: ignore[misplaced-directive] known\n    map");
    let repo = with_baseline(Repo::new().with("nginx.conf", &comment));
    assert_eq!(entries(&repo), [] as [Value; 0]);
    // A finding that was known and is suppressed now still uses its entry up.
    let repo = with_baseline(Repo::new().with("nginx.conf", BROKEN_NGINX)).with("nginx.conf", &comment);
    assert_eq!(new_and_stale(&repo), none());

    let files = |repo: Repo| {
        repo.with(".gitignore", ".env.local\n")
            .with("package.json", "{ \"scripts\": { \"build\": \"next build\" }, \"dependencies\": { \"next\": \"15.0.0\" } }")
            .with(".env.local", "NEXT_PUBLIC_A=1\nNEXT_PUBLIC_A=2\n")
            .with("app/page.tsx", "'use client';\nexport default function Page() { new WebSocket(process.env.NEXT_PUBLIC_A); return null; }\n")
    };
    let repo = files(Repo::new());
    let run = repo.run(&["--local", "--format", "json", "--exit-zero"]);
    let local =
        document(&run)["findings"].as_array().unwrap().iter().filter(|finding| finding["local"] == true).count();
    assert!(local > 0, "{run:?}");
    let run = repo.run(&["--local", "--write-baseline", FILE]);
    assert!(run.out.contains("left out, because git-ignored files take part"), "{run:?}");
    assert!(entries(&repo).iter().all(|entry| entry["path"] != ".env.local"), "{:?}", entries(&repo));
}

#[test]
fn a_baseline_is_text_for_people_without_secrets() {
    let key = "s3cr3t-Xk29vPq71LmZ";
    let repo = stack(&MAIN.replace("/ws/chat'", &format!("/ws/chat?token={key}'")));
    let repo = with_baseline(repo);
    let text = std::fs::read_to_string(repo.path().join(FILE)).unwrap();
    assert!(!text.contains(key), "{text}");
    assert!(text.starts_with("{\n  \"version\": 1,\n  \"findings\": [\n    {\n      \"path\": \""), "{text}");
    let all: Vec<_> =
        entries(&repo).iter().map(|entry| (entry["path"].to_string(), entry["rule"].to_string())).collect();
    assert!(all.is_sorted(), "{all:?}");
    // It is a file of the repository, and says nothing about connections.
    assert_eq!(new_and_stale(&repo), none());
    repo.run(&["--write-baseline", "again.json"]);
    assert_eq!(std::fs::read_to_string(repo.path().join("again.json")).unwrap(), text);
}

#[test]
fn a_file_that_is_no_baseline_is_refused_and_replaced_by_nothing() {
    let outside = Repo::new().with("precious", "precious\n");
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX);
    let link = outside.path().join("precious");
    let repo = repo.with_link("link.json", &link).with_link("folder", outside.path());
    let repo = repo
        .with("garbage.json", "{\n  \"version\": 1,\n  \"findings\": [ oops ]\n}\n")
        .with("newer.json", "{ \"version\": 7 }")
        .with("large.json", " ".repeat(6 * 1024 * 1024))
        .with("binary.json", [0xff, 0xfe, 0x00]);
    for (file, reason) in [
        ("garbage.json", "garbage.json: it is no baseline: expected value at line 3 column 17"),
        ("newer.json", "newer.json: it states version 7 of baselines"),
        ("large.json", "more than the limit"),
        ("binary.json", "binary.json: it is no baseline"),
        ("none.json", "none.json: cannot be read: not found"),
        ("link.json", "a symbolic link, which is not followed"),
        ("folder/precious", "a symbolic link, which is not followed"),
        (".", "not a regular file"),
    ] {
        for arguments in [&["--baseline", file][..], &["baseline", "prune", file]] {
            let run = repo.run(arguments);
            assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{file}: {run:?}");
            assert!(run.err.contains(reason), "{file}: {run:?}");
        }
    }
    for file in ["link.json", "folder/new.json"] {
        let run = repo.run(&["--write-baseline", file]);
        assert!(run.code == Some(2) && run.err.contains("symbolic link"), "{run:?}");
    }
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "precious\n");
    // What is there and no baseline is not written over.
    for (file, text) in [("nginx.conf", BROKEN_NGINX), ("newer.json", "{ \"version\": 7 }"), ("garbage.json", "oops")] {
        let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with(file, text);
        let run = repo.run(&["--write-baseline", file]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{file}: {run:?}");
        assert!(run.err.contains(file) && run.err.contains("; nothing is written over it"), "{file}: {run:?}");
        assert_eq!(std::fs::read_to_string(repo.path().join(file)).unwrap(), text);
    }
    // `..` is no way around a link.
    let name = repo.path().file_name().unwrap().to_str().unwrap();
    for file in ["folder/../precious", "../folder/../link.json", "a/../folder/precious"]
        .map(str::to_owned)
        .into_iter()
        .chain([format!("../{name}/folder/precious"), format!("{}/folder/precious", repo.path().display())])
    {
        let run = repo.run(&["--baseline", &file]);
        assert!(run.code == Some(2) && !run.err.contains("it is no baseline"), "{file}: {run:?}");
    }
    let run = repo.run(&["--baseline", FILE, "--write-baseline", FILE]);
    assert_eq!(run.code, Some(2));
}

#[test]
fn what_a_baseline_says_cannot_pose_as_something_else() {
    let entry = |at: usize| {
        serde_json::json!({
            "rule": "r\u{1b}[31m", "path": format!("a\n{at}"), "fingerprint": format!("{at:032x}"), "message": "x\n0 errors\r"
        })
    };
    let all: Vec<Value> = (0..2_000).map(entry).collect();
    let text = serde_json::json!({ "version": 1, "findings": all }).to_string();
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with(FILE, text);
    let run = repo.run(&BASELINE);
    assert!(run.out.contains("2000 entries of baseline.json match nothing any more"), "{}", run.out);
    let pruned = repo.run(&["baseline", "prune", FILE]);
    assert!(pruned.out.starts_with("2000 entries removed from baseline.json, 0 entries left:\n"), "{pruned:?}");
    for out in [run.out, pruned.out] {
        assert!(!out.contains(['\u{1b}', '\r']) && !out.lines().any(|line| line.starts_with("0 errors")), "{out}");
    }
}

/// Copies a folder, each file with an empty line above its first one.
fn moved_down(from: &Path, to: &Path, lines: &str) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        let kind = path.symlink_metadata().unwrap();
        if kind.is_dir() {
            moved_down(&path, &target, lines);
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(target, [lines.as_bytes(), &bytes].concat()).unwrap();
        }
    }
}

#[test]
fn the_findings_of_the_fixtures_are_known_when_their_lines_have_moved() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut known = 0;
    for entry in std::fs::read_dir(fixtures).unwrap() {
        let from = entry.unwrap().path().join("repo");
        if !from.is_dir() {
            continue;
        }
        let repo = Repo::new();
        moved_down(&from, repo.path(), "");
        let repo = with_baseline(repo);
        known += entries(&repo).len();
        moved_down(&from, repo.path(), "\n\n");
        assert_eq!(new_and_stale(&repo), none(), "{}", from.display());
    }
    assert!(known > 20, "{known}");
}
