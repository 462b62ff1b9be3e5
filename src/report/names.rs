//! Lines of source code without the names that their people may choose anew: whoever renames a variable has changed nothing
//! about what a line does.

use crate::base::FileKind;

/// Words that say what is done, in the languages of source files.
const WORDS: [&str; 46] = [
    "and",
    "as",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "default",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "export",
    "false",
    "False",
    "finally",
    "for",
    "from",
    "function",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "let",
    "new",
    "None",
    "not",
    "null",
    "of",
    "or",
    "return",
    "self",
    "this",
    "throw",
    "true",
    "True",
    "try",
    "undefined",
    "var",
    "while",
    "with",
    "yield",
];

/// Whether the files of a kind hold variables that have names of their own.
pub(super) fn has_variables(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte | FileKind::Html | FileKind::Python
    )
}

/// A line in which each variable is `_`. What is called, read from something else or named in an object or a call keeps its
/// name, and so do texts, but for what a template puts into them.
pub(super) fn without_variables(line: &str) -> String {
    let bytes = line.as_bytes();
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    // What the code is inside of: a quote, or the braces of a template in quotes.
    let mut inside: Vec<u8> = Vec::new();
    while let Some(byte) = bytes.get(at).copied() {
        let quote = inside.last().copied().filter(|mark| *mark != b'{');
        let rest = line.get(at..).unwrap_or_default();
        let length = match (quote, byte) {
            (Some(_), b'\\') => rest.chars().take(2).map(char::len_utf8).sum(),
            (Some(b'`'), b'$') if rest.starts_with("${") => {
                inside.push(b'{');
                2
            }
            (Some(mark), _) => {
                if byte == mark {
                    inside.pop();
                }
                rest.chars().next().map_or(1, char::len_utf8)
            }
            (None, b'"' | b'\'' | b'`') => {
                inside.push(byte);
                1
            }
            (None, b'}') => {
                inside.pop();
                1
            }
            // An object in a template closes with the same brace.
            (None, b'{') if !inside.is_empty() => {
                inside.push(b'{');
                1
            }
            (None, _) if is_start(byte) => {
                let length = rest.bytes().take_while(|byte| is_start(*byte) || byte.is_ascii_digit()).count();
                let (word, after) = rest.split_at(length);
                out.push_str(if is_variable(line.get(..at).unwrap_or_default(), word, after) { "_" } else { word });
                at += length;
                continue;
            }
            (None, b'0'..=b'9') => rest.bytes().take_while(|byte| is_start(*byte) || byte.is_ascii_digit()).count(),
            (None, _) => rest.chars().next().map_or(1, char::len_utf8),
        };
        out.push_str(rest.get(..length).unwrap_or(rest));
        at += length;
    }
    out
}

fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$'
}

fn is_variable(before: &str, word: &str, after: &str) -> bool {
    let next = after.trim_start();
    let is_argument = after.starts_with('=') && !after.starts_with("==") && !after.starts_with("=>");
    !(WORDS.contains(&word)
        || before.trim_end().ends_with('.') && !before.trim_end().ends_with("...")
        || next.starts_with('(')
        || next.starts_with(':') && !is_declared(before)
        || is_argument)
}

/// `const a: string`.
fn is_declared(before: &str) -> bool {
    ["const", "let", "var"].iter().any(|word| before.trim_end().ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::without_variables;

    #[test]
    fn variables_have_no_names_and_everything_else_has() {
        let cases = [
            ("const socket = new WebSocket(url);", "const _ = new WebSocket(_);"),
            ("const ws: WebSocket = new WebSocket(`${base}/ws`)", "const _: _ = new WebSocket(`${_}/ws`)"),
            ("this.socket.onmessage = handler", "this.socket.onmessage = _"),
            ("fetch('/api/a b', { method: verb, headers })", "fetch('/api/a b', { method: _, _ })"),
            ("app.add_middleware(CORSMiddleware, allow_origins=[origin])", "_.add_middleware(_, allow_origins=[_])"),
            ("x = f\"{a}\" if b == 'it\\'s' else 0x1f", "_ = _\"{a}\" if _ == 'it\\'s' else 0x1f"),
            ("`a ${ {b: c}.b } d ${e}` + f", "`a ${ {b: _}.b } d ${_}` + _"),
            ("ü = 'ü", "ü = 'ü"),
        ];
        for (line, expected) in cases {
            assert_eq!(without_variables(line), expected, "{line}");
        }
    }
}
