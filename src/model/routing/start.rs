//! What command lines start: scripts of manifests and shell files unfolded, programs found in the repository.

use std::collections::BTreeSet;

use super::django::of_runserver;
use super::graph::{Graph, NodeId};
use crate::base::{FileId, FileKind, Limit, Place, RepoPath, Span};
use crate::facts::{CommandFact, Expr, ListenFact, ServerProgram, SimpleCommand};
use crate::model::evaluate::module_targets;
use crate::model::topology::{endings, is_root, script_called};
use crate::model::{PackageId, Service, Wiring};

/// Scripts that call scripts.
const MAX_DEPTH: u32 = 6;
/// Command lines behind one: a script or a manager's file may name itself many times.
const ENTERED: Limit = Limit::new(
    200,
    "scripts and managed processes behind one command line, in all ways in which they call each other",
    "what the remaining ones start is unknown",
    "let scripts call each other less often",
);
/// Modules of one program.
pub const MAX_MODULES: usize = 400;

/// Where a command runs.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The wiring.
    pub wiring: &'a Wiring,
    /// The container, when it runs in one.
    pub service: Option<&'a Service>,
}

/// A server that a command starts.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// The file of the command.
    pub file: FileId,
    /// What it starts.
    pub fact: &'a ListenFact,
    /// The folder that it runs in.
    pub folder: RepoPath,
    /// What the call of a manifest's script adds to the script's own words (`npm run dev -- --host`), with its file.
    pub added: Option<(FileId, &'a [Expr])>,
}

impl<'a> Start<'a> {
    /// A start as a file states it, in a folder.
    pub fn new(file: FileId, fact: &'a ListenFact, folder: RepoPath) -> Self {
        Self { file, fact, folder, added: None }
    }

    /// The value of an option that the call of the script adds; `Some(None)` for an option without a value.
    pub fn added(&self, names: &[&str]) -> Option<(FileId, Option<Expr>)> {
        let (file, words) = self.added?;
        for (at, word) in words.iter().enumerate() {
            let Some(text) = word.as_str() else { continue };
            if names.contains(&text) {
                let value = words.get(at + 1).filter(|next| next.as_str().is_none_or(|text| !text.starts_with('-')));
                return Some((file, value.cloned()));
            }
            let value = names.iter().find_map(|name| text.strip_prefix(name)?.strip_prefix('='));
            if let Some(value) = value {
                return Some((file, Some(Expr::str(word.span, value))));
            }
        }
        None
    }
}

/// A command line, and what the caller of its script adds to it.
struct Call<'a> {
    file: FileId,
    command: &'a CommandFact,
    added: Option<(FileId, &'a [Expr])>,
}

/// The words that the call of a script hands on: those after `--`, and for other tools than npm all after the script's name.
fn added_words(command: &SimpleCommand) -> &[Expr] {
    let words = command.words.as_slice();
    let text = |word: &Expr| word.as_str().unwrap_or_default().to_owned();
    if let Some(at) = words.iter().position(|word| text(word) == "--") {
        return words.get(at + 1..).unwrap_or_default();
    }
    if words.first().is_none_or(|tool| !matches!(&*text(tool), "yarn" | "pnpm" | "bun")) {
        return &[];
    }
    let first = words.iter().skip(2).position(|word| text(word).starts_with('-'));
    first.and_then(|at| words.get(at + 2..)).unwrap_or_default()
}

/// What was found behind one command line.
#[derive(Default)]
struct Found<'a> {
    starts: Vec<Start<'a>>,
    /// Command lines that were looked at.
    entered: usize,
}

