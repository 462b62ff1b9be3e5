//! Python: scopes, expressions, summaries of functions and classes. No framework.

mod args;
mod build;
mod call;
mod guard;
mod module;
pub mod outline;
pub mod scope;
mod text;

pub use args::Args;
pub use build::{At, Meaning, PythonCx, is_list, span};
pub use call::env_or;
pub use text::literal;
