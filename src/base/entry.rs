//! What a file is, from its path alone.

use serde::{Deserialize, Serialize};

use super::RepoPath;

/// A file of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it is.
    pub path: RepoPath,
    /// Size in bytes as far as the tree knows it before reading; 0 when it does not.
    pub size: u64,
    /// How it is read.
    pub kind: FileKind,
    /// What it may prove.
    pub role: FileRole,
    /// Whether git ignores it.
    pub tracking: Tracking,
}

/// The language or format of a file, chosen by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileKind {
    /// An nginx configuration or a part of one.
    Nginx,
    /// An nginx configuration that a template step fills (`*.template`, `.j2`, `.erb`, `.tmpl`).
    NginxTemplate,
    /// An Apache httpd configuration or a part of one, `.htaccess` included.
    Apache,
    /// A HAProxy configuration or a part of one.
    Haproxy,
    /// A Caddyfile, or a file that Caddyfiles import.
    Caddyfile,
    /// `.env` and its relatives.
    Env,
    /// TypeScript without JSX: `.ts .mts .cts`.
    TypeScript,
    /// `.js .jsx .mjs .cjs .tsx`.
    Tsx,
    /// A Vue single-file component.
    Vue,
    /// A Svelte component.
    Svelte,
    /// HTML page.
    Html,
    /// Python source.
    Python,
    /// A compose file.
    Compose,
    /// Other YAML.
    Yaml,
    /// `package.json`.
    PackageJson,
    /// Other JSON.
    Json,
    /// `pyproject.toml`, `Pipfile`, other TOML.
    Toml,
    /// `requirements*.txt`.
    Requirements,
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A shell script.
    Shell,
    /// A Procfile.
    Procfile,
    /// Recipes of make or just.
    Recipes,
    /// Processes that systemd or supervisord keeps running.
    Processes,
    /// A PEM file, by its name.
    Pem,
    /// `.gitignore`: which env files exist only outside the repository.
    GitIgnore,
    /// `_redirects` and `_headers` of hosting services.
    Hosting,
    /// A manifest or settings of a back end whose source is not read (`pom.xml`, `go.mod`, `application.yml`).
    BackEnd,
    /// Nothing that wirelint reads.
    Other,
}

/// What may be concluded from a file (design.md, "What is read, and what it may say").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileRole {
    /// May be accused, may prove a break, may prove that something holds.
    Production,
    /// An example or template: shows that names, routes and servers exist; accused only by rules of its own syntax.
    Example,
    /// Tests, stories, documentation.
    Silent,
    /// Somebody else's code, committed.
    Vendored,
    /// Generated or minified.
    Generated,
}

impl FileRole {
    /// Whether a finding's fix may be in such a file.
    #[must_use]
    pub fn may_be_accused(self) -> bool {
        self == Self::Production
    }

    /// Whether such a file's facts take part in the model at all.
    #[must_use]
    pub fn speaks(self) -> bool {
        matches!(self, Self::Production | Self::Example)
    }
}

/// Whether git keeps the file out of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tracking {
    /// Part of the repository (or there is no git).
    Tracked,
    /// Matched by a `.gitignore` of the repository.
    Ignored,
}
