//! Process managers: what they start, in which folder and with which environment.

pub mod pm2;
mod supervisord;
mod systemd;

use std::sync::Arc;

use crate::base::Span;
use crate::facts::lang::words;
use crate::facts::{EnvReader, EnvSetting, FileFacts};
use crate::parse::ini;
use crate::parse::shell::{Word, split_assignment};

/// Adds what a unit of systemd or a file of supervisord says.
pub fn read(text: &str, facts: &mut FileFacts) {
    for section in ini::sections(text) {
        let found = match section.name {
            "Service" => systemd::processes(&section),
            name if name.starts_with("program:") => supervisord::process(&section).into_iter().collect(),
            _ => Vec::new(),
        };
        facts.processes.extend(found);
    }
}

/// `NAME=value` as a setting, with its place.
fn setting(word: &Word) -> Option<EnvSetting> {
    let (name, value) = split_assignment(word)?;
    let value = words::word(&value, EnvReader::Shell);
    Some(EnvSetting { name: Arc::from(name), span: word.span, value: Some(value) })
}

/// The assignments in front of the words of a command, as settings.
fn assigned(assignments: Vec<(String, Word)>) -> impl Iterator<Item = EnvSetting> {
    assignments.into_iter().map(|(name, value)| {
        let value = words::word(&value, EnvReader::Shell);
        EnvSetting { name: Arc::from(name), span: value.span, value: Some(value) }
    })
}

/// A text that is given as it is, without anything that a shell would fill in.
fn plain(text: &str, span: Span) -> Word {
    Word { span, pieces: vec![crate::parse::shell::Piece::Text(text.to_owned(), span)] }
}

#[cfg(test)]
mod tests;
