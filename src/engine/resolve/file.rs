//! Files that are named by a path.

use super::{Resolution, Resolver, Target, ancestors};
use crate::base::{FileKind, RepoPath};

impl Resolver<'_> {
    /// A file beside this one, or below its package or the repository; read by its name.
    pub(super) fn file(&self, file: &RepoPath, text: &str) -> Resolution {
        self.named(text, self.usual_folders(file), None)
    }

    /// A data file that a program opens: relative to the folder that it is started in, which is this one or one around it.
    pub(super) fn data(&self, file: &RepoPath, text: &str) -> Resolution {
        let folder = file.parent().unwrap_or_else(RepoPath::root);
        if let Some((below, ending)) = text.split_once("/**") {
            return folder.join(below).map_or(Resolution::Outside, |below| self.data_below(&below, ending));
        }
        match self.named(text, ancestors(&folder).collect(), None) {
            Resolution::Found(targets) => {
                let data = |target: &Target| {
                    matches!(target.kind, FileKind::Json | FileKind::Yaml | FileKind::Toml | FileKind::PackageJson)
                };
                let targets: Vec<Target> = targets.into_iter().filter(data).collect();
                if targets.is_empty() { Resolution::Missing } else { Resolution::Found(targets) }
            }
            other => other,
        }
    }

    /// The data files of a folder, and of those in it, with this ending.
    fn data_below(&self, folder: &RepoPath, ending: &str) -> Resolution {
        let paths = self.entries.range(folder.clone()..).map(|(path, _)| path);
        let near = paths.take_while(|path| path.as_str().starts_with(folder.as_str()));
        let found = near.filter(|path| path.is_under(folder) && path.name().ends_with(ending));
        let targets: Vec<Target> = found
            .filter_map(|path| self.entry(path))
            .filter(|entry| matches!(entry.kind, FileKind::Json | FileKind::Yaml | FileKind::Toml))
            .map(|entry| Target { path: entry.path.clone(), kind: entry.kind })
            .collect();
        // a folder without such files asks for nothing
        if targets.is_empty() { Resolution::Outside } else { Resolution::Found(targets) }
    }

    /// A file that is read as an env file whatever its name is.
    pub(super) fn env_file(&self, file: &RepoPath, text: &str) -> Resolution {
        self.named(text, self.usual_folders(file), Some(FileKind::Env))
    }

    fn usual_folders(&self, file: &RepoPath) -> Vec<RepoPath> {
        let folder = file.parent().unwrap_or_else(RepoPath::root);
        vec![folder, self.package_root(file), RepoPath::root()]
    }

    fn named(&self, text: &str, folders: Vec<RepoPath>, kind: Option<FileKind>) -> Resolution {
        let paths = folders.iter().map(|folder| folder.join(text));
        match self.first(paths) {
            Some(entry) => {
                let kind = kind.unwrap_or(entry.kind);
                Resolution::Found(vec![Target { path: entry.path.clone(), kind }])
            }
            None => Resolution::Missing,
        }
    }
}
