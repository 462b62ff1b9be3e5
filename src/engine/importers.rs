//! Files that are read because they use what opens connections: they hold no word that is looked for, and say what addresses
//! other modules are given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::kept::{Again, Record};
use super::opening::{Need, Opening, params};
use crate::base::{Entry, FileKind, Limit, RepoPath, Tree};
use crate::facts::{
    CLIENT_MARK, CallSite, ClientCall, DefinitionValue, Expr, ExprKind, FileFacts, Import, Module, Named, RunsIn,
};

/// Files that are read for what they give to others.
pub const IMPORTERS: Limit = Limit::new(
    250,
    "files that are read because they call what opens connections",
    "the addresses that the rest of them give are unknown",
    "leave folders out that no connection needs, with `exclude` in `wirelint.toml`",
);

/// Bytes of a call that are looked at.
const LONGEST_CALL: usize = 400;

/// Steps from a function that opens a connection to who calls the functions around it.
pub const MOST_ROUNDS: usize = 2;

/// What is wanted of one module.
#[derive(Default, Hash)]
struct Wanted {
    /// Exported names whose calls matter.
    names: BTreeMap<Arc<str>, Need>,
    /// Whoever imports it by a name of its own choice.
    any: bool,
}

/// The files that were not parsed, and use what a parsed file exports for connections.
pub fn importers(
    tree: &dyn Tree,
    entries: &BTreeMap<RepoPath, Entry>,
    named: &BTreeMap<RepoPath, Arc<[Named]>>,
    files: &BTreeMap<RepoPath, Arc<FileFacts>>,
    asked: &mut BTreeSet<(RepoPath, RepoPath)>,
    again: Option<&Again>,
) -> Vec<Entry> {
    let wanted = wanted(files);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut by_name: BTreeMap<&str, Vec<&RepoPath>> = BTreeMap::new();
    for path in wanted.keys() {
        let stem = stem(path.as_str());
        for key in [Some(stem), stem.strip_suffix("/index")].into_iter().flatten() {
            by_name.entry(last(key)).or_default().push(path);
        }
    }
    let mut found = Vec::new();
    for (path, named) in named {
        let Some(entry) = entries.get(path).filter(|entry| is_source(entry.kind) && entry.role.speaks()) else {
            continue;
        };
        if files.contains_key(path) {
            continue;
        }
        let mut uses: Vec<&Wanted> = Vec::new();
        for named in named.iter() {
            for target in targets(path, named, &by_name) {
                if asked.insert((path.clone(), target.clone())) {
                    uses.extend(wanted.get(target));
                }
            }
        }
        if !uses.is_empty() && is_used(tree, entry, &uses, again) {
            found.push(entry.clone());
        }
    }
    found
}

pub fn is_source(kind: FileKind) -> bool {
    matches!(kind, FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte)
}

/// The path without what an import leaves out.
fn stem(path: &str) -> &str {
    const SUFFIXES: [&str; 10] = [".d.ts", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".vue", ".svelte"];
    SUFFIXES.iter().find_map(|suffix| path.strip_suffix(suffix)).unwrap_or(path)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The wanted modules that a file may mean by what it names.
fn targets<'p>(from: &RepoPath, named: &Named, by_name: &BTreeMap<&str, Vec<&'p RepoPath>>) -> Vec<&'p RepoPath> {
    let text = match named {
        Named::Relative(text) | Named::Absolute(text) => stem(text.trim_end_matches('/')),
        Named::Below(_) | Named::Anything => return Vec::new(),
    };
    let known = by_name.get(last(text)).map_or(&[][..], Vec::as_slice);
    let relative = match named {
        Named::Relative(_) => from.parent().unwrap_or_else(RepoPath::root).join(text),
        _ => None,
    };
    let is_meant = |path: &&&RepoPath| match &relative {
        Some(meant) => {
            let stem = stem(path.as_str());
            stem == meant.as_str() || stem.strip_suffix("/index") == Some(meant.as_str())
        }
        // What an alias stands for is not asked.
        None => true,
    };
    known.iter().filter(is_meant).copied().collect()
}

