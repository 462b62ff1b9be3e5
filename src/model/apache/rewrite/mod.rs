//! mod_rewrite: rules of servers and of sections.

mod apply;
mod condition;
mod expand;
mod place;
mod rule;
