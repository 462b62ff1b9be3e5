//! JUnit's XML, which nearly every build service shows: a suite for each family of rules, a case for each finding.
//!
//! There is no standard of it. What is written here has every attribute and element that the schemas in use require, in their
//! order, and none that one of them refuses.

use std::collections::BTreeMap;

use super::guard::{UNWRITTEN, guarded};
use super::redact::Form;
use super::words::{self, counted, cut};
use super::{Page, View};
use crate::rules::{Family, Finding, Severity, find};

/// Characters of a name and of a message; the text below has the rest.
const MOST_CHARACTERS: usize = 1_000;
/// Schemas require them. A run has no time of its own: the same files give the same report.
const CLOCK: &str = "hostname=\"localhost\" timestamp=\"1970-01-01T00:00:00\" time=\"0\"";

/// How a case comes out.
enum Outcome {
    /// A note fails no run.
    Passed,
    /// Somebody said why.
    Skipped,
    Failed,
}

struct Case {
    outcome: Outcome,
    name: String,
    /// What is in its element.
    inner: String,
}

/// All findings, with a line break at the end. A family without one has a case that says so.
#[must_use]
pub fn render(view: &View<'_>) -> Page {
    let mut suites = String::new();
    let (mut tests, mut failures) = (0, 0);
    for (id, family) in Family::ALL.into_iter().enumerate() {
        let mine = view.findings().iter().filter(|finding| family_of(finding) == family);
        let cases: Vec<Case> = mine
            .map(|finding| guarded(|| case(view, finding)).unwrap_or_else(|| written(finding, "", UNWRITTEN, "")))
            .collect();
        let failed = cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed)).count();
        let skipped = cases.iter().filter(|case| matches!(case.outcome, Outcome::Skipped)).count();
        let count = cases.len().max(1);
        let name = family.name();
        suites.push_str(&format!(
            "  <testsuite name=\"{name}\" package=\"wirelint\" id=\"{id}\" tests=\"{count}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" {CLOCK}>\n    <properties/>\n"
        ));
        if cases.is_empty() {
            suites
                .push_str(&format!("    <testcase name=\"no findings\" classname=\"wirelint.{name}\" time=\"0\"/>\n"));
        }
        // Of cases with one name GitLab shows the first alone.
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for case in &cases {
            let count = known.entry(&case.name).or_default();
            *count += 1;
            let number = if *count > 1 { format!(" ({count})") } else { String::new() };
            let head = format!("name=\"{}{number}\" classname=\"wirelint.{name}\" time=\"0\"", escaped(&case.name));
            suites.push_str(&match case.inner.as_str() {
                "" => format!("    <testcase {head}/>\n"),
                inner => format!("    <testcase {head}>{inner}</testcase>\n"),
            });
        }
        suites.push_str("    <system-out/>\n    <system-err/>\n  </testsuite>\n");
        tests += count;
        failures += failed;
    }
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"wirelint\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"0\">\n{suites}</testsuites>\n"
    );
    view.page(text, Form::Plain)
}

fn family_of(finding: &Finding) -> Family {
    find(finding.rule.0).map_or(Family::Analysis, |rule| rule.metadata().family)
}

fn case(view: &View<'_>, finding: &Finding) -> Case {
    let at = words::at(view, finding.place).unwrap_or_default();
    let message = view.prose(&finding.message);
    let mut text = format!("{at}\n{message}\n");
    if let Some(help) = &finding.help {
        text.push_str(&format!("Fix: {}\n", view.paragraph(help)));
    }
    let places = words::places(view, finding);
    let (shown, more) = words::first_places(&places);
    for (place, shows) in shown {
        text.push_str(&format!("{}: {shows}\n", words::at(view, *place).unwrap_or_default()));
    }
    if more > 0 {
        text.push_str(&format!("and {}\n", counted(more, "more place")));
    }
    if let Some(suppressed) = &finding.suppressed {
        return written(finding, &at, &view.prose(&suppressed.reason), "");
    }
    written(finding, &at, &message, &text)
}

/// `message` is why it is suppressed, or what is wrong; `text` has the rest.
fn written(finding: &Finding, at: &str, message: &str, text: &str) -> Case {
    let (severity, rule) = (finding.severity.name(), finding.rule);
    let outcome = match (&finding.suppressed, finding.severity) {
        (Some(_), _) => Outcome::Skipped,
        (None, Severity::Note) => Outcome::Passed,
        (None, Severity::Error | Severity::Warning) => Outcome::Failed,
    };
    let name = match outcome {
        _ if at.is_empty() => format!("{rule}: {message}"),
        Outcome::Passed => format!("{rule} at {at}: {message}"),
        Outcome::Skipped | Outcome::Failed => format!("{rule} at {at}"),
    };
    let inner = match outcome {
        Outcome::Passed => String::new(),
        Outcome::Skipped => {
            format!("\n      <skipped message=\"{}\"/>\n    ", escaped(&cut(message, MOST_CHARACTERS)))
        }
        Outcome::Failed => format!(
            "\n      <failure type=\"{severity}\" message=\"{}\">{}</failure>\n    ",
            escaped(&cut(message, MOST_CHARACTERS)),
            escaped(text)
        ),
    };
    Case { outcome, name: cut(&name, MOST_CHARACTERS).into_owned(), inner }
}

/// Text for an element or an attribute. What no XML document may hold is shown as it is for terminals.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out
}
