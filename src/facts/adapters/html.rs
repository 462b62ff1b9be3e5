//! HTML pages: scripts, policies, sub-resources, connections of inline scripts.

use std::sync::{Arc, LazyLock};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::base::{Span, has_mark};
use crate::facts::{ClientApi, ClientCall, Expr, FileFacts, Module, PageFact, PageKind, Reach, RunsIn};
use crate::parse::ecma::{Grammar, script_blocks};
use crate::parse::html::{Attribute, Tag, tags};

static NEEDLES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .ascii_case_insensitive(true)
        .build([
            "<script",
            "http-equiv",
            "<iframe",
            "<form",
            "<base",
            "src=\"http:",
            "src='http:",
            "hx-",
            "ws-connect",
            "sse-connect",
        ])
        .ok()
});

/// Whether the bytes hold anything that is looked for.
#[must_use]
pub fn deserves_parse(bytes: &[u8]) -> bool {
    NEEDLES.as_ref().is_some_and(|needles| needles.is_match(bytes))
}

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let tags = tags(text);
    if let Some(root) = tags.iter().find(|tag| tag.is("html") || tag.is("head") || tag.is("body")) {
        facts.pages.push(PageFact { span: root.span, kind: PageKind::Document });
    }
    for tag in &tags {
        read_tag(tag, facts);
    }
    let scripts: Vec<Span> = script_blocks(text)
        .iter()
        .filter(|block| is_script(block.attributes) && !block.body.range().is_empty())
        .map(|block| block.body)
        .collect();
    let body = |script: &Span| text.as_bytes().get(script.range()).unwrap_or_default();
    let tells = |script: &[u8]| super::ecma::holds_needle(script) || memchr::memmem::find(script, b"://").is_some();
    let has_code = scripts.iter().map(body).any(tells);
    if has_code {
        super::ecma::read_blocks(text, Grammar::Tsx, &scripts, facts);
    } else {
        facts.module = Some(Box::new(Module::default()));
    }
}

fn read_tag(tag: &Tag<'_>, facts: &mut FileFacts) {
    if tag.is("script")
        && let Some(source) = tag.attribute("src")
    {
        facts.pages.push(PageFact { span: tag.span, kind: PageKind::Script(Arc::from(source.value)) });
    }
    if tag.is("meta")
        && tag.attribute("http-equiv").is_some_and(|name| name.value.eq_ignore_ascii_case("content-security-policy"))
        && let Some(content) = tag.attribute("content")
    {
        facts.pages.push(PageFact { span: content.span, kind: PageKind::MetaCsp(Arc::from(content.value)) });
    }
    if tag.is("base")
        && let Some(address) = tag.attribute("href")
    {
        facts.pages.push(PageFact { span: address.span, kind: PageKind::Base(Arc::from(address.value)) });
    }
    super::htmx::read(tag, facts);
    let (api, attribute) = match () {
        () if tag.is("script") || tag.is("iframe") || tag.is("embed") => (ClientApi::Blockable, "src"),
        () if tag.is("form") => (ClientApi::Blockable, "action"),
        () if tag.is("link") && tag.attribute("rel").is_some_and(|rel| rel.value.contains("stylesheet")) => {
            (ClientApi::Blockable, "href")
        }
        () if ["img", "audio", "video", "source"].iter().any(|name| tag.is(name)) => (ClientApi::Upgradable, "src"),
        () => return,
    };
    let Some(address) = tag.attribute(attribute).filter(|address| is_insecure(address)) else { return };
    facts.client_calls.push(ClientCall {
        method: Some(Arc::from("GET")),
        runs: RunsIn::Browser,
        reach: Reach::default(),
        ..ClientCall::new(tag.span, api, Expr::str(address.span, address.value))
    });
}

/// An `http:` address that is written out: a placeholder of a template language may be anything.
fn is_insecure(address: &Attribute<'_>) -> bool {
    let starts = address.value.trim_start().get(..7).is_some_and(|head| head.eq_ignore_ascii_case("http://"));
    starts && !has_mark(address.value)
}

/// Whether a script element holds code for the browser.
fn is_script(attributes: &str) -> bool {
    let lower = attributes.to_ascii_lowercase();
    match lower.split_once("type=") {
        None => true,
        Some((_, value)) => {
            let value = value.trim_start_matches(['"', '\'']);
            ["module", "text/javascript", "application/javascript", "text/babel", "text/jsx"]
                .iter()
                .any(|kind| value.starts_with(kind))
        }
    }
}
