//! The request headers that client code sets.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::Builder;
use crate::facts::lang::ecma::node::{children, strip};
use crate::facts::{Expr, ExprKind, Field, HoleReason};

/// The `headers` of an options object; a hole when options or headers are not written where this can be seen.
pub fn of_options<'t>(builder: &mut Builder<'_, 't>, options: Option<Node<'t>>) -> Option<Expr> {
    let options = options?;
    let span = builder.cx.span(options);
    if let Some(headers) = builder.cx.option(options, "headers") {
        return Some(builder.expr(headers));
    }
    let object = strip(builder.cx.initial(options));
    let is_seen = |part: Node<'t>| {
        let inner = part.named_child(0).map(|inner| strip(builder.cx.initial(inner)));
        part.kind() != "spread_element" || inner.is_some_and(|inner| inner.kind() == "object")
    };
    let whole = object.kind() == "object" && children(object).all(is_seen);
    (!whole).then(|| Expr::hole(span, HoleReason::Unsupported))
}

/// The same, for a library that sends the object in `data` as JSON.
pub fn with_json<'t>(builder: &mut Builder<'_, 't>, options: Option<Node<'t>>, data: Option<Node<'t>>) -> Option<Expr> {
    let stated = of_options(builder, options);
    let object = data.map(|data| strip(builder.cx.initial(data))).filter(|data| data.kind() == "object");
    let Some(object) = object else { return stated };
    let span = builder.cx.span(object);
    let json = Field { key: Arc::from("Content-Type"), key_span: span, value: Expr::str(span, "application/json") };
    match stated.map(|stated| stated.kind) {
        None => Some(Expr::new(span, ExprKind::Object(vec![json]))),
        Some(ExprKind::Object(mut fields)) => {
            if !fields.iter().any(|field| field.key.eq_ignore_ascii_case("content-type")) {
                fields.push(json);
            }
            Some(Expr::new(span, ExprKind::Object(fields)))
        }
        Some(other) => Some(Expr::new(span, other)),
    }
}
