//! Text to trees, one file for each language. Never fails, and knows no framework.

pub mod apache;
pub mod caddyfile;
pub mod data;
pub mod dockerfile;
pub mod ecma;
pub mod env;
pub mod fields;
pub mod fragment;
pub mod go_pieces;
pub mod go_template;
pub mod haproxy;
pub mod html;
pub mod ini;
pub mod json;
mod json_recovery;
pub mod nginx;
pub mod python;
pub mod rounds;
pub mod shell;
pub mod toml;
pub mod yaml;
mod yaml_repair;
