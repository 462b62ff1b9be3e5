//! A hostile or broken file: the run ends as runs end, says the same on one thread and on two, and what it found without
//! that file's evidence it still finds.
//!
//! Each case takes one tree of `fixtures/`, one of its files and one change, all drawn from the number of the case:
//! - `MUTATION_CASES=50000` makes so many instead of a few;
//! - `MUTATION_FIRST=4711` starts with that case: with `MUTATION_CASES=1` it repeats one that failed;
//! - `MUTATION_SEED=2` draws other cases;
//! - `MUTATION_TREES=FOLDER` takes further trees, `FOLDER/*/broken` and `FOLDER/*/fixed`;
//! - `MUTATION_WITNESS=1` holds each case to a time and all to an amount of memory; measure in an optimized build.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

#[path = "../support/change.rs"]
mod change;
#[path = "../support/examples.rs"]
mod examples;
mod look;
mod tree;

use std::alloc::System;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use cap::Cap;
use change::{Change, Donor, KINDS, Kind, change, runner};
use examples::sections;
use look::{Known, Said, look};
use tree::{Changed, Snapshot, snapshots};
use wirelint::base::{RepoPath, panic_message};
use wirelint::report::Format;
use wirelint::rules::RULES;

/// Cases of an ordinary test run.
const CASES: u64 = 150;
const SEED: u64 = 8;

/// What no run may take.
const PATIENCE: Duration = Duration::from_secs(2);
const MEMORY: usize = 500 * 1024 * 1024;

/// Counts the bytes that are held at one time.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// A settings file that says something, for the changes to spoil.
const SETTINGS: &str = "select = [\"upgrade-headers\", \"port-mismatch\"]\nignore = ['origin-not-allowed']\nfail-on = \"error\"\n\
                        exclude = [\"legacy/\", \"*.bak\"]\n\n[nginx]\nversion = '1.28'\n\n[[suppress]]\n\
                        rule = \"port-mismatch\"\npath = \"web/.env\"\nreason = \"old\"\n";

struct Base {
    tree: Snapshot,
    known: Vec<Known>,
}

/// What a case is about.
struct Case<'a> {
    base: &'a Base,
    path: RepoPath,
    change: Change,
    bytes: Vec<u8>,
}

/// What the cases of one kind came to.
#[derive(Default)]
struct Tally {
    runs: u64,
    codes: [u64; 3],
    lost: u64,
    slowest: Duration,
}

/// The case that took the most of something.
#[derive(Default)]
struct Worst {
    time: (Duration, String),
    memory: (usize, String),
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// The fixtures, the examples of the rules, and what the environment names.
fn bases() -> Vec<Base> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut trees = snapshots(&fixtures, &["repo"]);
    for rule in RULES {
        let sections = sections(rule.body()).into_iter().filter(|section| section.is_bad());
        trees
            .extend(sections.map(|section| {
                Snapshot::from_texts(format!("rules/{}.md, {}", rule.id, section.title), section.files)
            }));
    }
    if let Ok(folder) = std::env::var("MUTATION_TREES") {
        trees.extend(snapshots(Path::new(&folder), &["broken", "fixed"]));
    }
    let base = |tree: Snapshot| Base { known: look(&tree, 1).known, tree };
    trees.into_iter().map(base).collect()
}

fn draw(bases: &[Base], number: u64) -> Case<'_> {
    let mut runner = runner(self::number("MUTATION_SEED", SEED), number);
    let choice = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let drawn = (choice, change(&KINDS)).new_tree(&mut runner).unwrap().current();
    let ((base, path, other), change) = drawn;
    let base = base.get(bases);
    let paths = base.tree.paths();
    let settings = RepoPath::new(wirelint::config::FILE_NAME).unwrap();
    // one more than there are files: the settings
    let path = paths.get(path.index(paths.len() + 1)).map_or(settings, |path| (*path).clone());
    let other = base.tree.bytes(paths[other.index(paths.len())]);
    let mut bytes = base.tree.bytes(&path).to_vec();
    if bytes.is_empty() && path.as_str() == wirelint::config::FILE_NAME {
        bytes = SETTINGS.into();
    }
    change.apply(&mut bytes, Donor { other, words: &[] });
    Case { base, path, change, bytes }
}

