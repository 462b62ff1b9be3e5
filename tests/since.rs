//! What a change caused: findings that an earlier commit does not have, read from git's own files without git.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::PathBuf;

use miniz_oxide::deflate::compress_to_vec_zlib;
use serde_json::Value;
use support::git::{
    FOLDER, Id, Index, Packed, commit, commit_text, folder_of, forged, hex, id, loose_raw, object, pack, refer, tree,
};
use support::{BROKEN_NGINX, Repo, Run};

const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n";
const MAIN: &str = "refs/heads/main";
const CLEAN: &str = "server { listen 80; }\n";
const ERROR: &str = "nginx.conf misplaced-directive";

type Files<'a> = &'a [(&'a str, &'a str)];

/// A repository on the branch `main`.
struct Project(Repo);

impl Project {
    fn new() -> Self {
        let repo = Repo::new();
        Index::default().write(&repo.path().join(".git"), CONFIG);
        Self(repo)
    }

    /// With one commit, and what it holds on disk.
    fn of(files: Files<'_>) -> Self {
        let project = Self::new();
        let one = project.commit(files, &[], 1_000);
        project.on(MAIN, &one).disk(files)
    }

    fn git(&self) -> PathBuf {
        self.0.path().join(".git")
    }

    fn commit(&self, files: Files<'_>, parents: &[Id], date: u64) -> Id {
        commit(&self.git(), &tree(&self.git(), files), parents, date)
    }

    fn on(self, name: &str, object: &Id) -> Self {
        refer(&self.git(), name, object);
        self
    }

    fn disk(self, files: Files<'_>) -> Self {
        Self(files.iter().fold(self.0, |repo, (path, text)| repo.with(path, text)))
    }

    /// With another index.
    fn staged(self, files: Files<'_>) -> Self {
        files.iter().fold(Index::default(), |index, (path, text)| index.file(path, text)).write(&self.git(), CONFIG);
        self
    }

    fn since(&self, arguments: &[&str]) -> Run {
        self.0.run(&[&["--format", "json", "--since"], arguments].concat())
    }

    /// The new findings of a run that has to work.
    fn new_since(&self, arguments: &[&str]) -> Vec<String> {
        let run = self.since(arguments);
        assert!(run.code == Some(0) || run.code == Some(1), "{arguments:?}: {run:?}");
        let found = findings(&run);
        found.into_iter().filter(|finding| finding["suppressed"].is_null()).map(|finding| at(&finding)).collect()
    }

    /// Why a run has no answer.
    fn refusal(&self, revision: &str) -> String {
        let run = self.since(&[revision]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{revision}: {run:?}");
        run.err
    }
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"))
}

fn findings(run: &Run) -> Vec<Value> {
    document(run)["findings"].as_array().unwrap().clone()
}

fn at(finding: &Value) -> String {
    format!("{} {}", finding["place"]["path"].as_str().unwrap_or(""), finding["rule"].as_str().unwrap())
}

fn base(run: &Run) -> String {
    document(run)["compared"]["since"]["commit"].as_str().unwrap_or_else(|| panic!("{run:?}")).to_owned()
}

fn short(commit: &Id) -> String {
    hex(commit)[..12].to_owned()
}

#[test]
fn a_commit_of_documentation_passes_where_old_findings_are() {
    let old = [("nginx.conf", BROKEN_NGINX)];
    let hook = ["--staged", "--since", "HEAD"];
    let project = Project::of(&old).staged(&[old[0], ("README.md", "# New words\n")]);
    assert_eq!(project.0.run(&["--staged"]).code, Some(1), "`--staged` by itself judges all that is staged");
    let run = project.0.run(&hook);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    assert!(run.out.starts_with("0 errors, 0 warnings, 0 notes, 1 known"), "{run:?}");
    let project = project.staged(&[old[0], ("deploy/nginx.conf", BROKEN_NGINX)]);
    let run = project.0.run(&hook);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("[deploy/nginx.conf:1:1]") && !run.out.contains("[nginx.conf:1:1]"), "{run:?}");
    // What is on disk and not staged is not part of the commit.
    let project = project.staged(&old).disk(&[("more/nginx.conf", BROKEN_NGINX)]);
    assert_eq!(project.0.run(&hook).code, Some(0));
    assert_eq!(project.new_since(&["HEAD"]), ["more/nginx.conf misplaced-directive"]);
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let project = Project::new().staged(&[("nginx.conf", BROKEN_NGINX)]);
    assert_eq!(project.new_since(&["HEAD", "--staged"]), [ERROR]);
    let run = project.0.run(&["--staged", "--since", "HEAD"]);
    assert!(run.out.ends_with("Compared with nothing, because this branch has no commit yet.\n"), "{run:?}");
    assert!(project.refusal("main").contains("no branch, tag or commit is called `main`"));
    // Another branch has commits; this one begins anew.
    let one = project.commit(&[("nginx.conf", BROKEN_NGINX)], &[], 1_000);
    let project = project.on("refs/heads/other", &one);
    for revision in ["HEAD", "other"] {
        let run = project.0.run(&["--staged", "--since", revision]);
        assert!(run.out.ends_with("Compared with nothing, because this branch has no commit yet.\n"), "{run:?}");
    }
}

