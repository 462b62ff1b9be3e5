//! What a demand leads to: the files that a program, nginx or a bundler would open.
//!
//! Only files of the tree are found. A wrong file would be a false statement, so where several are as likely none is given.

mod aliases;
mod apache;
mod caddy;
mod ecma;
mod file;
mod nginx;
mod placement;
mod python;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{Entry, FileKind, FileRole, RepoPath, Tree};
use crate::facts::{Demand, FileFacts};
use aliases::Aliases;
use placement::Placement;

/// A file that a demand leads to, and how it is to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The file.
    pub path: RepoPath,
    /// The kind to read it as.
    pub kind: FileKind,
}

/// What one demand came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// These files, under the demand's own text.
    Found(Vec<Target>),
    /// Something outside the repository by its nature: a package of a registry, a standard module.
    Outside,
    /// It should be here, and is not, or more than one thing could be meant.
    Missing,
}

/// Resolves demands against the tree's paths and what is known so far.
pub struct Resolver<'a> {
    tree: &'a dyn Tree,
    entries: &'a BTreeMap<RepoPath, Entry>,
    aliases: Aliases,
    workspace: BTreeMap<String, ecma::WorkspacePackage>,
    placement: Placement,
    /// nginx files, and the files that include them.
    includers: BTreeMap<RepoPath, BTreeSet<RepoPath>>,
    /// Names of Python files and of folders that hold some: an import that starts with another name leads outside.
    python_names: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Resolver<'a> {
    /// A resolver for the files that were parsed first: manifests, compose files and Dockerfiles are among them.
    pub fn new(
        tree: &'a dyn Tree,
        entries: &'a BTreeMap<RepoPath, Entry>,
        files: &BTreeMap<RepoPath, Arc<FileFacts>>,
    ) -> Self {
        Self {
            tree,
            entries,
            aliases: Aliases::new(files),
            workspace: ecma::workspace(files),
            placement: Placement::new(files, entries),
            includers: BTreeMap::new(),
            python_names: python::names(entries),
        }
    }

    /// What `demand` of the file `facts` leads to.
    pub fn resolve(&mut self, facts: &FileFacts, demand: &Demand) -> Resolution {
        match demand {
            Demand::EcmaModule(text) => self.ecma(&facts.path, text),
            Demand::PythonModule(text) => self.python(&facts.path, text),
            Demand::NginxInclude(text) => self.nginx(&facts.path, text),
            Demand::ApacheInclude(text) => self.apache(&facts.path, text),
            Demand::CaddyImport(text) => self.caddy(&facts.path, text),
            Demand::File(text) => self.file(&facts.path, text),
            Demand::Data(text) => self.data(&facts.path, text),
            Demand::EnvFile(text) => self.env_file(&facts.path, text),
        }
    }

    /// Further modules that the imports of a Python file name: `from app import config` may mean `app/config.py`.
    /// Each with the text under which it is recorded.
    pub fn python_submodules(&self, facts: &FileFacts) -> Vec<(String, Target)> {
        self.submodules(facts)
    }

    /// The entry of a file that may be read on demand.
    fn entry(&self, path: &RepoPath) -> Option<&'a Entry> {
        let entry = self.entries.get(path)?;
        (!matches!(entry.role, FileRole::Vendored | FileRole::Generated)).then_some(entry)
    }

    /// The nearest folder at or above `folder` for which `holds` is true.
    fn nearest(folder: &RepoPath, holds: impl Fn(&RepoPath) -> bool) -> Option<RepoPath> {
        ancestors(folder).find(holds)
    }

    /// The folder of the nearest `package.json` at or above the file.
    fn package_root(&self, file: &RepoPath) -> RepoPath {
        let folder = file.parent().unwrap_or_else(RepoPath::root);
        let holds =
            |folder: &RepoPath| folder.join("package.json").is_some_and(|path| self.entries.contains_key(&path));
        Self::nearest(&folder, holds).unwrap_or_else(RepoPath::root)
    }

    /// The first of `paths` that is a file of the tree.
    fn first(&self, paths: impl IntoIterator<Item = Option<RepoPath>>) -> Option<&'a Entry> {
        paths.into_iter().flatten().find_map(|path| self.entry(&path))
    }
}

/// `folder` and the folders around it, inside out; the root is the last.
fn ancestors(folder: &RepoPath) -> impl Iterator<Item = RepoPath> {
    std::iter::successors(Some(folder.clone()), RepoPath::parent)
}

#[cfg(test)]
mod tests;