impl<'a> Ground<'a> {
    /// Everything that a command line starts when it runs in `folder`.
    pub fn starts(&self, file: FileId, folder: &RepoPath, command: &'a CommandFact) -> Vec<Start<'a>> {
        let mut found = Found::default();
        let call = Call { file, command, added: None };
        self.collect(folder, &call, 0, &mut found);
        found.starts
    }

    fn collect(&self, folder: &RepoPath, call: &Call<'a>, depth: u32, all: &mut Found<'a>) {
        let Call { file, command, added } = *call;
        if depth > MAX_DEPTH || all.starts.len() > 64 {
            return;
        }
        all.entered += 1;
        if all.entered > ENTERED.most_items() {
            self.wiring.limits.reached(Some(Place::new(file, Span::default())), &ENTERED);
            return;
        }
        for fact in &command.listens {
            let directory = fact.options.iter().find(|option| &*option.key == "directory");
            let directory = directory.and_then(|option| option.value.as_str());
            let folder = self.inside(folder, directory);
            all.starts.push(Start { file, fact, folder, added });
        }
        for simple in &command.commands {
            let here = self.inside(folder, simple.directory.as_deref());
            let repository = &self.wiring.repository;
            if let Some((target, file, script)) = script_called(repository, &self.wiring.packages, &here, simple) {
                let given = added_words(simple);
                let added = if given.is_empty() { added } else { Some((call.file, given)) };
                self.collect(&target, &Call { file, command: script, added }, depth + 1, all);
                continue;
            }
            let words: Vec<&str> = simple.words.iter().filter_map(|word| word.as_str()).collect();
            for (file, process) in self.managed(&here, &words) {
                if all.entered > ENTERED.most_items() {
                    return;
                }
                let folder = self.inside(&here, process.folder.as_deref());
                let call = Call { file, command: &process.command, added: None };
                self.collect(&folder, &call, depth + 1, all);
            }
            let program = words.iter().find(|word| !word.starts_with('-') && !is_shell(word));
            // Without a container a path is what it says: most words name no script of the repository.
            let program =
                program.filter(|path| self.service.is_some() || path.contains(".sh") || path.contains(".bash"));
            let Some(found) = program.and_then(|path| self.find(&here, path)) else { continue };
            let Some(facts) = repository.get(found).filter(|facts| facts.kind == FileKind::Shell) else { continue };
            for script in &facts.scripts {
                let call = Call { file: found, command: &script.command, added: None };
                self.collect(&here, &call, depth + 1, all);
            }
        }
    }

    fn inside(&self, folder: &RepoPath, directory: Option<&str>) -> RepoPath {
        match directory {
            None => folder.clone(),
            Some(path) if path.starts_with('/') => match self.service {
                Some(service) => service.repository_path(path).unwrap_or_else(|| folder.clone()),
                None => endings(path).find(|path| is_root(self.wiring, path)).unwrap_or_else(|| folder.clone()),
            },
            Some(path) => folder.join(path).unwrap_or_else(|| folder.clone()),
        }
    }

    /// The parsed file at `path`, as a process in `folder` names it.
    pub fn find(&self, folder: &RepoPath, path: &str) -> Option<FileId> {
        let path = path.trim_start_matches("./");
        if path.is_empty() {
            return None;
        }
        let absolute = if path.starts_with('/') {
            path.to_owned()
        } else {
            let base = self.service.and_then(|service| service.working_dir.as_deref()).unwrap_or("/");
            format!("{}/{path}", base.trim_end_matches('/'))
        };
        let placed = self.service.and_then(|service| service.repository_path(&absolute));
        placed
            .and_then(|path| self.wiring.repository.find(&path))
            .or_else(|| self.wiring.repository.find(&folder.join(path)?))
            .or_else(|| self.by_its_end(&absolute))
            .or_else(|| self.checked_out(path))
    }

    /// The file that a path of a machine is, where the repository is checked out somewhere on it.
    fn checked_out(&self, path: &str) -> Option<FileId> {
        let is_outside = self.service.is_none() && path.starts_with('/');
        is_outside.then(|| endings(path).find_map(|path| self.wiring.repository.find(&path))).flatten()
    }

    /// The file of the build context whose path ends as that of a container does, where no Dockerfile says what is copied: its
    /// folder and its name at least.
    fn by_its_end(&self, absolute: &str) -> Option<FileId> {
        let service = self.service.filter(|service| service.dockerfile.is_none() && service.placed.is_empty())?;
        let source = service.source.as_ref().filter(|_| !service.foreign)?;
        let parts: Vec<&str> = absolute.split('/').filter(|part| !part.is_empty()).collect();
        let ends = (0..parts.len().saturating_sub(1)).filter_map(|skip| source.join(&parts.get(skip..)?.join("/")));
        ends.into_iter().find_map(|path| self.wiring.repository.find(&path))
    }

    /// The folders that imports of a process start from.
    fn bases(&self, folder: &RepoPath, packages: &[PackageId]) -> Vec<RepoPath> {
        let mut bases = vec![folder.clone()];
        bases.extend(self.service.and_then(|service| service.source.clone()));
        for package in packages {
            bases.extend(self.wiring.packages.get(package.0 as usize).map(|package| package.root.clone()));
        }
        bases
    }

    /// The Python module of a dotted name.
    pub fn python_module(&self, folder: &RepoPath, dotted: &str, packages: &[PackageId]) -> Option<FileId> {
        let path = dotted.replace('.', "/");
        let forms = [format!("{path}.py"), format!("{path}/__main__.py"), format!("{path}/__init__.py")];
        if let Some(found) = forms.iter().find_map(|form| self.find(folder, form)) {
            return Some(found);
        }
        for base in self.bases(folder, packages) {
            for form in &forms {
                for form in [form.clone(), format!("src/{form}")] {
                    if let Some(found) = base.join(&form).and_then(|path| self.wiring.repository.find(&path)) {
                        return Some(found);
                    }
                }
            }
        }
        self.only(packages, &format!("/{path}.py"))
    }

    /// The only source file of some packages whose path ends so.
    fn only(&self, packages: &[PackageId], ending: &str) -> Option<FileId> {
        let mut found = self.wiring.repository.iter().filter(|(_, facts)| {
            facts.role.speaks()
                && format!("/{}", facts.path).ends_with(ending)
                && (packages.is_empty()
                    || crate::model::topology::package_of(self.wiring, &facts.path)
                        .is_some_and(|package| packages.contains(&package)))
        });
        let (file, _) = found.next()?;
        found.next().is_none().then_some(file)
    }

    /// The source file of a program: `server.js`, or what `dist/server.js` is built from.
    pub fn program(&self, folder: &RepoPath, path: &str, packages: &[PackageId]) -> Option<FileId> {
        if let Some(found) = self.find(folder, path) {
            return Some(found);
        }
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let bases = self.bases(folder, packages);
        let at = |text: &str| {
            bases.iter().find_map(|base| base.join(text).and_then(|path| self.wiring.repository.find(&path)))
        };
        if let Some(found) = at(path) {
            return Some(found);
        }
        let stem = path.strip_suffix(".js").or_else(|| path.strip_suffix(".mjs")).or_else(|| path.strip_suffix(".cjs"));
        let stem = stem.unwrap_or(path);
        let stem =
            ["dist/", "build/", "out/", "lib/"].iter().find_map(|built| stem.strip_prefix(built)).unwrap_or(stem);
        let stem = stem.strip_prefix("src/").unwrap_or(stem);
        for start in ["src/", ""] {
            for extension in ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs"] {
                for form in [format!("{start}{stem}.{extension}"), format!("{start}{stem}/index.{extension}")] {
                    if let Some(found) = at(&form) {
                        return Some(found);
                    }
                }
            }
        }
        None
    }

