//! Bytes to text, so that every offset stays where it was.

use super::Span;

/// Text made from bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The text, byte for byte as long as the input.
    pub text: String,
    /// The first run of bytes that are not UTF-8; they read `?` in the text.
    pub invalid: Option<Span>,
    /// The first run of NULs; they read as spaces.
    pub nul: Option<Span>,
}

/// Reads `bytes` as UTF-8. Each byte that does not belong to a character becomes one `?`, so spans stay right. Each NUL
/// becomes a space: parsers take it for the end of the text, and what stands behind it was written, too.
#[must_use]
pub fn decode(mut bytes: Vec<u8>) -> Decoded {
    let nul = memchr::memchr(0, &bytes).map(|start| {
        let rest = bytes.get_mut(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte != 0).unwrap_or(rest.len());
        rest.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
        Span::new(start, start + length)
    });
    let mut bytes = match String::from_utf8(bytes) {
        Ok(text) => return Decoded { text, invalid: None, nul },
        Err(error) => error.into_bytes(),
    };
    let mut invalid = None;
    let mut start = 0;
    while let Err(error) = std::str::from_utf8(bytes.get(start..).unwrap_or_default()) {
        let from = start + error.valid_up_to();
        let to = error.error_len().map_or(bytes.len(), |length| from + length);
        bytes[from..to].fill(b'?');
        invalid.get_or_insert(Span::new(from, to));
        start = to;
    }
    Decoded { text: String::from_utf8(bytes).unwrap_or_default(), invalid, nul }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_bytes_keep_their_place() {
        let decoded = decode(b"a=\xff\xfeb \xe2\x82 c\xe2\x82".to_vec());
        assert_eq!(decoded.text, "a=??b ?? c??");
        assert_eq!(decoded.invalid, Some(Span::new(2, 3)));
        assert_eq!(decode("größe".into()).text, "größe");
        let decoded = decode(b"a\0\0b\0\xff".to_vec());
        assert_eq!((&*decoded.text, decoded.nul), ("a  b ?", Some(Span::new(1, 3))));
    }
}