/// Removes the content of a file from a repository.
fn forget(project: &Project, content: &str) {
    let name = hex(&id(&[b"blob", content.as_bytes()].concat()));
    std::fs::remove_file(project.git().join("objects").join(&name[..2]).join(&name[2..])).unwrap();
}

#[test]
fn what_a_partial_clone_left_out_is_not_taken_for_new() {
    let remote = |name: &str, key: &str| format!("{CONFIG}[remote \"{name}\"]\n\turl = https://example.com\n\t{key}\n");
    let files = [("nginx.conf", BROKEN_NGINX), ("logo.png", "a picture")];
    let project = Project::of(&files).disk(&[("nginx.conf", &format!("# now\n{BROKEN_NGINX}"))]);
    forget(&project, "a picture");
    assert_eq!(project.new_since(&["HEAD"]), [] as [&str; 0], "nobody reads pictures");
    forget(&project, BROKEN_NGINX);
    let said = project.refusal("HEAD");
    assert!(said.contains("is missing") && !said.contains("partial"), "{said}");
    for (config, expected) in [
        (remote("origin", "promisor = true"), "origin"),
        (remote("upstream", "partialclonefilter = blob:none"), "upstream"),
        (format!("{CONFIG}[extensions]\n\tpartialClone = up\n"), "up"),
        // People paste what they are told to type.
        (remote("--upload-pack=x", "promisor"), "origin"),
    ] {
        let project = Project(Repo::new().with("nginx.conf", BROKEN_NGINX)).disk(&[("README.md", "")]);
        Index::default().write(&project.git(), &config);
        let one = project.commit(&files, &[], 1_000);
        let project = project.on(MAIN, &one).disk(&[("nginx.conf", &format!("# now\n{BROKEN_NGINX}"))]);
        forget(&project, BROKEN_NGINX);
        let said = project.refusal("HEAD");
        let words = format!("because this clone is partial: type `git fetch --refetch --no-filter {expected}` (in CI");
        assert!(said.contains("`nginx.conf` (git object ") && said.contains(&words), "{said}");
        // A folder may be left out as well.
        let gone = id(b"a folder that was left out");
        let two = commit(&project.git(), &gone, &[], 2_000);
        let project = project.on(MAIN, &two);
        let said = project.refusal("HEAD");
        assert!(said.contains(&hex(&gone)) && said.contains(&words), "{said}");
    }
    let project = Project::of(&files).disk(&[(".git/config", &remote("origin", "promisor = false"))]);
    forget(&project, BROKEN_NGINX);
    assert!(!project.refusal("HEAD").contains("partial"));
}

#[test]
fn what_is_suppressed_has_a_state_as_well() {
    let comment = BROKEN_NGINX.replace("    map", "    # wirelint: ignore[misplaced-directive] known\n    map");
    let project = Project::of(&[("nginx.conf", &comment)]).disk(&[("new/nginx.conf", &comment)]);
    let states: Vec<String> =
        findings(&project.since(&["HEAD"])).iter().map(|one| format!("{} {}", at(one), one["state"])).collect();
    assert_eq!(states, [format!("new/{ERROR} \"new\""), format!("{ERROR} \"unchanged\"")]);
}

