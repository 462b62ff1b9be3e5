//! Repositories as git itself writes them: what is staged and what was committed is read the same from all of them, or refused.

use std::path::{Path, PathBuf};
use std::process::Command;

const COUNT: usize = 40;

/// A folder with repositories.
struct Yard(tempfile::TempDir);

impl Yard {
    fn new() -> Self {
        let yard = Self(tempfile::tempdir().expect("a folder"));
        yard.make("loose", &[]);
        yard.git(".", &["clone", "-q", "loose", "packed"]);
        yard.git("packed", &["gc", "-q", "--aggressive", "--prune=now"]);
        yard
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn git(&self, folder: &str, arguments: &[&str]) {
        self.git_at(folder, "1700000000 +0000", arguments);
    }

    /// Runs git at a time of its clock.
    fn git_at(&self, folder: &str, date: &str, arguments: &[&str]) {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"];
        let output = Command::new("git")
            .args(identity)
            .args(arguments)
            .current_dir(self.at(folder))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_COMMITTER_DATE", date)
            .output()
            .expect("git is missing: apt-get install git");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A repository whose files were committed twice, so that a pack holds some as changes of others.
    fn make(&self, name: &str, options: &[&str]) {
        self.git(".", &[&["init", "-q"], options, &[name]].concat());
        for round in ["one", "two"] {
            for number in 0..COUNT {
                let lines: String =
                    (0..number * 15).map(|line| format!("# line {line} {}\n", line * 7919 % 97)).collect();
                let text = format!("server {{ listen 80; map $a $b {{ default x; }} }}\n{lines}# {round} {number}\n");
                let path = self.at(name).join(format!("d{number}/nginx.conf"));
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(path, text).expect("a file");
            }
            self.git(name, &["add", "."]);
            self.git(name, &["commit", "-q", "-m", round]);
        }
    }

    /// What git says.
    fn asked(&self, folder: &str, arguments: &[&str]) -> Vec<String> {
        let output = Command::new("git").args(arguments).current_dir(self.at(folder)).output().expect("git");
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// The commit that is compared with, and how many findings came since.
    fn since(&self, folder: &str, revision: &str) -> Result<(String, usize), String> {
        let program = Path::new(env!("CARGO_BIN_EXE_wirelint"));
        let arguments = ["--format", "json", "--select", "misplaced-directive", "--since", revision, "."];
        let output = Command::new(program).args(arguments).current_dir(self.at(folder)).output().expect("wirelint");
        if output.stdout.is_empty() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let findings = document["findings"].as_array().expect("findings");
        let new = findings.iter().filter(|finding| finding["suppressed"].is_null()).count();
        Ok((document["compared"]["since"]["commit"].as_str().unwrap_or("").to_owned(), new))
    }

    /// Commits on several branches, merged now and then also crosswise, each with one more file.
    fn history(&self, name: &str, options: &[&str], seed: usize) {
        self.git(".", &[&["init", "-q", "-b", "b0"], options, &[name]].concat());
        let mut state = seed;
        let mut draw = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut branches = 1;
        for number in 0..COUNT {
            let at = draw(branches);
            if number > 0 {
                self.git(name, &["checkout", "-q", &format!("b{at}")]);
            }
            let path = self.at(name).join(format!("d{number}/nginx.conf"));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, "server { listen 80; map $a $b { default x; } }\n").expect("a file");
            self.git(name, &["add", "."]);
            // Clocks that go wrong.
            let date = format!("{} +0000", 1_700_000_000 + number * 10 - draw(200));
            self.git_at(name, &date, &["commit", "-q", "-m", "x"]);
            match draw(4) {
                0 if branches < 5 => {
                    self.git(name, &["branch", &format!("b{branches}")]);
                    branches += 1;
                }
                1 => {
                    let other = format!("b{}", draw(branches));
                    self.git_at(name, &date, &["merge", "-q", "-m", "y", &other]);
                    self.git(name, &["tag", "-f", "-a", "-m", "z", &format!("t{}", number % 7)]);
                }
                _ => {}
            }
        }
    }

    /// How many findings there are in what is staged, or why there is no answer.
    fn staged(&self, folder: &str) -> Result<usize, String> {
        let program = Path::new(env!("CARGO_BIN_EXE_wirelint"));
        let arguments = ["--format", "json", "--staged", "--select", "misplaced-directive", "."];
        let output = Command::new(program).args(arguments).current_dir(self.at(folder)).output().expect("wirelint");
        if output.stdout.is_empty() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(document["coverage"]["files_left_out"], serde_json::json!([]), "{folder}");
        Ok(document["findings"].as_array().map_or(0, Vec::len))
    }
}

#[test]
fn every_way_in_which_git_writes_is_read() {
    let yard = Yard::new();
    yard.git(".", &["clone", "-q", "packed", "four"]);
    yard.git("four", &["update-index", "--force-write-index", "--index-version", "4"]);
    yard.git(".", &["clone", "-q", "packed", "named"]);
    for (key, value) in [("repack.useDeltaBaseOffset", "false"), ("pack.indexVersion", "1")] {
        yard.git("named", &["config", key, value]);
    }
    yard.git("named", &["repack", "-a", "-d", "-f", "-q"]);
    yard.make("long-names", &["--object-format=sha256"]);
    yard.git(".", &["clone", "-q", "long-names", "long-names-packed"]);
    yard.git("long-names-packed", &["gc", "-q", "--aggressive", "--prune=now"]);
    yard.git("packed", &["worktree", "add", "-q", "../linked"]);
    yard.git(".", &["init", "-q", "outer"]);
    yard.git("outer", &["submodule", "--quiet", "add", "../packed", "sub"]);
    let all = ["loose", "packed", "four", "named", "long-names", "long-names-packed", "linked", "outer/sub"];
    for folder in all {
        assert_eq!(yard.staged(folder), Ok(COUNT), "{folder}");
    }
}

#[test]
fn what_is_not_read_is_refused() {
    let yard = Yard::new();
    yard.git(".", &["clone", "-q", "--shared", "packed", "shared"]);
    yard.git(".", &["clone", "-q", "packed", "split"]);
    yard.git("split", &["update-index", "--split-index"]);
    yard.git(".", &["clone", "-q", "packed", "sparse"]);
    yard.git("sparse", &["sparse-checkout", "init", "--cone", "--sparse-index"]);
    yard.git("sparse", &["sparse-checkout", "set", "d1"]);
    yard.git(".", &["clone", "-q", "--separate-git-dir=elsewhere.git", "packed", "elsewhere"]);
    let cases = [
        ("shared", "names objects outside of this repository"),
        ("split", "it is split over two files"),
        ("sparse", "it is sparse"),
        ("elsewhere", "does not belong to this working tree"),
    ];
    for (folder, reason) in cases {
        let said = yard.staged(folder).expect_err(folder);
        assert!(said.contains(reason), "{folder}: {said}");
    }
    yard.git("sparse", &["sparse-checkout", "reapply", "--no-sparse-index"]);
    assert_eq!(yard.staged("sparse"), Ok(COUNT), "what the message says helps");
    yard.git("split", &["update-index", "--no-split-index"]);
    assert_eq!(yard.staged("split"), Ok(COUNT), "what the message says helps");
    yard.git("shared", &["repack", "-a", "-d", "-q"]);
    std::fs::remove_file(yard.at("shared/.git/objects/info/alternates")).expect("a file");
    assert_eq!(yard.staged("shared"), Ok(COUNT), "what the message says helps");
}

#[test]
fn names_and_merge_bases_are_those_of_git() {
    let yard = Yard::new();
    yard.history("plain", &[], 7);
    yard.history("long", &["--object-format=sha256"], 8);
    yard.git(".", &["clone", "-q", "--no-local", "plain", "cloned"]);
    yard.git("cloned", &["gc", "-q", "--aggressive", "--prune=now"]);
    yard.git("cloned", &["pack-refs", "--all"]);
    yard.git("cloned", &["worktree", "add", "-q", "--detach", "../linked", "HEAD~2"]);
    let mut compared = 0;
    for folder in ["plain", "long", "cloned", "linked"] {
        let refs = yard.asked(folder, &["for-each-ref", "--format=%(refname:short)"]);
        let commits = yard.asked(folder, &["log", "--all", "--format=%h"]);
        let stepped =
            ["HEAD", "@", "HEAD~3", "HEAD^", "HEAD^2", "HEAD~2^2~1", "b1~2", "t1^{commit}", "t2~1", "t3^0", "none"];
        let names = refs.into_iter().chain(commits).chain(stepped.map(str::to_owned));
        for name in names {
            let bases = yard.asked(folder, &["merge-base", "--all", &name, "HEAD"]);
            let found = yard.since(folder, &name);
            let Ok((commit, new)) = found else {
                assert!(bases.is_empty(), "{folder} {name}: {found:?} instead of {bases:?}");
                continue;
            };
            let base = bases.iter().find(|base| base.starts_with(&commit));
            let base = base.unwrap_or_else(|| panic!("{folder} {name}: {commit} is none of {bases:?}"));
            let added = yard.asked(folder, &["diff", "--name-only", "--diff-filter=A", base, "HEAD"]);
            assert_eq!(new, added.len(), "{folder} {name}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn a_shallow_clone_says_what_to_type() {
    let yard = Yard::new();
    yard.history("plain", &[], 9);
    let from = format!("file://{}", yard.at("plain").display());
    yard.git(".", &["clone", "-q", "--depth", "1", &from, "shallow"]);
    assert!(yard.since("shallow", "HEAD").is_ok());
    for revision in ["HEAD~1", "origin/b1"] {
        let said = yard.since("shallow", revision).expect_err(revision);
        assert!(said.contains("git fetch --unshallow"), "{said}");
    }
    yard.git("shallow", &["fetch", "-q", "--unshallow"]);
    let parent = yard.asked("shallow", &["rev-parse", "HEAD~1"]).concat();
    let (commit, _) = yard.since("shallow", "HEAD~1").expect("what the message says helps");
    assert!(parent.starts_with(&commit), "{commit} {parent}");
}
