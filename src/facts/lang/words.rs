//! Words of shells and compose files as expressions.

use std::sync::Arc;

use crate::base::Span;
use crate::facts::{Arm, EnvReader, Expr, ExprKind, Guard, HoleReason, Op, Sense, Test};
use crate::parse::fragment::Fragment;
use crate::parse::shell::{self, Operator, Piece, Variable, Word};

/// A scalar of a compose file, with `${X}` and its relatives as choices over the variable.
#[must_use]
pub fn interpolated(source: Fragment<'_>) -> Expr {
    if !source.text.contains('$') {
        return Expr::str(source.whole(), source.text);
    }
    word(&shell::interpolate(source), EnvReader::Compose)
}

/// A word: a string when it is known, else the pieces joined.
#[must_use]
pub fn word(word: &Word, reader: EnvReader) -> Expr {
    if let Some(text) = word.literal() {
        return Expr::str(word.span, &text);
    }
    let mut pieces: Vec<Expr> = word.pieces.iter().map(|part| piece(part, reader)).collect();
    match pieces.pop() {
        Some(only) if pieces.is_empty() => only,
        Some(last) => {
            pieces.push(last);
            Expr::new(word.span, ExprKind::Op(Op::Concat, pieces))
        }
        None => Expr::str(word.span, ""),
    }
}

fn piece(piece: &Piece, reader: EnvReader) -> Expr {
    match piece {
        Piece::Text(text, span) => Expr::str(*span, text),
        Piece::Variable(found) => variable(found, reader),
        Piece::Substitution(_, span) => Expr::hole(*span, HoleReason::Runtime),
    }
}

fn variable(variable: &Variable, reader: EnvReader) -> Expr {
    let name: Arc<str> = Arc::from(variable.name.as_str());
    let read = Expr::new(variable.span, ExprKind::Env { name, reader });
    let Some((operator, operand)) = &variable.operator else { return read };
    let other = || word(operand, reader);
    let empty = || Expr::str(variable.span, "");
    match operator {
        Operator::Required => read,
        Operator::DefaultIfEmpty => choice(variable.span, Test::Truthy(Box::new(read.clone())), read, other()),
        Operator::DefaultIfUnset => choice(variable.span, Test::Defined(Box::new(read.clone())), read, other()),
        Operator::IfNotEmpty => choice(variable.span, Test::Truthy(Box::new(read)), other(), empty()),
        Operator::IfSet => choice(variable.span, Test::Defined(Box::new(read)), other(), empty()),
        Operator::Other => Expr::hole(variable.span, HoleReason::Unsupported),
    }
}

fn choice(span: Span, test: Test, then: Expr, otherwise: Expr) -> Expr {
    let first = Arm { guards: vec![Guard { test, sense: Sense::Holds }], value: then };
    Expr::new(span, ExprKind::Choice(vec![first, Arm { guards: Vec::new(), value: otherwise }]))
}
