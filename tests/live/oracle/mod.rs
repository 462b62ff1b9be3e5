//! Whole stacks made from dimensions, started in namespaces of their own and visited by a browser.
//!
//! `WIRELINT_RECORD=1` writes all of them anew; `WIRELINT_SEED` and `WIRELINT_COUNT` start other random ones and print the table;
//! `WIRELINT_STACK=name` starts one, shows everything about it, and keeps its folder in `WIRELINT_KEEP`.

mod condition;
mod dimensions;
mod stack;
mod template;
mod worker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use self::stack::{Stack, picked_stacks, random_stacks};
use crate::oracle_record::{Connection, Foreign, Recorded, read, written};
use crate::oracle_table::Table;

/// The random stacks that are recorded.
const SEED: u64 = 1;
const COUNT: usize = 280;
/// Every so many of all stacks is started again in each run.
const EACH: usize = 7;

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What is recorded of a stack; nothing where it did not start as it should.
fn recorded(stack: &Stack, result: &Value) -> Option<Recorded> {
    let failed = result["failed"].as_array().is_none_or(|failed| !failed.is_empty());
    if failed || !result["went"].as_str().unwrap_or_default().is_empty() {
        println!(
            "{} did not start: {:?} {}\n{}",
            stack.name,
            result["failed"],
            result["went"],
            result["log"].as_str().unwrap_or_default()
        );
        return None;
    }
    let seen = result["connections"].as_array()?;
    if seen.iter().all(|seen| seen["why"] == "never made" || seen["kind"] == "sio" && seen["why"] == "no answer") {
        println!("{}: the page makes no connection\n{:?}", stack.name, console(result).collect::<Vec<_>>());
        return None;
    }
    let connections = stack.connections.iter().zip(seen);
    let connections = connections.map(|(connection, seen)| {
        let foreign = match result["elsewhere"][&connection.kind].as_str() {
            Some("let in") => Foreign::LetIn,
            Some(_) => Foreign::Refused,
            None => Foreign::Untried,
        };
        let notes: Vec<&str> =
            seen["notes"].as_array().map_or(Vec::new(), |notes| notes.iter().filter_map(Value::as_str).collect());
        let policy = console(result).find(|line| {
            line.contains("Content Security Policy") && line.contains(seen["url"].as_str().unwrap_or("-"))
        });
        let why = [seen["why"].as_str().unwrap_or_default()]
            .into_iter()
            .chain(notes)
            .chain(policy.map(|_| "Content Security Policy"));
        let works = seen["real"] == "works";
        let why = if works { String::new() } else { plain(&why.collect::<Vec<_>>().join("; ")) };
        Connection { works, foreign, why, ..connection.clone() }
    });
    let made =
        stack.chosen.dimensions.iter().map(|(name, choice)| format!("{name}={}", choice.replace(' ', "_"))).collect();
    Some(Recorded {
        name: stack.name.clone(),
        made,
        page: stack.page(),
        connections: connections.collect(),
        files: stack.files.clone(),
    })
}

fn console(result: &Value) -> impl Iterator<Item = &str> {
    result["console"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// One line, without numbers that differ each time.
fn plain(text: &str) -> String {
    text.split_whitespace()
        .filter(|word| !word.contains("&t="))
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(240)
        .collect()
}

/// Starts stacks and gives what is recorded, in their order.
fn start(stacks: &[Stack]) -> Vec<Recorded> {
    let found: Mutex<BTreeMap<String, Recorded>> = Mutex::default();
    worker::run(stacks, &|stack, result| {
        if setting("WIRELINT_STACK").is_some() {
            println!("{result:#}");
        }
        if let Some(recorded) = recorded(stack, &result) {
            found.lock().expect("no thread panicked with it").insert(stack.name.clone(), recorded);
        }
    });
    let mut found = found.into_inner().expect("no thread panicked with it");
    stacks.iter().filter_map(|stack| found.remove(&stack.name)).collect()
}

fn all() -> Vec<(&'static str, Vec<Stack>)> {
    vec![("picked.txt", picked_stacks()), ("random.txt", random_stacks(SEED, COUNT))]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/stacks")
}

#[test]
fn stacks_do_as_recorded() {
    if let Some(seed) = setting("WIRELINT_SEED") {
        let count = setting("WIRELINT_COUNT").and_then(|count| count.parse().ok()).unwrap_or(60);
        let stacks = start(&random_stacks(seed.parse().expect("a number"), count));
        let text: String = stacks.iter().map(written).collect();
        if let Some(file) = setting("WIRELINT_OUT") {
            std::fs::write(file, text).expect("a file");
        }
        println!("{} stacks\n{}", stacks.len(), Table::of(&stacks).text());
        return;
    }
    let wanted = setting("WIRELINT_STACK");
    let records = setting("WIRELINT_RECORD").is_some();
    let mut wrong = Vec::new();
    let mut number = 0;
    for (file, stacks) in all() {
        let chosen: Vec<Stack> = stacks
            .into_iter()
            .filter(|stack| {
                number += 1;
                wanted.as_ref().map_or(records || number % EACH == 0, |wanted| stack.name == *wanted)
            })
            .collect();
        let started = start(&chosen);
        let path = folder().join(file);
        if records {
            std::fs::write(&path, started.iter().map(written).collect::<String>()).expect("the file");
        }
        let known = read(&std::fs::read_to_string(&path).expect("the records"));
        for stack in &started {
            let before = known.iter().find(|known| known.name == stack.name);
            let same = before.is_some_and(|before| {
                let works = |stack: &Recorded| stack.connections.iter().map(|one| one.works).collect::<Vec<_>>();
                before.files == stack.files && works(before) == works(stack)
            });
            if !same {
                wrong.push(format!(
                    "{}: {:?}, recorded {:?}",
                    stack.name,
                    stack.connections,
                    before.map(|before| &before.connections)
                ));
            }
        }
        println!("{} of {} stacks of {file} started\n{}", started.len(), chosen.len(), Table::of(&started).text());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The first stacks as files, to look at them: `WIRELINT_SHOW=folder`.
#[test]
fn stacks_can_be_made() {
    let stacks: Vec<Stack> = all().into_iter().flat_map(|(_, stacks)| stacks).collect();
    assert!(stacks.len() >= 400, "only {}", stacks.len());
    for stack in &stacks {
        assert!(!stack.connections.is_empty(), "{} makes no connection", stack.name);
    }
    println!(
        "{} stacks, {} connections",
        stacks.len(),
        stacks.iter().map(|stack| stack.connections.len()).sum::<usize>()
    );
    println!("{} at fault", stacks.iter().filter(|stack| !stack.chosen.faults.is_empty()).count());
}
