//! Server-sent events.

use std::sync::Arc;

use tree_sitter::Node;

use super::{ecma_headers, ecma_runs};
use crate::facts::lang::ecma::node::{arguments, string_text, strip};
use crate::facts::lang::ecma::{Builder, EcmaAdapter, EcmaCx, Needle};
use crate::facts::{ClientApi, ClientCall, FileFacts};

/// `new EventSource(url)` and `fetchEventSource(url)`.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "EventSource",
    needles: &[Needle::plain("EventSource").without_first(4)],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let is_client = match node.kind() {
        "new_expression" => node.child_by_field_name("constructor").is_some_and(|constructor| {
            cx.platform(constructor).as_deref() == Some("EventSource")
                || matches!(
                    cx.text(constructor),
                    "EventSourcePolyfill" | "NativeEventSource" | "ReconnectingEventSource"
                )
        }),
        "call_expression" => {
            node.child_by_field_name("function").and_then(|callee| cx.origin(callee)).is_some_and(|origin| {
                origin.is("@microsoft/fetch-event-source", "fetchEventSource")
                    || origin.is("@vueuse/core", "useEventSource")
            })
        }
        _ => return,
    };
    let args = arguments(node);
    let Some(first) = args.first().filter(|_| is_client) else { return };
    let mut builder = Builder::open(cx);
    let url = builder.expr(*first);
    // `fetchEventSource` takes the options of `fetch`.
    let options = args.get(1).copied().filter(|_| node.kind() == "call_expression");
    let headers = ecma_headers::of_options(&mut builder, options);
    let method = options.and_then(|options| cx.option(options, "method"));
    let method = method
        .and_then(|method| string_text(strip(method), cx.source))
        .map(|text| Arc::from(text.to_ascii_uppercase()));
    let credentials = args
        .get(1)
        .and_then(|options| cx.option(*options, "withCredentials"))
        .map(|credentials| builder.expr(credentials));
    facts.client_calls.push(ClientCall {
        credentials,
        headers,
        method,
        function: builder.function(),
        closure: builder.closure(),
        runs: ecma_runs::at(cx, node),
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::EventSource, url)
    });
}