#[test]
fn many_common_commits_cost_a_counted_number_of_steps() {
    let project = Project::new();
    let one = |name: usize, parents: &[Id], date| project.commit(&[("a", &name.to_string())], parents, date);
    let root = one(0, &[], 1);
    // Each names its parent again and again, and is compared with others.
    let common: Vec<Id> = (1_000..1_020).map(|number| one(number, &[root; 8_000], 5_000)).collect();
    let (head, other) = (one(1, &common, 9_000), one(2, &common, 9_000));
    let project = project.on(MAIN, &head).on("refs/heads/other", &other);
    assert!(project.refusal("other").contains("more than 2000000 steps between the two"));
}

#[test]
fn moved_code_is_old_and_an_uncovered_finding_is_new() {
    let project = Project::of(&[("nginx.conf", BROKEN_NGINX)]);
    let project = project.disk(&[("nginx.conf", &format!("# one\n# two\n{BROKEN_NGINX}"))]);
    assert_eq!(project.new_since(&["HEAD"]), [] as [&str; 0]);
    let comment = "    # wirelint: ignore[misplaced-directive] known\n    map";
    let project = Project::of(&[("nginx.conf", &BROKEN_NGINX.replace("    map", comment))]);
    assert_eq!(project.new_since(&["HEAD"]), [] as [&str; 0]);
    let project = project.disk(&[("nginx.conf", BROKEN_NGINX)]);
    assert_eq!(project.new_since(&["HEAD"]), [ERROR], "without its comment");
    // The settings are those of now, for both.
    let project = Project::of(&[("nginx.conf", BROKEN_NGINX), ("wirelint.toml", "exclude = ['nginx.conf']\n")]);
    let project = project.disk(&[("wirelint.toml", "fail-on = 'error'\n")]);
    assert_eq!(project.new_since(&["HEAD"]), [] as [&str; 0]);
}

const STACK: [(&str, &str); 9] = [
    ("compose.yml", "services:\n  api:\n    build: ./api\n  web:\n    build: ./web\n    ports: [\"443:443\"]\n"),
    (
        "web/package.json",
        "{ \"scripts\": { \"build\": \"vite build\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }",
    ),
    (
        "web/Dockerfile",
        "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM nginx:1.27\nCOPY --from=build /app/dist /usr/share/nginx/html\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\n",
    ),
    (
        "web/nginx.conf",
        "server {\n    listen 443 ssl;\n    server_name example.com;\n    location / { root /usr/share/nginx/html; }\n    location /ws {\n        proxy_pass http://api:8000;\n        proxy_http_version 1.1;\n        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection \"upgrade\";\n    }\n}\n",
    ),
    ("web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n"),
    (
        "web/src/main.ts",
        "const socket = new WebSocket(`wss://${location.host}/ws/chat`);\nsocket.onerror = console.error;\n",
    ),
    (
        "api/main.py",
        "from fastapi import FastAPI, WebSocket\n\napp = FastAPI()\n\n\n@app.websocket(\"/ws/chat\")\nasync def chat(socket: WebSocket):\n    await socket.accept()\n    await socket.receive_text()\n",
    ),
    ("api/requirements.txt", "fastapi\nuvicorn[standard]\n"),
    (
        "api/Dockerfile",
        "FROM python:3.12\nCOPY . /srv\nWORKDIR /srv\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\"]\n",
    ),
];

