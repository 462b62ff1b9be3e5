//! Which source file leads to which.

use std::collections::{BTreeSet, HashMap};

use super::entries::Parts;
use super::{Known, is_source, named_now};
use crate::base::{Entry, RepoPath};
use crate::facts::Named;

/// Suffixes that an import may leave out, or write for another one of them (`./x.js` for `x.ts`).
const SUFFIXES: [&str; 11] = [".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".py"];

/// A source file, by its position.
type Id = usize;

/// Source files, and what they name.
pub struct Graph<'a> {
    known: &'a Known<'a>,
    parts: &'a Parts,
    /// The files, in path order.
    files: Vec<&'a Entry>,
    ids: HashMap<&'a str, Id>,
    /// By path without suffix; a package or an `index` by its folder.
    by_path: HashMap<&'a str, Vec<Id>>,
    /// The same by the last part of that.
    by_name: HashMap<&'a str, Vec<Id>>,
    reached: Vec<bool>,
}

impl<'a> Graph<'a> {
    /// The graph of all source files, nothing of it reached.
    pub fn new(known: &'a Known<'a>, parts: &'a Parts) -> Self {
        let files: Vec<&Entry> = known.entries.values().filter(|entry| is_node(entry)).collect();
        let mut graph = Self {
            known,
            parts,
            reached: vec![false; files.len()],
            ids: HashMap::with_capacity(files.len()),
            by_path: HashMap::with_capacity(files.len()),
            by_name: HashMap::with_capacity(files.len()),
            files,
        };
        for (id, entry) in graph.files.iter().enumerate() {
            graph.ids.insert(entry.path.as_str(), id);
            let stem = without_suffix(entry.path.as_str());
            let folder = ["/index", "/__init__", "/__main__"].iter().find_map(|name| stem.strip_suffix(name));
            for key in std::iter::once(stem).chain(folder) {
                graph.by_path.entry(key).or_default().push(id);
                graph.by_name.entry(last(key)).or_default().push(id);
            }
        }
        graph
    }

    /// Whether something that runs leads to a file.
    pub fn is_reached(&self, path: &RepoPath) -> bool {
        self.ids.get(path.as_str()).is_some_and(|id| self.reached.get(*id) == Some(&true))
    }

