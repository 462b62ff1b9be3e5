//! Python: scopes, expressions, summaries of functions and classes. No framework.

mod adapter;
mod args;
mod build;
mod call;
pub mod demand;
mod guard;
mod module;
pub mod outline;
pub mod scope;
mod steps;
mod text;

pub use adapter::PythonAdapter;
pub use args::Args;
pub use build::{At, Meaning, PythonCx, is_list, span};
pub use call::env_or;
pub use text::literal;
