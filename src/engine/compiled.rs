//! What the TypeScript compiler wrote beside its source: it says everything a second time, or what was true once.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Entry, RepoPath, is_tool_configuration};

/// Suffixes of outputs, each with those of what they may be made from.
const OUTPUTS: [(&str, &[&str]); 3] = [(".js", &[".ts", ".tsx"]), (".mjs", &[".mts"]), (".cjs", &[".cts"])];

/// The outputs among the files of a tree. Tools take their configuration in JavaScript before the one in TypeScript: that
/// stays what it is.
pub fn outputs(entries: &BTreeMap<RepoPath, Entry>) -> BTreeSet<RepoPath> {
    let has_source = |path: &RepoPath| {
        OUTPUTS.iter().any(|(output, sources)| {
            let Some(stem) = path.as_str().strip_suffix(output) else { return false };
            let written = sources.iter().filter_map(|source| RepoPath::new(&format!("{stem}{source}")));
            written.into_iter().any(|source| entries.contains_key(&source))
        })
    };
    let is_output = |path: &&RepoPath| !is_tool_configuration(path.name()) && has_source(path);
    entries.keys().filter(is_output).cloned().collect()
}
