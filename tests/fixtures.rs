//! Whole repositories under `fixtures/`: each yields exactly what its `expected.txt` lists.
//!
//! After a deliberate change, `cargo test --test fixtures -- --ignored` writes the files anew; read the difference.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness reads files, starts programs, and fails by panicking"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("fixtures/")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("repo").is_dir())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no fixture found");
    cases
}

/// One line for each finding, `path:line severity rule`, then one for each further place of its chains.
fn findings(case: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wirelint"))
        .args(["check", "--format", "json", "--exit-zero", "--root", "."])
        .current_dir(case.join("repo"))
        .output()
        .expect("wirelint runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", case.display());
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    // By place, so that a finding that gains or loses a wire changes no other line.
    let mut blocks: Vec<(String, u64, String)> = Vec::new();
    for finding in report["findings"].as_array().expect("findings") {
        let at = |place: &serde_json::Value| {
            format!("{}:{}", place["path"].as_str().unwrap_or("?"), place["line"].as_u64().unwrap_or(0))
        };
        let place = at(&finding["place"]);
        let words = |key: &str| finding[key].as_str().unwrap_or("?").to_owned();
        let mut lines = String::new();
        writeln!(lines, "{place} {} {}", words("severity"), words("rule")).expect("a line");
        let mut also: Vec<String> = finding["chains"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|chain| chain.as_array().into_iter().flatten())
            .map(at)
            .filter(|other| *other != place)
            .collect();
        also.sort();
        also.dedup();
        for other in also {
            writeln!(lines, "  also {other}").expect("a line");
        }
        let path = finding["place"]["path"].as_str().unwrap_or_default().to_owned();
        blocks.push((path, finding["place"]["line"].as_u64().unwrap_or(0), lines));
    }
    blocks.sort();
    blocks.into_iter().map(|(_, _, lines)| lines).collect()
}

#[test]
fn every_fixture_yields_what_it_expects() {
    let mut differences = String::new();
    for case in cases() {
        let expected = fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
        let found = findings(&case);
        if expected != found {
            writeln!(differences, "== {}\n-- expected\n{expected}-- found\n{found}", case.display()).expect("text");
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
#[ignore = "writes expected.txt"]
fn write_what_is_found() {
    for case in cases() {
        fs::write(case.join("expected.txt"), findings(&case)).expect("expected.txt");
    }
}

/// The public-style layouts are silent; that means something only when their wires run through nginx.
#[test]
fn layouts_are_silent_because_their_wires_hold() {
    // its conditions (`{% if %}`) leave open what is there
    let open = ["layout-ansible-role"];
    let mut silent = Vec::new();
    let layouts: Vec<PathBuf> = cases().into_iter().filter(|case| name(case).starts_with("layout-")).collect();
    assert!(layouts.len() >= 10, "{} layouts", layouts.len());
    for case in layouts {
        let expected = fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
        assert!(!expected.contains(" error ") && !expected.contains(" warning "), "{}: {expected}", case.display());
        let broken = tempfile::tempdir().expect("a folder");
        copy_without_upgrade(&case.join("repo"), &broken.path().join("repo"));
        let found = findings(broken.path());
        if !found.contains("missing-upgrade-headers") && !open.contains(&name(&case).as_str()) {
            silent.push(format!("{}: {found}", name(&case)));
        }
    }
    assert!(silent.is_empty(), "without the Upgrade header nothing is found in:\n{}", silent.join("\n"));
}

fn name(case: &Path) -> String {
    case.file_name().expect("a name").to_string_lossy().into_owned()
}

/// A copy of a folder, links too, without the lines that set the headers of a handshake.
fn copy_without_upgrade(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("a type");
        if kind.is_dir() {
            copy_without_upgrade(&path, &target);
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(&path).expect("a link"), &target).expect("a link");
        } else {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let keep = |line: &&str| {
                let line = line.trim_start();
                !line.starts_with("proxy_set_header Upgrade") && !line.starts_with("proxy_set_header Connection")
            };
            fs::write(&target, text.split_inclusive('\n').filter(keep).collect::<String>()).expect("a file");
        }
    }
}
