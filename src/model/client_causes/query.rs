//! What code puts into the query of an address, as far as its text shows it: also where the rest of the address is not known.

use crate::base::{FileId, Place, Span};
use crate::facts::{ClientCall, Expr, ExprKind, Op};
use crate::model::Wiring;
use crate::model::evaluate::{Found, look_up};

/// A value behind a key of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'w> {
    /// The key.
    pub key: &'w str,
    /// Where it is written.
    pub place: Place,
    /// The value.
    pub value: &'w Expr,
    /// How it is put there.
    pub form: Form,
}

/// How a value is put into a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Bare,
    /// With everything encoded that means something in a query.
    Encoded,
}

/// Expressions of one address that are looked at.
const MOST_PARTS: usize = 300;

/// All pairs of the query of a call's address, each key place once.
pub(super) fn pairs<'w>(wiring: &'w Wiring, file: FileId, call: &'w ClientCall) -> Vec<Pair<'w>> {
    let mut found: Vec<Pair<'w>> = Vec::new();
    let mut open = vec![(file, &call.url)];
    let mut looked_at = 0;
    while let Some((file, expr)) = open.pop() {
        looked_at += 1;
        if looked_at > MOST_PARTS {
            break;
        }
        match &expr.kind {
            ExprKind::Op(Op::Concat, parts) => {
                let parts = flat(parts);
                for two in parts.windows(2) {
                    if let [Expr { kind: ExprKind::Str(text), span }, value] = two
                        && let Some(key) = key_at_the_end(text)
                    {
                        found.push(pair(file, key, *span, value, Form::Bare));
                    }
                }
                open.extend(parts.into_iter().map(|part| (file, part)));
            }
            ExprKind::Op(Op::Query, parts) => {
                for two in parts.chunks_exact(2) {
                    if let [Expr { kind: ExprKind::Str(key), span }, value] = two {
                        found.push(pair(file, key, *span, value, Form::Encoded));
                    }
                }
            }
            ExprKind::Op(_, parts) => open.extend(parts.iter().map(|part| (file, part))),
            ExprKind::Choice(arms) => open.extend(arms.iter().map(|arm| (file, &arm.value))),
            ExprKind::Name(name) => {
                if let Found::Value(in_file, value) = look_up(wiring, file, name) {
                    open.push((in_file, value));
                }
            }
            ExprKind::Call { callee, .. } => {
                if let ExprKind::Name(name) = &callee.kind
                    && let Found::Function(in_file, function) = look_up(wiring, file, name)
                {
                    open.extend(function.returns.iter().map(|returned| (in_file, returned)));
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|pair| pair.place);
    found.dedup_by_key(|pair| pair.place);
    found
}

/// The pieces of a text, those of texts inside of it included.
fn flat(parts: &[Expr]) -> Vec<&Expr> {
    let mut pieces = Vec::new();
    let mut open: Vec<&Expr> = parts.iter().rev().collect();
    while let Some(part) = open.pop().filter(|_| pieces.len() < MOST_PARTS) {
        match &part.kind {
            ExprKind::Op(Op::Concat, inner) => open.extend(inner.iter().rev()),
            _ => pieces.push(part),
        }
    }
    pieces
}

fn pair<'w>(file: FileId, key: &'w str, span: Span, value: &'w Expr, form: Form) -> Pair<'w> {
    let form = match &value.kind {
        ExprKind::Op(Op::Encode | Op::EncodeForm | Op::Query, _) => Form::Encoded,
        _ => form,
    };
    Pair { key, place: Place::new(file, span), value, form }
}

/// The key of a text that ends in `?key=` or `&key=`, or is `key=` alone.
fn key_at_the_end(text: &str) -> Option<&str> {
    let key = text.strip_suffix('=')?.rsplit(['?', '&']).next()?;
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (!key.is_empty() && key.bytes().all(is_key)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::key_at_the_end;

    #[test]
    fn keys_end_texts() {
        for (text, key) in [
            ("/ws?token=", Some("token")),
            ("&access_token=", Some("access_token")),
            ("token=", Some("token")),
            ("/ws?a=1&t=", Some("t")),
            ("/ws?token", None),
            ("/ws?=", None),
            ("a == b=", None),
        ] {
            assert_eq!(key_at_the_end(text), key, "{text}");
        }
    }
}
