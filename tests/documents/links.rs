//! Relative links and anchors.

use std::collections::BTreeSet;

use super::{file, markdown_below, text};

/// Markdown without what is code: blocks between fences, and text between backticks.
fn without_code(text: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut kept = String::new();
    for line in text.lines() {
        let start = line.trim_start();
        let marks = ["````", "```", "~~~"].into_iter().find(|marks| start.starts_with(marks));
        match (fence, marks) {
            (None, Some(marks)) => fence = Some(marks),
            (Some(open), Some(marks)) if open == marks => fence = None,
            (None, None) => {
                let parts = line.split('`').enumerate();
                kept.extend(parts.filter(|(index, _)| index % 2 == 0).map(|(_, part)| part));
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}

/// What links lead to.
fn targets(text: &str) -> Vec<String> {
    let plain = without_code(text);
    let mut found = Vec::new();
    let mut rest = plain.as_str();
    while let Some(at) = rest.find("](") {
        rest = &rest[at + 2..];
        let end = rest.find(')').unwrap_or(rest.len());
        found.push(rest[..end].split_whitespace().next().unwrap_or_default().to_owned());
    }
    found
}

/// The anchors of headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut in_code = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if in_code || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
        let repeated = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(repeated).find(|name| !found.contains(name));
        found.extend(free);
    }
    found
}

/// The path that a link of a document leads to, without `..`.
fn joined(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The links of a document that lead nowhere.
fn dead(document: &str) -> Vec<String> {
    let content = text(document);
    let is_broken = |target: &String| {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = if path.is_empty() { document.to_owned() } else { joined(document, path) };
        let exists = file(&path).exists();
        !exists || !anchor.is_empty() && path.ends_with(".md") && !anchors(&text(&path)).contains(anchor)
    };
    let relative =
        targets(&content).into_iter().filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    relative.filter(is_broken).map(|target| format!("{document}: {target}")).collect()
}

fn documents() -> Vec<String> {
    let roots = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "fixtures/README.md", "fuzz/README.md"];
    let folders = ["docs", "rules", "packages"];
    // The plan of the site is read from another place; `docs/book/build.py` follows its links.
    let below = folders.into_iter().flat_map(markdown_below).filter(|path| path != "docs/book/SUMMARY.md");
    roots.into_iter().map(str::to_owned).chain(below).collect()
}

#[test]
fn no_link_is_dead() {
    let dead: Vec<String> = documents().iter().flat_map(|document| dead(document)).collect();
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn links_and_anchors_are_told_from_code() {
    let page = "# The `why` of it, again\n## Twice\n## Twice\n[a](b.md#c) `[x](y)`\n```\n[x](y)\n# No\n```\n[d](#e \"title\")\n";
    assert_eq!(targets(page), ["b.md#c", "#e"]);
    assert_eq!(anchors(page), ["the-why-of-it-again", "twice", "twice-1"].map(str::to_owned).into());
    assert_eq!(joined("docs/symptoms/cors.md", "../../rules/x.md"), "rules/x.md");
}
