//! Secrets that are known by the name in front of them.
//!
//! One walk over the names of a text. A value that is hidden is walked over once; one that is not is short, or is part of
//! an expression, of which only so many may be inside one another. So the work grows with the text and no faster.

mod calls;
mod code;
mod extent;
mod feeds;
mod fields;
mod lines;
mod nginx;
mod options;
mod pairs;
mod settings;
mod walk;

use std::collections::HashMap;

use super::lex::{self, Grammar, Piece, PieceKind};
use super::mask::Mask;
use super::scan::{Scan, is_name};
use super::value::{looks_secret, secret_part};
use super::words::{Class, class};

/// Marks the values of secret-looking names.
pub(super) fn mark(scan: &Scan<'_>, grammar: Grammar, mask: &mut Mask) {
    let pieces = lex::pieces(scan, grammar);
    let mut finder = Finder {
        scan,
        grammar,
        pieces,
        mask,
        classes: HashMap::new(),
        levels: Vec::new(),
        functions: HashMap::new(),
        command: Command::default(),
    };
    if grammar.is_code() {
        finder.parameters();
    }
    finder.names();
    finder.here_strings();
    if grammar != Grammar::Prose {
        finder.joined();
    }
    match grammar {
        Grammar::Nginx => nginx::mark(&mut finder),
        Grammar::Yaml => lines::kubernetes(&mut finder),
        _ => {}
    }
    pairs::mark(&mut finder);
}

/// Words in front of a `key` that opens something.
const KEY_WORDS: [&str; 4] = ["api ", "access ", "private ", "secret "];

/// What program the words of a line are for.
#[derive(Default)]
struct Command {
    /// The end of the line.
    until: usize,
    /// The options after which the program wants a password.
    options: &'static [&'static str],
}

struct Finder<'s, 'a, 'm> {
    scan: &'s Scan<'a>,
    grammar: Grammar,
    pieces: Vec<Piece>,
    mask: &'m mut Mask,
    classes: HashMap<&'a str, Class>,
    /// The ends of the expressions around the current place.
    levels: Vec<usize>,
    /// Functions of this text with the positions of their secret parameters.
    functions: HashMap<&'a str, Vec<usize>>,
    command: Command,
}

/// A name and where it is.
#[derive(Clone, Copy)]
struct Name<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    class: Class,
    /// The piece that it is in.
    piece: Option<usize>,
}

/// A value under a name, when its looks decide and when they do not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// It is what the name says.
    Given,
    /// It may be anything.
    Near,
}

impl<'a> Finder<'_, 'a, '_> {
    fn class(&mut self, text: &'a str) -> Class {
        *self.classes.entry(text).or_insert_with(|| class(text))
    }

    /// Walks over every name.
    fn names(&mut self) {
        let scan = self.scan;
        let (mut at, mut piece) = (0, 0);
        while at < scan.len() {
            if !is_name(scan.at(at)) {
                at += 1;
                continue;
            }
            while self.pieces.get(piece).is_some_and(|known| known.close <= at) {
                piece += 1;
            }
            let end = scan.run(at, scan.len(), is_name);
            let text = scan.slice(at, end);
            let dashes = text.len() - text.trim_start_matches('-').len();
            let start = at + dashes;
            let trimmed = scan.slice(start, end).trim_end_matches('-');
            let inside = self.pieces.get(piece).is_some_and(|known| known.start <= at && at < known.end);
            let name = Name {
                text: trimmed,
                start,
                end: start + trimmed.len(),
                class: if self.is_second_word(trimmed, start) { Class::Secret } else { self.class(trimmed) },
                piece: inside.then_some(piece),
            };
            at = self.name(name, dashes).max(end);
        }
        scan.count(scan.len());
    }

    /// Looks at what follows a name, and says where to go on.
    fn name(&mut self, name: Name<'a>, dashes: usize) -> usize {
        self.levels.retain(|end| *end > name.start);
        if let Some(next) = self.option(name, dashes) {
            return next;
        }
        let code = self.grammar.is_code() && name.piece.is_none_or(|piece| self.is_whole(name, piece));
        if code && let Some(next) = self.known_call(name) {
            return next;
        }
        if name.class == Class::Plain {
            return name.end;
        }
        if code { self.in_code(name) } else { self.in_settings(name) }
    }

