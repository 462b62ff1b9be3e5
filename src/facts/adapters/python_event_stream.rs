//! The header by which an application keeps nginx from buffering its event streams.

use crate::facts::FileFacts;
use crate::facts::lang::mentions::mentions;
use crate::facts::lang::python::{PythonAdapter, PythonCx};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "event streams",
    needles: &["X-Accel-Buffering", "x-accel-buffering", "text/event-stream"],
    marks: &["X-Accel-Buffering", "x-accel-buffering"],
    kept: &[],
    visit: |_, _, _| {},
    whole: Some(whole),
};

fn whole(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    facts.unbuffered.extend(mentions(cx.outline.text, "x-accel-buffering"));
}
