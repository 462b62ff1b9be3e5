//! Logical lines: what is left when continued lines are one.

use crate::base::Span;

/// A line with its continuations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its bytes, `\` and line ends of continued lines taken out.
    pub bytes: Vec<u8>,
    /// Where runs of bytes start: in the line, and in the file.
    runs: Vec<(usize, usize)>,
}

impl Line {
    fn push(&mut self, bytes: &[u8], at: usize) {
        self.runs.push((self.bytes.len(), at));
        self.bytes.extend_from_slice(bytes);
    }

    /// The line up to `end`.
    pub fn cut(&self, end: usize) -> Self {
        Self { bytes: self.bytes.get(..end).unwrap_or(&self.bytes).to_vec(), runs: self.runs.clone() }
    }

    /// The place in the file of a range of the line.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let last = end.saturating_sub(1).max(start);
        Span::new(self.offset(start), self.offset(last) + usize::from(end > start))
    }

    /// The offset in the file of a byte of the line.
    fn offset(&self, at: usize) -> usize {
        let run = self.runs.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        self.runs.get(run).map_or(0, |(start, file)| file + (at - start.min(&at)))
    }
}

/// The logical lines of a text.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { rest: bytes.get(mark..).unwrap_or_default(), at: mark }
    }

    /// The next line of the file without its end, with its start.
    fn physical(&mut self) -> Option<(&'a [u8], usize)> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let (line, after) = self.rest.split_at(end);
        let start = self.at;
        self.rest = after.get(1..).unwrap_or_default();
        self.at += end + 1;
        Some((line.strip_suffix(b"\r").unwrap_or(line), start))
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let mut line = Line::default();
        let (mut bytes, mut at) = self.physical()?;
        while let Some(head) = bytes.strip_suffix(b"\\") {
            line.push(head, at);
            match self.physical() {
                Some(next) => (bytes, at) = next,
                None => return Some(line),
            }
        }
        line.push(bytes, at);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continued_lines_are_one_and_keep_their_places() {
        let text = "a b\\\n  c\r\nd\n\ne \\\n";
        let lines: Vec<Line> = Lines::new(text.as_bytes()).collect();
        let shown: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(&line.bytes).into_owned()).collect();
        assert_eq!(shown, ["a b  c", "d", "", "e "]);
        assert_eq!(lines[0].span(5, 6).range(), 7..8);
        assert_eq!(&text[lines[0].span(2, 6).range()], "b\\\n  c");
    }
}
