//! Processes that a manager keeps running (PM2, systemd, supervisord): where each runs, and what it is given.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::arguments::Arguments;
use super::binding_set::BindingSet;
use super::packages::{is_root, package_in};
use super::placed::exists;
use super::values::{Lookup, resolve};
use crate::base::{FileId, Limit, Place, RepoPath};
use crate::facts::{CommandFact, EnvSetting, Expr, HoleReason, ListenFact, ProcessFact, Repository};
use crate::model::{Binding, Mode, PackageId, Unknown, Value, Wiring};

/// Processes of one repository.
const PROCESSES: Limit = Limit::new(
    500,
    "processes of process managers",
    "what the remaining ones start is unknown",
    "leave folders out that no connection needs, with `exclude` in `wirelint.toml`",
);
/// The last parts of a path of a machine that may be one of the repository.
const MOST_PARTS: usize = 16;

/// A process with its place in the repository.
#[derive(Clone, Debug)]
pub struct Process<'w> {
    /// The file that states it.
    pub file: FileId,
    /// What it states.
    pub fact: &'w ProcessFact,
    /// The folder that it runs in.
    pub folder: RepoPath,
    /// The package that its program belongs to.
    pub package: PackageId,
    /// The env files of the repository that it is given, in order.
    pub env_files: Vec<FileId>,
}

/// All processes, by file.
pub fn processes(wiring: &Wiring) -> Vec<Process<'_>> {
    let files = wiring.repository.iter().filter(|(_, facts)| facts.role.speaks());
    let mut all = files.flat_map(|(file, facts)| facts.processes.iter().map(move |fact| (file, fact)));
    let found =
        all.by_ref().take(PROCESSES.most_items()).filter_map(|(file, fact)| placed(wiring, file, fact)).collect();
    if all.next().is_some() {
        wiring.limits.reached(None, &PROCESSES);
    }
    found
}

fn placed<'w>(wiring: &'w Wiring, file: FileId, fact: &'w ProcessFact) -> Option<Process<'w>> {
    let own = wiring.repository.get(file)?.path.parent()?;
    let candidates = folders(wiring, &own, fact.folder.as_deref());
    let program =
        |folder: &RepoPath| fact.command.listens.iter().find_map(|listen| program(wiring, folder, fact, listen));
    let found = candidates.iter().find_map(|folder| Some((folder.clone(), program(folder)?)));
    let is_absolute = fact.folder.as_deref().is_some_and(|folder| folder.starts_with('/'));
    let is_part = |folder: &&RepoPath| **folder != RepoPath::root() && is_root(wiring, folder);
    let (folder, program) = match found {
        Some((folder, program)) => (folder, program),
        // What is started is built first, or installed: a folder of this name that is a part of the repository is meant.
        None if is_absolute => {
            let part = candidates.iter().find(is_part).cloned().unwrap_or_else(RepoPath::root);
            (part.clone(), part)
        }
        None => {
            let first = candidates.first().cloned().unwrap_or(own);
            (first.clone(), first)
        }
    };
    let package = package_in(&wiring.packages, &program)?;
    let env_files = fact.env_files.iter().filter_map(|path| env_file(wiring, &folder, fact, path)).collect();
    Some(Process { file, fact, folder, package, env_files })
}

/// The env file of the repository that a path of the machine means, for a process in `folder`.
fn env_file(wiring: &Wiring, folder: &RepoPath, fact: &ProcessFact, path: &str) -> Option<FileId> {
    let repository = &wiring.repository;
    let is_one = |path: RepoPath| {
        let file = repository.find(&path)?;
        repository.get(file).filter(|facts| !facts.env.is_empty()).map(|_| file)
    };
    let inside = fact.folder.as_deref().and_then(|stated| path.strip_prefix(stated)?.strip_prefix('/'));
    match inside {
        Some(inside) => folder.join(inside).and_then(is_one),
        None => endings(path).find_map(is_one),
    }
}

/// The folders of the repository that a path of a machine may be, the likelier first: the repository is checked out
/// somewhere, so a path ends in one of its folders, or is where it lies.
fn folders(wiring: &Wiring, own: &RepoPath, stated: Option<&str>) -> Vec<RepoPath> {
    let above = || std::iter::successors(Some(own.clone()), RepoPath::parent);
    match stated {
        Some(path) if path.starts_with('/') => {
            let ends = endings(path).filter(|folder| exists(&wiring.repository, folder));
            ends.chain(above()).collect()
        }
        Some(path) => above().filter_map(|folder| folder.join(path)).collect(),
        None => above().collect(),
    }
}

