//! A piece of text that came out of a file, and how its bytes map back to the file.

use crate::base::Span;

/// Text with its place in the file that holds it.
#[derive(Clone, Copy, Debug)]
pub struct Fragment<'a> {
    /// The text, after the escapes of the format around it.
    pub text: &'a str,
    place: Where,
}

#[derive(Clone, Copy, Debug)]
enum Where {
    /// The text is in the file byte for byte, from here.
    Exact(usize),
    /// Escapes or folding changed it: only the whole is known.
    Whole(Span),
}

impl<'a> Fragment<'a> {
    /// Text that is in the file as it is, from byte `start`.
    #[must_use]
    pub fn exact(text: &'a str, start: usize) -> Self {
        Self { text, place: Where::Exact(start) }
    }

    /// Text of which only the place of the whole is known.
    #[must_use]
    pub fn whole_of(text: &'a str, span: Span) -> Self {
        Self { text, place: Where::Whole(span) }
    }

    /// Text between quotes at `span`: exact when no escape changed its length.
    #[must_use]
    pub fn inside_quotes(text: &'a str, span: Span) -> Self {
        if span.range().len() == text.len() + 2 {
            Self::exact(text, span.start as usize + 1)
        } else {
            Self::whole_of(text, span)
        }
    }

    /// Text that was written as `source[span]`: exact when it is found there unchanged (quotes apart).
    #[must_use]
    pub fn of(source: &str, span: Span, text: &'a str) -> Self {
        let written = source.get(span.range()).unwrap_or("");
        let quoted = written.len() >= 2 && (written.starts_with('"') || written.starts_with('\''));
        let start = span.start as usize;
        if written == text {
            Self::exact(text, start)
        } else if quoted && written.get(1..written.len() - 1) == Some(text) {
            Self::exact(text, start + 1)
        } else {
            Self::whole_of(text, span)
        }
    }

    /// The place of `from..to` of the text.
    #[must_use]
    pub fn span(&self, from: usize, to: usize) -> Span {
        match self.place {
            Where::Exact(start) => Span::new(start + from, start + to),
            Where::Whole(span) => span,
        }
    }

    /// The place of the whole text.
    #[must_use]
    pub fn whole(&self) -> Span {
        self.span(0, self.text.len())
    }

    /// The piece `from..to`; empty when that is no boundary.
    #[must_use]
    pub fn slice(&self, from: usize, to: usize) -> Self {
        let text = self.text.get(from..to).unwrap_or("");
        match self.place {
            Where::Exact(start) => Self { text, place: Where::Exact(start + from) },
            Where::Whole(span) => Self { text, place: Where::Whole(span) },
        }
    }

    /// Without white space at both ends.
    #[must_use]
    pub fn trim(&self) -> Self {
        let from = self.text.len() - self.text.trim_start().len();
        let to = from + self.text.trim().len();
        self.slice(from, to)
    }

    /// The two sides of the first `separator`.
    #[must_use]
    pub fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let at = self.text.find(separator)?;
        Some((self.slice(0, at), self.slice(at + separator.len_utf8(), self.text.len())))
    }
}
