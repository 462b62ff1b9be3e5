//! One word of a command line, as argparse looks at it before it knows any option of the program.

use crate::base::Place;
use crate::model::{Piece, Text};

/// What a word is.
pub(super) enum Word {
    /// An argument, or the value of the option in front of it.
    Argument(Text),
    /// `--port`, `-p`; with its value where that is written in the same word.
    Option(String, Option<Text>),
    /// `--`: there are no options behind it.
    End,
    /// A text that begins with something unknown: it may be an argument, or an option.
    Unknown(Text),
    /// More than one option or word, which only the program or a shell can take apart.
    Several,
}

/// How a word came to its text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// As it is written.
    Literally,
    /// With the values of variables in it, which a shell may split into words.
    WithVariables,
}

impl Word {
    /// Takes a word apart.
    pub(super) fn of(text: Text, written: Written, place: Place) -> Self {
        let (start, rest) = split(&text);
        let has_space =
            text.0.iter().any(|piece| matches!(piece, Piece::Known(text, _) if text.contains(char::is_whitespace)));
        if written == Written::WithVariables && has_space {
            return Self::Several;
        }
        let rest_known = rest.is_empty();
        let value = |after: &str| {
            let known = (!after.is_empty() || rest_known).then(|| Piece::Known(after.into(), Some(place)));
            Text(known.into_iter().chain(rest.iter().cloned()).collect())
        };
        if let Some(long) = start.strip_prefix("--") {
            return match (long.split_once('='), rest_known) {
                (Some((name, after)), _) => Self::Option(format!("--{name}"), Some(value(after))),
                (None, false) => Self::Several,
                (None, true) if long.is_empty() => Self::End,
                (None, true) if long.contains(char::is_whitespace) => Self::Argument(text),
                (None, true) => Self::Option(start, None),
            };
        }
        let mut letters = start.chars();
        match (letters.next(), letters.next()) {
            // A file of further options, where the program allows it.
            (Some('@'), _) => Self::Several,
            (None, _) if !rest_known => Self::Unknown(text),
            (Some('-'), None) if !rest_known => Self::Several,
            (Some('-'), Some(letter)) if !is_number(&start) => {
                let option = format!("-{letter}");
                let after = letters.as_str();
                match after.chars().next() {
                    None if rest_known => Self::Option(option, None),
                    Some('=') => Self::Option(option, Some(value(after.get(1..).unwrap_or_default()))),
                    // `-vp`, and `-hlocalhost`: whether the first takes a value, the program knows.
                    None => Self::Several,
                    Some(next) if next.is_alphabetic() => Self::Several,
                    Some(_) => Self::Option(option, Some(value(after))),
                }
            }
            _ => Self::Argument(text),
        }
    }
}

/// The known characters that a text begins with, and the pieces behind them.
fn split(text: &Text) -> (String, &[Piece]) {
    let known = text.0.iter().map_while(|piece| match piece {
        Piece::Known(text, _) => Some(&**text),
        Piece::Page(..) | Piece::Unknown(_) => None,
    });
    let known: Vec<&str> = known.collect();
    (known.concat(), text.0.get(known.len()..).unwrap_or_default())
}

/// `-5` and `-0.5` are values, unless a program has such an option.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.parse::<f64>().is_ok() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
