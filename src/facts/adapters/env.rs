//! Env files.

use std::sync::Arc;

use crate::facts::{EnvEntry, FileFacts, Quote, Separator};
use crate::parse::env::{self, Assignment};

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    facts.env = env::assignments(text).iter().map(entry).collect();
}

fn entry(assignment: &Assignment<'_>) -> EnvEntry {
    EnvEntry {
        name: Arc::from(assignment.name),
        name_span: assignment.name_span,
        raw: Arc::from(assignment.raw),
        value_span: assignment.raw_span,
        quote: match assignment.quote {
            Some('\'') => Quote::Single,
            Some('"') => Quote::Double,
            Some(_) => Quote::Backtick,
            None => Quote::None,
        },
        separator: match assignment.separator {
            env::Separator::Equals => Separator::Equals,
            env::Separator::SpacedEquals => Separator::SpacedEquals,
            env::Separator::Colon => Separator::Colon,
        },
    }
}