    /// Marks some files and everything that they lead to.
    pub fn reach<'p>(&mut self, roots: impl IntoIterator<Item = &'p RepoPath>) {
        let mut open: Vec<Id> = roots.into_iter().filter_map(|path| self.ids.get(path.as_str()).copied()).collect();
        let mut targets = Targets::default();
        while let Some(id) = open.pop() {
            match self.reached.get_mut(id) {
                Some(reached) if !*reached => *reached = true,
                _ => continue,
            }
            self.targets(id, &mut targets);
            open.extend(targets.found.iter().filter(|id| self.reached.get(**id) == Some(&false)));
        }
    }

    /// The files that are not reached and lead to one of `files`, and these.
    pub fn leading_to(&self, files: &[RepoPath]) -> BTreeSet<RepoPath> {
        let mut leads: HashMap<Id, Vec<Id>> = HashMap::new();
        let mut targets = Targets::default();
        for (id, _) in self.reached.iter().enumerate().filter(|(_, reached)| !**reached) {
            self.targets(id, &mut targets);
            for target in &targets.found {
                leads.entry(*target).or_default().push(id);
            }
        }
        let mut found: BTreeSet<Id> = BTreeSet::new();
        let mut open: Vec<Id> = files.iter().filter_map(|path| self.ids.get(path.as_str()).copied()).collect();
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(leads.get(&id).into_iter().flatten().filter(|id| !found.contains(*id)));
            }
        }
        found.into_iter().filter_map(|id| Some(self.files.get(id)?.path.clone())).collect()
    }

    fn targets(&self, id: Id, to: &mut Targets) {
        to.found.clear();
        let Some(entry) = self.files.get(id) else { return };
        let path = entry.path.as_str();
        let read;
        let named = match self.known.named.get(path) {
            Some(named) => &**named,
            None => {
                read = named_now(self.known.tree, entry);
                read.as_slice()
            }
        };
        for named in named {
            self.add(path, named, to);
        }
        // Importing a module runs the packages around it.
        if path.ends_with(".py") {
            let mut folder = parent(path);
            loop {
                to.joined.clear();
                to.joined.push_str(folder);
                to.joined.push_str(if folder.is_empty() { "__init__.py" } else { "/__init__.py" });
                to.found.extend(self.ids.get(to.joined.as_str()));
                if folder.is_empty() {
                    break;
                }
                folder = parent(folder);
            }
        }
    }

    fn add(&self, from: &str, named: &Named, to: &mut Targets) {
        match named {
            Named::Relative(text) => {
                let exact = join(parent(from), text, &mut to.joined)
                    .then(|| self.by_path.get(without_suffix(&to.joined)))
                    .flatten();
                match exact {
                    Some(files) => to.found.extend(files),
                    None => self.add_by_name(text, to),
                }
            }
            Named::Absolute(text) => {
                if from.ends_with(".py") {
                    self.add_python(text, to);
                } else if !self.parts.is_dependency(text) {
                    self.add_by_name(text, to);
                }
            }
            Named::Below(text) => {
                if join(parent(from), text, &mut to.joined) {
                    let folder = std::mem::take(&mut to.joined);
                    self.add_below(from, &folder, to);
                    to.joined = folder;
                }
            }
            Named::Anything => self.add_below(from, self.parts.of(from), to),
        }
    }

    /// Every file of that name: what an alias stands for is not asked.
    fn add_by_name(&self, text: &str, to: &mut Targets) {
        let text = text.trim_end_matches('/');
        for name in [last(without_suffix(text)), last(text)] {
            to.found.extend(self.by_name.get(name).into_iter().flatten());
        }
    }

    /// The modules of that name; where a package is named too, those that are in a folder of its name.
    fn add_python(&self, text: &str, to: &mut Targets) {
        let mut parts = text.trim_end_matches('/').rsplit('/');
        let (name, package) = (parts.next().unwrap_or(""), parts.next());
        let files = self.by_name.get(name).into_iter().flatten().filter(|id| {
            let stem = self.files.get(**id).map_or("", |entry| without_suffix(entry.path.as_str()));
            let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
            package.is_none_or(|package| stem.rsplit('/').nth(1).is_none_or(|folder| folder == package))
        });
        to.found.extend(files);
    }

    fn add_below(&self, from: &str, folder: &str, to: &mut Targets) {
        let is_python = from.ends_with(".py");
        let is_below = |path: &str| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let first = self.files.partition_point(|entry| entry.path.as_str() < folder);
        let rest = self.files.get(first..).unwrap_or_default();
        let below = rest.iter().enumerate().take_while(|(_, entry)| entry.path.as_str().starts_with(folder));
        to.found.extend(
            below
                .filter(|(_, entry)| is_below(entry.path.as_str()) && (entry.path.extension() == "py") == is_python)
                .map(|(at, _)| first + at),
        );
    }
}

/// What one file names: kept from file to file, so that it is not allocated for each.
#[derive(Default)]
struct Targets {
    found: Vec<Id>,
    /// A path that was put together.
    joined: String,
}

/// Puts `text` behind `folder`, normalized; false when it leaves the repository.
fn join(folder: &str, text: &str, out: &mut String) -> bool {
    out.clear();
    out.push_str(folder);
    for part in text.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if out.is_empty() => return false,
            ".." => out.truncate(out.rfind('/').unwrap_or(0)),
            part => {
                if !out.is_empty() {
                    out.push('/');
                }
                out.push_str(part);
            }
        }
    }
    true
}

fn is_node(entry: &Entry) -> bool {
    use crate::base::FileRole as Role;
    is_source(entry.kind) && !matches!(entry.role, Role::Vendored | Role::Generated)
}

/// The folder of a path; empty for the root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path without the suffix of a module.
pub fn without_suffix(path: &str) -> &str {
    SUFFIXES.iter().find_map(|suffix| path.strip_suffix(suffix)).unwrap_or(path)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
