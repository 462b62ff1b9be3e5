//! Which source file leads to which.

use std::collections::{BTreeMap, BTreeSet};

use super::entries::Parts;
use super::{Known, is_source, named_now};
use crate::base::{Entry, RepoPath};
use crate::facts::Named;

/// Suffixes that an import may leave out, or write for another one of them (`./x.js` for `x.ts`).
const SUFFIXES: [&str; 11] = [".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".py"];

/// Source files, and what they name.
pub struct Graph<'a> {
    known: &'a Known<'a>,
    parts: &'a Parts,
    /// By path without suffix; a package or an `index` by its folder.
    by_path: BTreeMap<&'a str, Vec<&'a RepoPath>>,
    /// The same by the last part of that.
    by_name: BTreeMap<&'a str, Vec<&'a RepoPath>>,
    reached: BTreeSet<RepoPath>,
}

impl<'a> Graph<'a> {
    /// The graph of all source files, nothing of it reached.
    pub fn new(known: &'a Known<'a>, parts: &'a Parts) -> Self {
        let mut graph =
            Self { known, parts, by_path: BTreeMap::new(), by_name: BTreeMap::new(), reached: BTreeSet::new() };
        for entry in known.entries.values().filter(|entry| is_node(entry)) {
            let stem = without_suffix(entry.path.as_str());
            let folder = ["/index", "/__init__", "/__main__"].iter().find_map(|name| stem.strip_suffix(name));
            for key in std::iter::once(stem).chain(folder) {
                graph.by_path.entry(key).or_default().push(&entry.path);
                graph.by_name.entry(last(key)).or_default().push(&entry.path);
            }
        }
        graph
    }

    /// Whether something that runs leads to a file.
    pub fn is_reached(&self, path: &RepoPath) -> bool {
        self.reached.contains(path)
    }

    /// Marks some files and everything that they lead to.
    pub fn reach(&mut self, roots: impl IntoIterator<Item = RepoPath>) {
        let mut open: Vec<RepoPath> = roots.into_iter().collect();
        while let Some(path) = open.pop() {
            if self.reached.contains(&path) {
                continue;
            }
            open.extend(self.targets(&path).into_iter().filter(|target| !self.reached.contains(*target)).cloned());
            self.reached.insert(path);
        }
    }

    /// The files that are not reached and lead to one of `files`, and these.
    pub fn leading_to(&self, files: &[RepoPath]) -> BTreeSet<RepoPath> {
        let mut leads: BTreeMap<&RepoPath, Vec<&RepoPath>> = BTreeMap::new();
        for path in self.known.named.keys().filter(|path| !self.reached.contains(*path)) {
            for target in self.targets(path) {
                leads.entry(target).or_default().push(path);
            }
        }
        let mut found: BTreeSet<RepoPath> = BTreeSet::new();
        let mut open: Vec<&RepoPath> = files.iter().collect();
        while let Some(path) = open.pop() {
            if found.insert(path.clone()) {
                open.extend(leads.get(path).into_iter().flatten().filter(|path| !found.contains(**path)));
            }
        }
        found
    }

    fn targets(&self, path: &RepoPath) -> BTreeSet<&'a RepoPath> {
        let mut found = BTreeSet::new();
        let read;
        let named = match self.known.named.get(path) {
            Some(named) => named,
            None => {
                let Some(entry) = self.known.entries.get(path) else { return found };
                read = named_now(self.known.tree, entry);
                &read
            }
        };
        for named in named {
            self.add(path, named, &mut found);
        }
        // Importing a module runs the packages around it.
        if path.extension() == "py" {
            let folders = std::iter::successors(path.parent(), RepoPath::parent);
            let packages = folders.filter_map(|folder| folder.join("__init__.py"));
            found.extend(packages.filter_map(|package| Some(self.known.entries.get_key_value(&package)?.0)));
        }
        found
    }

    fn add(&self, from: &RepoPath, named: &Named, found: &mut BTreeSet<&'a RepoPath>) {
        let folder = from.parent().unwrap_or_else(RepoPath::root);
        match named {
            Named::Relative(text) => {
                let exact = folder.join(text).and_then(|path| self.by_path.get(without_suffix(path.as_str())));
                match exact {
                    Some(files) => found.extend(files),
                    None => self.add_by_name(text, found),
                }
            }
            Named::Absolute(text) => {
                if from.extension() == "py" {
                    self.add_python(text, found);
                } else if !self.parts.is_dependency(text) {
                    self.add_by_name(text, found);
                }
            }
            Named::Below(text) => {
                if let Some(folder) = folder.join(text) {
                    self.add_below(from, &folder, found);
                }
            }
            Named::Anything => self.add_below(from, &self.parts.of(from), found),
        }
    }

    /// Every file of that name: what an alias stands for is not asked.
    fn add_by_name(&self, text: &str, found: &mut BTreeSet<&'a RepoPath>) {
        let text = text.trim_end_matches('/');
        for name in [last(without_suffix(text)), last(text)] {
            found.extend(self.by_name.get(name).into_iter().flatten());
        }
    }

    /// The modules of that name; where a package is named too, those that are in a folder of its name.
    fn add_python(&self, text: &str, found: &mut BTreeSet<&'a RepoPath>) {
        let mut parts = text.trim_end_matches('/').rsplit('/');
        let (name, package) = (parts.next().unwrap_or(""), parts.next());
        let files = self.by_name.get(name).into_iter().flatten().filter(|path| {
            let stem = without_suffix(path.as_str());
            let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
            package.is_none_or(|package| stem.rsplit('/').nth(1).is_none_or(|folder| folder == package))
        });
        found.extend(files);
    }

    fn add_below(&self, from: &RepoPath, folder: &RepoPath, found: &mut BTreeSet<&'a RepoPath>) {
        let is_python = from.extension() == "py";
        let below = self
            .known
            .entries
            .range(folder.clone()..)
            .take_while(|(path, _)| path.is_under(folder) || path.as_str().starts_with(folder.as_str()));
        found.extend(
            below
                .filter(|(path, entry)| {
                    is_node(entry) && path.is_under(folder) && (path.extension() == "py") == is_python
                })
                .map(|(path, _)| path),
        );
    }
}

fn is_node(entry: &Entry) -> bool {
    use crate::base::FileRole as Role;
    is_source(entry.kind) && !matches!(entry.role, Role::Vendored | Role::Generated)
}

/// A path without the suffix of a module.
pub fn without_suffix(path: &str) -> &str {
    SUFFIXES.iter().find_map(|suffix| path.strip_suffix(suffix)).unwrap_or(path)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
