//! Text to trees, one file for each language. Nothing here knows a framework.

pub mod nginx;
