//! Connections that attributes of elements open: htmx and its extensions for WebSockets and event streams.

use std::sync::Arc;

use crate::base::has_mark;
use crate::facts::{ClientApi, ClientCall, Expr, FileFacts, RunsIn};
use crate::parse::html::{Attribute, Tag};

/// Attributes that hold the address of a request, with its method.
const REQUESTS: [(&str, &str); 5] =
    [("hx-get", "GET"), ("hx-post", "POST"), ("hx-put", "PUT"), ("hx-patch", "PATCH"), ("hx-delete", "DELETE")];
/// Attributes that hold the address of something that stays open.
const STREAMS: [(&str, ClientApi); 2] = [("ws-connect", ClientApi::WebSocket), ("sse-connect", ClientApi::EventSource)];
/// The same of htmx 1, after `connect:`.
const OLD_STREAMS: [(&str, ClientApi); 2] = [("hx-ws", ClientApi::WebSocket), ("hx-sse", ClientApi::EventSource)];

/// Adds what the attributes of an element open.
pub(super) fn read(tag: &Tag<'_>, facts: &mut FileFacts) {
    let mut add = |attribute: &Attribute<'_>, api: ClientApi, method: Option<&str>, address: &str| {
        if is_written_out(address) {
            facts.client_calls.push(ClientCall {
                method: method.map(Arc::from),
                runs: RunsIn::Browser,
                ..ClientCall::new(tag.span, api, Expr::str(attribute.span, address))
            });
        }
    };
    for attribute in &tag.attributes {
        let lower = attribute.name.to_ascii_lowercase();
        let name = lower.strip_prefix("data-").unwrap_or(&lower);
        if let Some((_, method)) = REQUESTS.iter().find(|(known, _)| *known == name) {
            add(attribute, ClientApi::Fetch, Some(method), attribute.value.trim());
        } else if let Some((_, api)) = STREAMS.iter().find(|(known, _)| *known == name) {
            add(attribute, *api, None, attribute.value.trim());
        } else if let Some((_, api)) = OLD_STREAMS.iter().find(|(known, _)| *known == name)
            && let Some(address) = attribute.value.split_whitespace().find_map(|part| part.strip_prefix("connect:"))
        {
            add(attribute, *api, None, address);
        }
    }
}

/// Whether an address is all there: a placeholder of a template language may be anything.
fn is_written_out(address: &str) -> bool {
    !address.is_empty() && !has_mark(address)
}
