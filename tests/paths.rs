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
    let inside = run_in(&repo.path().join("frontend"), &[]);
    assert_eq!(inside.err, "note: paths are relative to `..`, the root of the repository\n");
    assert_eq!(outside.run(&["--root", "part"]).err, "", "it was asked for");
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