/// Whether a file's text uses one of the names.
fn is_used(tree: &dyn Tree, entry: &Entry, uses: &[&Wanted], again: Option<&Again>) -> bool {
    if uses.iter().any(|wanted| wanted.any) {
        return true;
    }
    let mut text = Vec::new();
    let result = match again.map(|again| &again.kept) {
        Some(kept) => {
            kept.result(tree, (&entry.path, kept.key(&uses)), &mut text, Record::uses, |text| holds_use(text, uses))
        }
        None => tree.read(&entry.path, &mut text).map(|()| holds_use(&text, uses)),
    };
    result.unwrap_or(false)
}

fn holds_use(text: &[u8], uses: &[&Wanted]) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let is_use = |(name, need): (&Arc<str>, &Need)| {
        memchr::memmem::find_iter(text, name.as_bytes()).any(|at| {
            let before = at.checked_sub(1).and_then(|at| text.get(at)).copied();
            let after = text.get(at + name.len()).copied();
            let is_whole = !before.is_some_and(|byte| is_name(byte) || byte == b'.');
            let is_base = text.get(..at).is_some_and(|before| before.ends_with(b"extends "));
            // `import { request as __request }`: the other name is used.
            let rest = text.get(at + name.len()..).unwrap_or_default();
            if is_whole && rest.starts_with(b" as ") {
                return true;
            }
            let is_called = matches!(after, Some(b'(' | b'<' | b'.' | b'?' | b'[' | b'`'));
            match need {
                Need::Anything => is_whole && (is_base || is_called || before == Some(b'<')),
                Need::Text => is_whole && (is_base || is_called && gives_text(text, at, rest)),
            }
        })
    };
    // What passes names on may be imported in turn.
    let passes_on = memchr::memmem::find(text, b"export *").is_some()
        || memchr::memmem::find(text, b"export {").is_some() && memchr::memmem::find(text, b" from ").is_some();
    passes_on || uses.iter().flat_map(|wanted| &wanted.names).any(is_use)
}

/// Whether what is called here, or the instance that is made here, is given a text.
fn gives_text(text: &[u8], at: usize, rest: &[u8]) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let Some(made) = before.strip_suffix(b"new ") else { return hands_over_text(rest) };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let Some(held) = made.trim_ascii_end().strip_suffix(b"=").map(<[u8]>::trim_ascii_end) else { return true };
    let start = held.iter().rposition(|byte| !is_name(byte)).map_or(0, |at| at + 1);
    let name = held.get(start..).unwrap_or_default();
    // A type may be between the name and the value.
    name.is_empty()
        || memchr::memmem::find_iter(text, name).any(|at| {
            let rest = text.get(at + name.len()..).unwrap_or_default();
            matches!(rest.first(), Some(b'.' | b'?' | b'[')) && hands_over_text(rest)
        })
}

/// Whether the first call in a text (`.list(id, "members")`, `<T>("/x")`) has a text among its arguments.
fn hands_over_text(text: &[u8]) -> bool {
    let near = text.get(..text.len().min(LONGEST_CALL)).unwrap_or_default();
    let Some(open) = near.iter().position(|byte| *byte == b'(') else { return false };
    let mut depth = 0u32;
    for byte in near.iter().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' if depth <= 1 => return false,
            b')' => depth -= 1,
            b'"' | b'\'' | b'`' => return true,
            _ => {}
        }
    }
    // What goes on for longer is looked at.
    true
}

