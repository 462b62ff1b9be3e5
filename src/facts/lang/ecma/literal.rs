//! String literals and templates.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::{Builder, MAX_TERMS};
use super::node::children;
use crate::base::{FileKind, Span, TEMPLATE_MARKS};
use crate::facts::{Expr, ExprKind, HoleReason, Op};

impl<'t> Builder<'_, 't> {
    pub(super) fn template(&mut self, node: Node<'t>) -> ExprKind {
        let mut parts = Vec::new();
        let mut literal_start = node.start_byte() + 1;
        for part in children(node).filter(|part| part.kind() == "template_substitution").take(MAX_TERMS) {
            self.literal(literal_start, part.start_byte(), &mut parts);
            literal_start = part.end_byte();
            match children(part).next() {
                Some(inner) => parts.push(self.expr(inner)),
                None => parts.push(Expr::hole(self.cx.span(part), HoleReason::Unsupported)),
            }
        }
        self.literal(literal_start, node.end_byte().saturating_sub(1), &mut parts);
        joined(parts)
    }

    /// Literal text. In a page, `{{ x }}` and the like are filled in before a browser sees them.
    pub(super) fn literal(&mut self, start: usize, end: usize, parts: &mut Vec<Expr>) {
        let mut at = start;
        while self.cx.kind == FileKind::Html && parts.len() < MAX_TERMS {
            let Some(text) = self.cx.source.get(at..end) else { break };
            let Some((from, to)) = placeholder(text) else { break };
            if from > 0 {
                parts.push(Expr::str(Span::new(at, at + from), &unescape(&text[..from])));
            }
            let reason = HoleReason::Template(Arc::from(&text[from..to]));
            parts.push(Expr::hole(Span::new(at + from, at + to), reason));
            at += to;
        }
        if let Some(text) = self.cx.source.get(at..end).filter(|text| !text.is_empty()) {
            parts.push(Expr::str(Span::new(at, end), &unescape(text)));
        }
    }
}

/// The first placeholder of a template language.
fn placeholder(text: &str) -> Option<(usize, usize)> {
    let (from, close) = TEMPLATE_MARKS.iter().filter_map(|(open, close)| Some((text.find(open)?, close))).min()?;
    let to = text[from..].find(close).map_or(text.len(), |to| from + to + close.len());
    Some((from, to))
}

pub(super) fn joined(parts: Vec<Expr>) -> ExprKind {
    match parts.as_slice() {
        [] => ExprKind::Str(Arc::from("")),
        [only] if matches!(only.kind, ExprKind::Str(_)) => only.kind.clone(),
        _ => ExprKind::Op(Op::Concat, parts),
    }
}

/// The characters that a literal stands for.
pub(super) fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('\n') | None => {}
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some('u') => {
                let mut rest = chars.clone();
                let digits: String = if rest.next() == Some('{') {
                    chars.next();
                    chars.by_ref().take_while(|char| *char != '}').collect()
                } else {
                    chars.by_ref().take(4).collect()
                };
                out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some(other) => out.push(other),
        }
    }
    out
}
