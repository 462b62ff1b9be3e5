//! The end of a `*_by_lua_block`.

/// The offset after the `}` that closes a Lua block whose content starts at `start`; strings and comments of Lua may
/// hold braces. `None` when it is not closed.
pub(super) fn end_of_block(bytes: &[u8], start: usize) -> Option<usize> {
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
                at = match long_bracket(bytes, at + 2) {
                    Some(end) => end,
                    None => at + memchr::memchr(b'\n', bytes.get(at..)?)?,
                };
                continue;
            }
            b'[' => {
                if let Some(end) = long_bracket(bytes, at) {
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
fn long_bracket(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'[') {
        return None;
    }
    let level = bytes.get(start + 1..)?.iter().take_while(|byte| **byte == b'=').count();
    if bytes.get(start + 1 + level) != Some(&b'[') {
        return None;
    }
    let mut close = vec![b']'];
    close.extend(std::iter::repeat_n(b'=', level));
    close.push(b']');
    let content = start + 2 + level;
    let found = memchr::memmem::find(bytes.get(content..)?, &close)?;
    Some(content + found + close.len())
}
