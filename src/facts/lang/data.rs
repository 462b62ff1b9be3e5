//! Trees of data files as expressions, and their problems as syntax errors.

use std::sync::Arc;

use crate::base::Span;
use crate::facts::{Expr, ExprKind, Field, FileFacts, SyntaxError, SyntaxErrorKind};
use crate::parse::data::{Node, NodeKind, Problem, ProblemKind, ScalarKind};

/// The value that a program gets when it loads the file.
#[must_use]
pub fn expression(node: &Node) -> Expr {
    let kind = match &node.kind {
        NodeKind::Scalar { text, kind } => match kind {
            ScalarKind::Text => ExprKind::Str(Arc::clone(text)),
            ScalarKind::Number => ExprKind::Num(Arc::clone(text)),
            ScalarKind::Bool(truth) => ExprKind::Bool(*truth),
            ScalarKind::Null => ExprKind::Null,
        },
        NodeKind::List(items) => ExprKind::List(items.iter().map(expression).collect()),
        NodeKind::Map(pairs) => ExprKind::Object(
            pairs
                .iter()
                .map(|pair| Field {
                    key: Arc::clone(&pair.key),
                    key_span: pair.key_span,
                    value: expression(&pair.value),
                })
                .collect(),
        ),
    };
    Expr::new(node.span, kind)
}

/// Records what stopped the reading.
pub fn record(problem: &Problem, facts: &mut FileFacts) {
    let span = problem.span;
    match &problem.kind {
        ProblemKind::Refused(message) => {
            let message = Arc::from(message.as_str());
            facts.syntax_errors.push(SyntaxError { span, message, kind: SyntaxErrorKind::Refused });
        }
        ProblemKind::Limit(limit) => facts.limits.push((span, limit.clone())),
    }
}

/// The place of the inside of a scalar, without quotes.
#[must_use]
pub fn inside(source: &str, span: Span) -> Span {
    let written = source.get(span.range()).unwrap_or("");
    let quoted = written.len() >= 2 && (written.starts_with('"') || written.starts_with('\''));
    if quoted { Span::new(span.start as usize + 1, span.end as usize - 1) } else { span }
}
