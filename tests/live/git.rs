//! Repositories as git itself writes them: what is staged is read the same from all of them, or refused.

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
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"];
        let output = Command::new("git")
            .args(identity)
            .args(arguments)
            .current_dir(self.at(folder))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
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
