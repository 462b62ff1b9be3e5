//! A text with its lines: line breaks and indentation as they are.

use std::ops::Range;

use crate::base::FileKind;

/// The text of a file.
pub(super) struct Document<'t> {
    pub text: &'t str,
    pub kind: FileKind,
}

impl<'t> Document<'t> {
    /// The text of a range; nothing for one that is none of the text.
    pub fn at(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// What ends a line of this text: that of the line of `offset`, else of the first one.
    pub fn line_break(&self, offset: usize) -> &'static str {
        let rest = self.at(offset..self.text.len());
        let line = rest.split_inclusive('\n').next().filter(|line| line.ends_with('\n'));
        let line = line.or_else(|| self.text.split_inclusive('\n').next());
        if line.is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" }
    }

    /// Where the line of a byte begins; what marks the encoding is before the first one.
    pub fn line_start(&self, offset: usize) -> usize {
        let start = self.at(0..offset).rfind('\n').map_or(0, |at| at + 1);
        let mark = if start == 0 && self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        (start + mark).min(offset)
    }

    /// Where the line of a byte ends, its line break left out.
    pub fn line_end(&self, offset: usize) -> usize {
        let rest = self.at(offset..self.text.len());
        let end = rest.find('\n').unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        offset + line.strip_suffix('\r').map_or(line.len(), str::len)
    }

    /// Where the line below the line of a byte begins, or the end of the text.
    pub fn next_line(&self, offset: usize) -> usize {
        let rest = self.at(offset..self.text.len());
        rest.find('\n').map_or(self.text.len(), |at| offset + at + 1)
    }

    /// The blanks that the line of a byte begins with.
    pub fn indent(&self, offset: usize) -> &'t str {
        let start = self.line_start(offset);
        let line = self.at(start..self.line_end(start));
        line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
    }

    /// Whether only blanks are before a byte on its line.
    pub fn begins_line(&self, offset: usize) -> bool {
        self.at(self.line_start(offset)..offset).trim().is_empty()
    }

    /// Whether only blanks are behind a byte on its line.
    pub fn ends_line(&self, offset: usize) -> bool {
        self.at(offset..self.line_end(offset)).trim().is_empty()
    }

    /// Whether only blanks and a comment are behind a byte on its line.
    pub fn ends_line_or_comment(&self, offset: usize) -> bool {
        let rest = self.at(offset..self.line_end(offset)).trim_start();
        let comment = self.comment_marks().iter().any(|mark| rest.starts_with(mark));
        rest.is_empty() || comment
    }

    /// What a comment to the end of a line begins with.
    pub fn comment_marks(&self) -> &'static [&'static str] {
        match self.kind {
            FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte | FileKind::Html => &["//"],
            FileKind::PackageJson | FileKind::Json => &["//"],
            _ => &["#"],
        }
    }

    /// What one level of indentation is: the first step that the text takes.
    pub fn unit(&self) -> &'static str {
        let mut before = 0;
        for line in self.text.lines().filter(|line| !line.trim().is_empty()) {
            let indent = line.len() - line.trim_start().len();
            if line.starts_with('\t') {
                return "\t";
            }
            match indent.saturating_sub(before) {
                0 => before = indent,
                2 => return "  ",
                3 => return "   ",
                8 => return "        ",
                _ => return "    ",
            }
        }
        "    "
    }
}
