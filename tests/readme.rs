//! What the documents say is what the program does.
//!
//! After a change of the rules, `cargo test --test readme -- --ignored` writes README's table anew.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness reads files and fails by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wirelint::rules::RULES;

const START: &str = "<!-- rules -->\n";
const END: &str = "<!-- /rules -->\n";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The table of all rules, by family, from their own files.
fn table() -> String {
    let mut table = String::from("| Rule | Family | Severity | What is wrong |\n| --- | --- | --- | --- |\n");
    for rule in RULES {
        let metadata = rule.metadata();
        let (family, severity, title) = (metadata.family.name(), metadata.severity().name(), &metadata.title);
        writeln!(table, "| [`{0}`](rules/{0}.md) | {family} | {severity} | {title} |", rule.id).expect("a line");
    }
    table
}

/// README around and between the markers.
fn parts(readme: &str) -> (&str, &str, &str) {
    let (before, rest) = readme.split_once(START).expect("a start marker");
    let (between, after) = rest.split_once(END).expect("an end marker");
    (before, between, after)
}

#[test]
fn the_readme_lists_the_rules_as_their_files_do() {
    let readme = fs::read_to_string(file("README.md")).expect("README.md");
    assert_eq!(parts(&readme).1, table(), "`cargo test --test readme -- --ignored` writes it");
}

#[test]
#[ignore = "writes README.md"]
fn write_the_table() {
    let readme = fs::read_to_string(file("README.md")).expect("README.md");
    let (before, _, after) = parts(&readme);
    fs::write(file("README.md"), format!("{before}{START}{}{END}{after}", table())).expect("README.md");
}

/// The texts of README in blocks of plain text: what the commands above them print.
#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = fs::read_to_string(file("README.md")).expect("README.md");
    let blocks: Vec<&str> =
        readme.split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    let commands = ["check", "trace"];
    assert_eq!(blocks.len(), commands.len(), "a block of text without a command that prints it");
    for (block, command) in blocks.into_iter().zip(commands) {
        let output = Command::new(env!("CARGO_BIN_EXE_wirelint"))
            .args([command, "--root"])
            .arg(file("fixtures/vaidol-broken/repo"))
            .output()
            .expect("wirelint runs");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        let mut rest = printed.as_str();
        // Dots stand for what is left out.
        for part in block.split("...\n").map(|part| part.trim_matches('\n')) {
            let at = rest.find(part).unwrap_or_else(|| panic!("`{command}` does not print\n{part}\nbut\n{printed}"));
            rest = &rest[at + part.len()..];
        }
    }
}

/// The names of all fields, at any depth.
fn fields(value: &serde_json::Value, names: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                names.insert(name.clone());
                fields(value, names);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| fields(value, names)),
        _ => {}
    }
}

/// The fields of what the program writes, of which `shown` is one, that a document does not name.
fn undocumented(arguments: &[&str], shown: &str, document: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_wirelint"))
        .args(arguments)
        .arg("--root")
        .arg(file("fixtures/studyin-broken/repo"))
        .output()
        .expect("wirelint runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut names = BTreeSet::new();
    fields(&report, &mut names);
    assert!(names.contains(shown), "the fixture has no `{shown}`");
    let text = fs::read_to_string(file(document)).expect(document);
    names.into_iter().filter(|name| !text.contains(&format!("`{name}`"))).collect()
}

#[test]
fn every_field_of_the_json_reports_is_documented() {
    let check = undocumented(&["check", "--format", "json", "--exit-zero"], "shows", "docs/json.md");
    assert!(check.is_empty(), "not in docs/json.md: {check:?}");
    let trace = undocumented(&["trace", "--format", "json"], "verdict", "docs/trace-json.md");
    assert!(trace.is_empty(), "not in docs/trace-json.md: {trace:?}");
}