    /// A file and everything that it imports from the repository.
    pub fn closure(&self, start: FileId) -> BTreeSet<FileId> {
        let mut seen = BTreeSet::from([start]);
        let mut work = vec![start];
        while let Some(file) = work.pop() {
            let Some(module) = self.wiring.repository.get(file).and_then(|facts| facts.module.as_deref()) else {
                continue;
            };
            let imports = module.imports.iter().map(|import| &import.module);
            let passed_on = module.exports.iter().filter_map(|export| export.module.as_ref());
            for text in imports.chain(passed_on) {
                for target in module_targets(self.wiring, file, text) {
                    if seen.len() < MAX_MODULES && seen.insert(target) {
                        work.push(target);
                    }
                }
            }
        }
        seen
    }

    /// The applications that an import string (`app.main:app`) or path names.
    pub fn served(&self, graph: &Graph<'_>, start: &Start<'_>, packages: &[PackageId]) -> Vec<NodeId> {
        let Some(text) = start.fact.app.as_ref().and_then(|app| app.as_str()) else { return Vec::new() };
        if start.fact.server == ServerProgram::DjangoRunserver {
            return of_runserver(self.wiring, graph, packages);
        }
        let option = |key: &str| start.fact.options.iter().find(|option| &*option.key == key);
        let folder = match option("app_dir").and_then(|option| option.value.as_str()) {
            Some(path) => self.inside(&start.folder, Some(path)),
            None => start.folder.clone(),
        };
        let (module, name) = text.split_once(':').map_or((text, None), |(module, name)| (module, Some(name)));
        let file = if module.ends_with(".py") {
            self.program(&folder, module, packages)
        } else {
            self.python_module(&folder, module, packages)
        };
        let Some(file) = file else {
            // `django-admin startproject` writes these modules, and they say nothing more than `manage.py` does.
            let is_generated = matches!(module.rsplit('.').next(), Some("wsgi" | "asgi"));
            return if is_generated { of_runserver(self.wiring, graph, packages) } else { Vec::new() };
        };
        let name = name.unwrap_or(if start.fact.server == ServerProgram::Gunicorn { "application" } else { "app" });
        let factory = option("factory").is_some() || name.ends_with("()");
        let name = name.trim_end_matches("()");
        if factory {
            return graph.made_by(self.wiring, file, name);
        }
        let kind = crate::facts::ExprKind::Name(std::sync::Arc::from(name));
        let expr = crate::facts::Expr::new(crate::base::Span::default(), kind);
        graph.resolve(self.wiring, file, None, &expr).nodes
    }
}

fn is_shell(word: &str) -> bool {
    matches!(word, "sh" | "bash" | "/bin/sh" | "/bin/bash" | "exec" | "dumb-init" | "tini" | "--" | "env")
}
