//! TypeScript and JavaScript: scopes, expressions, summaries of functions and classes.

mod adapter;
mod build;
mod call;
mod class;
mod condition;
mod cx;
mod declare;
mod flow;
mod literal;
mod member;
mod memo;
mod module;
pub mod node;
mod object;
mod operators;
mod origin;
mod pattern;
mod reach;
mod returns;
mod scope;
mod shown;
#[cfg(test)]
pub(crate) mod tests;
pub mod uses;

pub use adapter::{EcmaAdapter, Needle};
pub use build::Builder;
pub use cx::{EcmaCx, Framed, Origin, ReadCall};
pub use module::{is_opaque, summarize};
pub use origin::{is_external_module, is_own_module};
pub use scope::{Binding, BindingId, BindingKind, Scope, ScopeId, ScopeKind, Scopes, Step, Write};
