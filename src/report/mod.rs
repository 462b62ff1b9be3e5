//! Findings as text. No renderer decides anything, and none sees text that was not redacted first.

mod blocks;
mod coverage;
mod fingerprint;
mod guard;
pub mod human;
pub mod json;
pub mod manual;
mod redact;
pub mod sarif;
pub mod trace;
mod upload_hash;
mod view;
mod words;

pub use redact::Page;
pub use view::{Source, View};

use crate::base::Tree;
use crate::model::Wiring;
use crate::rules::Finding;

/// What is said on standard error, without secrets.
#[must_use]
pub fn complaint(text: &str) -> Page {
    said(text)
}

/// Words of the command line about the repository, without secrets.
#[must_use]
pub fn said(text: &str) -> Page {
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
}

/// How text for a terminal looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With colours or without.
    pub paint: Paint,
    /// Columns.
    pub width: usize,
    /// How much is said besides the findings.
    pub detail: Detail,
}

/// With colours or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// ANSI colours.
    Colour,
    /// None.
    Plain,
}

/// How much is said besides the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A summary line.
    Summary,
    /// What was read, what was left out and why; suppressed findings.
    Full,
}
