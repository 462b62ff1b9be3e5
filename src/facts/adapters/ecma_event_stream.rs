//! The header by which an application keeps nginx from buffering its event streams.

use crate::facts::lang::ecma::{EcmaAdapter, Needle};
use crate::facts::lang::mentions::mentions;

/// Files that name the header.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "event streams",
    needles: &[Needle::plain("X-Accel-Buffering"), Needle::plain("x-accel-buffering")],
    visit: |cx, node, facts| {
        if node.kind() == "program" {
            facts.unbuffered.extend(mentions(cx.source, "x-accel-buffering"));
        }
    },
    also: &[],
    whole: None,
    read_calls: &[],
};
