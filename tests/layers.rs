//! The layer law: which folder may use which. A folder that needs more shows a seam in the wrong place.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Folder, and what its files may name besides themselves. A deeper path after `!` is forbidden although its folder is not.
const LAW: [(&str, &[&str]); 15] = [
    ("base", &[]),
    ("walk", &["base"]),
    ("parse", &["base"]),
    ("facts", &["base", "parse"]),
    ("engine", &["base", "walk", "parse", "facts"]),
    ("model", &["base", "facts", "!facts::lang", "!facts::adapters"]),
    ("rules", &["base", "facts", "model", "!facts::lang", "!facts::adapters"]),
    ("fix", &["base", "model", "rules"]),
    ("report", &["fix", "base", "facts", "model", "rules", "!facts::lang", "!facts::adapters"]),
    ("apply", &["base", "fix", "rules", "report", "check", "Report", "Settings"]),
    ("past", &["base", "model", "rules", "report"]),
    ("config", &["base", "rules", "model"]),
    ("suppress", &["base", "parse", "facts", "model", "rules", "!facts::lang", "!facts::adapters"]),
    (
        "lsp",
        &[
            "base",
            "walk",
            "model",
            "rules",
            "fix",
            "apply",
            "report",
            "config",
            "suppress",
            "check",
            "check_again",
            "Again",
            "Report",
            "Settings",
            "IgnoredEnv",
        ],
    ),
    (
        "cli",
        &[
            "base", "walk", "parse", "facts", "engine", "model", "rules", "report", "past", "config", "suppress",
            "lsp", "*",
        ],
    ),
];

/// What a file names of the crate, tests left out.
#[derive(Default)]
struct Names {
    /// Paths after `crate::`.
    paths: Vec<String>,
    /// The longest row of `super`s, less the inline modules around it.
    ups: usize,
    inline: usize,
}

impl Names {
    fn note(&mut self, segments: &[String]) {
        let ups = segments.iter().take_while(|segment| *segment == "super").count();
        self.ups = self.ups.max(ups.saturating_sub(self.inline));
        if segments.first().is_some_and(|first| first == "crate") {
            self.paths.push(segments[1..].join("::"));
        }
    }

    fn note_tree(&mut self, tree: &syn::UseTree, prefix: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.note_tree(&path.tree, prefix);
                prefix.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.note_tree(item, prefix)),
            syn::UseTree::Name(name) => self.note(&[prefix.as_slice(), &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(name) => self.note(&[prefix.as_slice(), &[name.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.note(prefix),
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.note_tree(&item.tree, &mut Vec::new());
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.inline += 1;
            visit::visit_item_mod(self, item);
            self.inline -= 1;
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.note(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }
}

/// The violations of one file, whose path is relative to `src`.
fn violations(path: &Path, text: &str) -> Vec<String> {
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    let [folder, ..] = parts[..] else { return Vec::new() };
    if parts.len() == 1 || parts.last() == Some(&"tests.rs") {
        return Vec::new();
    }
    let Some((_, allowed)) = LAW.iter().find(|(name, _)| *name == folder) else {
        return vec![format!("{}: the folder has no law", path.display())];
    };
    let mut names = Names::default();
    names.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    let depth = parts.len() - usize::from(parts.last() == Some(&"mod.rs"));
    let mut found = Vec::new();
    if names.ups >= depth {
        found.push(format!("{}: `super` leaves `{folder}`; write `crate::`", path.display()));
    }
    for name in names.paths {
        let first = name.split("::").next().unwrap_or("");
        let forbidden = allowed.iter().filter_map(|allowed| allowed.strip_prefix('!'));
        let may = first == folder || allowed.contains(&first) || allowed.contains(&"*");
        if !may || forbidden.into_iter().any(|deeper| name == deeper || name.starts_with(&format!("{deeper}::"))) {
            found.push(format!("{}: `{folder}` may not use `crate::{name}`", path.display()));
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_keeps_the_law() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "the sources are not where this test looks");
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| violations(file.strip_prefix(&root).unwrap(), &std::fs::read_to_string(file).unwrap()))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn violations_are_seen() {
    let table = [
        ("base/x.rs", "use crate::walk::DiskTree;", 1),
        ("model/x.rs", "use crate::{base::Span, engine::collect};", 1),
        ("model/x.rs", "use crate::facts::Expr;", 0),
        ("model/x.rs", "use crate::facts::lang::Scope;", 1),
        ("model/x.rs", "fn f() { crate::parse::ecma::parse(); }", 1),
        ("rules/cors/x.rs", "use super::super::super::model::Wiring;", 1),
        ("rules/cors/mod.rs", "use super::Finding;", 0),
        ("rules/x.rs", "mod inner { use super::super::Finding; }", 0),
        ("parse/x.rs", "#[cfg(test)] mod tests { use crate::facts::Expr; }", 0),
        ("parse/x.rs", "impl From<crate::facts::Expr> for X {}", 1),
        ("report/x.rs", "use crate::cli;", 1),
        ("cli/x.rs", "use crate::{check, engine};", 0),
        ("new/x.rs", "", 1),
    ];
    for (path, text, expected) in table {
        let found = violations(Path::new(path), text);
        assert_eq!(found.len(), expected, "{path} {text}: {found:?}");
    }
}
