//! What the real nginx accepts, directive by directive: the table against `nginx -t`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::nginx::binary;

/// The repository's table; its head says how it is read.
const TABLE: &str = include_str!("../../src/model/nginx/directives.txt");

/// Every context with the text around a statement in it.
const CONTEXTS: [(&str, &str, &str); 9] = [
    ("main", "", "events {} http {}"),
    ("events", "events {", "} http {}"),
    ("http", "events {} http {", "}"),
    ("server", "events {} http { server {", "} }"),
    ("if-in-server", "events {} http { server { if ($host) {", "} } }"),
    ("location", "events {} http { server { location / {", "} } }"),
    ("if-in-location", "events {} http { server { location / { if ($host) {", "} } } }"),
    ("limit_except", "events {} http { server { location / { limit_except GET {", "} } } }"),
    ("upstream", "events {} http { upstream u { server 127.0.0.1:9;", "} }"),
];

/// What the table says of a directive in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    least: usize,
    most: usize,
    block: bool,
    switch: bool,
    once: bool,
}

/// Counts that are tried.
const MOST: usize = 5;

/// In the commercial build alone, or newer than the oldest nginx that this is asked of (1.22.1): a directive, a context, and the
/// number of arguments when only that is new.
const ELSEWHERE: [(&str, &str, Option<usize>); 4] = [
    ("limit_req_zone", "http", Some(4)),
    ("resolver", "upstream", None),
    ("resolver_timeout", "upstream", None),
    ("keepalive", "upstream", Some(2)),
];

fn is_elsewhere(name: &str, context: &str, count: Option<usize>) -> bool {
    ELSEWHERE.contains(&(name, context, None)) || count.is_some() && ELSEWHERE.contains(&(name, context, count))
}

/// The words that nginx refuses a statement with, as far as they concern its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// Nothing about its form: it may still refuse a value.
    Fine,
    UnknownDirective,
    NotAllowedHere,
    Arguments,
    NotTerminated,
    NoBlock,
    OnOff,
    Duplicate,
}

fn table() -> BTreeMap<&'static str, BTreeMap<&'static str, Entry>> {
    let mut found: BTreeMap<&str, BTreeMap<&str, Entry>> = BTreeMap::new();
    let mut contexts: Vec<&str> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        if let Some(head) = line.strip_suffix(':') {
            contexts = head.split(' ').collect();
            continue;
        }
        for written in line.split_whitespace() {
            let once = written.ends_with('!');
            let written = written.trim_end_matches('!');
            let block = written.ends_with("{}");
            let written = written.trim_end_matches("{}");
            let switch = written.ends_with('?');
            let (name, counts) = written.trim_end_matches('?').split_once('/').unwrap_or((written, "1"));
            let name = name.trim_end_matches('?');
            let number = |text: &str| text.parse::<usize>().expect("a number");
            let (least, most) = match (counts.strip_suffix('+'), counts.split_once('-')) {
                (Some(least), _) => (number(least), usize::MAX),
                (None, Some((least, most))) => (number(least), number(most)),
                (None, None) => (number(counts), number(counts)),
            };
            for context in &contexts {
                let entry = Entry { least, most, block, switch, once };
                assert_eq!(found.entry(name).or_default().insert(context, entry), None, "{name} twice in {context}");
            }
        }
    }
    found
}

