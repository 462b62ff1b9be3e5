//! What an adapter for a browser or Node library is.

use tree_sitter::Node;

use super::cx::{EcmaCx, ReadCall};
use crate::facts::FileFacts;

/// One framework or library as it is seen in source code.
pub struct EcmaAdapter {
    /// Its name, for people.
    pub name: &'static str,
    /// What a file must hold for the adapter to be interested.
    pub needles: &'static [Needle],
    /// Texts of which one makes it take part in a file that is parsed for another reason.
    pub also: &'static [&'static str],
    /// Called for every node of the kinds in [`EcmaCx::shown`], in source order, in files that hold a needle.
    pub visit: for<'t> fn(&EcmaCx<'t>, Node<'t>, &mut FileFacts),
    /// Called once for every parsed file, after all visits.
    pub whole: Option<fn(&EcmaCx<'_>, &mut FileFacts)>,
    /// Calls that it reads as values (`axios.create`).
    pub read_calls: &'static [ReadCall],
}

/// A text that makes a file worth parsing.
pub struct Needle {
    /// The text.
    pub text: &'static str,
    /// Looks at the bytes around a hit (from, to) before the file is parsed for it. Asked for every hit: it looks no further
    /// than names and types go.
    pub verify: fn(&[u8], usize, usize) -> bool,
    /// How many bytes of the text are only compared at a hit. The search goes by the first three bytes that it is given,
    /// and those of `set` or `use` are everywhere.
    skipped: usize,
    /// What the rest of the file must be like. Asked once a file, however many hits there are.
    beside: Option<fn(&[u8]) -> bool>,
}

impl Needle {
    /// A needle whose every hit counts.
    #[must_use]
    pub const fn plain(text: &'static str) -> Self {
        Self { text, verify: |_, _, _| true, skipped: 0, beside: None }
    }

    /// A needle whose hits are looked at first.
    #[must_use]
    pub const fn checked(text: &'static str, verify: fn(&[u8], usize, usize) -> bool) -> Self {
        Self { text, verify, skipped: 0, beside: None }
    }

    /// The same needle, searched without its first bytes.
    #[must_use]
    pub const fn without_first(self, skipped: usize) -> Self {
        Self { skipped, ..self }
    }

    /// The same needle, which counts only in files of which `beside` holds.
    #[must_use]
    pub const fn only_beside(self, beside: fn(&[u8]) -> bool) -> Self {
        Self { beside: Some(beside), ..self }
    }

    /// Whether the file is one in which a hit counts.
    #[must_use]
    pub fn suits(&self, bytes: &[u8]) -> bool {
        self.beside.is_none_or(|beside| beside(bytes))
    }

    /// What is searched.
    #[must_use]
    pub fn sought(&self) -> &'static str {
        self.text.get(self.skipped..).unwrap_or(self.text)
    }

    /// Whether a hit on [`Needle::sought`] is one of the whole needle, and counts.
    #[must_use]
    pub fn holds(&self, bytes: &[u8], from: usize, to: usize) -> bool {
        let Some(from) = from.checked_sub(self.skipped) else { return false };
        bytes.get(from..to) == Some(self.text.as_bytes()) && (self.verify)(bytes, from, to)
    }
}
