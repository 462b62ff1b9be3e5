//! Which source files something else than source code names: pages, manifests, commands, templates, settings.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;

use super::super::kept::{Names, Record};
use super::graph::without_suffix;
use super::{Known, is_source};
use crate::base::{Entry, FileKind, FileRole, Limit, RepoPath};

/// Files that are looked through for a name.
const FILES: Limit = Limit::new(
    20_000,
    "files that may name a module",
    "whether modules that no source file imports run is unknown",
    "leave folders out that no connection needs, with `exclude` in `wirelint.toml`",
);
/// Bytes of a file that a person wrote.
const LARGEST: u64 = 1024 * 1024;

/// Suffixes of files in which no command and no page is.
const SILENT: [&str; 30] = [
    "png", "jpg", "jpeg", "gif", "webp", "ico", "svg", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "wav",
    "webm", "pdf", "zip", "gz", "csv", "lock", "map", "snap", "css", "scss", "less", "sql", "po", "mo", "bin",
];
/// Lists of what is installed.
const LOCKS: [&str; 6] =
    ["package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "composer.lock", "npm-shrinkwrap.json"];

/// How much of a file's name a text must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// `socket.js`, `old/socket`, `old.socket`, `socket:`: enough anywhere.
    Path,
    /// `index.js`: enough in the folder of the file.
    Beside,
    /// `socket`: enough as a word of a command.
    Word,
}

/// Those of `wanted` that a file names which is no source code.
///
/// # Errors
/// The bound, when not everything could be looked through.
pub fn named_elsewhere(known: &Known<'_>, wanted: &[RepoPath]) -> Result<Vec<RepoPath>, Limit> {
    let (patterns, mut meanings) = meanings(known, wanted);
    let Ok(scan) = AhoCorasick::new(&patterns) else { return Err(FILES) };
    let mut found: BTreeSet<usize> = BTreeSet::new();
    let mut bytes = Vec::new();
    let mut looked_at = 0;
    let asked: Vec<Vec<Form>> = meanings.iter().map(|meaning| meaning.keys().copied().collect()).collect();
    let names = |entry: &Entry, bytes: &[u8]| -> Names {
        let mut held = BTreeSet::new();
        for hit in scan.find_overlapping_iter(bytes) {
            let pattern = hit.pattern().as_usize();
            for form in asked.get(pattern).into_iter().flatten() {
                let is_meant = *form != Form::Word || is_commands(entry.kind);
                if is_meant && is_whole(bytes, hit.start(), hit.end(), *form) {
                    held.insert((pattern, *form));
                }
            }
        }
        held.into_iter().collect()
    };
    let kept = known.again.map(|again| (&again.kept, again.kept.key(&patterns)));
    for entry in known.entries.values().filter(|entry| may_name(entry)) {
        looked_at += 1;
        if looked_at > FILES.most_items() {
            return Err(FILES);
        }
        let held = match kept {
            Some((kept, key)) => {
                let of = (&entry.path, (key, entry.kind));
                kept.result(known.tree, of, &mut bytes, Record::names, |bytes| names(entry, bytes))
            }
            None => known.tree.read(&entry.path, &mut bytes).map(|()| names(entry, &bytes)),
        };
        for (pattern, form) in held.iter().flat_map(|held| held.iter()) {
            if let Some(files) = meanings.get_mut(*pattern).and_then(|meaning| meaning.get_mut(form)) {
                found.extend(files.named_by(entry, *form));
            }
        }
    }
    Ok(found.into_iter().filter_map(|index| wanted.get(index).cloned()).collect())
}

/// The wanted files that a text may mean. Each of them is taken out when it is found: a thousand packages may have a file of
/// the same name, and a thousand files may name it.
#[derive(Default)]
struct Meant {
    /// By folder where only those beside the naming file are meant.
    programs: BTreeMap<Option<RepoPath>, Vec<usize>>,
    others: BTreeMap<Option<RepoPath>, Vec<usize>>,
}

