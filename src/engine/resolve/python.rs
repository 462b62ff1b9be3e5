//! Python modules as an interpreter started in one of the usual folders finds them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Resolution, Resolver, Target, ancestors};
use crate::base::{Entry, FileKind, RepoPath};
use crate::facts::FileFacts;

/// The names that can start the path of a module of this repository, each with the folders that it is in.
pub(super) fn names(entries: &BTreeMap<RepoPath, Entry>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in entries.values().filter(|entry| entry.kind == FileKind::Python) {
        let path = entry.path.as_str();
        let mut start = 0_usize;
        for part in entry.path.parts() {
            let folder = path.get(..start.saturating_sub(1)).unwrap_or("");
            names.entry(part.strip_suffix(".py").unwrap_or(part)).or_default().insert(folder);
            start += part.len() + 1;
        }
    }
    names
}

impl Resolver<'_> {
    pub(super) fn python(&self, file: &RepoPath, text: &str) -> Resolution {
        match self.python_module(file, text) {
            Some(target) => Resolution::Found(vec![target]),
            None if text.starts_with('.') && !self.is_package_folder(file, text) => Resolution::Missing,
            // An installed package looks the same as a module that is missing.
            None => Resolution::Outside,
        }
    }

    pub(super) fn submodules(&self, facts: &FileFacts) -> Vec<(String, Target)> {
        let Some(module) = facts.module.as_deref() else { return Vec::new() };
        if facts.kind != FileKind::Python {
            return Vec::new();
        }
        let names = module.imports.iter().filter(|import| &*import.imported != "*").map(|import| {
            let dot = if import.module.ends_with('.') { "" } else { "." };
            format!("{}{dot}{}", import.module, import.imported)
        });
        names.filter_map(|name| Some((name.clone(), self.python_module(&facts.path, &name)?))).collect()
    }

    /// A folder without `__init__.py` is a package too; only its modules are files.
    fn is_package_folder(&self, file: &RepoPath, text: &str) -> bool {
        let path = text.trim_start_matches('.');
        let start = file.parent().unwrap_or_else(RepoPath::root);
        let folder =
            ancestors(&start).nth(text.len() - path.len() - 1).and_then(|base| base.join(&path.replace('.', "/")));
        folder.is_some_and(|folder| {
            self.entries.range(folder.clone()..).next().is_some_and(|(first, _)| first.is_under(&folder))
        })
    }

    fn python_module(&self, file: &RepoPath, text: &str) -> Option<Target> {
        let folder = file.parent().unwrap_or_else(RepoPath::root);
        let dots = text.len() - text.trim_start_matches('.').len();
        let path = text[dots..].replace('.', "/");
        if dots > 0 {
            let package = ancestors(&folder).nth(dots - 1)?;
            return self.module_at(&package, &path);
        }
        let first = path.split('/').next().unwrap_or("");
        let folders = self.python_names.get(first)?;
        // The folder of the script, the working folder and the source root all come before installed packages.
        ancestors(&folder).find_map(|root| {
            let holds = |root: &RepoPath| folders.contains(root.as_str());
            let direct = holds(&root).then(|| self.module_at(&root, &path)).flatten();
            direct.or_else(|| root.join("src").filter(holds).and_then(|source| self.module_at(&source, &path)))
        })
    }

    fn module_at(&self, root: &RepoPath, path: &str) -> Option<Target> {
        let module = root.join(path)?;
        let package = module.join("__init__.py");
        let file = (!path.is_empty()).then(|| RepoPath::new(&format!("{module}.py"))).flatten();
        let entry = self.first([package, file])?;
        Some(Target { path: entry.path.clone(), kind: FileKind::Python })
    }
}