/// What nginx says to `statement` in `context`, as far as it is about the directive `name`.
fn asked(folder: &Path, context: &str, statement: &str, name: &str) -> Said {
    let (_, before, after) = CONTEXTS.iter().find(|(word, ..)| *word == context).expect("a context");
    let path = folder.join("nginx.conf");
    // the events block of the frame must not be a second one
    let after = if context == "main" && (name == "events" || name == "http") { "" } else { after };
    let pid = format!("pid {}/nginx.pid;", folder.display());
    let frame = if name == "pid" { "" } else { pid.as_str() };
    fs::write(&path, format!("{frame}\n{before}\n{statement}\n{after}\n")).expect("the configuration");
    let output = Command::new(binary())
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(&path)
        .args(["-t", "-e", "stderr"])
        .output()
        .expect("nginx -t runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let about = |words: &str| said.contains(words);
    match () {
        () if about(&format!("unknown directive \"{name}\"")) => Said::UnknownDirective,
        () if about(&format!("\"{name}\" directive is not allowed here")) => Said::NotAllowedHere,
        () if about(&format!("invalid number of arguments in \"{name}\"")) => Said::Arguments,
        () if about(&format!("directive \"{name}\" is not terminated by")) => Said::NotTerminated,
        () if about(&format!("directive \"{name}\" has no opening")) => Said::NoBlock,
        () if about(&format!("in \"{name}\" directive, it must be \"on\" or \"off\"")) => Said::OnOff,
        () if about(&format!("\"{name}\" directive is duplicate")) => Said::Duplicate,
        () => Said::Fine,
    }
}

/// `name a1 a2 a3` with the ending of a simple directive or a block.
fn written(name: &str, count: usize, block: bool) -> String {
    let arguments: String = (0..count).map(|_| " 1").collect();
    format!("{name}{arguments}{}", if block { " {}" } else { ";" })
}

/// How many questions were asked about a directive, and where nginx and the table disagree; one question when nginx does not know it.
fn disagreements(folder: &Path, name: &str, entries: &BTreeMap<&str, Entry>) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    let mut asked_about = 0;
    let mut ask = |context: &str, statement: String, expected: Said| {
        asked_about += 1;
        let said = asked(folder, context, &statement, name);
        if said == Said::UnknownDirective {
            return true;
        }
        if said != expected {
            wrong.push(format!("{context}: `{statement}` expected {expected:?}, nginx said {said:?}"));
        }
        false
    };
    for (context, ..) in CONTEXTS {
        let Some(entry) = entries.get(context) else {
            // nginx looks at the place first, whatever the form
            if ask(context, written(name, 1, false), Said::NotAllowedHere) {
                return (1, Vec::new());
            }
            continue;
        };
        if is_elsewhere(name, context, None) {
            continue;
        }
        for count in (0..=MOST).filter(|count| !is_elsewhere(name, context, Some(*count))) {
            let accepted = (entry.least..=entry.most).contains(&count);
            let expected = match (accepted, entry.switch) {
                (false, _) => Said::Arguments,
                (true, true) => Said::OnOff,
                (true, false) => Said::Fine,
            };
            if ask(context, written(name, count, entry.block), expected) {
                return (1, Vec::new());
            }
        }
        let count = entry.least.max(1);
        let flipped = if entry.block { Said::NoBlock } else { Said::NotTerminated };
        ask(context, written(name, count, !entry.block), flipped);
        if entry.switch {
            ask(context, format!("{name} on;"), Said::Fine);
            ask(context, format!("{name} On; "), Said::Fine);
            if entry.once {
                ask(context, format!("{name} off; {name} off;"), Said::Duplicate);
            }
        }
    }
    (asked_about, wrong)
}

/// Every directive that this nginx knows, in every context, with none to five arguments, as a block and as a statement.
#[test]
fn the_table_of_directives_agrees_with_nginx() {
    let table = table();
    let names: Vec<_> = table.iter().collect();
    let workers = 4;
    let results: Vec<(usize, usize, Vec<String>)> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..workers)
            .map(|worker| {
                let names = &names;
                scope.spawn(move || {
                    let folder = tempfile::tempdir().expect("a folder");
                    let (mut known, mut total, mut wrong) = (0, 0, Vec::new());
                    for (name, entries) in names.iter().skip(worker).step_by(workers) {
                        let (asked_about, found) = disagreements(folder.path(), name, entries);
                        known += usize::from(asked_about > 1);
                        total += asked_about;
                        wrong.extend(found);
                    }
                    (known, total, wrong)
                })
            })
            .collect();
        started.into_iter().map(|worker| worker.join().expect("a worker ends")).collect()
    });
    let known: usize = results.iter().map(|(known, ..)| known).sum();
    let total: usize = results.iter().map(|(_, total, _)| total).sum();
    let wrong: Vec<_> = results.into_iter().flat_map(|(.., wrong)| wrong).collect();
    println!("{known} of {} directives known to this nginx, {total} questions", names.len());
    assert!(known > 400, "{known} directives are known to this nginx: is it an nginx?");
    assert!(wrong.is_empty(), "{} disagreements:\n{}", wrong.len(), wrong.join("\n"));
}

/// Directives that came after the installed nginx are not known to it; those that are gone since are.
#[test]
fn directives_that_came_later_are_not_known() {
    let said = Command::new(binary()).arg("-v").output().expect("nginx -v runs");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let number = |text: &str| text.split('.').map(|part| part.parse::<u32>().expect("a number")).collect::<Vec<_>>();
    let text: String = said.chars().skip_while(|c| !c.is_ascii_digit()).take_while(|c| *c != ' ').collect();
    let installed = number(text.trim());
    let folder = tempfile::tempdir().expect("a folder");
    let mut newer = 0;
    let table = include_str!("../../src/model/nginx/history.txt");
    for line in table.lines().filter(|line| !line.starts_with("#")) {
        let Some((head, names)) = line.split_once(": ") else { continue };
        let (word, version) = head.split_once(' ').expect("a word and a version");
        let is_unknown = match word {
            "since" => installed < number(version),
            _ => installed > number(version),
        };
        for name in names.split(' ') {
            let answer = asked(folder.path(), "server", &format!("{name} on;"), name);
            match word {
                _ if is_unknown => assert!(matches!(answer, Said::UnknownDirective), "{name} is known"),
                "until" => assert!(!matches!(answer, Said::UnknownDirective), "{name} is not known"),
                // a module that is not built in
                _ => {}
            }
            newer += usize::from(is_unknown);
        }
    }
    println!("{newer} directives are not known to nginx {text}");
    assert!(newer > 0);
}
