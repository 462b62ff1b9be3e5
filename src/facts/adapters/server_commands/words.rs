//! Words of a command: options with values, positional words, `host:port`.

use crate::facts::{Expr, ExprKind, Op};

/// The words after the program's name.
#[derive(Clone, Copy)]
pub(super) struct Words<'a>(pub &'a [Expr]);

impl<'a> Words<'a> {
    /// All values of an option under any of its names: `--port 80`, `--port=80`, `-p80`.
    pub(super) fn values(self, names: &[&str]) -> Vec<Expr> {
        let mut found = Vec::new();
        let mut words = self.0.iter();
        while let Some(word) = words.next() {
            for name in names {
                if word.as_str() == Some(name) {
                    found.extend(words.next().cloned());
                    break;
                }
                let joined = if name.starts_with("--") { format!("{name}=") } else { (*name).to_owned() };
                if let Some(value) = after(word, &joined).filter(|_| !name.starts_with("--") || joined.ends_with('=')) {
                    let value = after(&value, "=").unwrap_or(value);
                    found.push(value);
                    break;
                }
            }
        }
        found
    }

    /// The last value of an option.
    pub(super) fn value(self, names: &[&str]) -> Option<Expr> {
        self.values(names).pop()
    }

    /// Whether a flag is given.
    pub(super) fn has(self, names: &[&str]) -> bool {
        self.0.iter().any(|word| word.as_str().is_some_and(|text| names.contains(&text)))
    }

    /// Words that are neither options nor values of options; `flags` are the options without a value.
    pub(super) fn positional(self, flags: &[&str]) -> Vec<&'a Expr> {
        let mut found = Vec::new();
        let mut words = self.0.iter();
        while let Some(word) = words.next() {
            match option_text(word) {
                Some(text) if text.contains('=') || flags.contains(&text) => {}
                Some(_) => {
                    words.next();
                }
                None => found.push(word),
            }
        }
        found
    }
}

fn option_text(word: &Expr) -> Option<&str> {
    let text = match &word.kind {
        ExprKind::Str(text) => text,
        ExprKind::Op(Op::Concat, parts) => parts.first()?.as_str()?,
        _ => return None,
    };
    (text.starts_with('-') && text.len() > 1).then_some(text)
}

/// What follows `prefix` in a word that starts with it and goes on.
fn after(word: &Expr, prefix: &str) -> Option<Expr> {
    match &word.kind {
        ExprKind::Str(text) => {
            let rest = text.strip_prefix(prefix)?;
            (!rest.is_empty()).then(|| Expr::str(word.span, rest))
        }
        ExprKind::Op(Op::Concat, parts) => {
            let (first, rest) = parts.split_first()?;
            let tail = first.as_str()?.strip_prefix(prefix)?;
            let mut parts = rest.to_vec();
            if !tail.is_empty() {
                parts.insert(0, Expr::str(first.span, tail));
            }
            Some(concat(word, parts))
        }
        _ => None,
    }
}

fn concat(word: &Expr, mut parts: Vec<Expr>) -> Expr {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    Expr::new(word.span, ExprKind::Op(Op::Concat, parts))
}

/// Host and port of `host:port`, `:port`, `[::]:port` or a bare `port`; `None` for sockets of the file system.
pub(super) fn address(word: &Expr) -> Option<(Option<Expr>, Option<Expr>)> {
    match &word.kind {
        ExprKind::Str(text) => {
            if text.starts_with("unix:") || text.starts_with("fd://") || text.starts_with('/') {
                return None;
            }
            let (host, port) = match text.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None if text.chars().all(|c| c.is_ascii_digit()) => ("", Some(&**text)),
                None => (&**text, None),
            };
            let piece = |text: &str| (!text.is_empty()).then(|| Expr::str(word.span, text));
            Some((piece(host.trim_matches(['[', ']'])), port.and_then(piece)))
        }
        ExprKind::Op(Op::Concat, parts) => {
            let colon = parts.iter().rposition(|part| part.as_str().is_some_and(|text| text.contains(':')))?;
            let piece = parts.get(colon)?;
            let (before, behind) = piece.as_str()?.rsplit_once(':')?;
            if before == "unix" {
                return None;
            }
            let text = |text: &str| (!text.is_empty()).then(|| Expr::str(piece.span, text));
            let host: Vec<Expr> = parts.iter().take(colon).cloned().chain(text(before)).collect();
            let port: Vec<Expr> = text(behind).into_iter().chain(parts.iter().skip(colon + 1).cloned()).collect();
            let whole = |parts: Vec<Expr>| (!parts.is_empty()).then(|| concat(word, parts));
            Some((whole(host), whole(port)))
        }
        _ => Some((None, Some(word.clone()))),
    }
}
