//! Values of nginx variables for one request.

mod builtin;
mod geo;
mod map;
mod split;

use std::collections::BTreeMap;

use super::effort::MAX_VALUE;
use super::pattern::Found;
use super::run::Run;
use super::tree::Argument;
use super::uri::{Escape, escape};
use crate::facts::HoleReason;

/// Represents, in a text, characters that are not known.
pub(super) const GAP: char = '\u{1}';

/// Represents, in a text, a query that is not known: nothing, or `?` with any characters.
pub(super) const QUERY_GAP: char = '\u{2}';

/// Variables that refer to variables end here.
const MAX_DEPTH: usize = 16;

/// A text as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Evaluated {
    /// The text, with [`GAP`] or [`QUERY_GAP`] for what is not known.
    text: String,
    /// Why something is not known.
    why: Option<HoleReason>,
    /// Whether making it ended at a bound.
    cut: bool,
}

impl Evaluated {
    pub fn known(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    pub fn unknown(why: HoleReason) -> Self {
        Self { text: GAP.to_string(), why: Some(why), cut: false }
    }

    /// Nothing, or `?` and something.
    pub fn unknown_query() -> Self {
        Self { text: QUERY_GAP.to_string(), why: Some(HoleReason::Runtime), cut: false }
    }

    /// The text when all of it is known, or the reason why it is not.
    pub fn settled(&self) -> Result<&str, HoleReason> {
        match &self.why {
            None => Ok(&self.text),
            Some(why) => Err(why.clone()),
        }
    }

    /// The text with gaps.
    pub fn with_gaps(&self) -> &str {
        &self.text
    }

    /// Whether it is longer than what is followed.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    pub fn push_str(&mut self, text: &str) {
        if self.text.len() + text.len() > MAX_VALUE {
            *self = Self { cut: true, ..Self::unknown(HoleReason::Limit) };
        } else {
            self.text.push_str(text);
        }
    }

    pub fn push(&mut self, other: &Self) {
        self.push_str(&other.text);
        self.cut |= other.cut;
        if self.why.is_none() {
            self.why.clone_from(&other.why);
        }
    }

    /// The same with another text, whose gaps are those of this one.
    pub fn with_text(&self, text: &str) -> Self {
        let why = self.why.clone().filter(|_| text.contains([GAP, QUERY_GAP]));
        Self { text: text.to_owned(), why, cut: false }
    }
}

/// The variables of one request as far as it has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// Those of `set`, of named groups, and of maps that were looked up; without `$`, in lower case.
    pub values: BTreeMap<String, Evaluated>,
    /// What `$1` to `$9` stand for.
    pub captures: Captures,
    /// Variables that are being evaluated.
    pub depth: usize,
}

/// The groups of the last pattern that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Captures {
    Known(Vec<String>),
    /// Whether a pattern matched is not known.
    Unknown(HoleReason),
}

impl Default for Captures {
    fn default() -> Self {
        Self::Known(Vec::new())
    }
}

impl Variables {
    pub fn set(&mut self, name: &str, value: Evaluated) {
        // who uses it later cuts nothing more
        self.values.insert(name.to_ascii_lowercase(), Evaluated { cut: false, ..value });
    }

    /// Takes what a pattern of `rewrite` or `if` left behind: one that does not match clears `$1`.
    pub fn matched(&mut self, found: Option<Found>) {
        match found {
            Some(found) => found.install(self),
            None => self.captures = Captures::default(),
        }
    }
}

/// A piece of a text with variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextPiece<'a> {
    Plain(&'a str),
    Variable(&'a str),
}

/// Splits a text at its variables.
pub(super) fn pieces(text: &str) -> Vec<TextPiece<'_>> {
    let mut pieces = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    // behind it nothing closes a brace
    let last_brace = text.rfind('}').unwrap_or(0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('$')) {
        let dollar = at + found;
        let rest = text.get(dollar + 1..).unwrap_or_default();
        let (name, end) = if let Some(inside) = rest.strip_prefix('{') {
            match (dollar < last_brace).then(|| inside.split_once('}')).flatten() {
                Some((name, _)) => (name, dollar + name.len() + 3),
                None => ("", dollar + 1),
            }
        } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
            (rest.get(..1).unwrap_or_default(), dollar + 2)
        } else {
            let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            (rest.get(..length).unwrap_or_default(), dollar + 1 + length)
        };
        if !name.is_empty() {
            if plain < dollar {
                pieces.push(TextPiece::Plain(text.get(plain..dollar).unwrap_or_default()));
            }
            pieces.push(TextPiece::Variable(name));
            plain = end;
        }
        at = end;
    }
    if plain < text.len() {
        pieces.push(TextPiece::Plain(text.get(plain..).unwrap_or_default()));
    }
    pieces
}

/// What happens to `$1` when it is put into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// It stays as it is.
    Plain,
    /// It is escaped, when the path of the request held escapes or a `+`.
    Escaped,
}

impl Run<'_> {
    /// The value of an argument.
    pub fn argument(&mut self, arg: &Argument) -> Evaluated {
        self.quoted_argument(arg, Quoting::Plain)
    }

    /// The value of an argument; placeholders of a template are gaps.
    pub fn quoted_argument(&mut self, arg: &Argument, quoting: Quoting) -> Evaluated {
        let mut out = Evaluated::default();
        let mut at = 0;
        for (span, shown) in &arg.holes {
            let before = arg.text.get(at..span.start as usize).unwrap_or_default().to_owned();
            out.push(&self.text(&before, quoting));
            out.push(&Evaluated::unknown(HoleReason::Template(shown.clone())));
            at = span.end as usize;
        }
        let rest = arg.text.get(at..).unwrap_or_default();
        out.push(&self.text(rest, quoting));
        out
    }

    /// The value of a text.
    pub fn text(&mut self, text: &str, quoting: Quoting) -> Evaluated {
        let mut out = Evaluated::default();
        for piece in pieces(text) {
            match piece {
                TextPiece::Plain(text) => out.push_str(text),
                TextPiece::Variable(name) => {
                    let value = self.variable(name);
                    let group = name.len() == 1 && name.starts_with(|c: char| c.is_ascii_digit());
                    if group && quoting == Quoting::Escaped && self.escapes {
                        out.push(&value.with_text(&escape(value.with_gaps(), Escape::Query)));
                    } else {
                        out.push(&value);
                    }
                }
            }
        }
        out
    }

    /// The value of `$name`.
    pub fn variable(&mut self, name: &str) -> Evaluated {
        let name = name.to_ascii_lowercase();
        if let Ok(index) = name.parse::<usize>() {
            return match &self.variables.captures {
                Captures::Known(groups) => Evaluated::known(groups.get(index).map_or("", String::as_str)),
                Captures::Unknown(why) => Evaluated::unknown(why.clone()),
            };
        }
        if let Some(value) = self.variables.values.get(&name) {
            return value.clone();
        }
        if self.variables.depth > MAX_DEPTH {
            return Evaluated::unknown(HoleReason::Limit);
        }
        self.variables.depth += 1;
        let value = self.look_up_table(&name).or_else(|| self.builtin(&name)).unwrap_or_else(|| self.undefined(&name));
        self.variables.depth -= 1;
        value
    }

    /// A variable that some `set` or pattern defines is empty until that is run; one that a module defines is not known.
    fn undefined(&self, name: &str) -> Evaluated {
        if self.tree.defines(name) {
            return Evaluated::default();
        }
        Evaluated::unknown(HoleReason::UnknownName(format!("${name}").into()))
    }
}
