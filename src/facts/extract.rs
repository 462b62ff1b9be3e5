//! One file's text to its facts.

use std::collections::BTreeSet;

use super::{FileFacts, adapters, suppression};
use crate::base::{Entry, FileKind, LineIndex};

/// Whether the bytes of a file of this kind hold anything that an adapter looks for, so that it deserves a parse.
/// Files that are needed only by others come in through demands.
#[must_use]
pub fn deserves_parse(entry: &Entry, bytes: &[u8]) -> bool {
    match entry.kind {
        FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte => {
            adapters::ecma::deserves_parse(&entry.path, bytes) || suppression::may_hold(bytes)
        }
        FileKind::Html => adapters::html::deserves_parse(bytes) || suppression::may_hold(bytes),
        FileKind::Python => {
            adapters::python::is_entry(&entry.path)
                || adapters::python::deserves_parse(bytes)
                || suppression::may_hold(bytes)
        }
        FileKind::Yaml | FileKind::Json | FileKind::Toml => {
            adapters::data::deserves_parse(&entry.path) && adapters::data::is_meant(&entry.path, bytes)
        }
        FileKind::Pem => adapters::private_key::deserves_parse(bytes),
        FileKind::Other => false,
        // Chosen by their names.
        FileKind::Nginx
        | FileKind::NginxTemplate
        | FileKind::Apache
        | FileKind::Haproxy
        | FileKind::Caddyfile
        | FileKind::Env
        | FileKind::Compose
        | FileKind::PackageJson
        | FileKind::Requirements
        | FileKind::Dockerfile
        | FileKind::GitIgnore
        | FileKind::Hosting
        | FileKind::BackEnd
        | FileKind::Shell
        | FileKind::Procfile
        | FileKind::Recipes
        | FileKind::Processes => true,
    }
}

/// Whether a data file says something by its name.
#[must_use]
pub fn is_named(entry: &Entry) -> bool {
    adapters::data::deserves_parse(&entry.path)
}

/// The facts of one file. Never fails: what cannot be read becomes a syntax error in the facts.
#[must_use]
pub fn extract(entry: &Entry, text: &str) -> FileFacts {
    let mut facts = FileFacts::new(entry.path.clone(), entry.kind, entry.role, entry.tracking, LineIndex::new(text));
    match entry.kind {
        FileKind::Nginx | FileKind::NginxTemplate => adapters::nginx::read(text, &mut facts),
        FileKind::Apache => adapters::apache::read(text, &mut facts),
        FileKind::Haproxy => adapters::haproxy::read(text, &mut facts),
        FileKind::Caddyfile => adapters::caddy::read(text, &mut facts),
        FileKind::Env => adapters::env::read(text, &mut facts),
        FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte => {
            adapters::ecma::read(text, &mut facts)
        }
        FileKind::Html => adapters::html::read(text, &mut facts),
        FileKind::Python => adapters::python::read(text, &mut facts),
        FileKind::Compose => adapters::compose::read(text, &mut facts),
        FileKind::PackageJson => adapters::package_json::read(text, &mut facts),
        FileKind::Yaml | FileKind::Json | FileKind::Toml => adapters::data::read(text, &mut facts),
        FileKind::Requirements => adapters::requirements::read(text, &mut facts),
        FileKind::Dockerfile => adapters::dockerfile::read(text, &mut facts),
        FileKind::Hosting => adapters::hosting_lines::read(text, &mut facts),
        FileKind::GitIgnore => adapters::gitignore::read(text, &mut facts),
        FileKind::Shell | FileKind::Procfile => adapters::script::read(text, &mut facts),
        FileKind::Recipes => adapters::recipes::read(text, &mut facts),
        FileKind::Processes => adapters::processes::read(text, &mut facts),
        FileKind::BackEnd => adapters::back_end::read(text, &mut facts),
        FileKind::Pem => adapters::private_key::read(text, &mut facts),
        FileKind::Other => {}
    }
    // One file may ask for another one on every line.
    let mut asked = BTreeSet::new();
    facts.demands.retain(|demand| asked.insert(demand.clone()));
    (facts.suppressions, facts.malformed_suppressions) = suppression::find(text, &facts.lines);
    facts
}
