//! Files from templates: sections `--- PATH`, lines under conditions, and parts that stand for several lines.

use std::collections::BTreeMap;

use super::condition::Values;

const TEMPLATES: [&str; 6] = ["client", "start", "nginx", "proxies", "python", "node"];

/// A file of `parts/`.
pub fn part(name: &str) -> String {
    let path = format!("{}/tests/live/oracle/parts/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of a stack.
pub fn files(values: &Values) -> Vec<(String, String)> {
    let templates = TEMPLATES.map(part);
    let sections: Vec<Section<'_>> = templates.iter().flat_map(|text| sections(text, values)).collect();
    let parts: BTreeMap<&str, &[&str]> = sections
        .iter()
        .filter_map(|section| Some((section.name.strip_prefix("part ")?, section.lines.as_slice())))
        .collect();
    let files = sections.iter().filter(|section| !section.name.starts_with("part "));
    files
        .map(|section| {
            let mut lines = Vec::new();
            section.lines.iter().for_each(|line| expand(line, "", values, &parts, &mut lines));
            (values.fill(section.name), tidy(&lines))
        })
        .collect()
}

struct Section<'a> {
    name: &'a str,
    lines: Vec<&'a str>,
}

/// The sections whose conditions hold, with the lines whose conditions hold.
fn sections<'a>(text: &'a str, values: &Values) -> Vec<Section<'a>> {
    let mut found: Vec<Section<'a>> = Vec::new();
    let mut open: Vec<bool> = Vec::new();
    for line in text.lines() {
        if line == "%% end" {
            open.pop().expect("an open condition");
        } else if let Some(condition) = line.strip_prefix("%% ") {
            open.push(values.hold(condition));
        } else if open.iter().any(|holds| !holds) {
            continue;
        } else if let Some(name) = line.strip_prefix("--- ") {
            found.push(Section { name, lines: Vec::new() });
        } else if let Some(section) = found.last_mut() {
            section.lines.push(line);
        }
    }
    assert!(open.is_empty(), "a condition is not closed");
    found
}

fn expand(line: &str, indent: &str, values: &Values, parts: &BTreeMap<&str, &[&str]>, out: &mut Vec<String>) {
    let bare = line.trim_start();
    let part = bare.strip_prefix('@').and_then(|rest| rest.strip_suffix('@')).and_then(|name| parts.get(name));
    match part {
        Some(lines) => {
            let deeper = format!("{indent}{}", &line[..line.len() - bare.len()]);
            lines.iter().for_each(|line| expand(line, &deeper, values, parts, out));
        }
        None if line.is_empty() => out.push(String::new()),
        None => out.push(format!("{indent}{}", values.fill(line))),
    }
}

/// The lines, without blank ones at the start, before a closing bracket and where another one stands.
fn tidy(lines: &[String]) -> String {
    let mut text = String::new();
    let mut blank = 0;
    for line in lines {
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !text.is_empty() && !line.trim_start().starts_with('}') {
            (0..blank.min(2)).for_each(|_| text.push('\n'));
        }
        blank = 0;
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
