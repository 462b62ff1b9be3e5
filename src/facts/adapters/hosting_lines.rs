//! `_redirects` and `_headers`: the rules of Netlify and Cloudflare Pages, one in a line.

use std::sync::Arc;

use super::data::{bounded, by_status, policy, starred};
use crate::base::Span;
use crate::facts::{FileFacts, HostingFact, HostingPattern, HostingRule, HostingService, PageFact, PageKind};

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    match facts.path.name() {
        "_headers" => headers(text, facts),
        _ => redirects(text, facts),
    }
}

/// The lines with content, each with its place.
fn lines(text: &str) -> impl Iterator<Item = (Span, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let from = start + line.len() - line.trim_start().len();
        start += line.len();
        let content = line.trim();
        (!content.is_empty() && !content.starts_with('#')).then(|| (Span::new(from, from + content.len()), line))
    })
}

/// `/from /to 200!`, with conditions behind.
fn redirects(text: &str, facts: &mut FileFacts) {
    let mut rules = Vec::new();
    for (span, line) in lines(text) {
        let mut words = line.split_whitespace();
        let (Some(source), Some(target)) = (words.next(), words.next()) else { continue };
        let status = words.next().unwrap_or("302");
        let is_status = status.trim_end_matches('!').parse::<u16>().is_ok();
        let conditional = !is_status || words.next().is_some_and(|word| !word.starts_with('#'));
        rules.push(HostingRule {
            span,
            source: Arc::from(source),
            syntax: HostingPattern::Star,
            action: by_status(status, target),
            when: starred(conditional, status.ends_with('!')),
        });
    }
    let Some(first) = rules.first().map(|rule| rule.span) else { return };
    facts.pages.push(PageFact { span: first, kind: PageKind::Hosting(Arc::from(HostingService::Redirects.name())) });
    let fact = HostingFact { service: HostingService::Redirects, rules, publishes: None, unread: None };
    facts.hosting = Some(Box::new(bounded(fact, facts)));
}

/// A path at the start of a line, its headers indented below it.
fn headers(text: &str, facts: &mut FileFacts) {
    let mut pattern = "";
    for (span, line) in lines(text) {
        if !line.starts_with([' ', '\t']) {
            pattern = line.trim();
            continue;
        }
        if let Some((name, value)) = line.trim().split_once(':')
            && name.trim().eq_ignore_ascii_case("content-security-policy")
        {
            policy(span, value.trim(), pattern, facts);
        }
    }
}
