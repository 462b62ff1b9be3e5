//! `wirelint.toml` at the root of the repository.

mod read;

use crate::base::{ReadError, RepoPath, Span, Tree, decode};
use crate::model::Declared;
use crate::rules::{RuleId, Selector, Severity};

/// The name of the configuration file.
pub const FILE_NAME: &str = "wirelint.toml";
/// Nobody writes a larger one by hand.
const MOST_BYTES: usize = 1024 * 1024;

/// What the repository's people want.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Only these rules; empty means all.
    pub select: Vec<Selector>,
    /// Not these rules.
    pub ignore: Vec<Selector>,
    /// From which severity on a run fails.
    pub fail_on: Option<Severity>,
    /// Paths that are left out, in the syntax of `.gitignore`.
    pub exclude: Vec<String>,
    /// Findings that are known and accepted.
    pub suppress: Vec<Suppress>,
    /// What holds outside the repository's files.
    pub declared: Declared,
}

/// An entry of `[[suppress]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppress {
    /// The rule.
    pub rule: RuleId,
    /// The file, or the folder that it is in.
    pub path: RepoPath,
    /// Why.
    pub reason: String,
    /// Where the entry is in the configuration file.
    pub span: Span,
}

/// A configuration that cannot be used. The message starts with the file's name and the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{FILE_NAME}{}: {message}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ConfigError {
    /// The line, from 1.
    pub line: Option<u32>,
    /// What is wrong, and the nearest right thing where there is one.
    pub message: String,
}

impl Config {
    /// The configuration of a tree; the default one when it has none.
    ///
    /// # Errors
    /// When the file cannot be read or used.
    pub fn of_tree(tree: &dyn Tree) -> Result<Self, ConfigError> {
        let unreadable = |message: String| ConfigError { line: None, message };
        let path = RepoPath::root().join(FILE_NAME).unwrap_or_else(RepoPath::root);
        let mut bytes = Vec::new();
        match tree.read(&path, &mut bytes) {
            Ok(()) => {}
            Err(ReadError::NotFound) => return Ok(Self::default()),
            Err(error) => return Err(unreadable(format!("cannot be read: {error}"))),
        }
        if bytes.len() > MOST_BYTES {
            return Err(unreadable(format!(
                "cannot be read: {} bytes, more than the limit of {MOST_BYTES}",
                bytes.len()
            )));
        }
        let decoded = decode(bytes);
        if decoded.invalid.is_some() {
            return Err(unreadable("is not UTF-8".to_owned()));
        }
        read::read(&decoded.text)
    }
}

/// The one of `names` that is nearest to `name`, when one is near enough to be meant, as the end of a sentence.
#[must_use]
pub fn did_you_mean<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    // A comparison costs as much as both names are long, multiplied.
    let names = names.into_iter().filter(|known| name.len() <= 2 * known.len());
    let scored = names.map(|known| (strsim::normalized_damerau_levenshtein(known, name), known));
    let best = scored.filter(|(score, _)| *score > 0.5).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or_else(String::new, |(_, known)| format!("; did you mean `{known}`?"))
}
