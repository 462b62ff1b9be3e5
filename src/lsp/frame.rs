//! Messages out of a stream of bytes, each behind its length.
//!
//! What is no message is told and left out; the next one is read as if it had not been there.

use std::io::{self, BufRead, Read};

use lsp_server::Message;

/// Bytes of a longer message are read and forgotten: a client sends whole files, none of which is larger than what is read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// No client sends so many bytes: a longer length is no length, and what comes behind it is not skipped.
const MOST_SKIPPED: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of the longest line of a header.
const MOST_HEADER: u64 = 4_096;

/// What came.
#[derive(Debug)]
pub enum Frame {
    /// A message.
    Message(Message),
    /// Something else, with what is wrong with it.
    Broken(&'static str),
}

/// The next frame; `None` at the end of the input.
///
/// # Errors
/// When the input cannot be read any more.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<Frame>> {
    let mut length: Option<u64> = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(MOST_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            break;
        }
        let Some(colon) = memchr::memchr(b':', line) else { return Ok(Some(Frame::Broken("it has no header"))) };
        let (name, value) = line.split_at(colon);
        if name.trim_ascii().eq_ignore_ascii_case(b"content-length") {
            let value = std::str::from_utf8(value.get(1..).unwrap_or_default()).unwrap_or_default();
            length = value.trim().parse().ok().filter(|length| *length <= MOST_SKIPPED);
        }
    }
    let Some(length) = length else { return Ok(Some(Frame::Broken("its header has no length"))) };
    if length > MOST_BYTES {
        io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
        return Ok(Some(Frame::Broken("it is too long")));
    }
    let mut body = Vec::new();
    if input.by_ref().take(length).read_to_end(&mut body)? as u64 != length {
        return Ok(None);
    }
    let message = serde_json::from_slice(&body);
    Ok(Some(message.map_or(Frame::Broken("it is no message of JSON-RPC"), Frame::Message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_does_not_hide_the_next_one() {
        let body = "{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}";
        let good = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let long = format!("Content-Length: {}\r\n\r\n", MOST_BYTES + 1);
        for broken in [
            "noise\r\n",
            "Content-Length: 3\r\n\r\n{[}",
            "Content-Type: x\r\n\r\n",
            "content-length: 2\n\n[]",
            "Content-Length: 18446744073709551615\r\n\r\n",
            "Content-Length: -1\r\n\r\n",
        ] {
            let input = [broken, &good].concat();
            let mut input = input.as_bytes();
            assert!(matches!(read(&mut input), Ok(Some(Frame::Broken(_)))), "{broken:?}");
            assert!(matches!(read(&mut input), Ok(Some(Frame::Message(_)))), "{broken:?}");
            assert!(matches!(read(&mut input), Ok(None)), "{broken:?}");
        }
        assert!(matches!(read(&mut long.as_bytes()), Ok(Some(Frame::Broken("it is too long")))));
        assert!(matches!(read(&mut "Content-Length: 9\r\n\r\n{}".as_bytes()), Ok(None)));
    }
}
