//! Credentials of a query that Node code compares with a text: `url.searchParams.get('token') !== process.env.WS_TOKEN`.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::node::{arguments, every, string_text, strip};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};
use crate::facts::{FileFacts, TokenCheckFact};

/// Comparisons with what a query holds.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "tokens",
    needles: &[Needle::plain("searchParams.get(").without_first(3).only_beside(reads_the_environment)],
    also: &[],
    visit: |_, _, _| {},
    whole: Some(whole),
    read_calls: &[],
};

fn reads_the_environment(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"process.env").is_some()
}

fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    if !(reads_the_environment(cx.source.as_bytes()) && (cx.says("searchParams.get(") || cx.says(".query."))) {
        return;
    }
    every(cx.root, |node| look(cx, node, facts));
}

fn look<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() != "binary_expression" {
        return;
    }
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let sides = (node.child_by_field_name("left"), node.child_by_field_name("right"));
    let ("===" | "!==" | "==" | "!=", (Some(left), Some(right))) = (operator, sides) else { return };
    for (given, kept) in [(left, right), (right, left)] {
        let Some(key) = read(cx, cx.initial(given)) else { continue };
        let framed = cx.framed(kept);
        facts.token_checks.push(TokenCheckFact {
            span: cx.span(node),
            key,
            value: framed.expr,
            function: framed.function,
        });
    }
}

/// The key of the query that a value is read from: `url.searchParams.get('token')`, `req.query.token`.
fn read<'t>(cx: &EcmaCx<'t>, value: Node<'t>) -> Option<Arc<str>> {
    let value = strip(value);
    match value.kind() {
        "call_expression" => {
            let callee = value.child_by_field_name("function")?;
            let reads = cx.text(callee).ends_with("searchParams.get");
            let key = arguments(value).first().copied().filter(|_| reads)?;
            string_text(key, cx.source).map(Arc::from)
        }
        "member_expression" => {
            let object = value.child_by_field_name("object")?;
            let of_query = cx.text(object).ends_with(".query");
            of_query.then(|| value.child_by_field_name("property").map(|key| Arc::from(cx.text(key))))?
        }
        _ => None,
    }
}
