//! Findings for an editor, which shows each at its place in the text.

use super::guard::{UNWRITTEN, guarded};
use super::redact::Form;
use super::{View, links, words};
use crate::base::Place;
use crate::rules::Finding;

/// An open finding in words, without secrets.
#[derive(Clone, Debug)]
pub struct Alert<'a> {
    /// What is told of.
    pub finding: &'a Finding,
    /// The page of its rule.
    pub page: String,
    /// What happens and why, and below that how it is mended and what it rests on.
    pub text: String,
    /// The other places of its chains, with what each shows.
    pub related: Vec<(Place, String)>,
}

/// The open findings of a run, in their order.
#[must_use]
pub fn alerts<'a>(view: &View<'a>) -> Vec<Alert<'a>> {
    view.open().map(|finding| guarded(|| alert(view, finding)).unwrap_or_else(|| unwritten(finding))).collect()
}

fn alert<'a>(view: &View<'a>, finding: &'a Finding) -> Alert<'a> {
    let mut text = view.prose(&finding.message);
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {}", view.paragraph(help)));
    }
    let assumptions = words::assumptions(&finding.assumptions);
    if !assumptions.is_empty() {
        text.push_str(&format!("\nthis holds if {}", view.prose(&assumptions.join(", and "))));
    }
    let deployments = words::deployments(view, finding);
    if !deployments.is_empty() {
        text.push_str(&format!("\nbreaks in {}", deployments.join("; ")));
    }
    let mut related = words::places(view, finding);
    related.truncate(words::MOST_RELATED);
    let told = |text: String| view.page(text, Form::Plain).as_str().to_owned();
    Alert {
        finding,
        page: links::rule_page(finding.rule),
        text: told(text),
        related: related.into_iter().map(|(place, shows)| (place, told(shows))).collect(),
    }
}

fn unwritten(finding: &Finding) -> Alert<'_> {
    Alert { finding, page: links::rule_page(finding.rule), text: UNWRITTEN.to_owned(), related: Vec::new() }
}