/// The findings that the change took away though it is in none of their files.
fn lost(base: &Base, path: &RepoPath, after: &[Known]) -> Vec<Said> {
    if path.as_str() == wirelint::config::FILE_NAME {
        return Vec::new();
    }
    // a more specific rule may say it of the same place
    let after: BTreeSet<_> = after.iter().map(|known| (&known.said.path, known.said.span)).collect();
    let before = base.known.iter().filter(|known| !known.files.contains(path.as_str()));
    before
        .filter(|known| !after.contains(&(&known.said.path, known.said.span)))
        .map(|known| known.said.clone())
        .collect()
}

fn run(case: &Case<'_>) -> (u8, Vec<Said>) {
    let changed = Changed::new(&case.base.tree, &case.path, case.bytes.clone());
    let one = look(&changed, 1);
    let two = look(&changed, 2);
    assert!(one.shown == two.shown, "two threads say something else than one");
    for (format, page) in Format::ALL.iter().zip(&one.shown) {
        if matches!(format, Format::Json | Format::Sarif | Format::Gitlab) {
            let _: serde_json::Value = serde_json::from_str(page).unwrap();
        }
    }
    (one.code, lost(case.base, &case.path, &one.known))
}

#[test]
fn a_changed_file_breaks_nothing_else() {
    let bases = bases();
    let (first, count) = (number("MUTATION_FIRST", 0), number("MUTATION_CASES", CASES));
    let witness = number("MUTATION_WITNESS", 0) > 0;
    let mut tallies: BTreeMap<Kind, Tally> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut worst = Worst::default();
    let held = ALLOCATOR.allocated();
    for number in first..first + count {
        let case = draw(&bases, number);
        let before = ALLOCATOR.max_allocated();
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&case)));
        let took = start.elapsed() / 2;
        let tally = tallies.entry(case.change.kind).or_default();
        tally.runs += 2;
        tally.slowest = tally.slowest.max(took);
        let about = format!("case {number}: {:?} of {} in {}", case.change.kind, case.path, case.base.tree.name);
        if witness && took > PATIENCE {
            faults.push(format!("{about}: took {took:?}"));
        }
        if took > worst.time.0 {
            worst.time = (took, about.clone());
        }
        if ALLOCATOR.max_allocated() > before {
            worst.memory = (ALLOCATOR.max_allocated() - held, about.clone());
        }
        match outcome {
            Ok((code, lost)) => {
                tally.codes[usize::from(code)] += 1;
                tally.lost += u64::from(!lost.is_empty());
                faults.extend(
                    lost.iter().map(|said| format!("{about}: lost {} at {} {:?}", said.rule, said.path, said.span)),
                );
            }
            Err(panic) => faults.push(format!("{about}: {}", panic_message(&*panic))),
        }
    }
    for (kind, tally) in &tallies {
        println!(
            "{kind:?}: {} runs, codes {:?}, slowest {:?}, {} lost something",
            tally.runs, tally.codes, tally.slowest, tally.lost
        );
    }
    let (took, about) = &worst.time;
    println!("slowest: {took:?}, {about}");
    let (peak, about) = &worst.memory;
    println!("most memory: {} MB over what the trees take, {about}", peak / 1024 / 1024);
    assert!(!witness || *peak < MEMORY, "{peak} bytes");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What becomes of a file that breaks: nothing of it is left, or a part, or something is in the middle.
fn breaks(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    vec![
        ("emptied", Vec::new()),
        ("cut in the middle", head.to_vec()),
        ("with NULs in the middle", [head, &[0; 5], tail].concat()),
        ("with NULs in front", [&[0; 5], bytes].concat()),
        ("with a foreign line in the middle", [head, b"\n\x01}{ ]>: '\n", tail].concat()),
    ]
}

/// An ordinary run breaks each file in one way, a long one in every way.
#[test]
fn what_does_not_rest_on_a_file_outlives_it() {
    let every = number("MUTATION_CASES", CASES) > CASES;
    let mut faults = Vec::new();
    let mut turn = 0usize;
    for base in bases().iter().filter(|base| !base.known.is_empty()) {
        for path in base.tree.paths() {
            turn += 1;
            let all = breaks(base.tree.bytes(path));
            let count = all.len();
            for (_, (how, bytes)) in all.into_iter().enumerate().filter(|(index, _)| every || turn % count == *index) {
                let changed = Changed::new(&base.tree, path, bytes);
                for said in lost(base, path, &look(&changed, 1).known) {
                    faults.push(format!(
                        "{}: {path} {how}: lost {} at {} {:?}",
                        base.tree.name, said.rule, said.path, said.span
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
