//! Workflow commands as GitHub's runner reads them.

use std::collections::BTreeMap;

use wirelint::report::Format;

use super::runs::{EVIL_VALUE, Known, fixture, hostile, synthetic};

/// A command of a line.
#[derive(Debug, PartialEq)]
struct Command {
    name: String,
    properties: BTreeMap<String, String>,
    data: String,
}

/// The runner's own reading (`ActionCommand.TryParseV2`): white space before it is left away, the first `::` behind the start
/// ends name and properties, and both kinds of text have their escapes.
fn command(line: &str) -> Option<Command> {
    let (info, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), unescaped_property(value)));
    Some(Command {
        name: name.to_owned(),
        properties: properties.trim().split(',').filter_map(pair).collect(),
        data: unescaped(data),
    })
}

fn unescaped(text: &str) -> String {
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

fn unescaped_property(text: &str) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
    text.replace("%25", "%")
}

fn commands(known: &Known) -> Vec<Command> {
    let text = known.shown(Format::Github);
    text.lines().map(|line| command(line).unwrap_or_else(|| panic!("no command: {line}"))).collect()
}

#[test]
fn a_finding_is_an_annotation_at_its_place() {
    let known = fixture("vaidol-broken");
    let all = commands(&known);
    assert_eq!(all.len(), known.findings.len());
    let first = &all[0];
    assert_eq!(first.name, "error");
    let expected = [
        ("file", "frontend/src/utils/websocket.ts"),
        ("line", "8"),
        ("col", "51"),
        ("endLine", "8"),
        ("endColumn", "58"),
        ("title", "wirelint (port-fallback-bypasses-proxy)"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(first.properties, BTreeMap::from(expected));
    assert!(first.data.contains("\nFix: write `location.host`"), "{}", first.data);
}

#[test]
fn nothing_in_a_finding_is_a_command_of_its_own() {
    let known = hostile();
    let all = commands(&known);
    assert_eq!(all.len(), known.findings.len() - 1, "a suppressed one is none");
    for one in &all {
        assert!(["error", "warning", "notice"].contains(&one.name.as_str()), "{one:?}");
        let names: Vec<&str> = one.properties.keys().map(String::as_str).collect();
        assert!(names == ["title"] || names == ["col", "endColumn", "endLine", "file", "line", "title"], "{one:?}");
        let shown = EVIL_VALUE.split('\n').next().unwrap();
        assert!(one.data.contains(shown) && one.data.contains("a%0A,b]]>"), "the text arrives: {}", one.data);
    }
    assert!(all[0].properties["file"].contains("::error file=x::y,z%0A]]>"), "{:?}", all[0]);
}

#[test]
fn ten_of_a_kind_are_shown_and_the_rest_counted() {
    let all = commands(&synthetic(100, "nginx.conf", "it breaks"));
    let of = |name: &str| all.iter().filter(|one| one.name == name).count();
    assert_eq!((of("error"), of("warning"), of("notice")), (10, 10, 10));
    let last = all.last().unwrap();
    assert!(last.data.starts_with("23 errors, 23 warnings, 25 notes more: "), "{}", last.data);
    let exactly = commands(&synthetic(30, "nginx.conf", "it breaks"));
    assert_eq!(exactly.len(), 30);
    assert!(exactly.iter().all(|one| one.properties.contains_key("file")), "nothing is left out");
}
