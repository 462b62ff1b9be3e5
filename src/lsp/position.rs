//! Places as the protocol counts them.
//!
//! The protocol's lines end at `\n`, `\r\n` and a lone `\r`; columns count UTF-16 code units, or bytes or characters where both sides agree.

use std::borrow::Cow;

use lsp_types::{Position, PositionEncodingKind, Range};

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16 code units.
    #[default]
    Utf16,
    /// Bytes.
    Utf8,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best one that a client offers; every client knows UTF-16, but one that offers others alone would rather not.
    #[must_use]
    pub fn of(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers = |encoding: &Self| offered.is_some_and(|offered| offered.contains(&encoding.kind()));
        [Self::Utf8, Self::Utf16, Self::Utf32].into_iter().find(offers).unwrap_or_default()
    }

    /// Its name in the protocol.
    #[must_use]
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn of_character(self, character: char) -> usize {
        match self {
            Self::Utf16 => character.len_utf16(),
            Self::Utf8 => character.len_utf8(),
            Self::Utf32 => 1,
        }
    }

    fn units(self, text: &str) -> usize {
        text.chars().map(|character| self.of_character(character)).sum()
    }
}

/// The lines of a text.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Cow<'t, [usize]>,
}

impl<'t> Lines<'t> {
    /// The lines of what an editor holds.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self::from(text, 0)
    }

    /// The lines of a file on disk, whose byte order mark no editor counts.
    #[must_use]
    pub fn of_file(text: &'t str) -> Self {
        Self::from(text, if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 })
    }

    /// The lines of a text whose starts are known.
    #[must_use]
    pub fn with_starts(text: &'t str, starts: &'t [usize]) -> Self {
        Self { text, starts: Cow::Borrowed(starts) }
    }

    /// The byte at which each line begins.
    #[must_use]
    pub fn into_starts(self) -> Vec<usize> {
        self.starts.into_owned()
    }

    fn from(text: &'t str, first: usize) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
            .filter(|at| bytes.get(*at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n'))
            .map(|at| at + 1);
        Self { text, starts: std::iter::once(first).chain(ends).collect::<Vec<_>>().into() }
    }

    /// Where byte `offset` is; what is in the middle of a character is at its start, what is past the end there.
    #[must_use]
    pub fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position::new(number(line), number(encoding.units(before)))
    }

    /// The range of some bytes.
    #[must_use]
    pub fn range(&self, bytes: std::ops::Range<usize>, encoding: Encoding) -> Range {
        Range::new(self.position(bytes.start, encoding), self.position(bytes.end, encoding))
    }

    /// The byte at a position. A column past the end of its line is at that end, a line past the end of the text there.
    #[must_use]
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else { return self.text.len() };
        let mut left = usize::try_from(position.character).unwrap_or(usize::MAX);
        let rest = self.text.get(start..).unwrap_or_default();
        let mut at = start;
        for character in rest.chars().take_while(|character| !matches!(character, '\n' | '\r')) {
            let units = encoding.of_character(character);
            if units > left {
                break;
            }
            left -= units;
            at += character.len_utf8();
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_bytes_are_each_other_s_inverse() {
        let text = "a😀b\r\nä\rx\n\u{202e}y";
        let lines = Lines::new(text);
        let table = [
            (0, 0, 0, 0, 0),
            (5, 0, 3, 5, 2),  // b, behind a pair of UTF-16
            (8, 1, 0, 0, 0),  // ä, behind \r\n
            (11, 2, 0, 0, 0), // x, behind a lone \r
            (16, 3, 1, 3, 1), // y, behind a mark that turns the direction
        ];
        for (offset, line, utf16, utf8, utf32) in table {
            for (encoding, column) in [(Encoding::Utf16, utf16), (Encoding::Utf8, utf8), (Encoding::Utf32, utf32)] {
                let position = Position::new(line, column);
                assert_eq!(lines.position(offset, encoding), position, "{offset} {encoding:?}");
                assert_eq!(lines.offset(position, encoding), offset, "{offset} {encoding:?}");
            }
        }
        // In the middle of the pair, past the end of the line, past the end of the text.
        assert_eq!(lines.offset(Position::new(0, 2), Encoding::Utf16), 1);
        assert_eq!(lines.offset(Position::new(0, 99), Encoding::Utf16), 6);
        assert_eq!(lines.offset(Position::new(99, 0), Encoding::Utf16), text.len());
        assert_eq!(lines.position(99, Encoding::Utf16), Position::new(3, 2));
        assert_eq!(Lines::of_file("\u{feff}ab").position(4, Encoding::Utf16), Position::new(0, 1));
    }
}
