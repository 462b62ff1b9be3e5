//! Which addresses a front end opens: modules of many shapes, run by Node with what esbuild makes of them, and asked of the model.

#[path = "../../client_addresses/cases.rs"]
mod cases;
mod grow;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wirelint::Settings;
use wirelint::config::Config;

use self::cases::{Case, MODES, Real, compare, real, repository, written};
use crate::process::program;

/// Modules that are put together from parts.
const GENERATED: usize = 120;

/// What the tests without Node know of the modules that people could have written.
const RECORDED: &str = include_str!("../../client_addresses/answers.txt");

/// What really happens, for each case in each mode.
fn happens(cases: &[Case]) -> Vec<Result<BTreeSet<Real>, String>> {
    let node = program(&["/usr/bin/node", "/usr/local/bin/node"].map(PathBuf::from), "apt-get install -y nodejs");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(node);
    command.env("NODE_PATH", root.join("target/live/node/node_modules"));
    command.arg(root.join("tests/live/clients/ask.js"));
    let asked = cases.iter().flat_map(|case| {
        MODES.iter().map(|(mode, page, env)| {
            let env: serde_json::Map<String, Value> =
                env.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            json!({ "files": case.files, "page": page, "mode": mode, "env": env, "scripts": [case.page] })
        })
    });
    let input = Value::from(asked.collect::<Vec<_>>()).to_string();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("node starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("node ends");
    writer.join().expect("no panic").expect("node reads");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)));
    let asked = cases.iter().flat_map(|case| std::iter::repeat_n(case, MODES.len()));
    answers
        .iter()
        .zip(asked)
        .map(|(answer, case)| {
            let list = |key: &str| {
                answer[key].as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned())
            };
            let errors: Vec<String> = list("errors").collect();
            if !errors.is_empty() {
                return Err(errors.join("; "));
            }
            Ok(list("opened").map(|text| real(case, &text)).collect())
        })
        .collect()
}

/// What a case opened, as the tests without Node compare it.
fn record(case: &Case, mode: &str, real: &BTreeSet<Real>) -> String {
    let addresses: String = real.iter().map(|address| format!("{}\n", address.text)).collect();
    format!("=== {} in {mode}\n{addresses}", case.name)
}

#[test]
fn the_address_that_is_opened_is_one_that_is_predicted() {
    let mut cases = written();
    cases.extend(grow::cases(GENERATED).into_iter().enumerate().map(|(number, (files, page))| Case {
        name: format!("generated {number}"),
        files,
        page,
    }));
    assert!(cases.len() >= 200, "{} modules", cases.len());
    let mut answers = happens(&cases).into_iter();
    let (mut opened, mut exactly, mut modules) = (0, 0, 0);
    let mut partly = Vec::new();
    let mut recorded = String::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let tree = repository(case);
        let report = wirelint::check(&tree, &Settings::new(Config::of_tree(&tree).expect("no settings")));
        modules += 1;
        for (mode, origin, _) in MODES {
            let real = match answers.next().expect("an answer for each") {
                Ok(real) => real,
                Err(error) => {
                    wrong.push(format!("{} in {mode}: the module fails: {error}", case.name));
                    continue;
                }
            };
            opened += real.len();
            let (more, exact) = compare(case, &report.wiring, (mode, origin), &real);
            exactly += exact;
            if exact < real.len() && more.is_empty() {
                partly.push(format!("{} in {mode}", case.name));
            }
            wrong.extend(more);
            if !case.name.starts_with("generated ") {
                recorded.push_str(&record(case, mode, &real));
            }
        }
    }
    println!(
        "{modules} modules in {} modes: {opened} addresses opened, {exactly} predicted exactly, {} wrong; not wholly known: {partly:?}",
        MODES.len(),
        wrong.len()
    );
    assert_eq!(recorded, RECORDED, "tests/client_addresses/answers.txt holds what the modules open");
    let shown: Vec<_> = wrong.iter().take(60).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), shown.join("\n"));
    assert!(exactly * 20 >= opened * 19, "{exactly} of {opened} are predicted exactly");
}
