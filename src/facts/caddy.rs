//! A Caddyfile as lines of words.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Span;

/// One file of a Caddy configuration: a whole Caddyfile, or one that others import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaddyFile {
    /// Its lines in order: sites with their blocks, snippets, or directives.
    pub lines: Vec<CaddyLine>,
    /// How it is written.
    pub form: CaddyForm,
}

/// How a configuration of Caddy is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CaddyForm {
    /// As a Caddyfile.
    #[default]
    Caddyfile,
    /// In Caddy's own JSON, whose content is not read.
    Json,
}

/// A line: addresses of a site, a directive, a line of a directive's block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaddyLine {
    /// Its words; none for the block of global options.
    pub words: Vec<CaddyWord>,
    /// From its first word to its last one; the brace, when there is no word.
    pub span: Span,
    /// What is between its braces; `None` when it opens no block.
    pub block: Option<Vec<CaddyLine>>,
}

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaddyWord {
    /// Its text without quotes and escapes. Environment variables and placeholders are there as written.
    pub text: Arc<str>,
    /// Where it is, quotes included.
    pub span: Span,
    /// What is around it.
    pub quoted: CaddyQuote,
    /// The environment variables in `text` (`{$NAME}`), which Caddy puts in before it reads words.
    pub holes: Vec<CaddyHole>,
}

/// Whether quotes are around a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CaddyQuote {
    /// They are not.
    Bare,
    /// They are: double quotes, back ticks, or the marks of a heredoc.
    Quoted,
}

/// An environment variable in a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaddyHole {
    /// Where in the word's text it is written.
    pub span: Span,
    /// The variable.
    pub name: Arc<str>,
    /// What is there when it is not set; nothing, when none is written.
    pub default: Option<Arc<str>>,
}

impl CaddyLine {
    /// The text of word `index`, when there is one; the first is the name of a directive.
    #[must_use]
    pub fn word(&self, index: usize) -> Option<&str> {
        self.words.get(index).map(|word| &*word.text)
    }
}
