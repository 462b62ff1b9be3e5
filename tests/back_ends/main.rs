//! Back ends as people write them, and what came of each connection when they were started and asked on loopback: with the
//! Origin of the page at the handshake, and with preflights and the headers of CORS as a browser reads them.
//!
//! A line of a case says what happened (`works`, `broken`), and `open` behind it where the model does not know. Whatever it
//! knows must be what happened.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

use serde_json::Value;
use support::Repo;

/// The recorded cases.
const CASES: [&str; 8] = [
    include_str!("python.txt"),
    include_str!("node.txt"),
    include_str!("mixed.txt"),
    include_str!("others.txt"),
    include_str!("further_python.txt"),
    include_str!("further_node.txt"),
    include_str!("further_mixed.txt"),
    include_str!("programs.txt"),
];

struct Case<'a> {
    name: &'a str,
    page: &'a str,
    /// The mark of each connection, its line for people, and what is said of it.
    connections: Vec<(&'a str, &'a str, Said)>,
    files: Vec<(&'a str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Works,
    Broken,
    Open,
}

fn cases(text: &'static str) -> Vec<Case<'static>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push(Case { name, page: "", connections: Vec::new(), files: Vec::new() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(path) = line.strip_prefix("--- ") {
            case.files.push((path, String::new()));
        } else if let Some((_, text)) = case.files.last_mut() {
            text.push_str(line);
            text.push('\n');
        } else if let Some(page) = line.strip_prefix("page ") {
            case.page = page;
        } else if let Some((mark, rest)) = line.split_once(' ') {
            let said = match rest.rsplit(' ').next() {
                Some("works") => Said::Works,
                Some("broken") => Said::Broken,
                _ => Said::Open,
            };
            case.connections.push((mark, rest, said));
        }
    }
    cases
}

/// The file and the line of a mark.
fn marked(case: &Case<'_>, mark: &str) -> (String, u64) {
    let wanted = format!("/*{mark}*/");
    let found = case.files.iter().find_map(|(path, text)| {
        let line = text.lines().position(|line| line.contains(&wanted))?;
        Some(((*path).to_owned(), line as u64 + 1))
    });
    found.unwrap_or_else(|| panic!("{}: no mark {mark}", case.name))
}

/// What the ways of the connection at a place come to, from the page of the case where one of them is from it.
fn verdict(case: &Case<'_>, trace: &Value, (path, line): &(String, u64)) -> (Said, String) {
    let is_here = |place: &Value| place["path"] == **path && place["line"] == *line;
    let connections = trace["connections"].as_array().unwrap().iter();
    let all = connections.flat_map(|it| it["ways"].as_array().unwrap().iter().map(move |way| (it, way)));
    let here =
        all.filter(|(it, way)| is_here(&way["called_at"]) || way["called_at"].is_null() && is_here(&it["place"]));
    let ways: Vec<&Value> = here.map(|(_, way)| way).collect();
    let from = |way: &&Value| way["page"].as_str().is_some_and(|page| page == case.page);
    let port = case.page.rsplit(':').next().unwrap();
    let near = |way: &&Value| way["page"].as_str().is_some_and(|page| page.ends_with(&format!(":{port}")));
    let exact: Vec<&Value> = ways.iter().copied().filter(from).collect();
    let likely: Vec<&Value> = ways.iter().copied().filter(near).collect();
    let chosen = [exact, likely, ways].into_iter().find(|ways| !ways.is_empty()).unwrap_or_default();
    let hops: Vec<&Value> = chosen.iter().flat_map(|way| way["hops"].as_array().unwrap()).collect();
    let of = |verdict: &str| hops.iter().find(|hop| hop["verdict"] == verdict).map(|hop| hop["text"].to_string());
    match (of("breaks"), of("unknown")) {
        (Some(text), _) => (Said::Broken, text),
        (None, Some(text)) => (Said::Open, text),
        (None, None) if hops.is_empty() => (Said::Open, "it is not seen".to_owned()),
        (None, None) => (Said::Works, String::new()),
    }
}

#[test]
fn what_is_known_of_a_connection_is_what_happened() {
    let (mut wrong, mut known, mut asked) = (Vec::new(), 0, 0);
    for case in CASES.into_iter().flat_map(cases) {
        let repo = case.files.iter().fold(Repo::new(), |repo, (path, text)| repo.with(path, text));
        let run = repo.run(&["trace", "--all", "--format", "json"]);
        let trace: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}: {run:?}", case.name));
        for (mark, line, said) in &case.connections {
            let (found, why) = verdict(&case, &trace, &marked(&case, mark));
            asked += 1;
            known += usize::from(found != Said::Open);
            if found != *said {
                wrong.push(format!("{}/{mark} {line}: {found:?} {why}", case.name));
            }
        }
    }
    println!("{asked} connections, {known} known");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