impl Meant {
    /// Those that the file names and that were not found before.
    fn named_by(&mut self, entry: &Entry, form: Form) -> Vec<usize> {
        let folder = if form == Form::Beside { entry.path.parent() } else { None };
        let mut found = self.programs.remove(&folder).unwrap_or_default();
        if !is_prose(entry) {
            found.extend(self.others.remove(&folder).unwrap_or_default());
        }
        found
    }
}

/// The texts to look for, each once, and what each means in every form.
fn meanings(known: &Known<'_>, wanted: &[RepoPath]) -> (Vec<String>, Vec<BTreeMap<Form, Meant>>) {
    let mut all: BTreeMap<String, BTreeMap<Form, Meant>> = BTreeMap::new();
    for (index, path) in wanted.iter().enumerate() {
        let is_program = is_program(known, path);
        for (form, text) in forms(path) {
            let meant = all.entry(text).or_default().entry(form).or_default();
            let files = if is_program { &mut meant.programs } else { &mut meant.others };
            let folder = if form == Form::Beside { path.parent() } else { None };
            files.entry(folder).or_default().push(index);
        }
    }
    all.into_iter().unzip()
}

fn forms(path: &RepoPath) -> Vec<(Form, String)> {
    let name = path.name();
    let stem = without_suffix(name);
    let folder = path.parent().map(|folder| folder.name().to_owned()).unwrap_or_default();
    let mut forms = Vec::new();
    let beside = |text: &str| if folder.is_empty() { text.to_owned() } else { format!("{folder}/{text}") };
    let compiled = [".js", ".mjs", ".cjs"].map(|suffix| format!("{stem}{suffix}"));
    if matches!(stem, "index" | "__init__" | "__main__") {
        forms.push((Form::Path, beside(name)));
        forms.push((Form::Beside, name.to_owned()));
        forms.extend(compiled.iter().map(|name| (Form::Path, beside(name))));
        if !folder.is_empty() {
            forms.push((Form::Word, folder.clone()));
        }
    } else {
        forms.push((Form::Path, name.to_owned()));
        if path.extension() != "py" {
            forms.extend(compiled.into_iter().map(|name| (Form::Path, name)));
        }
        forms.push((Form::Word, stem.to_owned()));
    }
    forms.push((Form::Path, beside(stem)));
    if path.extension() == "py" {
        forms.push((Form::Path, beside(stem).replace('/', ".")));
        forms.push((Form::Path, format!("{stem}:")));
    }
    forms.retain(|(form, text)| *form == Form::Word || text.contains(['.', '/', ':']));
    forms
}

fn is_whole(bytes: &[u8], start: usize, end: usize, form: Form) -> bool {
    let continues =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    !continues(before) && (form != Form::Word || !continues(bytes.get(end)))
}

fn is_commands(kind: FileKind) -> bool {
    use FileKind as Kind;
    matches!(
        kind,
        Kind::PackageJson
            | Kind::Shell
            | Kind::Procfile
            | Kind::Recipes
            | Kind::Processes
            | Kind::Dockerfile
            | Kind::Compose
    )
}

fn may_name(entry: &Entry) -> bool {
    let name = entry.path.name();
    let skipped = matches!(entry.role, FileRole::Vendored | FileRole::Generated) && entry.kind != FileKind::Other;
    !is_source(entry.kind)
        && !skipped
        && entry.size <= LARGEST
        && !LOCKS.contains(&name)
        && !SILENT.contains(&entry.path.extension().to_ascii_lowercase().as_str())
}

/// Documents name what they explain; only what they say of programs is a way to start one.
fn is_prose(entry: &Entry) -> bool {
    matches!(entry.path.extension(), "md" | "mdx" | "rst" | "txt" | "adoc") && entry.kind == FileKind::Other
}

fn is_program(known: &Known<'_>, path: &RepoPath) -> bool {
    known.files.get(path).is_some_and(|facts| !facts.listeners.is_empty())
}
