//! `buffered-event-stream`: events that arrive late or all at once.

use crate::model::{CauseKind, Holder, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "buffered-event-stream";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/buffered-event-stream.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::BufferedEventStream { by, location, route, holder } => Some({
            let (why, fix, strength) = match holder {
                Holder::Gzip => (
                    "compresses its answers (`gzip_types` takes in `text/event-stream`), and gzip keeps events until it has enough of them or the stream ends",
                    "    gzip off;\n    proxy_buffering off;",
                    Strength::Full,
                ),
                Holder::Http10 => (
                    "speaks HTTP/1.0 to the back end, whose answer then comes without chunks, and nginx keeps events until a buffer is full or the stream ends",
                    "    proxy_http_version 1.1;\n    proxy_buffering off;",
                    Strength::Full,
                ),
                Holder::Tls => (
                    "buffers its answers, and over TLS with HTTP/1.1 nginx keeps small events until a buffer of the TLS layer is full or the stream ends",
                    "    proxy_buffering off;",
                    Strength::Full,
                ),
                Holder::Whole => (
                    "has a middleware that reads an answer to its end before any of it is handed on, so no event arrives until the stream ends",
                    "(no `buffering` middleware)",
                    Strength::Full,
                ),
                Holder::Unchunked => (
                    "buffers its answers, which this back end sends without chunks, so nginx keeps events until a buffer is full or the stream ends",
                    "    proxy_buffering off;",
                    Strength::Note,
                ),
            };
            let block = by.block(location);
            Words {
                message: format!("`{block}` holds the event stream `{route}` back: it {why}."),
                label: "holds events back".to_owned(),
                help: Some(match holder {
                    // nothing that the back end says changes it
                    Holder::Whole => format!(
                        "take the `buffering` middleware out of the way of the stream, as with a router of its own for `{route}` beside `{block}` ({at})"
                    ),
                    _ => format!(
                        "set in `{block}` ({at}):\n{fix}\nor let the back end send `X-Accel-Buffering: no` with the stream; `add_header` in nginx does not do it"
                    ),
                }),
                strength,
            }
        }),
        _ => None,
    })
}
