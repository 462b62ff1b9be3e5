//! jQuery's requests.

use std::sync::Arc;

use tree_sitter::Node;

use super::{ecma_headers, ecma_runs};
use crate::facts::lang::ecma::node::{arguments, is_whole_object, string_text, strip};
use crate::facts::lang::ecma::{Builder, EcmaAdapter, EcmaCx, Needle};
use crate::facts::{ClientApi, ClientCall, Expr, FileFacts, HoleReason};

/// `$.ajax({ url })`, `$.get(url)` and their like.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "jQuery",
    needles: &[
        Needle::plain("$.ajax("),
        Needle::plain("$.get("),
        Needle::plain("$.post("),
        Needle::plain("$.getJSON("),
        Needle::plain("$.getScript("),
        Needle::plain("jQuery.ajax(").without_first(3),
        Needle::plain("jQuery.get(").without_first(3),
        Needle::plain("jQuery.post(").without_first(3),
        Needle::plain("jQuery.getJSON(").without_first(3),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() == "call_expression" {
        facts.client_calls.extend(read(cx, node));
    }
}

fn read<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<ClientCall> {
    let callee = strip(node.child_by_field_name("function")?);
    let object = callee.child_by_field_name("object").filter(|_| callee.kind() == "member_expression")?;
    if !is_jquery(cx, strip(object)) {
        return None;
    }
    let method = cx.text(callee.child_by_field_name("property")?);
    let args = arguments(node);
    let first = *args.first()?;
    let verb = match method {
        "get" | "getJSON" | "getScript" => Some("GET"),
        "post" => Some("POST"),
        "ajax" => None,
        _ => return None,
    };
    // The address alone, or settings that hold it; `$.ajax(url, settings)` has both.
    let first_is_settings = strip(cx.initial(first)).kind() == "object";
    let settings = match (first_is_settings, method) {
        (true, _) => Some(first),
        (false, "ajax") => args.get(1).copied(),
        (false, _) => None,
    };
    let option = |key| settings.and_then(|settings| cx.option(settings, key));
    let address = if first_is_settings { option("url")? } else { first };
    let mut builder = Builder::open(cx);
    let url = builder.expr(address);
    let stated = option("method").or_else(|| option("type"));
    let verb = match (verb, stated) {
        (_, Some(stated)) => string_text(strip(stated), cx.source).map(|text| Arc::from(text.to_ascii_uppercase())),
        (Some(verb), None) => Some(Arc::from(verb)),
        (None, None) => settings.is_none_or(|settings| is_whole_object(cx.initial(settings))).then(|| Arc::from("GET")),
    };
    // `beforeSend` and `$.ajaxSetup` may add any.
    let headers = match ecma_headers::of_options(&mut builder, settings) {
        None if option("beforeSend").is_some() => Some(Expr::hole(cx.span(node), HoleReason::Unsupported)),
        headers => headers,
    };
    let credentials = option("xhrFields")
        .and_then(|fields| cx.option(fields, "withCredentials"))
        .map(|credentials| builder.expr(credentials));
    Some(ClientCall {
        method: verb,
        headers,
        credentials,
        function: builder.function(),
        closure: builder.closure(),
        runs: ecma_runs::at(cx, node),
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::Xhr, url)
    })
}

fn is_jquery<'t>(cx: &EcmaCx<'t>, object: Node<'t>) -> bool {
    match cx.origin(object) {
        Some(origin) => origin.module == "jquery" || origin.module == "cash-dom",
        None => matches!(cx.text(object), "$" | "jQuery" | "window.$" | "window.jQuery"),
    }
}
