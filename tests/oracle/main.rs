//! Stacks that were really started, and what a browser saw: wirelint says the same, and needs no program for it.
#![allow(missing_docs, clippy::disallowed_methods, clippy::expect_used, clippy::panic)]

#[path = "judge.rs"]
mod oracle_judge;
#[path = "record.rs"]
mod oracle_record;
#[path = "table.rs"]
mod oracle_table;

use std::path::Path;

use oracle_table::Table;

#[test]
fn what_is_said_of_recorded_stacks_is_what_happened() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/stacks");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| oracle_record::read(&std::fs::read_to_string(file).expect("a file"));
    let stacks: Vec<oracle_record::Recorded> = files.iter().flat_map(read).collect();
    let table = Table::of(&stacks);
    println!("{} stacks, {} connections\n{}", stacks.len(), table.rows.len(), table.text());
    let known: Vec<(&str, &str)> = include_str!("known.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .collect();
    let unexplained: Vec<String> = table
        .rows
        .iter()
        .filter(|(_, _, outcome, _)| !matches!(outcome.name(), "right" | "unknown"))
        .map(|(stack, kind, outcome, why)| format!("{stack}/{kind} {} [{why}] {}", outcome.name(), outcome.text()))
        .filter(|row| !known.iter().any(|(stack, _)| row.starts_with(&format!("{stack} "))))
        .collect();
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert!(
        table.count("unknown") * 20 <= table.rows.len(),
        "{} of {} are not known",
        table.count("unknown"),
        table.rows.len()
    );
}