/// What each parsed module exports that others give addresses to, or change.
fn wanted(files: &BTreeMap<RepoPath, Arc<FileFacts>>) -> BTreeMap<RepoPath, Wanted> {
    let mut all: BTreeMap<RepoPath, Wanted> = BTreeMap::new();
    let opening = Opening::of(files);
    for (path, facts) in files {
        let Some(module) = facts.module.as_deref().filter(|_| is_source(facts.kind)) else { continue };
        if !facts.role.speaks() {
            continue;
        }
        let mut locals = Locals::default();
        let mut closures = None;
        let own_objects = if facts.client_calls.is_empty() { BTreeSet::new() } else { names_of_objects(module) };
        for call in facts.client_calls.iter().filter(|call| call.runs != RunsIn::Server) {
            let need = std::iter::once(&call.url).chain(&call.base).flat_map(params).map(|(_, need)| need).max();
            if let (Some(need), Some(function)) = (need, call.function.as_deref()) {
                locals.add(head(function), need);
            }
            if call.closure.is_some() {
                closures = closures.max(need);
            }
            objects(call, &own_objects, &mut locals);
        }
        for site in &facts.call_sites {
            let need = opening.handed_on(site).and_then(|params| params.into_values().max());
            if let (Some(need), Some(function)) = (need, site.function.as_deref()) {
                locals.add(head(function), need);
            }
        }
        let holds = |value: &Expr| match &value.kind {
            ExprKind::Object(fields) => fields.iter().any(|field| &*field.key == CLIENT_MARK),
            _ => false,
        };
        for definition in &module.definitions {
            if let DefinitionValue::Value(value) = &definition.value
                && holds(value)
            {
                locals.add(Arc::clone(&definition.name), Need::Anything);
            }
        }
        // What a function of the repository made.
        let is_made = |value: &Expr| {
            let mut value = value;
            while let ExprKind::Member(object, _) = &value.kind {
                value = object;
            }
            matches!(&value.kind, ExprKind::Call { callee, .. }
                if matches!(callee.kind, ExprKind::Name(_)) && opening.is_called(callee))
        };
        if !facts.call_sites.is_empty() {
            let made = module.definitions.iter().filter(|it| match &it.value {
                DefinitionValue::Value(value) => is_made(value),
                DefinitionValue::Function(_) | DefinitionValue::Class(_) => false,
            });
            made.for_each(|it| locals.add(Arc::clone(&it.name), Need::Anything));
        }
        let mut exported = Wanted::default();
        for export in module.exports.iter().filter(|export| export.module.is_none()) {
            let Some(need) = locals.0.get(&export.local).copied().max(closures) else { continue };
            match &*export.exported {
                "default" => exported.any = true,
                name => exported.add(name, need),
            }
        }
        if exported.any || !exported.names.is_empty() {
            all.insert(path.clone(), exported);
        }
    }
    pass_on(files, &mut all);
    used_elsewhere(files, &opening, &mut all);
    all
}

/// What the callers of a function are to hand over, by its name.
#[derive(Default)]
struct Locals(BTreeMap<Arc<str>, Need>);

impl Locals {
    fn add(&mut self, name: Arc<str>, need: Need) {
        let known = self.0.entry(name).or_insert(need);
        *known = need.max(*known);
    }
}

impl Wanted {
    fn add(&mut self, name: &str, need: Need) {
        let known = self.names.entry(Arc::from(name)).or_insert(need);
        *known = need.max(*known);
    }
}

fn head(function: &str) -> Arc<str> {
    Arc::from(function.split('.').next().unwrap_or(function))
}

/// The objects of the module that addresses are taken from: another module may write into them.
fn objects(call: &ClientCall, own: &BTreeSet<&str>, locals: &mut Locals) {
    for expr in std::iter::once(&call.url).chain(&call.base) {
        crate::facts::visit::names(expr, &mut |name| {
            if own.contains(&**name) {
                locals.add(Arc::clone(name), Need::Anything);
            }
        });
    }
}

/// The names of a module that stand for objects.
fn names_of_objects(module: &Module) -> BTreeSet<&str> {
    let is_object =
        |value: &DefinitionValue| matches!(value, DefinitionValue::Value(Expr { kind: ExprKind::Object(_), .. }));
    module.definitions.iter().filter(|it| is_object(&it.value)).map(|it| &*it.name).collect()
}

