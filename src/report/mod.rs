//! Findings as text. No renderer decides anything, and none sees text that was not redacted first.

mod alert;
mod blocks;
mod compared;
mod concise;
mod coverage;
mod fingerprint;
mod fixes;
mod focus;
mod format;
mod github;
mod gitlab;
mod guard;
mod here;
mod human;
mod json;
mod jsonl;
mod junit;
mod links;
pub mod manual;
mod markdown;
mod names;
mod redact;
mod sarif;
mod style;
pub mod summary;
pub mod trace;
mod upload_hash;
mod view;
mod words;

pub use alert::{Alert, alerts};
pub use compared::{Chosen, Compared, ComparedBaseline, ComparedCommit, Stale};
pub use fingerprint::fingerprints;
pub use fixes::diff;
pub use focus::Focus;
pub use format::Format;
pub use here::{relative, root_from, sentences_name_files};
pub use markdown::code_block;
pub use redact::Page;
pub use sarif::Origin;
pub use style::{Detail, Links, Paint, Skipped, Statistics, Style};
pub use view::{Source, View};
pub use words::cut;

use crate::base::Tree;
use crate::model::Wiring;
use crate::rules::{Evidence, Finding};

/// The evidence of each wire of a finding, the most telling first.
#[must_use]
pub fn evidence(finding: &Finding) -> Vec<&Evidence> {
    words::ordered(finding)
}

/// What is said besides reports, without secrets.
#[must_use]
pub fn notice(text: &str) -> Page {
    let known = redact::Known::default();
    redact::page(&redact::prose(text, &known), &known, redact::Form::Plain)
}

/// What is rendered.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Where the text of snippets comes from.
    pub tree: &'a dyn Tree,
    /// For places, paths and coverage.
    pub wiring: &'a Wiring,
    /// The findings, in the order in which they are shown.
    pub findings: &'a [Finding],
    /// What they were compared with, when they were.
    pub compared: Option<&'a Compared>,
}