#[test]
fn a_break_in_a_file_that_the_change_did_not_touch_is_shown_where_the_change_is() {
    let project = Project::of(&STACK);
    assert_eq!(project.new_since(&["HEAD"]), [] as [&str; 0]);
    let port = STACK[8].1.replace("\"0.0.0.0\"]", "\"0.0.0.0\", \"--port\", \"9000\"]");
    let project = project.disk(&[("api/Dockerfile", &port)]);
    assert_eq!(project.new_since(&["HEAD"]), ["web/nginx.conf unreachable-upstream"]);
    let run = project.since(&["HEAD"]);
    let new = findings(&run).into_iter().find(|finding| finding["state"] == "new").unwrap();
    assert_eq!((&new["anchor"]["path"], &new["anchor"]["line"]), (&"api/Dockerfile".into(), &4.into()));
    assert_eq!(new["place"]["path"], "web/nginx.conf", "where the fix goes");
    let sarif = document(&project.0.run(&["--format", "sarif", "--since", "HEAD"]));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let new = results.iter().find(|result| result["baselineState"] == "new").unwrap();
    let first = &new["locations"][0]["physicalLocation"];
    assert_eq!(first["artifactLocation"]["uri"], "api/Dockerfile");
    assert_eq!((&first["region"]["startLine"], &first["region"]["endLine"]), (&4.into(), &4.into()));
    let related = &new["relatedLocations"][0]["physicalLocation"];
    assert_eq!(related["artifactLocation"]["uri"], "web/nginx.conf", "the fix comes first among the others");
    assert!(new["message"]["text"].as_str().unwrap().contains("[web/nginx.conf:6](1)"), "{new}");
    let old = results.iter().find(|result| result["baselineState"] == "unchanged").unwrap();
    assert!(old["suppressions"].is_null(), "nobody has accepted it: {old}");
    // A file that the change brings has changed as a whole, and the place of the fix may stand as it is.
    let project = project.disk(&[("other/nginx.conf", BROKEN_NGINX)]);
    let run = project.since(&["HEAD"]);
    let new = findings(&run).into_iter().find(|finding| at(finding).starts_with("other/")).unwrap();
    assert!(new["state"] == "new" && new["anchor"].is_null(), "{new}");
}

#[test]
fn the_merge_base_is_compared_with() {
    let project = Project::new();
    let broken = ("nginx.conf", BROKEN_NGINX);
    let start = project.commit(&[broken], &[], 1_000);
    // The main branch mends it, and breaks something else.
    let main = project.commit(&[("nginx.conf", CLEAN), ("x/nginx.conf", BROKEN_NGINX)], &[start], 2_000);
    let topic = project.commit(&[broken, ("y/nginx.conf", BROKEN_NGINX)], &[start], 1_500);
    let project = project.on("refs/remotes/origin/main", &main).on(MAIN, &topic);
    let project = project.disk(&[broken, ("y/nginx.conf", BROKEN_NGINX)]);
    let run = project.since(&["origin/main"]);
    assert_eq!(base(&run), short(&start));
    assert_eq!(document(&run)["compared"]["since"]["is_merge_base"], true);
    assert_eq!(project.new_since(&["origin/main"]), ["y/nginx.conf misplaced-directive"]);
    let said = project.0.run(&["--since", "origin/main"]).out;
    let words =
        format!("Compared with commit {}, the newest one that `origin/main` and HEAD have in common.\n", short(&start));
    assert!(said.ends_with(&words), "{said}");
    // After main was merged into the branch, what main has is old.
    let merged = project.commit(&[broken], &[topic, main], 3_000);
    let project = project.on(MAIN, &merged);
    assert_eq!(base(&project.since(&["origin/main"])), short(&main));
}

#[test]
fn wrong_clocks_and_crossed_merges_do_not_mislead() {
    let project = Project::new();
    let make = |name: &str, parents: &[Id], date| project.commit(&[(name, "x")], parents, date);
    let root = make("root", &[], 5_000);
    // Older by the clock than what came before it.
    let late = make("late", &[root], 10);
    let one = make("one", &[late], 6_000);
    let two = make("two", &[late, root], 6_000);
    let crossed_one = make("crossed one", &[one, two], 7_000);
    let crossed_two = make("crossed two", &[two, one], 7_000);
    let names = [("root", root), ("late", late), ("one", one), ("two", two), ("c1", crossed_one), ("c2", crossed_two)];
    for (name, object) in &names {
        refer(&project.git(), &format!("refs/tags/{name}"), object);
    }
    for (head, revision, expected) in [
        (&one, "two", vec![late]),
        (&two, "one", vec![late]),
        (&crossed_one, "c2", vec![one, two]),
        (&crossed_one, "root", vec![root]),
        (&crossed_one, "late", vec![late]),
        (&late, "c2", vec![late]),
    ] {
        refer(&project.git(), MAIN, head);
        let found = base(&project.since(&[revision]));
        assert!(expected.iter().any(|commit| short(commit) == found), "{revision}: {found}");
    }
}

