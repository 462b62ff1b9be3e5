//! Source languages: scopes, expressions, summaries of functions and classes. No framework.

pub mod command;
pub mod data;
pub mod ecma;
pub mod folder;
pub mod gate;
pub mod mentions;
pub mod parents;
pub mod python;
pub mod reached;
pub mod words;
