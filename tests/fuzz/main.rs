//! The fuzz targets of `fuzz/targets/` on stable Rust, with a fixed seed: the same cases in every run.
//!
//! - `FUZZ_CASES=500` makes so many cases of the slowest target, and as many times its weight of each other;
//! - `FUZZ_TARGET=nginx` runs only that one;
//! - `FUZZ_SEED=2` draws other cases;
//! - `FUZZ_WITNESS=1` writes each input to a file before it runs (for what no test can catch), and times it.
//!
//! An input that fails is made smaller and written below `target/`; put it into `fuzz/corpus/NAME/` when the fault is fixed.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

#[path = "../support/change.rs"]
mod change;
#[path = "../support/examples.rs"]
mod examples;
mod inputs;
#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use change::{Change, Donor, EDITS, change, runner};
use inputs::{Inputs, corpus};
use targets::{TARGETS, Target};
use wirelint::base::panic_message;

/// Cases of the slowest target in an ordinary test run.
const CASES: u64 = 4;
const SEED: u64 = 8;

/// Inputs grow by repetitions; a longer one only makes each case slow.
const LONGEST: usize = 250_000;

/// Trees are deep on hostile input; wirelint runs on a stack of this size, too.
const STACK: usize = 64 * 1024 * 1024;

/// What no input may take in an optimized build.
const PATIENCE: Duration = Duration::from_secs(2);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// A seed and what is done to it.
#[derive(Clone, Debug)]
struct Drawn {
    seed: prop::sample::Index,
    other: prop::sample::Index,
    changes: Vec<Change>,
}

impl Drawn {
    fn bytes(&self, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
        let mut bytes = self.seed.get(seeds).clone();
        let donor = Donor { other: &seeds[self.other.index(seeds.len())], words };
        for change in &self.changes {
            change.apply(&mut bytes, donor);
            bytes.truncate(LONGEST);
        }
        bytes
    }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let index = any::<prop::sample::Index>;
    let changes = prop::collection::vec(change(&EDITS), 1..10);
    (index(), index(), changes).prop_map(|(seed, other, changes)| Drawn { seed, other, changes })
}

/// Where an input is left for people.
fn left(target: &Target, what: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.{what}", target.name))
}

struct Campaign<'a> {
    target: &'static Target,
    seeds: &'a [Vec<u8>],
    witness: bool,
    slowest: Duration,
}

impl Campaign<'_> {
    /// The fault of an input, when it has one.
    fn fault(&mut self, bytes: &[u8]) -> Option<String> {
        if self.witness {
            std::fs::write(left(self.target, "last"), bytes).unwrap();
        }
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.target.run)(bytes)));
        let took = start.elapsed();
        if took > self.slowest {
            self.slowest = took;
            if self.witness {
                std::fs::write(left(self.target, "slowest"), bytes).unwrap();
            }
        }
        match outcome {
            Err(panic) => Some(panic_message(&*panic)),
            Ok(()) if self.witness && took > PATIENCE => Some(format!("took {took:?}")),
            Ok(()) => None,
        }
    }

    /// One case; its fault in the smallest input that was found to have one.
    fn case(&mut self, number: u64) -> Option<String> {
        let mut tree = drawn().new_tree(&mut runner(number ^ seed_of(self.target.name), number)).unwrap();
        let bytes = |drawn: &Drawn| drawn.bytes(self.seeds, self.target.words);
        let mut smallest = bytes(&tree.current());
        let mut fault = self.fault(&smallest)?;
        let mut steps = 300;
        while steps > 0 && tree.simplify() {
            steps -= 1;
            let bytes = tree.current().bytes(self.seeds, self.target.words);
            match self.fault(&bytes) {
                Some(again) => (smallest, fault) = (bytes, again),
                None if !tree.complicate() => break,
                None => {}
            }
        }
        let file = left(self.target, &format!("{number}.failed"));
        std::fs::write(&file, &smallest).unwrap();
        Some(format!("{} case {number}: {fault}\n  {} bytes in {}", self.target.name, smallest.len(), file.display()))
    }
}

/// The targets do not share their cases.
fn seed_of(name: &str) -> u64 {
    let seed = number("FUZZ_SEED", SEED);
    name.bytes().fold(seed, |hash, byte| hash.wrapping_mul(0x0100_0000_01B3) ^ u64::from(byte))
}

fn on_a_deep_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

#[test]
fn no_input_is_feared() {
    let only = std::env::var("FUZZ_TARGET").ok();
    let cases = number("FUZZ_CASES", CASES);
    let witness = number("FUZZ_WITNESS", 0) > 0;
    let inputs = Inputs::new();
    let mut faults = Vec::new();
    let mut all = 0;
    for target in TARGETS.iter().filter(|target| only.as_deref().is_none_or(|name| name == target.name)) {
        let seeds = inputs.of(target);
        let found = on_a_deep_stack(move || {
            let mut campaign = Campaign { target, seeds: &seeds, witness, slowest: Duration::ZERO };
            let count = cases * u64::from(target.weight);
            let start = Instant::now();
            let faults: Vec<String> = (0..count).filter_map(|number| campaign.case(number)).take(20).collect();
            println!(
                "{}: {count} cases of {} seeds in {:?}, slowest {:?}",
                target.name,
                seeds.len(),
                start.elapsed(),
                campaign.slowest
            );
            (count, faults)
        });
        all += found.0;
        faults.extend(found.1);
    }
    println!("{all} cases");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What once failed, and small inputs of every kind.
#[test]
fn the_corpus_is_not_feared() {
    for target in &TARGETS {
        for bytes in corpus(target.name) {
            on_a_deep_stack(move || (target.run)(&bytes));
        }
    }
}

/// Without a seed that parses, a target sees nothing but syntax errors.
#[test]
fn every_target_has_seeds() {
    let inputs = Inputs::new();
    for target in &TARGETS {
        assert!(inputs.of(target).iter().any(|seed| !seed.is_empty()), "{} has none", target.name);
    }
}

/// `cargo fuzz` knows the same targets: each has a program of its own, which runs the target of its name.
#[test]
fn cargo_fuzz_has_the_same_targets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let programs: Vec<&str> = manifest.split("[[bin]]").skip(1).collect();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let told = |program: &str, name: &str| {
        program.contains(&format!("name = \"{name}\"\n"))
            && program.contains(&format!("path = \"fuzz_targets/{name}.rs\"\n"))
    };
    assert_eq!(programs.len(), names.len());
    for (program, name) in programs.iter().zip(&names) {
        assert!(told(program, name), "{name}: {program}");
        let text = std::fs::read_to_string(folder.join("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(text.contains(&format!("targets::run(\"{name}\", data)")), "{name}: {text}");
    }
    let files = std::fs::read_dir(folder.join("fuzz_targets")).unwrap().count();
    assert_eq!(files, names.len());
}
