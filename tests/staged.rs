//! What is staged, and which ignored files are committed, read from git's own files without git.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;
use std::process::Command;

use support::git::{FILE, FOLDER, Index, Packed, id, loose_raw, pack};
use support::{BROKEN_NGINX, Repo, Run, program};

const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n";
const STAGED: [&str; 5] = ["--format", "json", "--staged", "--select", "misplaced-directive"];
const ERROR: &str = "nginx.conf misplaced-directive";

fn repo(index: &Index) -> Repo {
    let repo = Repo::new();
    index.write(&repo.path().join(".git"), CONFIG);
    repo
}

fn coverage(run: &Run, field: &str) -> serde_json::Value {
    let document: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    document["coverage"][field].clone()
}

/// The reasons of a list of gaps.
fn reasons(run: &Run, field: &str) -> Vec<String> {
    let list = coverage(run, field);
    list.as_array().unwrap().iter().map(|gap| format!("{}: {}", gap["at"], gap["what"]).replace('"', "")).collect()
}

#[test]
fn the_index_is_read_and_not_the_disk() {
    let repo = repo(&Index::default().file("nginx.conf", BROKEN_NGINX).file("deploy/nginx.conf", BROKEN_NGINX));
    let repo = repo.with("nginx.conf", "server { listen 80; }\n");
    assert_eq!(repo.run(&STAGED).findings(), ["deploy/nginx.conf misplaced-directive", ERROR]);
    // a folder of it, as a part and by itself
    std::fs::create_dir(repo.path().join("deploy")).unwrap();
    let part = [&STAGED[..], &["deploy"]].concat();
    assert_eq!(repo.run(&part).findings(), ["deploy/nginx.conf misplaced-directive"]);
    let alone = [&STAGED[..], &["--root", "deploy"]].concat();
    assert_eq!(repo.run(&alone).findings(), [ERROR]);
    assert_eq!(repo.run(&["--format", "json"]).findings(), [] as [&str; 0]);
}

#[test]
fn a_hook_names_another_index() {
    let repo = repo(&Index::default().file("nginx.conf", BROKEN_NGINX));
    std::fs::write(repo.path().join(".git/next-index"), Index::default().bytes()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(program());
        let command = command.args(arguments).current_dir(repo.path()).env("GIT_INDEX_FILE", ".git/next-index");
        Run::from(command.output().unwrap())
    };
    assert_eq!(run(&STAGED).findings(), [] as [&str; 0]);
}

#[test]
fn what_was_committed_in_spite_of_the_ignore_rules_is_read() {
    // The usual rules for Python keep out every `lib/`, that of the front end too.
    let index = Index::default().file("web/src/lib/nginx.conf", BROKEN_NGINX).file("kept/nginx.conf", BROKEN_NGINX);
    let repo = repo(&index)
        .with(".gitignore", "lib/\n*.local\n")
        .with("web/src/lib/nginx.conf", BROKEN_NGINX)
        .with("web/src/lib/own.conf", BROKEN_NGINX);
    let run = repo.run(&["--format", "json"]);
    assert_eq!(run.findings(), [ERROR.replace("nginx.conf", "web/src/lib/nginx.conf")]);
}

#[test]
fn a_hook_changes_nothing_about_what_is_on_disk() {
    let index = Index::default().file("package.json", "{}").file("sub/.env", "A=b\n");
    let repo = repo(&index).with(".gitignore", ".env\n").with("sub/.env", "A=b\n").with("sub/package.json", "{}");
    for file in [".git/none", "/dev/null", ""] {
        let mut command = Command::new(program());
        let command = command.args(["--format", "json"]).current_dir(repo.path()).env("GIT_INDEX_FILE", file);
        assert_eq!(coverage(&Run::from(command.output().unwrap()), "ignored_env_files"), 0, "{file}");
    }
    let other = Repo::new().with(".gitignore", ".env\n").with(".env", "A=b\n");
    assert_eq!(coverage(&other.run(&["--format", "json"]), "ignored_env_files"), 1);
    std::fs::create_dir(other.path().join(".git")).unwrap();
    assert_eq!(coverage(&other.run(&["--format", "json"]), "ignored_env_files"), 1, "an empty `.git` is no repository");
}

#[test]
fn packs_are_read_with_their_changes() {
    let base = format!("{BROKEN_NGINX}# the end\n");
    let length = BROKEN_NGINX.len();
    let names = [id(b"one"), id(b"two"), id(b"three")];
    let index = Index::default();
    let index = index.entry("a/nginx.conf", FILE, names[0], 0).entry("b/nginx.conf", FILE, names[1], 0);
    let repo = repo(&index.entry("c/nginx.conf", FILE, names[2], 0));
    // copy all but the comment, from a base that is named by distance or by name
    let sizes = |from: usize, to: usize| {
        [(from & 0x7f) as u8 | 0x80, (from >> 7) as u8, (to & 0x7f) as u8 | 0x80, (to >> 7) as u8]
    };
    let cut = [&sizes(base.len(), length)[..], &[0x91 | 0x20, 0, length as u8, (length >> 8) as u8]].concat();
    let add = [&sizes(length, length + 2)[..], &[0xb1, 0, length as u8, (length >> 8) as u8, 2, b'#', b'x']].concat();
    let objects = [
        (names[0], Packed::Whole(base.into_bytes())),
        (names[1], Packed::Near(0, cut)),
        (names[2], Packed::Named(names[1], add)),
    ];
    pack(&repo.path().join(".git"), &objects);
    let found = ["a", "b", "c"].map(|folder| format!("{folder}/nginx.conf misplaced-directive"));
    assert_eq!(repo.run(&STAGED).findings(), found);
}

