//! Looking at a text from left to right, and counting how much is looked at.

use std::cell::Cell;

/// A text under examination. Every search goes through here, so that a test can count the bytes that were looked at.
pub(super) struct Scan<'a> {
    pub text: &'a str,
    pub bytes: &'a [u8],
    /// Where the lines end.
    ends: Vec<usize>,
    looked: Cell<usize>,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        let ends = memchr::memchr2_iter(b'\n', b'\r', text.as_bytes()).collect();
        Self { text, bytes: text.as_bytes(), ends, looked: Cell::new(0) }
    }

    /// How many bytes were looked at so far.
    pub fn looked(&self) -> usize {
        self.looked.get()
    }

    pub fn count(&self, bytes: usize) {
        self.looked.set(self.looked.get() + bytes);
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The byte at `at`, or 0 past the end.
    pub fn at(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The byte before `at`, or 0 at the beginning.
    pub fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |at| self.at(at))
    }

    /// The text between two offsets; empty when one of them is inside a character.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or("")
    }

    /// The first offset from `at` on, before `limit`, whose byte does not belong.
    pub fn run(&self, at: usize, limit: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let limit = limit.min(self.len());
        let mut end = at.min(limit);
        while end < limit && belongs(self.bytes[end]) {
            end += 1;
        }
        self.count(end - at.min(end) + 1);
        end
    }

    /// The first offset from `at` on, before `limit`, whose byte is wanted; else `limit`.
    pub fn until(&self, at: usize, limit: usize, wanted: impl Fn(u8) -> bool) -> usize {
        self.run(at, limit, |byte| !wanted(byte))
    }

    /// Past spaces and tabs.
    pub fn blanks(&self, at: usize, limit: usize) -> usize {
        self.run(at, limit, |byte| matches!(byte, b' ' | b'\t'))
    }

    /// Past every kind of white space.
    pub fn spaces(&self, at: usize, limit: usize) -> usize {
        self.run(at, limit, |byte| byte.is_ascii_whitespace())
    }

    /// The end of the line that `at` is in.
    pub fn line_end(&self, at: usize) -> usize {
        self.count(1);
        self.ends.get(self.ends.partition_point(|end| *end < at)).copied().unwrap_or(self.len())
    }

    /// Whether `word` is at `at`, whatever the case of its letters.
    pub fn has(&self, at: usize, word: &str) -> bool {
        self.bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// The closing quote of the text that begins at `at`, before `limit`. A backslash hides the byte after it.
    pub fn closing(&self, at: usize, limit: usize, quote: u8) -> Option<usize> {
        let limit = limit.min(self.len());
        let mut end = at;
        while end < limit {
            match self.bytes[end] {
                b'\\' => end += 2,
                byte if byte == quote => {
                    self.count(end - at + 1);
                    return Some(end);
                }
                _ => end += 1,
            }
        }
        self.count(end.saturating_sub(at));
        None
    }
}

/// What names consist of.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// What identifiers of languages consist of.
pub(super) fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}
