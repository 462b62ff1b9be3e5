//! Markdown for a comment on a pull request and for the summary of a job: the worst first, the evidence folded.

mod escape;

use super::guard::{UNWRITTEN, guarded};
use super::links::{HOME, rule_page};
use super::redact::Form;
use super::words::{self, Counts, counted, cut};
use super::{Page, View};
use crate::rules::{Finding, RuleId, Severity, find};
use escape::{block, code, inline};

/// GitHub refuses longer comments; bytes are counted, of which there are never fewer than characters.
const MOST: usize = 65_536;
/// Room for what is said at the end.
const LAST_LINES: usize = 1_024;
/// Characters of a message, a help text, and what a place shows.
const MOST_MESSAGE: usize = 1_500;
const MOST_HELP: usize = 2_000;
const MOST_SHOWN: usize = 300;
/// Findings for which there was no room, after which no other is tried.
const MOST_TRIED: usize = 20;
/// A script finds its own comment by this, to replace it.
const MARK: &str = "<!-- wirelint -->";

/// The open findings by severity and rule, cut to what a comment holds.
#[must_use]
pub fn render(view: &View<'_>) -> Page {
    let mut out = format!("{MARK}\n## wirelint: {}\n", Counts::of(view.findings()).words());
    let mut left_out = Vec::new();
    for severity in Severity::ALL {
        let all = view.open_of(severity);
        let written = section(view, severity, &all, &mut out);
        if written < all.len() {
            left_out.push(counted(all.len() - written, severity.name()));
        }
    }
    if !left_out.is_empty() {
        out.push_str(&format!(
            "\n**{} left out**, because a comment holds {MOST} characters at most. `wirelint check` shows them all.\n",
            left_out.join(", ")
        ));
    }
    out.push_str(&format!("\n<sub>{} [wirelint]({HOME})</sub>\n", inline(super::summary::text(view).trim())));
    view.page(out, Form::Plain)
}

/// Writes the findings of a severity as long as there is room, those of a rule together; gives how many were written.
fn section(view: &View<'_>, severity: Severity, all: &[&Finding], out: &mut String) -> usize {
    let mut rules: Vec<RuleId> = Vec::new();
    for finding in all {
        if !rules.contains(&finding.rule) {
            rules.push(finding.rule);
        }
    }
    let (mut written, mut tried) = (0, 0);
    let mut head = format!("\n### {}\n", counted(all.len(), severity.name()));
    for rule in rules {
        head.push_str(&heading(rule));
        for finding in all.iter().filter(|finding| finding.rule == rule) {
            if tried == MOST_TRIED {
                return written;
            }
            // What is too long for the room that is left may fit without its evidence.
            let whole = guarded(|| entry(view, finding)).unwrap_or_else(|| bare(view, finding));
            let parts = [whole, guarded(|| message(view, finding)).unwrap_or_else(|| bare(view, finding))];
            if let Some(part) = parts.iter().find(|part| out.len() + head.len() + part.len() + LAST_LINES <= MOST) {
                out.push_str(&std::mem::take(&mut head));
                out.push_str(part);
                written += 1;
            } else {
                tried += 1;
            }
        }
        // A rule without an entry has no heading either.
        if let Some(at) = head.rfind("\n#### ") {
            head.truncate(at);
        }
    }
    written
}

fn heading(rule: RuleId) -> String {
    let title = find(rule.0).map_or("", |rule| rule.metadata().title.as_str());
    format!("\n#### [{}]({}) {}\n", code(rule.0), rule_page(rule), inline(title))
}

/// Where and what.
fn message(view: &View<'_>, finding: &Finding) -> String {
    let at = words::at(view, finding.place).map(|at| format!("{} ", code(&at))).unwrap_or_default();
    format!("\n- {at}{}\n", inline(&cut(&view.prose(&finding.message), MOST_MESSAGE)))
}

/// The same with the fix and the evidence.
fn entry(view: &View<'_>, finding: &Finding) -> String {
    let mut out = message(view, finding);
    if let Some(help) = &finding.help {
        let help = view.paragraph(help);
        let help = cut(help.trim_end(), MOST_HELP);
        if help.contains('\n') {
            out.push_str(&format!("\n  Fix:\n\n{}", block(&help, "  ")));
        } else {
            out.push_str(&format!("\n  Fix: {}\n", inline(&help)));
        }
    }
    let places = words::places(view, finding);
    if places.is_empty() {
        return out;
    }
    out.push_str(&format!("\n  <details><summary>Evidence in {}</summary>\n\n", counted(places.len(), "place")));
    let (shown, more) = words::first_places(&places);
    for (place, shows) in shown {
        let at = words::at(view, *place).unwrap_or_default();
        out.push_str(&format!("  - {} {}\n", code(&at), inline(&cut(shows, MOST_SHOWN))));
    }
    if more > 0 {
        out.push_str(&format!("  - and {}\n", counted(more, "more place")));
    }
    out.push_str("\n  </details>\n");
    out
}

fn bare(view: &View<'_>, finding: &Finding) -> String {
    let path = view.path(finding.place.file).map(|path| format!("{} ", code(&path.to_string()))).unwrap_or_default();
    format!("\n- {path}{UNWRITTEN}\n")
}

/// A text as a block of code, of which nothing is taken for markup.
#[must_use]
pub fn code_block(text: &str) -> String {
    block(text, "")
}
