//! Neovim with `wirelint lsp` beside it: what a person is shown there is what a run over the same files reports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const FIXTURES: [&str; 4] = ["vaidol-broken", "studyin-broken", "rooms-broken", "face-broken"];

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the fixture") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// The line and rule of what a run reports, by file.
fn reported(root: &Path) -> BTreeMap<String, BTreeSet<(u64, String)>> {
    let run = Command::new(env!("CARGO_BIN_EXE_wirelint"))
        .args(["check", "--format", "json"])
        .current_dir(root)
        .output()
        .expect("wirelint runs");
    let document: Value = serde_json::from_slice(&run.stdout).expect("a report");
    let mut files: BTreeMap<String, BTreeSet<(u64, String)>> = BTreeMap::new();
    for finding in document["findings"].as_array().expect("findings").iter().filter(|one| one["suppressed"].is_null()) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if let (Some(path), Some(line)) = (text(&finding["place"]["path"]), finding["place"]["line"].as_u64()) {
            files.entry(path).or_default().insert((line, text(&finding["rule"]).expect("a rule")));
        }
    }
    files
}

fn shown(root: &Path, files: &[String]) -> Vec<Value> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/live/editor/client.lua");
    let out = root.join(".git-shown.json");
    let output = Command::new("nvim")
        .args(["--headless", "-u", "NONE", "-i", "NONE", "-n", "--cmd", "set shortmess+=I"])
        .args(["-c", &format!("luafile {}", script.display()), "-c", "qall!"])
        .env("WIRELINT", env!("CARGO_BIN_EXE_wirelint"))
        .env("ROOT", root)
        .env("FILES", files.join("\n"))
        .env("OUT", &out)
        .current_dir(root)
        .output()
        .expect("nvim is missing: apt-get install neovim");
    let said = String::from_utf8_lossy(&output.stderr);
    let text = std::fs::read(&out).unwrap_or_else(|_| panic!("nvim wrote nothing: {said}"));
    serde_json::from_slice(&text).expect("what nvim wrote")
}

#[test]
fn neovim_shows_what_a_run_reports() {
    for fixture in FIXTURES {
        let yard = tempfile::tempdir().expect("a folder");
        let root = yard.path().canonicalize().expect("a folder");
        copy(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture).join("repo"), &root);
        let expected = reported(&root);
        assert!(!expected.is_empty(), "{fixture}");
        let files: Vec<String> = expected.keys().cloned().collect();
        let shown = shown(&root, &files);
        let count = |name: &str| shown.iter().filter_map(|file| file[name].as_u64()).sum::<u64>();
        assert!(count("hovers") > 0 && count("definitions") > 0, "{fixture}: {shown:?}");
        for file in &shown {
            let path = file["path"].as_str().expect("a path");
            let diagnostics = file["diagnostics"].as_array().expect("diagnostics");
            let found: BTreeSet<(u64, String)> = diagnostics
                .iter()
                .map(|one| (one["line"].as_u64().expect("a line"), one["rule"].as_str().unwrap_or_default().to_owned()))
                .collect();
            assert_eq!(Some(&found), expected.get(path), "{fixture} {path}");
            assert!(
                diagnostics.iter().all(|one| one["actions"].as_u64() > Some(0)),
                "{fixture} {path}: {diagnostics:?}"
            );
        }
    }
}