#[test]
fn commits_have_many_names() {
    let project = Project::new();
    let all: Vec<Id> = (0..4_u64).fold(Vec::new(), |mut all, number| {
        let parents: Vec<Id> = all.last().copied().into_iter().collect();
        all.push(project.commit(&[("a", &number.to_string())], &parents, 1_000 + number));
        all
    });
    let side = project.commit(&[("b", "x")], &[all[1]], 1_500);
    let top = project.commit(&[("c", "x")], &[all[3], side], 2_000);
    let tag = |target: &Id, kind: &str| {
        object(&project.git(), "tag", format!("object {}\ntype {kind}\ntag x\n\nwords\n", hex(target)).as_bytes())
    };
    let annotated = tag(&all[2], "commit");
    let nested = tag(&annotated, "tag");
    let packed = format!(
        "# pack-refs with: peeled\n{} refs/tags/packed\n^{}\n{} refs/heads/old\n",
        hex(&annotated),
        hex(&all[2]),
        hex(&all[0])
    );
    let project = project.on(MAIN, &top).on("refs/tags/v1", &annotated).on("refs/tags/v2", &nested);
    let project = project.on("refs/remotes/origin/main", &all[1]).on("refs/heads/feature/x", &all[3]);
    let project = project.on("refs/heads/old", &all[1]).on("ORIG_HEAD", &all[3]);
    let project = project
        .disk(&[(".git/packed-refs", &packed), (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n")]);
    let abbreviated = &hex(&all[2])[..6];
    let described = format!("v1-3-g{abbreviated}");
    for (revision, expected) in [
        ("HEAD", &top),
        ("@", &top),
        ("main", &top),
        ("heads/main", &top),
        ("refs/heads/main", &top),
        ("ORIG_HEAD", &all[3]),
        ("v1", &all[2]),
        ("v1^0", &all[2]),
        ("v2", &all[2]),
        ("packed", &all[2]),
        ("tags/packed~1", &all[1]),
        ("old", &all[1]),
        ("feature/x", &all[3]),
        ("origin", &all[1]),
        ("origin/main", &all[1]),
        ("HEAD~", &all[3]),
        ("HEAD~2^", &all[1]),
        ("HEAD^2", &side),
        ("@~3", &all[1]),
        (&hex(&all[0]), &all[0]),
        (abbreviated, &all[2]),
        (&abbreviated.to_uppercase(), &all[2]),
        (&described, &all[2]),
    ] {
        assert_eq!(base(&project.since(&[revision])), short(expected), "{revision}");
    }
    // `HEAD` without a branch
    let project = project.disk(&[(".git/HEAD", &format!("{}\n", hex(&all[3])))]);
    assert_eq!(base(&project.since(&["main"])), short(&all[3]));
}

#[test]
fn what_is_no_commit_is_refused_with_what_to_type() {
    let project = Project::of(&[("nginx.conf", CLEAN)]);
    let file = object(&project.git(), "blob", b"x");
    let elsewhere = project.commit(&[("a", "x")], &[], 500);
    let head = project.commit(&[("b", "x")], &[id(b"gone")], 600);
    let project = project.on("refs/tags/file", &file).on("refs/tags/elsewhere", &elsewhere);
    for (revision, reason) in [
        ("nope", "no branch, tag or commit is called `nope` (`git branch --all`"),
        ("HEAD~7", "`HEAD~7` is no commit: there are fewer before it"),
        ("HEAD~4294967295", "more than 100000 commits"),
        ("main..x", "a range is two commits"),
        ("main@{1}", "logs of branches"),
        ("file", "is no commit"),
        ("elsewhere", "`elsewhere` and HEAD have no commit in common"),
        ("../../etc/passwd", "a range is two commits"),
        ("/etc/passwd", "no branch or tag can be called so"),
        ("\u{1b}[2J", "no branch or tag can be called so"),
    ] {
        let said = project.refusal(revision);
        assert!(said.contains(reason), "{revision}: {said}");
        assert!(!said.contains('\u{1b}'), "{said}");
    }
    // A clone of the newest commits alone.
    let shallow = format!("{}\n", hex(&head));
    let project = project.on(MAIN, &head).disk(&[(".git/shallow", &shallow)]);
    for revision in ["origin/main", "HEAD~", "elsewhere"] {
        let said = project.refusal(revision);
        assert!(
            said.contains("`git fetch --unshallow` (in CI, check out with `fetch-depth: 0`)"),
            "{revision}: {said}"
        );
    }
    std::fs::remove_file(project.git().join("shallow")).unwrap();
    let said = project.refusal("elsewhere");
    assert!(said.contains(&format!("git object {} is missing", hex(&id(b"gone")))), "{said}");
    let said = Project(Repo::new()).refusal("HEAD");
    assert!(said.contains("is in no git repository, so there is no earlier commit to compare with"), "{said}");
    assert_eq!(project.0.run(&["--since", "HEAD", "--write-baseline", "x"]).code, Some(2));
}

#[test]
fn several_objects_with_one_beginning_are_told_apart_or_refused() {
    let project = Project::of(&[("nginx.conf", CLEAN)]);
    let folder = tree(&project.git(), &[]);
    let named = |last: u8| {
        let mut name = [0xab; 20];
        name[19] = last;
        name
    };
    forged(&project.git(), "commit", &named(1), commit_text(&folder, &[], 9).as_bytes());
    forged(&project.git(), "blob", &named(2), b"x");
    let project = project.on(MAIN, &named(1));
    assert_eq!(base(&project.since(&["abab"])), "abababababab");
    forged(&project.git(), "commit", &named(3), commit_text(&folder, &[], 9).as_bytes());
    assert!(project.refusal("abab").contains("several commits begin with `abab`"));
    assert!(project.refusal("aba").contains("no branch, tag or commit is called `aba`"), "git wants four");
}

#[test]
fn commits_and_folders_are_read_from_packs() {
    let project = Project::new();
    let file = id(b"file");
    let folder = id(b"folder");
    let (one, two) = (id(b"one"), id(b"two"));
    let objects = [
        (file, Packed::Whole(BROKEN_NGINX.as_bytes().to_vec())),
        (folder, Packed::Of(2, folder_of(&[(support::git::FILE, "nginx.conf", file)]))),
        (one, Packed::Of(1, commit_text(&folder, &[], 10).into_bytes())),
        (two, Packed::Of(1, commit_text(&folder, &[one], 20).into_bytes())),
    ];
    pack(&project.git(), &objects);
    let project = project.on(MAIN, &two).disk(&[("nginx.conf", BROKEN_NGINX), ("b/nginx.conf", BROKEN_NGINX)]);
    for revision in ["HEAD", "HEAD~1", &hex(&one)[..8]] {
        assert_eq!(project.new_since(&[revision]), ["b/nginx.conf misplaced-directive"], "{revision}");
    }
}

#[test]
fn a_folder_of_the_repository_is_compared_with_itself() {
    let project = Project::of(&[("a/nginx.conf", BROKEN_NGINX), ("b/c/nginx.conf", BROKEN_NGINX)]);
    let project = project.disk(&[("b/c/d/nginx.conf", BROKEN_NGINX), ("e/nginx.conf", BROKEN_NGINX)]);
    assert_eq!(project.new_since(&["HEAD", "b/c"]), ["b/c/d/nginx.conf misplaced-directive"], "a part of it");
    assert_eq!(project.new_since(&["HEAD", "--root", "b/c"]), ["d/nginx.conf misplaced-directive"]);
    assert_eq!(project.new_since(&["HEAD", "--root", "e"]), [ERROR], "the commit has no such folder");
    assert_eq!(project.new_since(&["HEAD", "a/nginx.conf"]), [] as [&str; 0]);
}

#[test]
fn what_no_commit_has_did_not_come_with_the_change() {
    // A submodule is on disk, and the commit holds its name alone.
    let project = Project::new();
    let entries = [(0o160_000, "sub", id(b"of another repository"))];
    let folder = object(&project.git(), "tree", &folder_of(&entries));
    let one = commit(&project.git(), &folder, &[], 10);
    let project = project.on(MAIN, &one).disk(&[("sub/nginx.conf", BROKEN_NGINX), ("nginx.conf", BROKEN_NGINX)]);
    assert_eq!(project.new_since(&["HEAD"]), [ERROR]);
    // It became a folder of this repository with the change.
    Index::default().file("sub/nginx.conf", BROKEN_NGINX).write(&project.git(), CONFIG);
    assert_eq!(project.new_since(&["HEAD"]), [ERROR, "sub/nginx.conf misplaced-directive"]);
    // Git-ignored env files of this machine.
    let page =
        "'use client';\nexport default function Page() { new WebSocket(process.env.NEXT_PUBLIC_A); return null; }\n";
    let files = [
        (".gitignore", ".env.local\n"),
        ("package.json", "{ \"scripts\": { \"build\": \"next build\" }, \"dependencies\": { \"next\": \"15.0.0\" } }"),
        ("app/page.tsx", page),
    ];
    let project = Project::of(&files).disk(&[(".env.local", "NEXT_PUBLIC_A=1\nNEXT_PUBLIC_A=2\n")]);
    let run = project.since(&["HEAD", "--local", "--exit-zero"]);
    assert!(findings(&run).iter().any(|finding| finding["local"] == true), "{run:?}");
    assert_eq!(project.new_since(&["HEAD", "--local"]), [] as [&str; 0]);
}

#[test]
fn old_findings_of_a_baseline_and_of_a_commit_are_both_known() {
    let project = Project::of(&[("nginx.conf", BROKEN_NGINX)]).disk(&[("b/nginx.conf", BROKEN_NGINX)]);
    let run = project.0.run(&["--write-baseline", "known.json", "b/nginx.conf"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(project.new_since(&["HEAD"]), ["b/nginx.conf misplaced-directive"]);
    assert_eq!(project.new_since(&["HEAD", "--baseline", "known.json"]), [] as [&str; 0]);
}

#[test]
fn hostile_histories_end() {
    let project = Project::of(&[("nginx.conf", CLEAN)]);
    let git = project.git();
    let empty = tree(&git, &[]);
    // Commits that are their own parents, by themselves and in a ring.
    let (own, left, right) = (id(b"own"), id(b"left"), id(b"right"));
    forged(&git, "commit", &own, commit_text(&empty, &[own], 1).as_bytes());
    forged(&git, "commit", &left, commit_text(&empty, &[right, own], 1).as_bytes());
    forged(&git, "commit", &right, commit_text(&empty, &[left], 1).as_bytes());
    // A folder that holds itself, and one that holds itself twice.
    let (within, twice) = (id(b"within"), id(b"twice"));
    forged(&git, "tree", &within, &folder_of(&[(FOLDER, "a", within)]));
    forged(&git, "tree", &twice, &folder_of(&[(FOLDER, "a", twice), (FOLDER, "b", twice)]));
    // Folders that double: a million entries after twenty of them.
    let doubled = (0..40).fold(empty, |below, _| {
        object(&git, "tree", &folder_of(&[(FOLDER, "a", below), (FOLDER, "b", below), (FOLDER, "c", below)]))
    });
    let deep = (0..3_000).fold(empty, |below, _| object(&git, "tree", &folder_of(&[(FOLDER, "ab", below)])));
    let wrong = |bytes: &[u8]| object(&git, "tree", bytes);
    let (short_id, no_mode, slash) =
        (wrong(b"100644 a\0abc"), wrong(b"a"), wrong(&folder_of(&[(FOLDER, "a/b", empty)])));
    let dots = wrong(&folder_of(&[(FOLDER, "..", empty)]));
    let tag = id(b"tag");
    forged(&git, "tag", &tag, format!("object {}\ntype tag\n", hex(&tag)).as_bytes());
    let garbage = id(b"garbage");
    loose_raw(&git, &garbage, b"\x78\x9cgarbage");
    let bomb = id(b"bomb");
    loose_raw(
        &git,
        &bomb,
        &compress_to_vec_zlib(&[b"commit 90000000\0".as_slice(), &vec![b'a'; 90_000_000]].concat(), 9),
    );
    let no_tree = object(&git, "commit", b"author nobody\n\n");
    let of_file = object(&git, "commit", commit_text(&object(&git, "blob", b"x"), &[], 1).as_bytes());
    let holds = |folder: &Id| commit(&git, folder, &[], 1);
    for (what, head, reason) in [
        ("a folder in itself", holds(&within), "paths that are too long"),
        ("a folder twice in itself", holds(&twice), "paths that are too long"),
        ("folders that double", holds(&doubled), "more than 1000000 files and folders"),
        ("deep folders", holds(&deep), "paths that are too long"),
        ("a short name", holds(&short_id), "is no folder of files"),
        ("no mode", holds(&no_mode), "is no folder of files"),
        ("a slash", holds(&slash), "is no folder of files"),
        ("dots", holds(&dots), "is no folder of files"),
        ("a tag of itself", tag, "is a tag of more than 16 tags"),
        ("garbage", garbage, "is corrupt"),
        ("a bomb", bomb, "more than the limit"),
        ("no folder", no_tree, "is corrupt"),
        ("a file as a folder", of_file, "is no folder of files"),
        ("a folder that is missing", holds(&id(b"nowhere")), "is missing"),
    ] {
        refer(&git, MAIN, &head);
        let said = project.refusal("HEAD");
        assert!(said.contains(reason), "{what}: {said}");
    }
    for (head, revision) in [(own, "HEAD"), (own, "HEAD~50"), (left, "HEAD^2"), (left, "HEAD~99"), (right, "HEAD")] {
        refer(&git, MAIN, &head);
        let run = project.since(&[revision]);
        // Whatever is behind itself is behind everything: there is an answer, or none in common.
        let said = run.code == Some(0) || run.err.contains("have no commit in common");
        assert!(said, "{revision}: {run:?}");
    }
}

#[cfg(unix)]
#[test]
fn refs_lead_nowhere_else() {
    let outside = Repo::new();
    let secret = outside.path().join("secret");
    let project = Project::of(&[("nginx.conf", CLEAN)]);
    let head = std::fs::read_to_string(project.git().join(MAIN)).unwrap();
    std::fs::write(&secret, &head).unwrap();
    let path = secret.display().to_string();
    let up = format!("ref: ../../../../../../../..{path}\n");
    for (text, reason) in [
        (up.as_str(), "is no ref of git"),
        (&format!("ref: {path}\n"), "is no ref of git"),
        ("ref: refs/heads/../../config\n", "is no ref of git"),
        ("ref: HEAD\n", "is no ref of git"),
        ("something\n", "is no ref of git"),
        ("\n", "is no ref of git"),
        ("ref: refs/heads/loop\n", "leads to more than 5 others"),
    ] {
        let project = Project::of(&[("nginx.conf", CLEAN)]);
        let project = project.disk(&[(".git/HEAD", text), (".git/refs/heads/loop", "ref: refs/heads/loop\n")]);
        let said = project.refusal("main");
        assert!(said.contains(reason), "{text}: {said}");
    }
    for name in ["HEAD", MAIN, "packed-refs", "shallow", "refs/heads"] {
        let project = Project::of(&[("nginx.conf", CLEAN)]);
        let file = project.git().join(name);
        let _ = std::fs::remove_file(&file);
        let _ = std::fs::remove_dir_all(&file);
        let target = if name == "refs/heads" { outside.path() } else { &secret };
        std::os::unix::fs::symlink(target, &file).unwrap();
        let said = project.refusal("HEAD");
        assert!(said.contains("a symbolic link, which is not followed"), "{name}: {said}");
    }
    let tables = "[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable\n";
    let project = project.disk(&[(".git/config", tables)]);
    assert!(project.refusal("HEAD").contains("`extensions.refStorage = reftable`, which is not read"));
}
