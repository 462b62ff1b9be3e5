//! wirelint in the editor: a language server over two streams.
//!
//! The editor's open texts lie over the files on disk, and every change is followed by a run over all of it. A run is made of one
//! state of the texts, in a thread of its own; when that state is over before the run is, its result is dropped. Nothing is
//! connected to, nothing is written, and no text leaves that did not go through [`crate::report`].

mod answers;
mod buffers;
mod checked;
mod client;
mod diagnostics;
mod documents;
mod fixes;
mod folder;
mod frame;
mod notifications;
mod position;
mod publish;
mod requests;
mod server;
mod snapshot;
mod workspace;

pub use server::{Ended, serve};
