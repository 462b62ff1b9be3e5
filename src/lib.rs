//! wirelint follows every browser-to-backend connection of a repository and reports what breaks.
//!
//! The pipeline: [`walk`] lists files, [`engine`] parses them and collects [`facts`] until no file asks for another,
//! [`model`] links the facts into the wiring and follows every connection, [`rules`] turn causes into findings,
//! [`report`] renders them. wirelint connects to nothing.

pub mod base;
pub mod cli;
pub mod config;
pub mod engine;
pub mod facts;
pub mod model;
pub mod parse;
pub mod report;
pub mod rules;
pub mod walk;
