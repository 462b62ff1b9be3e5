//! Words of a command line, in pieces.

use crate::base::Span;
use crate::parse::fragment::Fragment;

/// A word after quotes are taken off, in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its place, quotes included.
    pub span: Span,
    /// Its pieces.
    pub pieces: Vec<Piece>,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Known text.
    Text(String, Span),
    /// `$NAME`, `${NAME}` and the forms with a default.
    Variable(Variable),
    /// `$(...)` and back-ticks, as written.
    Substitution(String, Span),
}

/// A variable in a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its place.
    pub span: Span,
    /// Its name.
    pub name: String,
    /// The whole form as written.
    pub written: String,
    /// What follows the name: `:-x`, `-x`, `:?x`, `:+x`; `None` for a bare name.
    pub operator: Option<(Operator, Word)>,
}

/// What a variable's form does when the name is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `:-`, `:=`: the word when unset or empty.
    DefaultIfEmpty,
    /// `-`, `=`: the word when unset.
    DefaultIfUnset,
    /// `:?`, `?`: an error when unset.
    Required,
    /// `:+`: the word when set and not empty, else nothing.
    IfNotEmpty,
    /// `+`: the word when set, else nothing.
    IfSet,
    /// Anything else (`%`, `#`, `/`): the result is not known.
    Other,
}

impl Word {
    /// The text, when no piece is unknown.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text, _) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The text with its variables as written, for a shell inside this one (`sh -c "..."`).
    #[must_use]
    pub fn script(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text, _) | Piece::Substitution(text, _) => text.as_str(),
                Piece::Variable(variable) => variable.written.as_str(),
            })
            .collect()
    }

    /// A word that is known text.
    #[must_use]
    pub fn text(source: Fragment<'_>) -> Self {
        let pieces = vec![Piece::Text(source.text.to_owned(), source.whole())];
        Self { span: source.whole(), pieces }
    }

    pub(super) fn push(&mut self, c: char, span: Span) {
        match self.pieces.last_mut() {
            Some(Piece::Text(text, place)) => {
                text.push(c);
                *place = place.cover(span);
            }
            _ => self.pieces.push(Piece::Text(String::from(c), span)),
        }
    }
}
