//! Values of nginx variables for one request.

use std::collections::BTreeMap;

use super::pattern::{Found, Pattern};
use super::tree::{Argument, LevelKind, Tree};
use crate::facts::HoleReason;

/// A value, or why it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Evaluated {
    /// Known; an absent variable is empty.
    Known(String),
    /// Not known.
    Unknown(HoleReason),
}

impl Evaluated {
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Unknown(_) => None,
        }
    }
}

/// Stands in a text for characters that are not known.
pub(super) const GAP: char = '\u{1}';

/// The variables of one request as far as it has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// Request variables and those of `set`, without `$`.
    pub values: BTreeMap<String, Evaluated>,
    /// `$1` to `$9` of the last pattern that matched.
    pub captures: Vec<String>,
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
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('$')) {
        let dollar = at + found;
        let rest = text.get(dollar + 1..).unwrap_or_default();
        let (name, end) = if let Some(inside) = rest.strip_prefix('{') {
            match inside.split_once('}') {
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

impl Variables {
    pub fn set(&mut self, name: &str, value: Evaluated) {
        self.values.insert(name.to_ascii_lowercase(), value);
    }

    pub fn put(&mut self, name: &str, value: &str) {
        self.set(name, Evaluated::Known(value.to_owned()));
    }

    /// Takes what a pattern of `rewrite` or `if` left behind: one that does not match clears `$1`.
    pub fn matched(&mut self, found: Option<Found>) {
        match found {
            Some(found) => found.install(self),
            None => self.captures.clear(),
        }
    }

    /// The value of an argument.
    pub fn argument(&self, tree: &Tree, arg: &Argument) -> Evaluated {
        if let Some((_, shown)) = arg.holes.first() {
            return Evaluated::Unknown(HoleReason::Template(shown.clone()));
        }
        self.text(tree, &arg.text, 0)
    }

    /// The value of a text.
    pub fn text(&self, tree: &Tree, text: &str, depth: usize) -> Evaluated {
        let mut out = String::new();
        for piece in pieces(text) {
            match piece {
                TextPiece::Plain(text) => out.push_str(text),
                TextPiece::Variable(name) => match self.variable(tree, name, depth) {
                    Evaluated::Known(value) => out.push_str(&value),
                    unknown @ Evaluated::Unknown(_) => return unknown,
                },
            }
        }
        Evaluated::Known(out)
    }

    /// The text with [`GAP`] for what is not known.
    pub fn with_gaps(&self, tree: &Tree, arg: &Argument) -> String {
        let mut text = arg.text.to_string();
        for (span, _) in arg.holes.iter().rev() {
            text.replace_range(span.range(), &GAP.to_string());
        }
        let mut out = String::new();
        for piece in pieces(&text) {
            match piece {
                TextPiece::Plain(text) => out.push_str(text),
                TextPiece::Variable(name) => match self.variable(tree, name, 0) {
                    Evaluated::Known(value) => out.push_str(&value),
                    Evaluated::Unknown(_) => out.push(GAP),
                },
            }
        }
        out
    }

    /// The value of `$name`.
    pub fn variable(&self, tree: &Tree, name: &str, depth: usize) -> Evaluated {
        let name = name.to_ascii_lowercase();
        if let Ok(index) = name.parse::<usize>() {
            return Evaluated::Known(self.captures.get(index).cloned().unwrap_or_default());
        }
        if let Some(value) = self.values.get(&name) {
            return value.clone();
        }
        if depth > 16 {
            return Evaluated::Unknown(HoleReason::Limit);
        }
        self.map(tree, &name, depth)
            .unwrap_or_else(|| Evaluated::Unknown(HoleReason::UnknownName(format!("${name}").into())))
    }

    /// The value of a variable that a `map` defines.
    fn map(&self, tree: &Tree, name: &str, depth: usize) -> Option<Evaluated> {
        let defines = |arg: Option<&Argument>| {
            arg.is_some_and(|arg| arg.text.strip_prefix('$').is_some_and(|text| text.eq_ignore_ascii_case(name)))
        };
        let (statement, level) = tree
            .of_kind(LevelKind::Http)
            .flat_map(|(_, http)| &http.statements)
            .filter(|statement| &*statement.name == "map" && defines(statement.args.get(1)))
            .find_map(|statement| Some((statement, tree.level(statement.block?)?)))?;
        let source = self.argument(tree, statement.args.first()?);
        let open = !level.unseen.is_empty();
        let entries = || level.statements.iter().filter(|entry| !entry.args.is_empty());
        let Evaluated::Known(source) = source else {
            // whatever comes in, the same comes out
            let mut values = entries().map(|entry| entry.args.first().map(|arg| &*arg.text));
            let first = values.next()?;
            let fixed = !open && first.is_some_and(|text| !text.contains('$')) && values.all(|value| value == first);
            let has_default = entries().any(|entry| &*entry.name == "default");
            return Some(match first {
                Some(text) if fixed && has_default => Evaluated::Known(text.to_owned()),
                _ => source,
            });
        };
        let hostnames = level.statements.iter().any(|entry| &*entry.name == "hostnames");
        let exact = |entry: &&super::tree::Statement| {
            let key = entry.name.strip_prefix('\\').unwrap_or(&entry.name);
            !matches!(&*entry.name, "default" | "hostnames" | "volatile") && key.eq_ignore_ascii_case(&source)
        };
        if let Some(entry) = entries().find(exact) {
            return entry.args.first().map(|arg| self.map_value(tree, arg, depth));
        }
        if hostnames {
            return Some(Evaluated::Unknown(HoleReason::Unsupported));
        }
        for entry in entries() {
            let Some(pattern) = entry.name.strip_prefix('~') else { continue };
            let (pattern, blind) = pattern.strip_prefix('*').map_or((pattern, false), |pattern| (pattern, true));
            let Some(pattern) = Pattern::new(pattern, blind) else {
                return Some(Evaluated::Unknown(HoleReason::Unsupported));
            };
            match pattern.find(&source) {
                Some(Some(found)) => {
                    let mut inner = self.clone();
                    found.install(&mut inner);
                    return entry.args.first().map(|arg| inner.map_value(tree, arg, depth));
                }
                Some(None) => {}
                None => return Some(Evaluated::Unknown(HoleReason::Limit)),
            }
        }
        if open {
            return Some(Evaluated::Unknown(HoleReason::Unsupported));
        }
        let default = entries().find(|entry| &*entry.name == "default").and_then(|entry| entry.args.first());
        Some(default.map_or(Evaluated::Known(String::new()), |arg| self.map_value(tree, arg, depth)))
    }

    fn map_value(&self, tree: &Tree, arg: &Argument, depth: usize) -> Evaluated {
        if let Some((_, shown)) = arg.holes.first() {
            return Evaluated::Unknown(HoleReason::Template(shown.clone()));
        }
        self.text(tree, &arg.text, depth + 1)
    }
}