    /// Whether a name is all of the text that it is in.
    fn is_whole(&self, name: Name<'_>, piece: usize) -> bool {
        let piece = self.pieces[piece];
        let around = self.scan.slice(piece.start, name.start).len() + self.scan.slice(name.end, piece.end).len();
        let before = self.scan.slice(piece.start, name.start);
        let marks = |text: &str| text.chars().all(|c| matches!(c, ' ' | '-' | '$' | ':' | '@'));
        piece.kind == PieceKind::Literal
            && marks(self.scan.slice(name.end, piece.end))
            && (around <= 4 && marks(before) || self.is_dotted(before) || self.is_first_word(before, name.text))
    }

    /// `"database.password" = "value"`
    fn is_dotted(&self, before: &str) -> bool {
        (matches!(self.grammar, Grammar::Toml | Grammar::Yaml) || self.grammar.is_code())
            && before.len() < 60
            && before.ends_with('.')
            && before.bytes().all(|byte| is_name(byte) || byte == b'.')
    }

    /// `"api key": "value"`
    fn is_first_word(&self, before: &str, word: &str) -> bool {
        word.eq_ignore_ascii_case("key") && KEY_WORDS.iter().any(|lead| before.eq_ignore_ascii_case(lead))
    }

    /// Names of two words: `api key`, `IDENTIFIED BY`.
    fn is_second_word(&self, text: &str, start: usize) -> bool {
        let before = self.scan.slice(start.saturating_sub(11), start).to_ascii_lowercase();
        text.eq_ignore_ascii_case("key") && KEY_WORDS.iter().any(|lead| before.ends_with(lead))
            || text.eq_ignore_ascii_case("by") && before.ends_with("identified ")
    }

    /// Hides the secret part of `start..end` when there is one.
    fn hide(&mut self, start: usize, end: usize, class: Class, trust: Trust) -> bool {
        // A bound may fall into a character, which is hidden whole.
        let boundary = |mut at: usize| {
            while at < self.scan.len() && !self.scan.text.is_char_boundary(at) {
                at += 1;
            }
            at
        };
        let (start, end) = (boundary(start), boundary(end));
        let value = self.scan.slice(start, end);
        self.scan.count(value.len().min(256));
        if trust == Trust::Near || class == Class::Perhaps {
            if looks_secret(value)
                && let Some((from, to)) = secret_part(value)
            {
                self.mask.hide(start + from, start + to);
                return true;
            }
            return false;
        }
        match secret_part(value) {
            Some((from, to)) => {
                self.mask.hide(start + from, start + to);
                true
            }
            None => false,
        }
    }

    /// The piece that begins at or after `at`: its index.
    fn piece_from(&self, at: usize) -> usize {
        self.pieces.partition_point(|piece| piece.open < at)
    }

    /// Texts that are written in parts: `"sk_" + "live_..."`. What is known by its form is known in one part only, so
    /// parts of one row are looked at together.
    fn joined(&mut self) {
        let mut index = 0;
        while index < self.pieces.len() {
            let mut end = index + 1;
            while end < self.pieces.len() && end - index < 16 && self.joins(end - 1, end) {
                end += 1;
            }
            if end - index > 1 {
                let row: Vec<Piece> = self.pieces[index..end].to_vec();
                let mut text = String::new();
                let mut starts = Vec::new();
                for piece in &row {
                    starts.push(text.len());
                    text.push_str(self.scan.slice(piece.start, piece.end.min(piece.start + 512)));
                }
                let whole = Scan::new(&text);
                let mut found = Mask::default();
                super::shapes::mark(&whole, &mut found);
                if text.contains('=') && self.grammar.is_code() {
                    mark(&whole, Grammar::Prose, &mut found);
                }
                self.scan.count(whole.looked());
                for (from, to) in found.ranges() {
                    for (piece, start) in row.iter().zip(&starts) {
                        let length = piece.end - piece.start;
                        let (a, b) = (from.max(*start), to.min(start + length));
                        if a < b {
                            self.mask.hide(piece.start + a - start, piece.start + b - start);
                        }
                    }
                }
            }
            index = end;
        }
    }

    fn joins(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.pieces[one], self.pieces[other]);
        if one.kind != PieceKind::Literal
            || other.kind != PieceKind::Literal
            || other.open - one.close.min(other.open) > 80
        {
            return false;
        }
        let between = self.scan.slice(one.close, other.open).trim().trim_matches('\\').trim();
        self.scan.count(between.len());
        matches!(between, "+" | "" | "." | ".." | "~" | "&" | ",")
    }
}
