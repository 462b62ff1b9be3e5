//! `XMLHttpRequest`.

use std::sync::Arc;

use tree_sitter::Node;

use super::ecma_runs;
use crate::facts::lang::ecma::node::{arguments, field_text, string_text};
use crate::facts::lang::ecma::{Builder, EcmaAdapter, EcmaCx, Needle};
use crate::facts::{ClientApi, ClientCall, Expr, FileFacts, HoleReason};

/// `xhr.open(method, url)`.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "XMLHttpRequest",
    needles: &[Needle::plain("new XMLHttpRequest").without_first(4)],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() != "call_expression" {
        return;
    }
    let Some(callee) = node.child_by_field_name("function").filter(|callee| callee.kind() == "member_expression")
    else {
        return;
    };
    let args = arguments(node);
    let (Some(method), Some(url)) = (args.first(), args.get(1)) else { return };
    let method = string_text(*method, cx.source);
    let is_verb = method.is_none_or(|method| !method.is_empty() && method.bytes().all(|it| it.is_ascii_alphabetic()));
    if field_text(callee, "property", cx.source) != Some("open") || !is_verb {
        return;
    }
    let Some(object) = callee.child_by_field_name("object") else { return };
    let is_request = cx.text(cx.initial(object)).starts_with("new XMLHttpRequest")
        || method.is_some() && cx.text(object).to_ascii_lowercase().ends_with("xhr");
    if !is_request {
        return;
    }
    let mut builder = Builder::open(cx);
    let url = builder.expr(*url);
    // `setRequestHeader` may stand anywhere after it.
    let headers = Some(Expr::hole(cx.span(node), HoleReason::Unsupported));
    facts.client_calls.push(ClientCall {
        method: method.map(|method| Arc::from(method.to_ascii_uppercase())),
        headers,
        function: builder.function(),
        closure: builder.closure(),
        runs: ecma_runs::at(cx, node),
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::Xhr, url)
    });
}
