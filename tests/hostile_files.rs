//! A stranger's repository starts no process, and nothing outside of it is read or written.
#![cfg(unix)]
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use support::git::{FOLDER, Index, commit, id, refer, tree};
use support::{BROKEN_NGINX, Repo, Run, program};

/// A configuration of git that has something run wherever git would run anything.
fn evil_config(run: &str) -> String {
    format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tfsmonitor = \"{run}\"\n\tsshCommand = \"{run}\"\n\thooksPath = hooks\n\
         \tpager = \"{run}\"\n\teditor = \"{run}\"\n\tsparseCheckout = true\n\tsparseCheckoutCone = true\n\talternateRefsCommand = \"{run}\"\n\
         [index]\n\tsparse = true\n[extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\turl = ssh://127.0.0.1:1/x\n\tpromisor = true\n\
         \tuploadpack = \"{run}\"\n\tvcs = \"{run}\"\n[filter \"evil\"]\n\tclean = \"{run}\"\n\tsmudge = \"{run}\"\n\tprocess = \"{run}\"\n\
         [diff]\n\texternal = \"{run}\"\n[credential]\n\thelper = \"!{run}\"\n[alias]\n\tls-files = \"!{run}\"\n\tcat-file = \"!{run}\"\n\
         [include]\n\tpath = more\n[protocol]\n\tallow = always\n"
    )
}

