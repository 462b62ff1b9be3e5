//! The end of a `*_by_lua_block`.

use std::collections::BTreeMap;

/// Where long brackets (`]==]`) close in a text, by the number of their signs; found when one is first asked for.
#[derive(Default)]
pub(super) struct Closes(Option<BTreeMap<usize, Vec<usize>>>);

impl Closes {
    /// The first one of a number of signs that is not before `from`.
    fn after(&mut self, bytes: &[u8], signs: usize, from: usize) -> Option<usize> {
        let all = self.0.get_or_insert_with(|| Self::all(bytes));
        let found = all.get(&signs)?;
        found.get(found.partition_point(|at| *at < from)).copied()
    }

    fn all(bytes: &[u8]) -> BTreeMap<usize, Vec<usize>> {
        let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut last: Option<usize> = None;
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b']' => {
                    if let Some(start) = last {
                        found.entry(at - start - 1).or_default().push(start);
                    }
                    last = Some(at);
                }
                b'=' => {}
                _ => last = None,
            }
        }
        found
    }
}

/// The offset after the `}` that closes a Lua block whose content starts at `start`; strings and comments of Lua may
/// hold braces. `None` when it is not closed.
pub(super) fn end_of_block(bytes: &[u8], start: usize, closes: &mut Closes) -> Option<usize> {
    let mut depth = 1usize;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' | b'\'' => at = skip_string(bytes, at, byte)?,
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = match long_bracket(bytes, at + 2, closes) {
                    Some(end) => end,
                    None => at + memchr::memchr(b'\n', bytes.get(at..)?)?,
                };
                continue;
            }
            b'[' => {
                if let Some(end) = long_bracket(bytes, at, closes) {
                    at = end;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The offset of the closing quote.
fn skip_string(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
}

/// The offset after `[==[ ... ]==]` when one opens at `start`.
fn long_bracket(bytes: &[u8], start: usize, closes: &mut Closes) -> Option<usize> {
    if bytes.get(start) != Some(&b'[') {
        return None;
    }
    let level = bytes.get(start + 1..)?.iter().take_while(|byte| **byte == b'=').count();
    if bytes.get(start + 1 + level) != Some(&b'[') {
        return None;
    }
    let close = closes.after(bytes, level, start + 2 + level)?;
    Some(close + level + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_brackets_close_with_as_many_signs() {
        let end = |text: &str| end_of_block(text.as_bytes(), 0, &mut Closes::default());
        assert_eq!(end("a [[ } ]] }x"), Some(11));
        assert_eq!(end("a [==[ } ]] } ]=] ]==] }x"), Some(24));
        assert_eq!(end("[=[]]=]}"), Some(8));
        // one that is not closed is no bracket
        assert_eq!(end("[[ [[ [[ }"), Some(10));
        assert_eq!(end("--[[ } ]] } "), Some(11));
    }
}
