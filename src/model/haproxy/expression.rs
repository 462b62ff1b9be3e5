//! Sample expressions as written: `hdr(host),field(1,:),lower`.

use std::sync::Arc;

/// A name with the words in its parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub name: Arc<str>,
    pub args: Vec<Arc<str>>,
}

/// What is fetched, and what is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expression {
    pub fetch: Call,
    pub converters: Vec<Call>,
}

impl Call {
    /// The word at `index`; nothing when there is none.
    pub fn arg(&self, index: usize) -> &str {
        self.args.get(index).map_or("", |arg| arg)
    }
}

/// Reads an expression from the start of a text, and what is left of it.
pub(super) fn expression(text: &str) -> Option<(Expression, &str)> {
    let (fetch, mut rest) = call(text)?;
    let mut converters = Vec::new();
    while let Some(next) = rest.strip_prefix(',') {
        let (converter, after) = call(next)?;
        converters.push(converter);
        rest = after;
    }
    Some((Expression { fetch, converters }, rest))
}

fn call(text: &str) -> Option<(Call, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let end = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let Some(inside) = rest.strip_prefix('(') else {
        return Some((Call { name: name.into(), args: Vec::new() }, rest));
    };
    let (args, rest) = args(inside)?;
    Some((Call { name: name.into(), args }, rest))
}

/// The words up to the parenthesis that closes. Quotes inside keep commas and parentheses together.
fn args(text: &str) -> Option<(Vec<Arc<str>>, &str)> {
    let mut args = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match (letter, quote) {
            (')', None) => {
                args.push(current.as_str().into());
                if args.len() == 1 && current.is_empty() {
                    args.clear();
                }
                return Some((args, text.get(at + 1..)?));
            }
            (',', None) => {
                args.push(current.as_str().into());
                current.clear();
            }
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            ('\\', None | Some('"')) => match letters.peek().map(|(_, next)| *next) {
                Some(next @ ('\\' | ' ' | '"' | '\'' | ',' | ')')) => {
                    letters.next();
                    current.push(next);
                }
                _ => current.push('\\'),
            },
            (letter, _) => current.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_taken_apart() {
        let shown = |text: &str| {
            let (found, rest) = expression(text)?;
            let one = |call: &Call| format!("{}<{}>", call.name, call.args.join("|"));
            let all: Vec<String> = std::iter::once(&found.fetch).chain(&found.converters).map(one).collect();
            Some(format!("{} {rest}", all.join(" ")))
        };
        let table = [
            ("path", Some("path<> ")),
            ("hdr(host),field(1,:),lower", Some("hdr<host> field<1|:> lower<> ")),
            ("path,regsub('^/(a,b)','\\1')] x", Some("path<> regsub<^/(a,b)|\\1> ] x")),
            ("str()", Some("str<> ")),
            ("hdr(host", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text).as_deref(), expected, "{text}");
        }
    }
}
