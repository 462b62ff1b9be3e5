//! The bytes that are overwritten.

/// Ranges of a text that nobody may see.
#[derive(Debug, Default)]
pub(super) struct Mask {
    ranges: Vec<(usize, usize)>,
}

impl Mask {
    /// Hides `start..end`.
    pub fn hide(&mut self, start: usize, end: usize) {
        if start < end {
            self.ranges.push((start, end));
        }
    }

    /// What is hidden, sorted, without overlaps.
    pub fn ranges(mut self) -> Vec<(usize, usize)> {
        self.ranges.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::with_capacity(self.ranges.len());
        for (start, end) in self.ranges {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }
}

/// `text` with the bytes of the sorted `ranges` overwritten, as long as before. Line breaks stay, so that lines do.
pub(super) fn overwritten(text: &str, ranges: &[(usize, usize)]) -> String {
    let mut ranges = ranges.iter().copied().peekable();
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        while ranges.next_if(|(_, end)| *end <= at).is_some() {}
        // A character that is hidden in part is hidden whole.
        let hidden = ranges.peek().is_some_and(|(start, _)| *start < at + c.len_utf8());
        if hidden && !matches!(c, '\n' | '\r') {
            out.extend(std::iter::repeat_n('*', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}
