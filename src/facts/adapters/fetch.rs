//! `fetch` and what has its arguments.

use std::sync::Arc;

use tree_sitter::Node;

use super::{ecma_headers, ecma_runs};
use crate::facts::lang::ecma::node::{arguments, is_whole_object, string_text, strip};
use crate::facts::lang::ecma::{Builder, EcmaAdapter, EcmaCx, Needle};
use crate::facts::{Answer, ClientApi, ClientCall, Expr, ExprKind, FileFacts};

/// `fetch`, Nuxt's `$fetch` and `useFetch`, `navigator.sendBeacon`.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "fetch",
    needles: &[
        Needle::checked("fetch(", is_call),
        Needle::checked("useFetch(", has_argument),
        Needle::checked("useLazyFetch(", has_argument),
        Needle::plain("$fetch<"),
        Needle::plain("useFetch<"),
        Needle::plain("useLazyFetch<"),
        Needle::plain("ofetch"),
        Needle::plain("fetch.bind("),
        Needle::plain("fetch;"),
        Needle::plain("sendBeacon(").without_first(3),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

/// `fetch(` that is no part of another name and has an argument.
fn is_call(bytes: &[u8], from: usize, to: usize) -> bool {
    let before = from.checked_sub(1).and_then(|at| bytes.get(at));
    let is_name = !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_'))
        || bytes[..from].ends_with(b"use");
    // A call may be split over lines before the point.
    let object = bytes[..from].strip_suffix(b".").unwrap_or_default().trim_ascii_end();
    let object = object.strip_suffix(b"?").unwrap_or(object);
    let is_method = before == Some(&b'.')
        && ![&b"window"[..], b"globalThis", b"self", b")"].iter().any(|name| object.ends_with(name));
    is_name && !is_method && bytes.get(to) != Some(&b')') && !bytes[..from].ends_with(b"function ")
}

fn has_argument(bytes: &[u8], _from: usize, to: usize) -> bool {
    bytes.get(to) != Some(&b')')
}

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() != "call_expression" {
        return;
    }
    let Some(callee) = node.child_by_field_name("function") else { return };
    let args = arguments(node);
    let Some(first) = args.first().copied() else { return };
    let is_beacon = match (cx.platform(callee).as_deref(), cx.origin(callee)) {
        (Some("fetch" | "$fetch" | "useFetch" | "useLazyFetch" | "ofetch"), _) => false,
        (Some("navigator.sendBeacon"), _) => true,
        (_, Some(origin)) => {
            let is_fetch = match origin.module {
                "ofetch" => matches!(origin.members(), ["$fetch" | "ofetch"]),
                "#imports" | "#app" => matches!(origin.members(), ["$fetch" | "useFetch" | "useLazyFetch"]),
                "@vueuse/core" => matches!(origin.members(), ["useFetch"]),
                _ => false,
            };
            if !is_fetch {
                return;
            }
            false
        }
        _ => return,
    };
    let mut builder = Builder::open(cx);
    let url = match cx.function(first) {
        Some(function) => builder.result(function),
        None => builder.expr(first),
    };
    let options = args.get(1).copied().filter(|_| !is_beacon);
    let credentials =
        options.and_then(|options| cx.option(options, "credentials")).map(|value| credentials(&mut builder, value));
    let base = options.and_then(|options| cx.option(options, "baseURL")).map(|value| builder.expr(value));
    let headers = ecma_headers::of_options(&mut builder, options);
    let method = match options.and_then(|options| cx.option(options, "method")) {
        Some(value) => string_text(strip(value), cx.source).map(|text| Arc::from(text.to_ascii_uppercase())),
        None if is_beacon => Some(Arc::from("POST")),
        None if options.is_none_or(is_whole_object) => Some(Arc::from("GET")),
        None => None,
    };
    let mode =
        options.and_then(|options| cx.option(options, "mode")).and_then(|mode| string_text(strip(mode), cx.source));
    let answer = if mode == Some("no-cors") { Answer::Opaque } else { Answer::Read };
    facts.client_calls.push(ClientCall {
        answer,
        base,
        method,
        credentials,
        headers,
        function: builder.function(),
        closure: builder.closure(),
        runs: ecma_runs::at(cx, node),
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::Fetch, url)
    });
}

/// `credentials: 'include'` as a truth value.
fn credentials<'t>(builder: &mut Builder<'_, 't>, node: Node<'t>) -> Expr {
    let value = builder.expr(node);
    match value.as_str() {
        Some(text) => Expr::new(value.span, ExprKind::Bool(text == "include")),
        None => value,
    }
}
