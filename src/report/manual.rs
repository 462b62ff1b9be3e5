//! What `explain` and `rules` print, the rules' own files, and what is made of the command line's own words.

use super::{Page, redact};
use crate::rules::{Applicability, RULES, Remedy, Rule, remedies_of};

/// The text of `explain`: title, severity, rationale and examples.
#[must_use]
pub fn explain(rule: &Rule) -> Page {
    redact::own(&page(rule, rule.body()))
}

/// The same without the examples: what a reader of an alert wants to know.
pub(super) fn summary(rule: &Rule) -> String {
    page(rule, rationale(rule))
}

/// The text above the examples.
pub(super) fn rationale(rule: &Rule) -> &'static str {
    rule.body().split("\n## ").next().unwrap_or_default().trim()
}

fn page(rule: &Rule, body: &str) -> String {
    let metadata = rule.metadata();
    let mut text = format!(
        "# {}\n\n`{}` · {} · {} · since {}\n\n{}\n",
        metadata.title,
        rule.id,
        metadata.severity().name(),
        metadata.family.name(),
        metadata.since,
        body.trim()
    );
    let fixes: Vec<&Remedy> = remedies_of(rule.id.0).collect();
    if !fixes.is_empty() {
        text.push_str("\n## Fixes\n\n");
        for fix in fixes {
            text.push_str(&format!("- `{}` {}\n", fix.applicability.option(), fix.does));
        }
    }
    if !metadata.references.is_empty() {
        text.push_str("\n## References\n\n");
        for reference in &metadata.references {
            text.push_str(&format!("- <{reference}>\n"));
        }
    }
    text
}

/// The text of `rules`: a line for each rule, by family, with the option that fixes the first of what it finds.
#[must_use]
pub fn list() -> Page {
    let rows: Vec<[&str; 5]> = RULES
        .iter()
        .map(|rule| {
            let metadata = rule.metadata();
            let applicability = remedies_of(rule.id.0).map(|fix| fix.applicability).min();
            let fix = applicability.map_or("", Applicability::option);
            [rule.id.0, metadata.severity().name(), metadata.family.name(), fix, metadata.title.as_str()]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (id, severity, family, fix) = (width(0), width(1), width(2), width(3));
    let line = |[a, b, c, d, title]: &[&str; 5]| format!("{a:id$}  {b:severity$}  {c:family$}  {d:fix$}  {title}\n");
    let lines = rows.iter().map(line);
    redact::own(&lines.collect::<String>())
}

/// What was generated of the command line's own description: completions, a manual page.
#[must_use]
pub fn generated(text: &str) -> Page {
    redact::own(text)
}