#[test]
fn what_a_pack_claims_is_bounded() {
    let names: Vec<_> = (0..40_u8).map(|number| id(&[number])).collect();
    let index = names.iter().enumerate().fold(Index::default(), |index, (number, name)| {
        index.entry(&format!("{number:02}/nginx.conf"), FILE, *name, 0)
    });
    let repo = repo(&index);
    // a change of itself, a change of nothing, and objects that double the one before
    let mut objects = vec![
        (names[0], Packed::Named(names[0], vec![1, 1, 1, b'a'])),
        (names[1], Packed::Named(id(b"nowhere"), vec![1, 1, 1, b'a'])),
        (names[2], Packed::Whole(vec![b'#'; 60_000])),
    ];
    let mut size = 60_000_usize;
    let number = |mut value: usize| {
        let mut digits = Vec::new();
        while value > 0x7f {
            digits.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        digits.push(value as u8);
        digits
    };
    for (at, name) in names.iter().enumerate().skip(3) {
        let copy = [0xf0, size as u8, (size >> 8) as u8, (size >> 16) as u8];
        let to = size * 2;
        objects.push((*name, Packed::Near(at - 1, [number(size), number(to), copy.to_vec(), copy.to_vec()].concat())));
        size = to.min(0xff_ffff);
    }
    pack(&repo.path().join(".git"), &objects);
    let run = repo.run(&STAGED);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(reasons(&run, "files_left_out").len() > 30, "{run:?}");
}

#[test]
fn seven_hundred_corrupt_objects_are_seven_hundred_files_left_out() {
    let index = (0..700_u32).fold(Index::default(), |index, number| {
        index.entry(&format!("{number:03}/nginx.conf"), FILE, id(&number.to_be_bytes()), 0)
    });
    let repo = repo(&index.file("nginx.conf", BROKEN_NGINX));
    for number in 0..600_u32 {
        let bytes: &[u8] = match number % 3 {
            0 => b"\x78\x9cgarbage",
            1 => b"",
            _ => b"not compressed at all, and rather long for what it is",
        };
        loose_raw(&repo.path().join(".git"), &id(&number.to_be_bytes()), bytes);
    }
    let run = repo.run(&STAGED);
    assert_eq!(run.findings(), [ERROR]);
    assert_eq!(reasons(&run, "files_left_out").len(), 700);
}

#[test]
fn what_cannot_be_read_whole_is_refused() {
    let file = || Index::default().file("nginx.conf", BROKEN_NGINX);
    let cases: [(&str, Repo); 6] = [
        ("it is sparse", repo(&file().entry("web/", FOLDER, id(b"x"), 0))),
        ("it is split over two files", repo(&file().extension(b"link"))),
        ("its extension `oddx` is not known", repo(&file().extension(b"oddx"))),
        ("is no index", repo(&file()).with(".git/index", "nothing")),
        ("states format 7", repo(&file()).with(".git/config", "[core]\nrepositoryformatversion = 7\n")),
        ("in no git repository", Repo::new()),
    ];
    for (reason, repo) in cases {
        let run = repo.run(&STAGED);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
        assert!(run.err.contains(reason), "{reason}: {run:?}");
        // without `--staged` it matters only for ignored files, and is said
        let repo = repo.with(".gitignore", ".env\n").with("web/.env", "A=b\n").with("web/package.json", "{}");
        let repo = repo.with("nginx.conf", BROKEN_NGINX);
        let run = repo.run(&["--format", "json", "--select", "misplaced-directive"]);
        assert_eq!(run.findings(), [ERROR]);
        let said = reasons(&run, "not_read").concat();
        assert!(said.contains(reason) || reason.starts_with("in no"), "{reason}: {said}");
        let sarif = repo.run(&["--format", "sarif"]).out;
        assert!(sarif.contains(reason) || reason.starts_with("in no"), "{reason}: {sarif}");
        let trace = repo.run(&["trace"]).out;
        assert!(trace.contains(reason) || reason.starts_with("in no"), "{reason}: {trace}");
    }
}

#[cfg(unix)]
#[test]
fn no_file_of_git_leads_out_of_the_repository() {
    let secret = Repo::new();
    Index::default().file("nginx.conf", BROKEN_NGINX).write(secret.path(), CONFIG);
    let outside = secret.path().display().to_string();
    let link = |from: &str, to: &Path| {
        let repo = repo(&Index::default().file("nginx.conf", BROKEN_NGINX));
        let from = repo.path().join(from);
        let _ = std::fs::remove_dir_all(&from);
        let _ = std::fs::remove_file(&from);
        std::os::unix::fs::symlink(to, from).unwrap();
        repo
    };
    let cases: [(&str, Repo); 9] = [
        (".git is a symbolic link", link(".git", secret.path())),
        ("a symbolic link", link(".git/index", &secret.path().join("index"))),
        ("objects: is no folder", link(".git/objects", &secret.path().join("objects"))),
        ("a symbolic link", link(".git/config", &secret.path().join("config"))),
        ("does not belong to this working tree", Repo::new().with(".git", format!("gitdir: {outside}\n"))),
        ("has no `gitdir:`", Repo::new().with(".git", "something else\n")),
        ("has a `commondir`", repo(&Index::default()).with(".git/commondir", &outside)),
        (
            "names objects outside",
            repo(&Index::default()).with(".git/objects/info/alternates", format!("{outside}/objects\n")),
        ),
        (
            "`core.worktree` names another folder",
            repo(&Index::default()).with(".git/config", format!("[core]\nworktree = {outside}\n")),
        ),
    ];
    for (reason, repo) in cases {
        let run = repo.run(&STAGED);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{reason}: {run:?}");
        assert!(run.err.contains(reason), "{reason}: {run:?}");
    }
    // a linked working tree of somebody else
    let repo = Repo::new().with(".git", "gitdir: fake\n").with("fake/gitdir", "../.git\n");
    let repo = repo.with("fake/commondir", &outside).with("fake/HEAD", "");
    let run = repo.run(&STAGED);
    assert!(run.code == Some(2) && run.err.contains("does not belong to this working tree"), "{run:?}");
}

#[test]
fn linked_working_trees_and_submodules_are_read() {
    let index = || Index::default().file("nginx.conf", BROKEN_NGINX);
    let repo = Repo::new().with("tree/.git", "gitdir: ../main/.git/worktrees/tree\n");
    Index::default().write(&repo.path().join("main/.git"), CONFIG);
    let own = repo.path().join("main/.git/worktrees/tree");
    index().write(&own, "");
    // the objects are those of the main one
    std::fs::remove_dir_all(repo.path().join("main/.git/objects")).unwrap();
    std::fs::rename(own.join("objects"), repo.path().join("main/.git/objects")).unwrap();
    let repo = repo.with("main/.git/worktrees/tree/commondir", "../..\n");
    let back = repo.path().join("tree/.git").display().to_string();
    let repo = repo.with("main/.git/worktrees/tree/gitdir", format!("{back}\n"));
    assert_eq!(repo.run(&[&STAGED[..], &["tree"]].concat()).findings(), [ERROR]);

    let repo = Repo::new().with("outer/sub/.git", "gitdir: ../.git/modules/sub\n");
    index().write(&repo.path().join("outer/.git/modules/sub"), "[core]\n\tworktree = ../../../sub\n");
    assert_eq!(repo.run(&[&STAGED[..], &["outer/sub"]].concat()).findings(), [ERROR]);
}

#[test]
fn links_and_names_that_are_no_paths_are_counted() {
    let index = Index::default().file("nginx.conf", BROKEN_NGINX).link("linked.conf", "nginx.conf");
    let run = repo(&index.file("odd\\name.conf", BROKEN_NGINX)).run(&STAGED);
    assert_eq!(run.findings(), [ERROR]);
    assert_eq!(
        reasons(&run, "not_read"),
        [
            "linked.conf: a symbolic link, which is not followed",
            "odd\\\\name.conf: its name is no path on every system"
        ]
    );
    let run = repo(&Index::default().link("wirelint.toml", "/etc/passwd")).run(&STAGED);
    assert_eq!(run.code, Some(2));
    assert_eq!(run.err, "error: wirelint.toml: cannot be read: a symbolic link, which is not followed\n");
}

#[test]
fn what_a_sparse_index_hides_matters_only_where_it_is() {
    let index = Index::default().file("web/.env", "A=b\n").entry("other/", FOLDER, id(b"x"), 0).extension(b"sdir");
    let repo = repo(&index).with(".gitignore", ".env\n").with("web/.env", "A=b\n").with("web/package.json", "{}");
    let run = repo.run(&["--format", "json"]);
    assert_eq!((coverage(&run, "ignored_env_files"), reasons(&run, "not_read")), (0.into(), Vec::new()));
}

#[test]
fn twenty_thousand_ignored_files_are_no_argument_list() {
    let name =
        |number: usize| format!(".env.of-a-machine-with-a-long-name-{number:05}-for-which-nobody-has-a-shorter-one");
    let mut repo = repo(&Index::default().file(&name(7), "A=b\n")).with(".gitignore", ".env.*\n");
    for number in 0..20_000 {
        repo = repo.with(&name(number), "A=b\n");
    }
    assert_eq!(coverage(&repo.run(&["--format", "json"]), "ignored_env_files"), 19_999);
}