/// Writes a repository with such a configuration into a folder, `.git` or one that only looks like it.
fn plant(folder: &Path, run: &str, sparse: bool) {
    let index = Index::default().file(".env.committed", "A=b\n");
    let index = if sparse { index.entry("sparse/", FOLDER, id(b"missing"), 0).extension(b"sdir") } else { index };
    index.write(folder, &evil_config(run));
    let committed = commit(folder, &tree(folder, &[("nginx.conf", BROKEN_NGINX)]), &[], 1);
    refer(folder, "refs/heads/main", &committed);
    std::fs::create_dir_all(folder.join("hooks")).unwrap();
    std::fs::write(folder.join("more"), evil_config(run)).unwrap();
    std::fs::write(folder.join("objects/info/alternates"), "/proc/self/root\n").unwrap();
    for name in ["hooks/post-index-change", "hooks/reference-transaction", "hooks/fsmonitor-watchman"] {
        std::fs::write(folder.join(name), format!("#!/bin/sh\n{run}\n")).unwrap();
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn no_process_is_started() {
    let outside = Repo::new();
    let marker = outside.path().join("marker");
    let run = format!("touch {}; false", marker.display());
    // Whatever is started by its name is one of these.
    for name in ["git", "ssh", "sh", "env", "touch", "bash", "cat"] {
        let path = outside.path().join("bin").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n: > {}\n", marker.display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    for sparse in [true, false] {
        let repo = Repo::new()
            .with(".gitignore", ".env\n")
            .with(".gitattributes", "* filter=evil diff=evil\n")
            .with("services/api/.gitattributes", "* filter=evil diff=evil\n")
            .with(".env", "A=b\n")
            .with("services/api/.env", "A=b\n")
            .with("services/api/package.json", "{}")
            .with("services/api/.gitignore", ".env\n")
            .with("nginx.conf", BROKEN_NGINX);
        plant(&repo.path().join("services/api"), &run, sparse);
        for with_own in [false, true] {
            if with_own {
                plant(&repo.path().join(".git"), &run, sparse);
            }
            for arguments in [
                &["check"][..],
                &["check", "--local"],
                &["check", "--staged"],
                &["check", "--since", "HEAD"],
                &["trace"],
                &["trace", "--staged"],
            ] {
                for folder in [".", "services/api"] {
                    for bin in ["/usr/bin:/bin".to_owned(), outside.path().join("bin").display().to_string()] {
                        let mut command = Command::new(program());
                        command.args(arguments).arg(folder).current_dir(repo.path()).env("PATH", &bin);
                        let from_inside = Command::new(program())
                            .args(arguments)
                            .current_dir(repo.path().join(folder))
                            .env("PATH", &bin)
                            .output()
                            .unwrap();
                        let output = command.output().unwrap();
                        assert!(output.status.code().is_some() && from_inside.status.code().is_some());
                        assert!(!marker.exists(), "{arguments:?} {folder} sparse {sparse} own {with_own} {bin}");
                    }
                }
            }
        }
    }
}

fn pipe(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

fn gaps(run: &Run) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    let list = document["coverage"]["not_read"].as_array().unwrap().clone();
    list.iter().map(|gap| format!("{}: {}", gap["at"].as_str().unwrap(), gap["what"].as_str().unwrap())).collect()
}

#[test]
fn links_pipes_and_odd_names_are_not_read_but_named() {
    let outside = Repo::new().with("secret.conf", BROKEN_NGINX).with("all", "*\n");
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with("closed/nginx.conf", BROKEN_NGINX);
    let at = |name: &str| repo.path().join(name);
    symlink(outside.path().join("secret.conf"), at("linked.conf")).unwrap();
    symlink(outside.path(), at("linked")).unwrap();
    symlink("nginx.conf", at("inside.conf")).unwrap();
    symlink(outside.path().join("all"), at(".gitignore")).unwrap();
    symlink(outside.path().join("all"), at(".env")).unwrap();
    pipe(&at("pipe/nginx.conf"));
    pipe(&at("pipe/.gitignore"));
    pipe(&at("pipe/.env"));
    pipe(&at("pipe/package.json"));
    std::fs::create_dir_all(at("odd")).unwrap();
    std::fs::write(at("odd").join(std::ffi::OsStr::from_bytes(b"a\xff\n.conf")), BROKEN_NGINX).unwrap();
    std::fs::write(at("odd/back\\slash.conf"), BROKEN_NGINX).unwrap();
    let select = ["--format", "json", "--select", "misplaced-directive"];
    for more in [&[][..], &["--local"], &["--jobs", "1"], &["--jobs", "4"]] {
        let run = repo.run(&[&select[..], more].concat());
        assert_eq!(run.findings(), ["closed/nginx.conf misplaced-directive", "nginx.conf misplaced-directive"]);
        let link = "a symbolic link, which is not followed";
        let expected = [
            format!(".env: {link}"),
            format!(".gitignore: {link}"),
            format!("inside.conf: {link}"),
            format!("linked: {link}"),
            format!("linked.conf: {link}"),
            "odd/a\\xff\n.conf: its name is not UTF-8".to_owned(),
            "odd/back\\slash.conf: its name is no path on every system".to_owned(),
            "pipe/.env: no regular file".to_owned(),
            "pipe/.gitignore: no regular file".to_owned(),
            "pipe/nginx.conf: no regular file".to_owned(),
            "pipe/package.json: no regular file".to_owned(),
        ];
        assert_eq!(gaps(&run), expected);
    }
    let human = repo.run(&["--verbose"]);
    assert!(human.out.contains("2 paths not read (see --verbose)"), "{}", human.out);
    assert!(human.out.contains(r"  odd/a\xff\u{a}.conf: its name is not UTF-8"), "{}", human.out);
    let sarif = repo.run(&["--format", "sarif"]);
    assert!(sarif.out.contains("is not UTF-8"), "{}", sarif.out);
    std::fs::set_permissions(at("closed"), std::fs::Permissions::from_mode(0o000)).unwrap();
    let run = repo.run(&select);
    let is_listed = std::fs::read_dir(at("closed")).is_ok(); // the superuser may
    std::fs::set_permissions(at("closed"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(is_listed || gaps(&run).contains(&"closed: a folder that cannot be listed: permission denied".to_owned()));
}

#[test]
fn rules_that_are_too_much_are_said_and_not_applied() {
    let many: String = (0..11_000).map(|number| format!("name{number}\n")).collect();
    let repo = Repo::new()
        .with("nginx.conf", BROKEN_NGINX)
        .with("a/.gitignore", many + "*\n")
        .with("a/nginx.conf", BROKEN_NGINX);
    let repo = repo.with("b/.gitignore", format!("*\n{}", "#".repeat(300_000))).with("b/nginx.conf", BROKEN_NGINX);
    let run = repo.run(&["--format", "json", "--select", "misplaced-directive"]);
    assert_eq!(run.findings().len(), 3);
    assert_eq!(
        gaps(&run),
        [
            "a/.gitignore: not applied: more than 10000 patterns are in force here",
            "b/.gitignore: not applied: 300002 bytes, more than the limit of 262144",
        ]
    );
}

#[test]
fn the_configuration_is_a_file_of_the_repository() {
    let outside = Repo::new().with("wirelint.toml", "ignore = ['misplaced-directive']\n");
    let broken = || Repo::new().with("nginx.conf", BROKEN_NGINX);
    let linked = broken();
    symlink(outside.path().join("wirelint.toml"), linked.path().join("wirelint.toml")).unwrap();
    let dangling = broken();
    symlink("nowhere", dangling.path().join("wirelint.toml")).unwrap();
    let device = broken();
    symlink("/dev/zero", device.path().join("wirelint.toml")).unwrap();
    let waiting = broken();
    pipe(&waiting.path().join("wirelint.toml"));
    let folder = broken().with("wirelint.toml/a", "");
    let large = broken().with("wirelint.toml", format!("#{}\n", " ".repeat(1024 * 1024)));
    let cases = [
        (linked, "a symbolic link, which is not followed"),
        (dangling, "a symbolic link, which is not followed"),
        (device, "a symbolic link, which is not followed"),
        (waiting, "not a regular file"),
        (folder, "not a regular file"),
        (large, "1048578 bytes, more than the limit of 1048576"),
    ];
    for (repo, reason) in cases {
        for arguments in [&["check"][..], &["trace"]] {
            let run = repo.run(arguments);
            assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
            assert_eq!(run.err, format!("error: wirelint.toml: cannot be read: {reason}\n"));
        }
    }
}

#[test]
fn a_report_replaces_files_and_nothing_else() {
    let outside = Repo::new().with("precious", "precious\n");
    let precious = outside.path().join("precious");
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with("old.json", "old\n");
    let at = |name: &str| repo.path().join(name);
    symlink(&precious, at("link.json")).unwrap();
    symlink("nowhere.json", at("dangling.json")).unwrap();
    symlink(outside.path(), at("reports")).unwrap();
    pipe(&at("pipe.json"));
    let inside_by_full_path = at("reports/new.json").display().to_string();
    let refused = [
        ("link.json", "it is a symbolic link, which is not followed"),
        ("dangling.json", "it is a symbolic link, which is not followed"),
        ("reports/new.json", "`reports` is a symbolic link, which is not followed"),
        (&inside_by_full_path, "/reports` is a symbolic link, which is not followed"),
        ("pipe.json", "it is not a regular file"),
        (".", "it is not a regular file"),
        ("none/new.json", "No such file or directory"),
    ];
    for (name, reason) in refused {
        let run = repo.run(&["--format", "json", "--output", name]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{name}: {run:?}");
        assert!(run.err.contains(reason), "{name}: {run:?}");
    }
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious\n");
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
    for name in ["old.json", "new.json"] {
        let run = repo.run(&["--format", "json", "--output", name]);
        assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{run:?}");
        assert!(std::fs::read_to_string(at(name)).unwrap().contains("misplaced-directive"));
    }
    let mut left: Vec<_> =
        std::fs::read_dir(repo.path()).unwrap().map(|item| item.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["dangling.json", "link.json", "new.json", "nginx.conf", "old.json", "pipe.json", "reports"]);
}
