//! Lines of a Caddyfile once environment variables, snippets and imported files are in place.

use std::sync::Arc;

use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;

/// A line with the block that it opens.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub words: Vec<Word>,
    /// From its first word to its last one, where it is written.
    pub place: Place,
    pub block: Option<Vec<Line>>,
}

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// Its text; what is not known of it is there as written.
    pub text: Arc<str>,
    pub place: Place,
    /// Whether quotes are around it.
    pub quoted: bool,
    /// The environment variable in it whose value is not known.
    pub hole: Option<HoleReason>,
}

impl Line {
    /// The name of the directive.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", |word| &word.text)
    }

    /// What follows the name.
    pub fn args(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The text of the argument `index`, when it is wholly known.
    pub fn arg(&self, index: usize) -> Option<&str> {
        self.args().get(index).and_then(|word| word.known().ok())
    }

    /// The lines of its block.
    pub fn inner(&self) -> &[Self] {
        self.block.as_deref().unwrap_or_default()
    }

    /// Its words as one text, for people.
    pub fn shown(&self) -> Arc<str> {
        let words: Vec<&str> = self.words.iter().map(|word| &*word.text).collect();
        words.join(" ").into()
    }
}

impl Word {
    /// Its text, when it is wholly known.
    pub fn known(&self) -> Result<&str, Unknown> {
        match &self.hole {
            None => Ok(&self.text),
            Some(reason) => Err(Unknown { reason: reason.clone(), place: Some(self.place) }),
        }
    }
}
