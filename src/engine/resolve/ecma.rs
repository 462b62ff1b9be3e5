//! ECMAScript modules as bundlers and Node find them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Resolution, Resolver, Target};
use crate::base::{Entry, FileKind, RepoPath};
use crate::facts::{Ecosystem, FileFacts};

/// A package of this repository that others import by its name.
#[derive(Debug)]
pub struct WorkspacePackage {
    pub(super) folder: RepoPath,
    entry_points: Vec<String>,
}

/// Suffixes that an import may leave out, in the order in which bundlers try them.
const SUFFIXES: [&str; 11] = [".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".json"];

/// TypeScript names its output: `./x.js` may be written for `x.ts`.
const OUTPUTS: [(&str, &[&str]); 4] =
    [(".js", &[".ts", ".tsx"]), (".jsx", &[".tsx"]), (".mjs", &[".mts"]), (".cjs", &[".cts"])];

/// The packages of the repository, by name.
pub fn workspace(files: &BTreeMap<RepoPath, Arc<FileFacts>>) -> BTreeMap<String, WorkspacePackage> {
    let mut packages = BTreeMap::new();
    for facts in files.values() {
        let Some(manifest) = facts.manifest.as_deref().filter(|manifest| manifest.ecosystem == Ecosystem::Node) else {
            continue;
        };
        let (Some(name), Some(folder)) = (&manifest.name, facts.path.parent()) else { continue };
        let entry_points = manifest.entry_points.iter().map(ToString::to_string).collect();
        packages.entry(name.to_string()).or_insert(WorkspacePackage { folder, entry_points });
    }
    packages
}

impl Resolver<'_> {
    pub(super) fn ecma(&mut self, file: &RepoPath, text: &str) -> Resolution {
        // `./worker?worker`, `./x.svg?raw`
        let text = text.split('?').next().unwrap_or(text);
        let folder = file.parent().unwrap_or_else(RepoPath::root);
        let relative = text.starts_with("./") || text.starts_with("../") || matches!(text, "." | "..");
        if relative {
            return self.found_or_missing(folder.join(text).and_then(|path| self.module_file(&path)));
        }
        if let Some(rest) = text.strip_prefix('/') {
            let root = self.package_root(file);
            let below = |part: &str| root.join(part).and_then(|folder| folder.join(rest));
            let served = ["public", "static", "src", "src/public", "www"].into_iter().map(below);
            let places = [folder.join(rest), root.join(rest)].into_iter().chain(served);
            return self.found_or_missing(places.flatten().find_map(|path| self.module_file(&path)));
        }
        if text.starts_with("node:") || text.contains("://") || text.is_empty() {
            return Resolution::Outside;
        }
        let aliased = self.aliases.candidates(self.tree, self.entries, &self.workspace, file, text);
        if let Some(entry) = aliased.iter().find_map(|path| self.module_file(path)) {
            return found(entry);
        }
        if let Some(package) = self.workspace_module(text) {
            return package;
        }
        match self.by_convention(file, text) {
            Some(entry) => found(entry),
            None if !aliased.is_empty() && !is_package_name(text)
                || text.starts_with("@/")
                || text.starts_with("~/") =>
            {
                Resolution::Missing
            }
            None => Resolution::Outside,
        }
    }

    /// The file that a module path without or with suffix means.
    fn module_file(&self, path: &RepoPath) -> Option<&Entry> {
        let readable = |entry: &&Entry| is_module(entry.kind);
        if let Some(entry) = self.entry(path).filter(readable) {
            return Some(entry);
        }
        let text = path.as_str();
        let sources = OUTPUTS
            .iter()
            .filter_map(|(output, sources)| Some((text.strip_suffix(output)?, sources)))
            .flat_map(|(stem, sources)| sources.iter().map(move |source| format!("{stem}{source}")));
        let direct = SUFFIXES.iter().map(|suffix| format!("{text}{suffix}"));
        let index = SUFFIXES.iter().map(|suffix| format!("{text}/index{suffix}"));
        sources.chain(direct).chain(index).filter_map(|path| self.entry(&RepoPath::new(&path)?)).find(readable)
    }

    /// `@acme/api` or `@acme/api/client` where a package of the repository has that name.
    fn workspace_module(&self, text: &str) -> Option<Resolution> {
        let (name, rest) = split_package(text);
        let package = self.workspace.get(name)?;
        let source = package.folder.join("src")?;
        let found_entry = if rest.is_empty() {
            package
                .entry_points
                .iter()
                .filter_map(|entry| self.module_file(&package.folder.join(entry)?))
                .chain(
                    [&source, &package.folder]
                        .into_iter()
                        .filter_map(|folder| self.module_file(&folder.join("index")?)),
                )
                .next()
        } else {
            [&package.folder, &source].into_iter().find_map(|folder| self.module_file(&folder.join(rest)?))
        };
        Some(self.found_or_missing(found_entry))
    }

    /// Names that build tools and templates agree on when no file states them: `@/x`, `~/x`, `$lib/x`, `src/x`, and
    /// `@components/x` for `src/components/x`. They count only when the file is there.
    fn by_convention(&self, file: &RepoPath, text: &str) -> Option<&Entry> {
        let root = self.package_root(file);
        let below = |folders: &[&str], rest: &str| {
            folders.iter().find_map(|folder| self.module_file(&root.join(folder)?.join(rest)?))
        };
        for prefix in ["@/", "~/", "@@/", "~~/", "#/"] {
            if let Some(rest) = text.strip_prefix(prefix) {
                return below(&["src", "", "app", "client"], rest);
            }
        }
        if let Some(rest) = text.strip_prefix("$lib/") {
            return below(&["src/lib"], rest);
        }
        if text.starts_with("src/") || text.starts_with("app/") {
            return below(&[""], text);
        }
        let short = text.strip_prefix(['@', '#', '~', '$'])?;
        below(&["src", ""], short)
    }

    fn found_or_missing(&self, entry: Option<&Entry>) -> Resolution {
        entry.map_or(Resolution::Missing, found)
    }
}

fn found(entry: &Entry) -> Resolution {
    Resolution::Found(vec![Target { path: entry.path.clone(), kind: entry.kind }])
}

fn is_module(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::TypeScript
            | FileKind::Tsx
            | FileKind::Vue
            | FileKind::Svelte
            | FileKind::Json
            | FileKind::PackageJson
    )
}

/// `axios`, `@tanstack/react-query`: could as well be installed from a registry.
fn is_package_name(text: &str) -> bool {
    !text.starts_with(['~', '#', '$', '.']) && !text.starts_with("@/")
}

/// `@scope/name/rest` to `@scope/name` and `rest`.
pub(super) fn split_package(text: &str) -> (&str, &str) {
    let slashes = if text.starts_with('@') { 2 } else { 1 };
    match text.match_indices('/').nth(slashes - 1) {
        Some((at, _)) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
}
