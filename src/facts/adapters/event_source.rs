//! Server-sent events.

use tree_sitter::Node;

use super::ecma_runs;
use crate::facts::lang::ecma::node::arguments;
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

fn visit(cx: &EcmaCx<'_>, node: Node<'_>, facts: &mut FileFacts) {
    let is_client = match node.kind() {
        "new_expression" => node.child_by_field_name("constructor").is_some_and(|constructor| {
            matches!(
                cx.text(constructor),
                "EventSource"
                    | "window.EventSource"
                    | "EventSourcePolyfill"
                    | "NativeEventSource"
                    | "ReconnectingEventSource"
            )
        }),
        "call_expression" => node
            .child_by_field_name("function")
            .and_then(|callee| cx.origin(callee))
            .is_some_and(|origin| origin.is("@microsoft/fetch-event-source", "fetchEventSource")),
        _ => return,
    };
    let args = arguments(node);
    let Some(first) = args.first().filter(|_| is_client) else { return };
    let mut builder = Builder::open(cx);
    let url = builder.expr(*first);
    let credentials = args
        .get(1)
        .and_then(|options| cx.option(*options, "withCredentials"))
        .map(|credentials| builder.expr(credentials));
    facts.client_calls.push(ClientCall {
        credentials,
        function: builder.function(),
        runs: ecma_runs::at(cx, node),
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::EventSource, url)
    });
}
