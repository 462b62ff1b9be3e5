//! `paths` and `baseUrl` of `tsconfig.json` and `jsconfig.json`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ancestors;
use super::ecma::{WorkspacePackage, split_package};
use crate::base::{Entry, RepoPath, Tree};
use crate::engine::load::{Loaded, load};
use crate::facts::{FileFacts, PathAliases};

/// Configurations that were read so far.
pub struct Aliases {
    read: BTreeMap<RepoPath, Option<PathAliases>>,
}

/// In the order in which a folder is searched. Templates keep the options of the application in a file of their own.
const NAMES: [&str; 5] =
    ["tsconfig.json", "jsconfig.json", "tsconfig.app.json", "tsconfig.web.json", "tsconfig.base.json"];

/// `extends` chains are short; a longer one is a circle.
const MAX_EXTENDS: usize = 8;

impl Aliases {
    /// The configurations among the files that were parsed first.
    pub fn new(files: &BTreeMap<RepoPath, Arc<FileFacts>>) -> Self {
        let stated =
            files.values().filter_map(|facts| Some((facts.path.clone(), Some(facts.aliases.as_deref()?.clone()))));
        Self { read: stated.collect() }
    }

    /// Where `text`, imported by `file`, may lie, best first. Empty when no configuration speaks of it.
    pub fn candidates(
        &mut self,
        tree: &dyn Tree,
        entries: &BTreeMap<RepoPath, Entry>,
        packages: &BTreeMap<String, WorkspacePackage>,
        file: &RepoPath,
        text: &str,
    ) -> Vec<RepoPath> {
        let folder = file.parent().unwrap_or_else(RepoPath::root);
        let mut candidates = Vec::new();
        for folder in ancestors(&folder) {
            for path in NAMES.iter().filter_map(|name| folder.join(name)).filter(|path| entries.contains_key(path)) {
                self.of_configuration(tree, entries, packages, &path, text, &mut candidates);
            }
        }
        candidates
    }

    fn of_configuration(
        &mut self,
        tree: &dyn Tree,
        entries: &BTreeMap<RepoPath, Entry>,
        packages: &BTreeMap<String, WorkspacePackage>,
        path: &RepoPath,
        text: &str,
        candidates: &mut Vec<RepoPath>,
    ) {
        let mut path = path.clone();
        for _ in 0..MAX_EXTENDS {
            let folder = path.parent().unwrap_or_else(RepoPath::root);
            let Some(aliases) = self.get(tree, entries, &path) else { return };
            let base = aliases.base_url.as_deref().map_or(Some(folder.clone()), |base| folder.join(base));
            let stated = aliases.base_url.is_some();
            let Some(base) = base else { return };
            candidates.extend(expand(&aliases.paths, text).iter().filter_map(|target| base.join(target)));
            if stated {
                candidates.extend(base.join(text));
            }
            let Some(next) = aliases.extends.as_deref().and_then(|next| extended(&folder, packages, next)) else {
                return;
            };
            match [next.clone(), format!("{next}.json")]
                .iter()
                .filter_map(|path| RepoPath::new(path))
                .find(|path| entries.contains_key(path))
            {
                Some(next) => path = next,
                None => return,
            }
        }
    }

    fn get(&mut self, tree: &dyn Tree, entries: &BTreeMap<RepoPath, Entry>, path: &RepoPath) -> Option<&PathAliases> {
        if !self.read.contains_key(path) {
            let aliases = match entries.get(path).map(|entry| load(tree, entry, None)) {
                Some(Loaded::Facts(facts, _)) => facts.aliases.as_deref().cloned(),
                _ => None,
            };
            self.read.insert(path.clone(), aliases);
        }
        self.read.get(path)?.as_ref()
    }
}

/// The path that `extends` names: relative, or in a package of the repository.
fn extended(folder: &RepoPath, packages: &BTreeMap<String, WorkspacePackage>, text: &str) -> Option<String> {
    if text.starts_with('.') {
        return Some(folder.join(text)?.as_str().to_owned());
    }
    let (name, rest) = split_package(text);
    Some(packages.get(name)?.folder.join(rest)?.as_str().to_owned())
}

/// The targets of the best pattern: an exact one, else the one with the longest text before its `*`.
fn expand(paths: &[(std::sync::Arc<str>, Vec<std::sync::Arc<str>>)], text: &str) -> Vec<String> {
    let best = paths
        .iter()
        .filter_map(|(pattern, targets)| match pattern.split_once('*') {
            None => (**pattern == *text).then_some((usize::MAX, "", targets)),
            Some((head, tail)) => {
                let star = text.strip_prefix(head)?.strip_suffix(tail)?;
                Some((head.len(), star, targets))
            }
        })
        .max_by_key(|(length, ..)| *length);
    best.map_or_else(Vec::new, |(_, star, targets)| {
        targets.iter().map(|target| target.replacen('*', star, 1)).collect()
    })
}
