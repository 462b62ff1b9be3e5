//! nginx as nginx reads it: effective configuration, and the answer to a request.

mod access;
mod added;
mod answer;
mod buffering;
mod build;
mod causes;
mod certificates;
mod condition;
mod content;
mod directives;
mod discover;
mod dropped;
mod effort;
mod finish;
mod headers;
mod history;
mod instance;
mod lookup;
mod mapping;
mod pattern;
mod placement;
mod proxy;
mod rewrite;
mod run;
mod select;
mod shadow;
mod stock;
mod substitution;
#[cfg(test)]
mod tests;
mod time;
mod tree;
mod upgrade;
mod upstream;
mod uri;
mod variables;
mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use causes::{AuthUpgrade, configure, suspect};
pub use discover::discover;
pub use effort::Effort;
pub use history::Age;
pub use stock::{StockImage, StockNginx};
pub use substitution::{StepNames, TemplateStep};
pub use tree::{Argument, Level, LevelId, LevelKind, Statement, Tree};
pub use version::NginxVersion;

use super::Unknown;
use super::proxy::Target;
use crate::base::{FileId, Place};

/// One nginx process with its configuration files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NginxInstance {
    /// The main file, or the first of the http-level fragments when the main file is not in the repository.
    pub root: Option<FileId>,
    /// All files that take part.
    pub files: Vec<FileId>,
    /// What could not be read.
    pub holes: Vec<Unknown>,
    /// The configuration, includes expanded.
    pub tree: Tree,
    /// The version that runs it, when an image tag fixes one or `wirelint.toml` states it.
    pub version: Option<NginxVersion>,
    /// Whether the main file (`http { ... }`) is part of it, or is outside of the repository.
    pub main_file: MainFile,
    /// The mount or `COPY` that installs a file with servers outside of `http` as the main file, which nginx refuses.
    pub installed_as_main: Option<Place>,
    /// The mount or `COPY` that installs its main file where nginx reads parts of `http`, which nginx refuses.
    pub installed_as_fragment: Option<Place>,
    /// Whether a template step fills `${NAME}` in its files.
    pub filled: bool,
    /// The steps that fill its files.
    pub steps: Vec<TemplateStep>,
    /// What runs in its container before nginx.
    pub start: Start,
    /// The command because of which the official image does not fill its templates.
    pub bypassed: Option<Place>,
    /// The environment that its image brings, as far as texts state it.
    pub environment: BTreeMap<Arc<str>, Arc<str>>,
    /// Mounts and `COPY`s that put its files into place.
    pub placed_by: Vec<Place>,
    /// Whether a finding may be in its files.
    pub accusable: bool,
    /// Host names that its files forward to, lower case, also at places that nginx never comes to.
    pub named_hosts: BTreeSet<String>,
    /// The first directive of the main file.
    pub first_directive: Option<Place>,
}

/// What runs in the container before nginx does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The entry point of the official image, and nothing else.
    Image,
    /// A command of its own, another image, or nobody knows.
    #[default]
    Other,
}

/// Where the main file of an instance is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MainFile {
    /// In the repository.
    Here,
    /// The official image's own, which defines no variables and includes only `conf.d`.
    Image,
    /// Not in the repository: the distribution's own, or nobody knows.
    #[default]
    Elsewhere,
}

impl NginxInstance {
    /// Every host that it forwards to, upstream blocks resolved: what tells which services are behind it.
    #[must_use]
    fn all_targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        for (_, upstream) in self.tree.of_kind(LevelKind::Upstream) {
            targets.extend(proxy::members(&upstream.statements));
        }
        let levels = &self.tree.levels;
        let passes = levels.iter().flat_map(|level| &level.statements).filter(|s| &*s.name == "proxy_pass");
        for arg in passes.filter_map(|statement| statement.args.first()) {
            targets.extend(proxy::constant_target(&self.tree, arg));
        }
        targets
    }

    /// Whether a status says that nginx looked for a file, or serves nothing else than what has a location: 404, and 405 to
    /// methods that files have no answer for. A `return 404` for a path of its own is meant.
    fn status_finds_nothing(&self, code: u16, place: Place, location: &str) -> bool {
        let statement = |name: &str| {
            let mut statements = self.tree.levels.iter().flat_map(|level| &level.statements);
            statements.any(|statement| statement.place == place && &*statement.name == name)
        };
        match code {
            404 => statement("try_files") || location == "/" && statement("return"),
            405 => !statement("return"),
            _ => false,
        }
    }

    /// The prefix or exact location whose text fits a path best (`Some(None)`: none does); `None` when patterns, rewrites or
    /// conditions may decide where a request goes.
    fn location_of_text(&self, path: &str) -> Option<Option<&str>> {
        let mut best: Option<&str> = None;
        for level in &self.tree.levels {
            if matches!(level.kind, LevelKind::ServerIf | LevelKind::LocationIf)
                || level.statements.iter().any(|statement| &*statement.name == "rewrite")
            {
                return None;
            }
            if level.kind != LevelKind::Location {
                continue;
            }
            match select::matcher(level) {
                select::Matcher::Exact(text) | select::Matcher::Prefix { text, .. } => {
                    if path.starts_with(text) && best.is_none_or(|best| best.len() < text.len()) {
                        best = Some(text);
                    }
                }
                select::Matcher::Named(_) => {}
                select::Matcher::Regex { .. } | select::Matcher::Unknown => return None,
            }
        }
        Some(best)
    }

    /// The path of every prefix or exact location that forwards, with the URI that its `proxy_pass` puts in place of it.
    fn all_passes(&self) -> Vec<(&str, Option<&str>)> {
        let locations = self.tree.of_kind(LevelKind::Location).filter_map(|(_, level)| match select::matcher(level) {
            select::Matcher::Exact(text) | select::Matcher::Prefix { text, .. } => Some((text, level)),
            _ => None,
        });
        let mut passes: Vec<(&str, Option<&str>)> = Vec::new();
        let mut known = BTreeSet::new();
        for (location, level) in locations {
            let pass = level.statements.iter().find(|statement| &*statement.name == "proxy_pass");
            let Some(address) = pass.and_then(|statement| statement.arg(0)) else { continue };
            let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
            let uri = rest.find('/').and_then(|at| rest.get(at..)).filter(|uri| !uri.contains('$'));
            if known.insert((location, uri)) {
                passes.push((location, uri));
            }
        }
        passes
    }
}
