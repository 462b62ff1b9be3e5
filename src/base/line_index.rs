//! Byte offsets to lines and columns.

use serde::{Deserialize, Serialize};

use super::Span;

/// The start of every line of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// A position as editors show it: both numbers start at 1; the column counts bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Byte in the line, from 1.
    pub column: u32,
}

impl LineIndex {
    /// Indexes `text`; lines end at `\n`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let starts = std::iter::once(0).chain(ends.map(|end| u32::try_from(end + 1).unwrap_or(u32::MAX))).collect();
        Self { starts }
    }

    /// The position of byte `offset`; offsets past the end fall on the last line.
    #[must_use]
    pub fn position(&self, offset: u32) -> LineColumn {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        LineColumn { line: u32::try_from(line).unwrap_or(u32::MAX), column: offset - start + 1 }
    }

    /// The byte that line `line`, from 1, begins at; `None` when there is no such line.
    #[must_use]
    pub fn start(&self, line: usize) -> Option<u32> {
        self.starts.get(line.checked_sub(1)?).copied()
    }

    /// The lines that `span` touches, first and last, from 1.
    #[must_use]
    pub fn lines(&self, span: Span) -> (u32, u32) {
        let first = self.position(span.start).line;
        let last = self.position(span.end.saturating_sub(1).max(span.start)).line;
        (first, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_one() {
        let index = LineIndex::new("ab\ncd\n");
        assert_eq!(index.position(0), LineColumn { line: 1, column: 1 });
        assert_eq!(index.position(4), LineColumn { line: 2, column: 2 });
        assert_eq!(index.lines(Span::new(0, 3)), (1, 1));
        assert_eq!(index.position(6), LineColumn { line: 3, column: 1 });
    }
}
