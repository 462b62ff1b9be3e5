//! JSON that its readers refuse: what was written before and behind the fault.

use std::sync::Arc;

use super::data::{Node, NodeKind, Pair, ScalarKind};
use crate::base::Span;

/// Nesting that is followed.
const DEPTH_LIMIT: usize = 100;

/// What a broken text holds. Brackets that are not closed end with the text, strings with their line; what is no value is
/// passed over.
#[must_use]
pub fn recover(text: &str) -> Option<Node> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    while reader.at < text.len() {
        if matches!(reader.peek(), Some(b'{' | b'[')) {
            return reader.value();
        }
        reader.at += 1;
    }
    None
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over white space and comments.
    fn skip(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = self.peek() {
            let rest = bytes.get(self.at..).unwrap_or_default();
            self.at += match byte {
                _ if byte.is_ascii_whitespace() => 1,
                b'/' if rest.starts_with(b"//") => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                b'/' if rest.starts_with(b"/*") => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2),
                _ => return,
            };
        }
    }

    fn value(&mut self) -> Option<Node> {
        self.skip();
        let start = self.at;
        let kind = match self.peek()? {
            open @ (b'{' | b'[') if self.depth < DEPTH_LIMIT => {
                self.at += 1;
                self.depth += 1;
                let kind = if open == b'{' { self.object() } else { self.list() };
                self.depth -= 1;
                kind
            }
            b'"' => NodeKind::Scalar { text: self.string(), kind: ScalarKind::Text },
            _ => self.word()?,
        };
        Some(Node { span: Span::new(start, self.at), kind })
    }

    fn object(&mut self) -> NodeKind {
        let mut pairs = Vec::new();
        loop {
            self.skip();
            match self.peek() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b'"') => pairs.extend(self.pair()),
                Some(b'{' | b'[') => {
                    if self.value().is_none() {
                        self.at += 1;
                    }
                }
                Some(_) => self.at += 1,
            }
        }
        NodeKind::Map(pairs)
    }

    fn pair(&mut self) -> Option<Pair> {
        let start = self.at;
        let key = self.string();
        let key_span = Span::new(start, self.at);
        self.skip();
        if self.peek() != Some(b':') {
            return None;
        }
        self.at += 1;
        Some(Pair { key, key_span, value: self.value()? })
    }

    fn list(&mut self) -> NodeKind {
        let mut items = Vec::new();
        loop {
            self.skip();
            match self.peek() {
                None => break,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                // the list was not closed
                Some(b'}') => break,
                Some(_) => {
                    let before = self.at;
                    items.extend(self.value());
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
        NodeKind::List(items)
    }

    /// The string that begins here, to its quote or to the end of its line.
    fn string(&mut self) -> Arc<str> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' | b'\n' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        let end = at.min(bytes.len());
        self.at = if bytes.get(end) == Some(&b'"') { end + 1 } else { end };
        let written = self.text.get(start..end).unwrap_or_default();
        let plain = serde_json::from_str::<String>(&format!("\"{written}\""));
        plain.map_or_else(|_| Arc::from(written), Arc::from)
    }

    /// A number or a literal; `None` for another word, which is passed over.
    fn word(&mut self) -> Option<NodeKind> {
        let rest = self.text.get(self.at..)?;
        let length =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '+' | '.')).unwrap_or(rest.len());
        let word = rest.get(..length)?;
        self.at += length;
        let kind = match word {
            "true" => ScalarKind::Bool(true),
            "false" => ScalarKind::Bool(false),
            "null" => ScalarKind::Null,
            _ if word.parse::<f64>().is_ok() => ScalarKind::Number,
            _ => return None,
        };
        Some(NodeKind::Scalar { text: Arc::from(if kind == ScalarKind::Null { "" } else { word }), kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str, path: &[&str]) -> Option<String> {
        recover(source)?.at(path)?.text().map(ToString::to_string)
    }

    #[test]
    fn what_stands_around_a_fault_is_read() {
        let dev = ["scripts", "dev"];
        for source in [
            r#"{"name": "a" "scripts": {"dev": "vite"}}"#,
            r#"{"name": , "scripts": {"dev": "vite"}"#,
            "{\"name\": \"a\n, \"scripts\": {\"dev\": \"vite\"}",
            r#"{"list": [1, 2, "scripts": {"dev": "vite"}}"#,
            r#"x {"a": {{"b": 1}, "scripts": {"dev": "vite"#,
            r#"{"a": <<<<, // "b"
                "scripts": {"dev": "vite",}}"#,
        ] {
            let found = recover(source).expect(source);
            let _ = found;
        }
        assert_eq!(text(r#"{"name": "a" "scripts": {"dev": "vite"}}"#, &dev).as_deref(), Some("vite"));
        assert_eq!(text(r#"{"name": , "scripts": {"dev": "v\u0069te"}"#, &dev).as_deref(), Some("vite"));
        assert_eq!(text("{\"name\": \"a\n, \"scripts\": {\"dev\": \"vite\"}", &dev).as_deref(), Some("vite"));
        assert_eq!(text(r#"{"a": 1e2, "scripts": {"dev": "vite"#, &dev).as_deref(), Some("vite"));
        assert_eq!(text("{\"x\" \u{1}}{ ]>: '\n \"y\": 1", &["y"]), None);
        assert!(recover(&"[".repeat(100_000)).is_some());
        assert!(recover("nothing").is_none());
        // each character of a long word was once the beginning of another one
        let words = format!("[{}, 1", "a".repeat(1_000_000));
        assert!(matches!(recover(&words).map(|node| node.kind), Some(NodeKind::List(items)) if items.len() == 1));
    }
}
