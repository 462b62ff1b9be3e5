//! What a path on the command line means: a part of the repository that the program is started in, or a tree by itself.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use support::git::Index;
use support::{BROKEN_NGINX, Repo, Run, run_in};

const PARTS: [&str; 2] = ["backend/nginx.conf", "frontend/nginx.conf"];
const ONLY: [&str; 4] = ["--select", "misplaced-directive", "--format", "json"];

/// Two parts with one finding each, both tracked, and a folder that git ignores.
fn repository() -> Repo {
    let repo = PARTS.iter().fold(Repo::new(), |repo, path| repo.with(path, BROKEN_NGINX));
    let repo = repo.with("ignored/nginx.conf", BROKEN_NGINX).with(".gitignore", "/ignored/\n");
    let index = PARTS.iter().fold(Index::default(), |index, path| index.file(path, BROKEN_NGINX));
    index.write(&repo.path().join(".git"), "");
    repo
}

fn check(run: &Run) -> Vec<String> {
    run.findings().iter().map(|finding| finding.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn a_tracked_folder_is_a_part_of_its_repository() {
    let repo = repository();
    let at = |folder: &str, arguments: &[&str]| {
        let run = run_in(&repo.path().join(folder), &[arguments, &ONLY].concat());
        (check(&run), run.err)
    };
    let quiet = |paths: &[&str]| (paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>(), String::new());
    assert_eq!(at("", &[]), quiet(&PARTS));
    assert_eq!(at("", &["."]), quiet(&PARTS));
    assert_eq!(at("", &["frontend"]), quiet(&["frontend/nginx.conf"]));
    assert_eq!(at("", &["check", "frontend/"]), quiet(&["frontend/nginx.conf"]));
    assert_eq!(at("backend", &["../frontend"]), quiet(&["frontend/nginx.conf"]));
    assert_eq!(at("backend", &["."]), quiet(&["backend/nginx.conf"]));
    assert_eq!(at("backend", &[]), quiet(&PARTS));
    assert_eq!(at("", &["frontend", "backend/nginx.conf"]), quiet(&PARTS));
    let full = repo.path().join("frontend");
    assert_eq!(at("backend", &[full.to_str().unwrap()]), quiet(&["frontend/nginx.conf"]));
}

#[test]
fn a_file_is_a_part_of_its_repository() {
    let repo = repository();
    let at = |folder: &str, file: &str| check(&run_in(&repo.path().join(folder), &[&[file][..], &ONLY].concat()));
    assert_eq!(at("", "frontend/nginx.conf"), ["frontend/nginx.conf"]);
    assert_eq!(at("frontend", "nginx.conf"), ["frontend/nginx.conf"]);
}

#[test]
fn every_other_folder_is_a_tree_by_itself() {
    let repo = repository();
    let alone = ["nginx.conf".to_owned()];
    assert_eq!(check(&repo.run(&[&["ignored"][..], &ONLY].concat())), alone, "git does not hold it");
    assert_eq!(check(&repo.run(&[&["--root", "frontend"][..], &ONLY].concat())), alone);
    let outside = Repo::new().with("nginx.conf", BROKEN_NGINX);
    let frontend = repo.path().join("frontend");
    let other = run_in(outside.path(), &[&[frontend.to_str().unwrap()][..], &ONLY].concat());
    assert_eq!(check(&other), alone, "the program was started elsewhere");
    assert_eq!(other.err, "", "a program reads this");
    let own = repository().with("module/nginx.conf", BROKEN_NGINX).with("module/.git/HEAD", "");
    assert_eq!(check(&own.run(&[&["module"][..], &ONLY].concat())), alone, "a repository in a repository");
    assert_eq!(check(&outside.run(&ONLY)), alone);
}

#[test]
fn people_are_told_what_is_read_where_it_could_surprise() {
    let repo = repository();
    let outside = Repo::new().with("part/nginx.conf", BROKEN_NGINX);
    let frontend = repo.path().join("frontend");
    let said = |run: Run, words: &str| {
        assert!(run.err.starts_with("note: `") && run.err.contains(words), "{words}: {run:?}");
    };
    said(repo.run(&["ignored"]), "git holds nothing of it");
    said(run_in(outside.path(), &[frontend.to_str().unwrap()]), "to follow connections through all of that");
    said(outside.run(&["part"]), "neither it nor a folder above it has a `.git` or a `wirelint.toml`");
    said(outside.run(&[]), "neither it nor a folder above it has a `.git` or a `wirelint.toml`");
    said(outside.run(&["trace"]), "neither it nor a folder above it has a `.git` or a `wirelint.toml`");
    assert_eq!(repo.run(&["frontend"]).err, "");
    assert_eq!(outside.run(&["--root", "part"]).err, "", "it was asked for");
}

/// The heads of the snippets: `path:line:column`.
fn heads(run: &Run) -> Vec<String> {
    let heads = run.out.lines().filter_map(|line| line.trim_start().strip_prefix("╭─[")?.split(':').next());
    heads.map(str::to_owned).collect()
}

#[test]
fn people_see_paths_as_they_would_type_them() {
    let repo = repository();
    let at = |folder: &str, arguments: &[&str]| {
        let arguments = [&["--select", "misplaced-directive"], arguments].concat();
        run_in(&repo.path().join(folder), &arguments)
    };
    let inside = at("frontend", &[]);
    assert_eq!(heads(&inside), ["../backend/nginx.conf", "nginx.conf"]);
    assert_eq!(inside.err, "", "no sentence names a file");
    assert_eq!(heads(&at("", &[])), PARTS);
    assert_eq!(heads(&at("", &["frontend"])), ["frontend/nginx.conf"]);
    assert_eq!(heads(&at("backend", &["../frontend"])), ["../frontend/nginx.conf"]);
    let concise = at("frontend", &["--format", "concise"]);
    let starts = concise.out.lines().map(|line| line.split(':').next().unwrap()).collect::<Vec<_>>();
    assert_eq!(starts, PARTS, "programs read this");
    let file = at("frontend", &["--output", "human=out.txt"]);
    assert_eq!((file.code, file.out.as_str()), (Some(1), ""));
    let written = std::fs::read_to_string(repo.path().join("frontend/out.txt")).unwrap();
    assert!(written.contains("[../backend/nginx.conf:"), "{written}");
}

#[test]
fn what_is_left_out_is_named_from_the_current_folder_too() {
    let large = "x".repeat(6 * 1024 * 1024);
    let repo = repository().with("backend/large.ts", large);
    let run = run_in(&repo.path().join("backend"), &["--explain-skipped"]);
    assert!(run.out.contains("\n  large.ts: "), "{}", run.out);
    let run = run_in(&repo.path().join("frontend"), &["--explain-skipped"]);
    assert!(run.out.contains("\n  ../backend/large.ts: "), "{}", run.out);
}

#[test]
fn paths_in_sentences_are_told_apart() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let fixture = fixtures.join("vaidol-broken/repo");
    let inside = run_in(&fixture.join("frontend"), &["--root", ".."]);
    assert!(inside.out.contains("╭─[src/utils/websocket.ts:8:"), "{}", inside.out);
    assert!(inside.out.contains("write `location.host` in src/utils/websocket.ts:8,"), "{}", inside.out);
    assert!(
        inside.out.contains("breaks in ../deploy/nginx/sites-available/vaidol, production mode\n"),
        "{}",
        inside.out
    );
    assert!(inside.out.contains("evidence in ../deploy/nginx/sites-available/vaidol\n"), "{}", inside.out);
    assert_eq!(inside.err, "", "every path is as it would be typed there");
    let named = run_in(&fixtures.join("rooms-broken/repo/web"), &["--root", ".."]);
    assert!(named.out.contains("The back end `api` of docker-compose.yml has no"), "{}", named.out);
    assert!(named.out.contains("let what rewrites the path in ../docker-compose.yml:34 leave"), "{}", named.out);
    assert_eq!(named.err, "note: paths in sentences are relative to `..`, the root of the repository\n");
}

#[test]
fn a_configuration_marks_a_root_where_there_is_no_git() {
    let repo = PARTS.iter().fold(Repo::new(), |repo, path| repo.with(path, BROKEN_NGINX)).with("wirelint.toml", "");
    assert_eq!(check(&repo.run(&[&["frontend"][..], &ONLY].concat())), ["frontend/nginx.conf"]);
}

#[test]
fn a_folder_laid_out_as_a_bare_repository_changes_nothing() {
    let repo = repository();
    Index::default().file("x", "").write(&repo.path().join("frontend"), "[core]\n\tbare = true\n");
    assert_eq!(check(&repo.run(&[&["frontend"][..], &ONLY].concat())), ["frontend/nginx.conf"]);
    let inside = run_in(&repo.path().join("frontend"), &ONLY);
    assert_eq!(check(&inside), PARTS);
}

#[test]
fn what_cannot_be_is_refused() {
    let repo = repository();
    let table: [(&[&str], &str); 3] = [
        (&["--root", "nowhere"], "`--root nowhere`: no such folder"),
        (&["--root", "frontend", "backend"], "is not in the repository"),
        (&["frontend", "/"], "is not in the repository"),
    ];
    for (arguments, words) in table {
        let run = repo.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn a_trace_takes_the_same_paths() {
    let manifest =
        r#"{ "scripts": { "dev": "vite", "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
    let page = "<script>new WebSocket('wss://' + location.host + '/ws')</script>\n";
    let front_end = |repo: Repo, folder: &str| {
        repo.with(&format!("{folder}/package.json"), manifest).with(&format!("{folder}/index.html"), page)
    };
    let repo = front_end(front_end(Repo::new().with(".git/HEAD", ""), "one"), "two");
    let names = |arguments: &[&str]| {
        let run = repo.run(arguments);
        let document: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
        let connections = document["connections"].as_array().unwrap().clone();
        connections.iter().map(|one| one["place"]["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["trace", "--format", "json"]), ["one/index.html", "two/index.html"]);
    assert_eq!(names(&["trace", "two", "--format", "json"]), ["two/index.html"]);
    assert_eq!(names(&["trace", "two", "--at", "index.html", "--format", "json"]), ["two/index.html"]);
    assert_eq!(names(&["trace", "--root", "two", "--format", "json"]), ["index.html"]);
}

#[test]
fn a_trace_for_people_has_paths_as_they_would_type_them() {
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/vaidol-broken/repo");
    let inside = run_in(&fixture.join("frontend"), &["trace", "--root", ".."]);
    assert!(inside.out.starts_with("src/context/WebSocketContext.tsx:13  WebSocket\n"), "{}", inside.out);
    assert!(inside.out.contains("  ../deploy/nginx/sites-available/vaidol, production mode"), "{}", inside.out);
    assert!(!inside.out.contains("frontend/src") && !inside.out.contains(" deploy/nginx"), "{}", inside.out);
    let root = run_in(&fixture, &["trace", "--root", "."]);
    assert!(root.out.contains("frontend/src/utils/websocket.ts:"), "{}", root.out);
    let json =
        |folder: &std::path::Path, root: &str| run_in(folder, &["trace", "--root", root, "--format", "json"]).out;
    assert_eq!(json(&fixture, "."), json(&fixture.join("frontend"), ".."), "programs read this");
}
