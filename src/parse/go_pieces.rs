//! Lines with actions of Go's template language, piece by piece.

use std::sync::Arc;

use super::go_template::{DEPTH, end_of, is_statement};
use crate::base::Span;

/// A piece of a line with actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(Span),
    /// An action, with what is between the braces.
    Action(Span, Arc<str>),
    /// The first arm whose test holds.
    Choice(Vec<Arm>),
}

/// A part of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arm {
    /// The test behind `if`; none for what is left.
    pub test: Option<Arc<str>>,
    /// What it stands for.
    pub pieces: Vec<Piece>,
}

/// The pieces of a part of a text; `None` for other statements than `if`, and for what has no end.
#[must_use]
pub fn pieces(text: &str, span: Span) -> Option<Vec<Piece>> {
    let mut open = Open(vec![vec![Arm::default()]]);
    for token in tokens(text, span)? {
        let (span, inner) = match token {
            Token::Text(span) => {
                open.add(Piece::Text(span))?;
                continue;
            }
            Token::Action(span, inner) => (span, inner),
        };
        let (word, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        match word {
            "if" => open.enter(rest.trim())?,
            "else" => open.turn(rest.trim())?,
            "end" => open.leave()?,
            _ if is_statement(inner) => return None,
            _ => open.add(Piece::Action(span, inner.into()))?,
        }
    }
    open.whole()
}

/// The arms of the statements that are open, the outermost first; the first of all has no statement.
struct Open(Vec<Vec<Arm>>);

impl Open {
    fn add(&mut self, piece: Piece) -> Option<()> {
        self.0.last_mut()?.last_mut()?.pieces.push(piece);
        Some(())
    }

    fn enter(&mut self, test: &str) -> Option<()> {
        (self.0.len() <= DEPTH.most_items()).then_some(())?;
        self.0.push(vec![Arm { test: Some(test.into()), pieces: Vec::new() }]);
        Some(())
    }

    /// `else`, and `else if` with its test.
    fn turn(&mut self, behind: &str) -> Option<()> {
        let test = match behind.strip_prefix("if ") {
            Some(test) => Some(Arc::from(test.trim())),
            None => behind.is_empty().then_some(None)?,
        };
        (self.0.len() > 1).then_some(())?;
        self.0.last_mut()?.push(Arm { test, pieces: Vec::new() });
        Some(())
    }

    fn leave(&mut self) -> Option<()> {
        (self.0.len() > 1).then_some(())?;
        let arms = self.0.pop()?;
        self.add(Piece::Choice(arms))
    }

    fn whole(mut self) -> Option<Vec<Piece>> {
        let mut arms = self.0.pop().filter(|_| self.0.is_empty())?;
        arms.pop().map(|arm| arm.pieces)
    }
}

/// Text, or an action with what is between the braces.
enum Token<'t> {
    Text(Span),
    Action(Span, &'t str),
}

/// Texts and actions in order, without the white space that actions take away; `None` for one without an end.
fn tokens(text: &str, span: Span) -> Option<Vec<Token<'_>>> {
    let end = span.end as usize;
    let mut at = span.start as usize;
    let mut found = Vec::new();
    // where the text begins that is kept behind an action
    let mut from = at;
    while at < end {
        let start = text.get(at..end)?.find("{{").map_or(end, |found| at + found);
        let to = if start < end { end_of(text, start).filter(|to| *to <= end)? } else { end };
        let inner = text.get(start + 2..to.saturating_sub(2)).unwrap_or_default();
        let kept = text.get(from.min(start)..start)?;
        let kept = if inner.starts_with('-') { kept.trim_end() } else { kept };
        if !kept.is_empty() {
            found.push(Token::Text(Span::new(from, from + kept.len())));
        }
        if start < end {
            let trimmed = inner.trim_start_matches('-').trim_end_matches('-').trim();
            found.push(Token::Action(Span::new(start, to), trimmed));
        }
        at = to;
        from = if inner.ends_with('-') { to + space(text.get(to..end)?) } else { to };
    }
    Some(found)
}

/// How much white space a text begins with.
fn space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::go_template::mask;

    #[test]
    fn a_line_with_a_statement_has_arms() {
        let text = "a: {{ if .x -}} b {{- else if .y }}{{ .c }}{{ else }}d{{ end }}://e";
        let found = pieces(text, Span::new(3, text.len())).expect("pieces");
        let [Piece::Choice(arms), Piece::Text(rest)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(&text[rest.range()], "://e");
        let tests: Vec<Option<&str>> = arms.iter().map(|arm| arm.test.as_deref()).collect();
        assert_eq!(tests, [Some(".x"), Some(".y"), None]);
        let Piece::Text(first) = arms[0].pieces[0] else { panic!("{arms:?}") };
        assert_eq!(&text[first.range()], "b");
        assert_eq!(mask(text).inline, [Span::new(3, text.len() - 4)]);
        for other in ["{{ range .x }}a{{ end }}", "{{ if .x }}a", "a{{ end }}", "{{ if"] {
            assert_eq!(pieces(other, Span::new(0, other.len())), None, "{other}");
        }
    }
}
