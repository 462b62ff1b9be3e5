//! JSON, YAML and TOML that say something by their name (tsconfig, vercel.json, pyproject.toml) or that a program reads.

use crate::base::RepoPath;
use crate::facts::FileFacts;

/// Whether a file of this name says something by itself. Others are read only when a program asks for them.
#[must_use]
pub fn deserves_parse(path: &RepoPath) -> bool {
    let name = path.name();
    let is_config = |stem: &str| name.strip_prefix(stem).is_some_and(|rest| rest.ends_with(".json"));
    matches!(
        name,
        "vercel.json"
            | "netlify.toml"
            | "firebase.json"
            | "app.yaml"
            | "app.yml"
            | "pyproject.toml"
            | "Pipfile"
            | "render.yaml"
            | "fly.toml"
    ) || is_config("tsconfig")
        || is_config("jsconfig")
        || path.as_str().contains(".github/workflows/")
}

/// Adds what the text says.
pub fn read(_text: &str, _facts: &mut FileFacts) {}
