//! Bytes to text, so that every offset stays where it was.

use super::Span;

/// Text made from bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The text, byte for byte as long as the input.
    pub text: String,
    /// The first run of bytes that are not UTF-8; they read `?` in the text.
    pub invalid: Option<Span>,
}

/// Reads `bytes` as UTF-8. Each byte that does not belong to a character becomes one `?`, so spans stay right.
#[must_use]
pub fn decode(bytes: Vec<u8>) -> Decoded {
    let mut bytes = match String::from_utf8(bytes) {
        Ok(text) => return Decoded { text, invalid: None },
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
    Decoded { text: String::from_utf8(bytes).unwrap_or_default(), invalid }
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
    }
}
