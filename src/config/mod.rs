//! `wirelint.toml` at the root of the repository.

mod keys;
mod read;
mod schema;
mod values;

pub use schema::schema;
pub use values::role_name;

use crate::base::{FileRole, LineIndex, PathPatterns, ReadError, RepoPath, Span, Tree, decode};
use crate::model::Declared;
use crate::rules::{Level, Scope, Selector, Severity};

/// The name of the configuration file.
pub const FILE_NAME: &str = "wirelint.toml";
/// Nobody writes a larger one by hand.
const MOST_BYTES: usize = 1024 * 1024;

/// A value with its place in the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated<T> {
    /// The value.
    pub value: T,
    /// Where it is.
    pub span: Span,
}

/// What the repository's people want.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What messages call the file that says so; `None` when there is none.
    pub name: Option<String>,
    /// Where it is or would be, when that is in the tree; `None` when no file of the tree is asked.
    pub file: Option<RepoPath>,
    /// Its lines.
    pub lines: LineIndex,
    /// Only these rules; empty means all.
    pub select: Vec<Selector>,
    /// Not these rules.
    pub ignore: Vec<Selector>,
    /// From which severity on a run fails.
    pub fail_on: Option<Severity>,
    /// Paths that are left out.
    pub exclude: PathPatterns,
    /// The places of their patterns.
    pub exclude_places: Vec<Span>,
    /// How bad the findings of rules and families are.
    pub levels: Vec<Stated<(Selector, Level)>>,
    /// What holds for some files; later ones are stronger.
    pub overrides: Vec<Override>,
    /// Findings that are known and accepted.
    pub suppress: Vec<Suppress>,
    /// What holds outside the repository's files.
    pub declared: Declared,
}

/// An entry of `[[overrides]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// The files.
    pub paths: PathPatterns,
    /// The places of the patterns.
    pub places: Vec<Span>,
    /// How bad findings in these files are.
    pub levels: Vec<Stated<(Selector, Level)>>,
    /// What the files are.
    pub role: Option<Stated<FileRole>>,
}

/// An entry of `[[suppress]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppress {
    /// The rule or family.
    pub rule: Selector,
    /// Where it holds.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// Where the entry is in the configuration file.
    pub span: Span,
}

/// A configuration that cannot be used. The message starts with the file's name and the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {message}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ConfigError {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// What is wrong, and the nearest right thing where there is one.
    pub message: String,
}

impl Config {
    /// The place of something in the file, for people: `wirelint.toml:12`.
    #[must_use]
    pub fn at(&self, span: Span) -> String {
        format!("{}:{}", self.name.as_deref().unwrap_or(FILE_NAME), self.lines.position(span.start).line)
    }

    /// The configuration of a tree; one without settings when it has no file.
    ///
    /// # Errors
    /// When the file cannot be read or used.
    pub fn of_tree(tree: &dyn Tree) -> Result<Self, ConfigError> {
        let path = RepoPath::root().join(FILE_NAME).unwrap_or_else(RepoPath::root);
        let config = Self::of_file(tree, &path, FILE_NAME)?.unwrap_or_default();
        Ok(Self { file: Some(path), ..config })
    }

    /// What a file of some tree says, which messages call `name`; `None` when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read or used.
    pub fn of_file(tree: &dyn Tree, path: &RepoPath, name: &str) -> Result<Option<Self>, ConfigError> {
        let unreadable = |message: String| ConfigError { file: name.to_owned(), line: None, message };
        let mut bytes = Vec::new();
        match tree.read(path, &mut bytes) {
            Ok(()) => {}
            Err(ReadError::NotFound) => return Ok(None),
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
        read::read(&decoded.text, name).map(Some)
    }
}
