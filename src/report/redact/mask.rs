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
    // A character that is hidden in part is hidden whole.
    let boundary = |mut at: usize, to: fn(usize) -> usize| {
        while at < text.len() && !text.is_char_boundary(at) {
            at = to(at);
        }
        at.min(text.len())
    };
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    for (start, end) in ranges {
        let start = boundary(*start, |at| at - 1).max(shown);
        let end = boundary(*end, |at| at + 1).max(start);
        out.push_str(text.get(shown..start).unwrap_or_default());
        for c in text.get(start..end).unwrap_or_default().chars() {
            if matches!(c, '\n' | '\r') {
                out.push(c);
            } else {
                out.extend(std::iter::repeat_n('*', c.len_utf8()));
            }
        }
        shown = end;
    }
    out.push_str(text.get(shown..).unwrap_or_default());
    out
}
