//! What the editor holds open.

use std::collections::BTreeMap;
use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, Url};

use super::folder;
use super::position::{Encoding, Lines};

/// A text that is open in the editor.
#[derive(Clone, Debug)]
pub struct Document {
    /// What the editor calls it.
    pub uri: Url,
    /// The text as the editor shows it.
    pub text: Arc<str>,
    /// What the editor calls this state of it.
    pub version: i32,
    /// Whether its file was removed while it was open: what is shown is on no disk any more.
    pub file: OnDisk,
}

/// Whether the file of a text that is open still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// It does, or will when it is saved.
    Counts,
    /// It was removed.
    Removed,
}

/// All of them, by [`key`].
pub type Documents = BTreeMap<Url, Document>;

/// One of the addresses that mean the same file: editors write `[` and `%5B` as they like.
#[must_use]
pub fn key(uri: &Url) -> Url {
    folder::file(uri).and_then(|path| Url::from_file_path(path).ok()).unwrap_or_else(|| uri.clone())
}

impl Document {
    /// A text that was opened.
    #[must_use]
    pub fn new(uri: Url, text: String, version: i32) -> Self {
        Self { uri, text: text.into(), version, file: OnDisk::Counts }
    }

    /// Makes the changes, one after the other.
    pub fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        let mut text = self.text.to_string();
        for change in changes {
            let Some(range) = change.range else {
                text = change.text;
                continue;
            };
            let lines = Lines::new(&text);
            let (one, other) = (lines.offset(range.start, encoding), lines.offset(range.end, encoding));
            text.replace_range(one.min(other)..one.max(other), &change.text);
        }
        self.text = text.into();
        self.version = version;
        self.file = OnDisk::Counts;
    }
}