/// What a path of a machine may be in the repository: its endings, the longest first.
pub fn endings(path: &str) -> impl Iterator<Item = RepoPath> + use<> {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let last = parts.get(parts.len().saturating_sub(MOST_PARTS)..).unwrap_or_default();
    let ends: Vec<RepoPath> = (0..last.len()).filter_map(|skip| RepoPath::new(&last.get(skip..)?.join("/"))).collect();
    ends.into_iter()
}

/// The file that a process in `folder` starts, when it is there.
fn program(wiring: &Wiring, folder: &RepoPath, fact: &ProcessFact, listen: &ListenFact) -> Option<RepoPath> {
    let paths = &wiring.repository.paths;
    let named = listen.app.as_ref().and_then(Expr::as_str)?;
    let is_file = named.contains('/') || named.rsplit_once('.').is_some_and(|(_, end)| is_source(end));
    if !is_file {
        let module = named.split(':').next().unwrap_or(named).replace('.', "/");
        let forms = [format!("{module}.py"), format!("{module}/__init__.py"), format!("src/{module}.py")];
        return forms.iter().filter_map(|form| folder.join(form)).find(|path| paths.contains(path));
    }
    let inside = fact.folder.as_deref().and_then(|folder| named.strip_prefix(folder));
    match inside {
        Some(path) => folder.join(path.trim_start_matches('/')).filter(|path| paths.contains(path)),
        None if named.starts_with('/') => endings(named).find(|path| paths.contains(path)),
        None => folder.join(named).filter(|path| paths.contains(path)),
    }
}

fn is_source(extension: &str) -> bool {
    matches!(extension, "py" | "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "tsx")
}

/// What the processes of each package are given in a mode. Where several are given different values of one name, it is
/// unknown which of them counts. `from_files` reads the env files of a process.
pub fn given(
    repository: &Repository,
    processes: &[Process<'_>],
    mode: &Mode,
    from_files: &dyn Fn(&Process<'_>) -> Vec<Binding>,
) -> BTreeMap<PackageId, Vec<Binding>> {
    let mut sets: BTreeMap<PackageId, BindingSet> = BTreeMap::new();
    let mut arguments: BTreeMap<PackageId, Arguments> = BTreeMap::new();
    for process in processes {
        let mut own = BindingSet::default();
        let told = process.fact.environments.iter().filter(|(name, _)| super::commands::mode_of(name) == *mode);
        let settings = process.fact.environment.iter().chain(told.flat_map(|(_, settings)| settings));
        own.extend(settings.filter_map(|setting| binding(process.file, setting)));
        own.extend(from_files(process));
        arguments.entry(process.package).or_default().add(repository, process.file, &process.fact.command, &own);
        let set = sets.entry(process.package).or_default();
        for binding in own.into_vec() {
            let known = set.get(&binding.name);
            let is_other = |known: &Binding| known.value.as_known_text() != binding.value.as_known_text();
            let value = match known.filter(|known| is_other(known)) {
                Some(_) => Value::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(binding.place) }),
                None => binding.value,
            };
            set.set(Binding { value, ..binding });
        }
    }
    for (package, arguments) in arguments {
        sets.entry(package).or_default().extend(arguments.into_bindings());
    }
    sets.into_iter().map(|(package, set)| (package, set.into_vec())).collect()
}

fn binding(file: FileId, setting: &EnvSetting) -> Option<Binding> {
    let value = resolve(setting.value.as_ref()?, file, &|_| Lookup::Outside).value();
    let name = Arc::clone(&setting.name);
    Some(Binding { name, value, place: Place::new(file, setting.span), evidence: Vec::new() })
}

/// A program that starts what a file lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// PM2: <https://pm2.keymetrics.io/docs/usage/application-declaration/>.
    Pm2,
    /// supervisord: <https://supervisord.org/running.html>.
    Supervisord,
}

impl Manager {
    /// The manager that a word of a command line starts.
    pub fn of(program: &str) -> Option<Self> {
        match program.rsplit('/').next() {
            Some("pm2" | "pm2-runtime") => Some(Self::Pm2),
            Some("supervisord") => Some(Self::Supervisord),
            _ => None,
        }
    }

    /// The files that it looks for, where its command names none.
    pub fn usual_files(self) -> &'static [&'static str] {
        match self {
            Self::Pm2 => &["ecosystem.config.js", "ecosystem.config.cjs", "ecosystem.json"],
            Self::Supervisord => &["/etc/supervisor/supervisord.conf", "/etc/supervisord.conf", "supervisord.conf"],
        }
    }
}

/// Whether a command line hands over to a manager.
pub fn starts_manager(command: &CommandFact) -> bool {
    let mut programs = command.commands.iter().filter_map(|simple| simple.words.first()?.as_str());
    programs.any(|program| Manager::of(program).is_some())
}
