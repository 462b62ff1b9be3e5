//! What a fuzzer runs: functions of bytes that may not panic, whatever the bytes are.
//!
//! `cargo fuzz` and `cargo test --test fuzz` share them, so nothing is written twice.
#![allow(dead_code, reason = "each binary uses a part")]

mod engine;
mod parsers;
mod report;
pub mod tree;
pub mod words;

use wirelint::base::FileKind;

/// One function with what a generator needs to get past the first token.
pub struct Target {
    /// As it is called on the command line.
    pub name: &'static str,
    /// May not panic.
    pub run: fn(&[u8]),
    /// Which files of the repository's own fixtures are inputs.
    pub seeds: Seeds,
    /// Words to put in.
    pub words: &'static [&'static str],
    /// How many cases stand against one of the slowest target.
    pub weight: u32,
}

/// Where inputs come from besides `corpus/`.
#[derive(Clone, Copy)]
pub enum Seeds {
    /// The files of these kinds.
    Files(&'static [FileKind]),
    /// Whole trees, written as [`tree::written`] writes them.
    Trees,
    /// Every file, whatever its kind.
    Any,
    /// Only `corpus/`.
    None,
}

use FileKind::{
    Compose, Dockerfile, Env, Html, Json, Nginx, NginxTemplate, PackageJson, Procfile, Python, Requirements, Shell,
    Svelte, Toml, Tsx, TypeScript, Vue, Yaml,
};

/// Every target.
pub static TARGETS: [Target; 24] = [
    target("ecma", parsers::ecma, Seeds::Files(&[TypeScript, Tsx]), words::ECMA, 8),
    target("component", parsers::component, Seeds::Files(&[Vue, Svelte]), words::HTML, 8),
    target("html", parsers::html, Seeds::Files(&[Html]), words::HTML, 20),
    target("python", parsers::python, Seeds::Files(&[Python]), words::PYTHON, 8),
    target("nginx", parsers::nginx, Seeds::Files(&[Nginx, NginxTemplate]), words::NGINX, 20),
    target("caddy", engine::caddy, Seeds::None, words::CADDY, 4),
    target("haproxy", engine::haproxy, Seeds::None, words::HAPROXY, 4),
    target("envoy", engine::envoy, Seeds::None, words::ENVOY, 4),
    target("env", parsers::env, Seeds::Files(&[Env]), words::ENV, 60),
    target("dialects", engine::dialects, Seeds::Files(&[Env]), words::ENV, 3),
    target("yaml", parsers::yaml, Seeds::Files(&[Compose, Yaml]), words::YAML, 30),
    target("json", parsers::json, Seeds::Files(&[Json, PackageJson]), words::JSON, 40),
    target("toml", parsers::toml, Seeds::Files(&[Toml]), words::TOML, 40),
    target("dockerfile", parsers::dockerfile, Seeds::Files(&[Dockerfile]), words::DOCKERFILE, 40),
    target("shell", parsers::shell, Seeds::Files(&[Shell, Procfile, Requirements]), words::SHELL, 40),
    target("interpolation", parsers::interpolation, Seeds::Files(&[Compose, Env]), words::SHELL, 60),
    target("evaluator", engine::evaluator, Seeds::Files(&[TypeScript, Tsx]), words::ECMA, 2),
    target("python_evaluator", engine::python_evaluator, Seeds::Files(&[Python]), words::PYTHON, 2),
    target("nginx_matching", engine::nginx_matching, Seeds::Files(&[Nginx]), words::NGINX, 4),
    target("url", engine::url, Seeds::None, words::URL, 4),
    target("redaction", report::redaction, Seeds::Any, words::SECRETS, 3),
    target("suppression", report::suppression, Seeds::Any, words::SUPPRESSION, 3),
    target("settings", engine::settings, Seeds::None, words::SETTINGS, 30),
    target("check", engine::check, Seeds::Trees, words::TREE, 1),
];

const fn target(
    name: &'static str,
    run: fn(&[u8]),
    seeds: Seeds,
    words: &'static [&'static str],
    weight: u32,
) -> Target {
    Target { name, run, seeds, words, weight }
}

/// Runs the target of this name; what `cargo fuzz` calls.
pub fn run(name: &str, bytes: &[u8]) {
    if let Some(target) = TARGETS.iter().find(|target| target.name == name) {
        (target.run)(bytes);
    }
}
