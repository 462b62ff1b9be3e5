//! Python: scopes, expressions, summaries of functions and classes. No framework.

mod adapter;
mod args;
mod arguments;
mod binding;
mod build;
mod by_hand;
mod call;
mod comprehension;
mod data;
pub mod demand;
mod folder;
mod guard;
mod handler;
mod import;
mod mention;
mod module;
mod named;
mod operators;
mod origin_test;
pub mod outline;
mod place;
pub mod scope;
mod steps;
mod text;

pub use adapter::PythonAdapter;
pub use args::Args;
pub use build::{PythonCx, is_list, span};
pub use call::env_or;
pub use origin_test::Comparing;
pub use place::{At, Meaning};
pub use text::literal;
