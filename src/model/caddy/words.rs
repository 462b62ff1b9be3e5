//! Words of a Caddyfile with the values of the environment and of `import` in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::expand::Environment;
use super::lines::{Line, Word};
use crate::base::Place;
use crate::facts::{CaddyLine, CaddyQuote, CaddyWord, HoleReason};

/// Characters between the braces of an argument.
const LONGEST_INDEX: usize = 40;

/// What an `import` line hands to what it imports.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    words: Vec<Word>,
    /// Its block, by `{block}` and, for each line, by `{blocks.name}`.
    block: Vec<Line>,
    /// The last line of each name in the block.
    named: BTreeMap<Arc<str>, usize>,
    /// Whether there was an `import` at all: elsewhere `{args[0]}` means nothing.
    imported: bool,
}

/// What is put into a word is longer than the room for it.
pub(super) struct TooLong;

impl Arguments {
    /// Those of an `import` with these words and this block.
    pub fn new(words: Vec<Word>, block: Vec<Line>) -> Self {
        let name = |line: &Line| line.words.first().map(|word| Arc::clone(&word.text));
        let named = block.iter().enumerate().filter_map(|(at, line)| Some((name(line)?, at))).collect();
        Self { words, block, named, imported: true }
    }

    /// `{block}` and `{blocks.name}` on a line of their own: lines of the block behind `import`.
    pub fn handed_block(&self, line: &CaddyLine) -> Option<&[Line]> {
        let [word] = line.words.as_slice() else { return None };
        if !self.imported || line.block.is_some() {
            return None;
        }
        if &*word.text == "{block}" {
            return Some(&self.block);
        }
        let name = word.text.strip_prefix("{blocks.")?.strip_suffix('}')?;
        let named = self.named.get(name).and_then(|at| self.block.get(*at));
        Some(named.map(Line::inner).unwrap_or_default())
    }

    /// `{args[:]}`, `{args[1:]}`: a word that stands for several.
    pub fn several(&self, word: &CaddyWord) -> Option<&[Word]> {
        if !self.imported {
            return None;
        }
        let range = word.text.strip_prefix("{args[")?.strip_suffix("]}")?;
        let (start, end) = range.split_once(':')?;
        let number = |text: &str, usual: usize| if text.is_empty() { Some(usual) } else { text.parse().ok() };
        let (start, end) = (number(start, 0)?, number(end, self.words.len())?);
        self.words.get(start..end)
    }

    /// A text with `{args[0]}` and `{args.0}` replaced; what is out of bounds stays.
    fn put_into(&self, text: &str, hole: &mut Option<HoleReason>, room: usize) -> Result<String, TooLong> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("{args") {
            let (before, tail) = rest.split_at(at);
            out.push_str(before);
            let length = match self.argument(tail) {
                Some((word, length)) => {
                    out.push_str(&word.text);
                    if hole.is_none() {
                        hole.clone_from(&word.hole);
                    }
                    length
                }
                None => {
                    out.push_str("{args");
                    5
                }
            };
            if out.len() > room {
                return Err(TooLong);
            }
            rest = tail.get(length..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(out)
    }

    /// The argument that a text begins with, and how long its name is.
    fn argument(&self, text: &str) -> Option<(&Word, usize)> {
        let end = text.bytes().take(LONGEST_INDEX).position(|byte| byte == b'}')?;
        let inner = text.get(5..end)?;
        let index = inner.strip_prefix('.').or_else(|| inner.strip_prefix('[')?.strip_suffix(']'))?;
        Some((self.words.get(index.parse::<usize>().ok()?)?, end + 1))
    }
}

/// A word with the environment and the arguments of `import` in it: none, when nothing is left, or several. They are no longer
/// than `room`.
pub(super) fn filled(
    word: &CaddyWord,
    place: Place,
    environment: &Environment,
    arguments: &Arguments,
    room: usize,
) -> Result<Vec<Word>, TooLong> {
    let quoted = word.quoted == CaddyQuote::Quoted;
    let mut text = String::new();
    let mut hole = None;
    let mut end = 0;
    let mut has_values = false;
    for variable in &word.holes {
        let span = variable.span.range();
        text.push_str(word.text.get(end..span.start).unwrap_or_default());
        end = span.end;
        match environment.get(&variable.name).or(variable.default.as_ref()) {
            Some(value) => {
                text.push_str(value);
                has_values = true;
            }
            None => {
                text.push_str(word.text.get(span).unwrap_or_default());
                hole = hole.or(Some(HoleReason::OutsideEnv(Arc::clone(&variable.name))));
            }
        }
        if text.len() > room {
            return Err(TooLong);
        }
    }
    text.push_str(word.text.get(end..).unwrap_or_default());
    if arguments.imported {
        text = arguments.put_into(&text, &mut hole, room)?;
    }
    if text.len() > room {
        return Err(TooLong);
    }
    if has_values && hole.is_none() && !quoted {
        // Caddy puts values in before it reads words
        if text.contains(['"', '`', '\n', '\\']) {
            hole = Some(HoleReason::Unsupported);
        } else {
            let parts = text.split_whitespace();
            return Ok(parts.map(|part| Word { text: part.into(), place, quoted, hole: None }).collect());
        }
    }
    Ok(vec![Word { text: text.into(), place, quoted, hole }])
}
