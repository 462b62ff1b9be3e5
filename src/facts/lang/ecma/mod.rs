//! TypeScript and JavaScript: scopes, expressions, summaries of functions and classes.

mod adapter;
mod build;
mod call;
mod changes;
mod class;
mod component;
mod condition;
mod cx;
mod declare;
mod fetched;
mod flow;
pub mod folder;
mod lambda;
mod literal;
mod member;
mod memo;
mod module;
pub mod node;
mod object;
mod operators;
mod origin;
pub mod paths;
mod pattern;
mod platform;
mod reach;
mod returns;
mod scope;
mod shown;
mod state;
#[cfg(test)]
pub(crate) mod tests;
pub mod uses;
mod validated;

pub use adapter::{EcmaAdapter, Needle};
pub use build::{Builder, is_configured};
pub use call::{CALLED, RUNTIME_CONFIGURATION, function_of};
pub use component::provided_name;
pub use cx::{EcmaCx, Framed, Origin, ReadCall};
pub use module::{is_opaque, summarize};
pub use origin::{is_external_module, is_own_module};
pub use scope::{Binding, BindingId, BindingKind, Scope, ScopeId, ScopeKind, Scopes, Step, Write};