/// Modules that pass on what a wanted one exports are wanted for the same names.
fn pass_on(files: &BTreeMap<RepoPath, Arc<FileFacts>>, all: &mut BTreeMap<RepoPath, Wanted>) {
    let ends: BTreeSet<String> = all
        .keys()
        .flat_map(|path| {
            let stem = stem(path.as_str());
            [Some(stem), stem.strip_suffix("/index")].into_iter().flatten().map(|it| last(it).to_owned())
        })
        .collect();
    let mut more = Vec::new();
    for (path, facts) in files {
        let Some(module) = facts.module.as_deref().filter(|_| is_source(facts.kind)) else { continue };
        let passed = module.exports.iter().filter(|export| {
            export.module.as_deref().is_some_and(|from| ends.contains(last(stem(from.trim_end_matches('/')))))
        });
        let mut names: Vec<(Arc<str>, Need)> = Vec::new();
        let mut whole = false;
        for export in passed {
            match &*export.exported {
                "*" => whole = true,
                name => names.push((Arc::from(name), Need::Anything)),
            }
        }
        if whole {
            for (name, need) in all.values().flat_map(|wanted| &wanted.names) {
                names.push((Arc::clone(name), *need));
            }
        }
        if !names.is_empty() {
            more.push((path.clone(), names));
        }
    }
    for (path, names) in more {
        let wanted = all.entry(path).or_default();
        names.iter().for_each(|(name, need)| wanted.add(name, *need));
    }
}

/// Objects that addresses of other modules are taken from (`import { config } from './config'`).
fn used_elsewhere(files: &BTreeMap<RepoPath, Arc<FileFacts>>, opening: &Opening, all: &mut BTreeMap<RepoPath, Wanted>) {
    let mut used: BTreeSet<(String, Arc<str>)> = BTreeSet::new();
    for facts in files.values().filter(|facts| is_source(facts.kind)) {
        let is_used = !facts.client_calls.is_empty() || !facts.call_sites.is_empty();
        let Some(module) = facts.module.as_deref().filter(|_| is_used) else { continue };
        let mut imported: BTreeMap<&str, Vec<&Import>> = BTreeMap::new();
        for import in &module.imports {
            imported.entry(&import.local).or_default().push(import);
        }
        // What is handed over as it is may be taken apart where it comes to.
        let opens = |site: &&CallSite| match &site.callee.kind {
            ExprKind::Name(name) => {
                let names = imported.get(&**name).into_iter().flatten().map(|import| Arc::clone(&import.imported));
                let mut names = names.chain([Arc::clone(name)]);
                names.any(|name| opening.is_called(&Expr::new(site.span, ExprKind::Name(name))))
            }
            _ => false,
        };
        let handed = facts.call_sites.iter().filter(opens).flat_map(|site| &site.args);
        let handed = handed.filter(|arg| matches!(arg.kind, ExprKind::Name(_)));
        for expr in
            handed.chain(facts.client_calls.iter().flat_map(|call| std::iter::once(&call.url).chain(&call.base)))
        {
            crate::facts::visit::names(expr, &mut |name| {
                let imports = imported.get(&**name).into_iter().flatten();
                used.extend(imports.map(|import| {
                    (last(stem(import.module.trim_end_matches('/'))).to_owned(), Arc::clone(&import.imported))
                }));
            });
        }
    }
    for (path, facts) in files {
        let Some(module) = facts.module.as_deref().filter(|_| is_source(facts.kind)) else { continue };
        let stem = stem(path.as_str());
        let names: Vec<&str> = [Some(stem), stem.strip_suffix("/index")].into_iter().flatten().map(last).collect();
        let objects = names_of_objects(module);
        let is_object = |local: &str| objects.contains(local);
        for export in module.exports.iter().filter(|export| export.module.is_none() && is_object(&export.local)) {
            let is_used = names.iter().any(|name| used.contains(&((*name).to_owned(), Arc::clone(&export.exported))));
            if is_used && &*export.exported != "default" {
                all.entry(path.clone()).or_default().add(&export.exported, Need::Anything);
            }
        }
    }
}
