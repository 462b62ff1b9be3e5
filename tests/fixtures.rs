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
        .args(["check", "--format", "json", "--exit-zero", "."])
        .current_dir(case.join("repo"))
        .output()
        .expect("wirelint runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", case.display());
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut lines = String::new();
    for finding in report["findings"].as_array().expect("findings") {
        let at = |place: &serde_json::Value| {
            format!("{}:{}", place["path"].as_str().unwrap_or("?"), place["line"].as_u64().unwrap_or(0))
        };
        let place = at(&finding["place"]);
        let words = |key: &str| finding[key].as_str().unwrap_or("?").to_owned();
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
    }
    lines
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
