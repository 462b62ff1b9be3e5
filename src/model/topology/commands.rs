//! What command lines build and run, as far as it decides packages and modes.

use std::sync::Arc;

use super::binding_set::BindingSet;
use super::packages::package_in;
use crate::base::{FileId, FileKind, Place, RepoPath};
use crate::facts::{CommandFact, EnvSetting, Expr, Repository, SimpleCommand};
use crate::model::{Binding, Mode, Package, PackageId, Wiring};

/// What a simple command does to a front end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Builds the pages in a mode.
    Builds(Mode),
    /// Serves them from source in a mode.
    Develops(Mode),
    /// Serves what was built.
    Serves,
}

/// Scripts that call scripts.
const DEPTH_LIMIT: usize = 6;

/// What a command does, run in `folder`; scripts of package.json are looked up.
pub fn acts(
    repository: &Repository,
    packages: &[Package],
    folder: &RepoPath,
    command: &CommandFact,
) -> Vec<(RepoPath, Act)> {
    let mut found = Vec::new();
    collect(repository, packages, folder, &command.commands, DEPTH_LIMIT, &mut found);
    found
}

fn collect(
    repository: &Repository,
    packages: &[Package],
    folder: &RepoPath,
    commands: &[SimpleCommand],
    depth: usize,
    found: &mut Vec<(RepoPath, Act)>,
) {
    for command in commands {
        let words: Vec<&str> = command.words.iter().map(|word| word.as_str().unwrap_or("")).collect();
        let here = match command.directory.as_deref() {
            Some(directory) if !directory.starts_with('/') => folder.join(directory).unwrap_or_else(|| folder.clone()),
            _ => folder.clone(),
        };
        if let Some(act) = direct(&words, command) {
            found.push((here, act));
            continue;
        }
        if let Some(script) = script(&words)
            && depth > 0
        {
            let folder = script.folder.and_then(|sub| here.join(sub)).unwrap_or(here);
            let target = filtered(repository, packages, &words).unwrap_or(folder);
            if let Some(command) = find_script(repository, packages, &target, script.name) {
                collect(repository, packages, &target, &command.commands, depth - 1, found);
            }
        }
    }
}

/// A tool named in the command itself.
fn direct(words: &[&str], command: &SimpleCommand) -> Option<Act> {
    let program = words.first()?.rsplit('/').next()?;
    let mode = || mode_option(words);
    let node_env = command.assignments.iter().find(|setting| &*setting.name == "NODE_ENV");
    let node_env = node_env.and_then(|setting| setting.value.as_ref()).and_then(Expr::as_str).map(mode_of);
    let sub = words.get(1).copied().unwrap_or("");
    Some(match (program, sub) {
        ("vite" | "rolldown-vite", "build") => Act::Builds(mode().unwrap_or(Mode::Production)),
        ("vite", "preview") => Act::Serves,
        ("vite", _) => Act::Develops(mode().unwrap_or(Mode::Development)),
        ("next" | "nuxt" | "nuxi" | "astro" | "gatsby" | "remix" | "react-router", "build" | "generate" | "export") => {
            Act::Builds(Mode::Production)
        }
        ("next" | "nuxt" | "nuxi" | "astro" | "gatsby" | "remix" | "react-router", "dev" | "develop") => {
            Act::Develops(Mode::Development)
        }
        ("next" | "nuxt" | "react-router-serve", "start") => Act::Serves,
        ("react-scripts" | "craco" | "react-app-rewired", "build") => Act::Builds(Mode::Production),
        ("react-scripts" | "craco" | "react-app-rewired", "start") => Act::Develops(Mode::Development),
        ("vue-cli-service", "build") => Act::Builds(mode().unwrap_or(Mode::Production)),
        ("vue-cli-service", "serve") => Act::Develops(mode().unwrap_or(Mode::Development)),
        ("ng", "build") => Act::Builds(Mode::Production),
        ("ng", "serve" | "start") => Act::Develops(Mode::Development),
        ("webpack", "serve") | ("webpack-dev-server", _) => Act::Develops(node_env.unwrap_or(Mode::Development)),
        ("webpack", _) => Act::Builds(mode().or(node_env).unwrap_or(Mode::Production)),
        ("parcel", "build") => Act::Builds(Mode::Production),
        ("parcel", _) => Act::Develops(Mode::Development),
        ("serve" | "http-server", _) => Act::Serves,
        _ => return None,
    })
}

fn mode_option(words: &[&str]) -> Option<Mode> {
    words.iter().enumerate().find_map(|(at, word)| {
        let value = word
            .strip_prefix("--mode=")
            .or_else(|| (matches!(*word, "--mode" | "-m")).then(|| words.get(at + 1).copied())?);
        value.filter(|value| !value.is_empty()).map(mode_of)
    })
}

/// A mode by its word.
pub fn mode_of(word: &str) -> Mode {
    match word {
        "development" | "dev" => Mode::Development,
        "production" | "prod" => Mode::Production,
        other => Mode::Other(Arc::from(other)),
    }
}

struct ScriptCall<'a> {
    name: &'a str,
    folder: Option<&'a str>,
}

/// `npm run build`, `yarn build`, `pnpm --filter web build`, `npm --prefix web start`, `turbo run build`.
fn script<'a>(words: &[&'a str]) -> Option<ScriptCall<'a>> {
    let program = words.first()?.rsplit('/').next()?;
    // `concurrently npm:api npm:web`
    if let Some((manager, name)) = words.first()?.split_once(':')
        && matches!(manager, "npm" | "yarn" | "pnpm" | "bun")
    {
        return Some(ScriptCall { name, folder: None });
    }
    if !matches!(program, "npm" | "yarn" | "pnpm" | "bun" | "turbo" | "nx" | "lerna") {
        return None;
    }
    let mut folder = None;
    let mut rest = words.iter().skip(1);
    let mut name = None;
    while let Some(word) = rest.next() {
        match *word {
            "--prefix" | "--cwd" | "-C" | "--dir" => folder = rest.next().copied(),
            "--filter" | "-F" | "--scope" | "-w" | "--workspace" => {
                rest.next();
            }
            "turbo" | "nx" | "lerna" => {}
            "run" | "run-script" | "workspace" => {
                if *word == "workspace" {
                    rest.next();
                }
            }
            "install" | "ci" | "i" | "add" | "exec" | "dlx" | "config" | "cache" | "create" | "set" => return None,
            word if word.starts_with('-') => {}
            word => {
                name = Some(word);
                break;
            }
        }
    }
    Some(ScriptCall { name: name?, folder })
}

/// The package that `--filter=web` or `workspace web` names.
fn filtered(repository: &Repository, packages: &[Package], words: &[&str]) -> Option<RepoPath> {
    let wanted = words.iter().enumerate().find_map(|(at, word)| {
        word.strip_prefix("--filter=").or_else(|| word.strip_prefix("--workspace=")).or_else(|| {
            matches!(*word, "--filter" | "-F" | "workspace" | "-w" | "--workspace")
                .then(|| words.get(at + 1).copied())?
        })
    })?;
    let wanted = wanted.trim_end_matches("...");
    package_named(repository, packages, wanted).map(|package| package.root.clone())
}

/// The package with this name in its manifest.
pub fn package_named<'p>(repository: &Repository, packages: &'p [Package], name: &str) -> Option<&'p Package> {
    packages.iter().find(|package| {
        package.manifests.iter().any(|id| {
            let manifest = repository.get(*id).and_then(|facts| facts.manifest.as_deref());
            manifest.and_then(|manifest| manifest.name.as_deref()) == Some(name)
        })
    })
}

/// Assignments in front of the commands with which a package is built or started by hand in a mode.
pub fn script_assignments(wiring: &Wiring, id: PackageId, mode: &Mode) -> Vec<Binding> {
    let names: &[&str] = match mode {
        Mode::Development => &["start", "serve", "dev"],
        Mode::Production => &["start", "build"],
        Mode::Other(_) => &[],
    };
    let Some(package) = wiring.packages.get(id.0 as usize) else { return Vec::new() };
    let mut found = BindingSet::default();
    of_recipes(wiring, id, &mut found);
    for name in names {
        for file in &package.manifests {
            let manifest = wiring.repository.get(*file).and_then(|facts| facts.manifest.as_deref());
            let scripts = manifest.map(|manifest| manifest.scripts.as_slice()).unwrap_or_default();
            let commands = scripts.iter().filter(|script| *script.name == **name).flat_map(|s| &s.command.commands);
            for setting in commands.flat_map(|command| &command.assignments) {
                set(setting, *file, &mut found);
            }
        }
    }
    found.into_vec()
}

/// The names of recipes that start something.
const STARTING: [&str; 6] = ["run", "start", "serve", "dev", "up", "server"];

/// Assignments in front of what a recipe (`make run`) starts in the folder of a package: `cd api && PORT=9000 python main.py`.
fn of_recipes(wiring: &Wiring, id: PackageId, found: &mut BindingSet) {
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.kind == FileKind::Recipes) {
        let Some(folder) = facts.path.parent().filter(|_| facts.role.speaks()) else { continue };
        let scripts = facts.scripts.iter().filter(|script| {
            let first = script.name.split([':', '-', '.', '_']).next().unwrap_or_default();
            STARTING.contains(&first)
        });
        for command in scripts.flat_map(|script| &script.command.commands) {
            let here = command.directory.as_deref().map_or_else(|| Some(folder.clone()), |name| folder.join(name));
            if here.and_then(|here| package_in(&wiring.packages, &here)) != Some(id) {
                continue;
            }
            for setting in &command.assignments {
                set(setting, file, found);
            }
        }
    }
}

fn set(setting: &EnvSetting, file: FileId, found: &mut BindingSet) {
    let Some(value) = &setting.value else { return };
    let resolved = super::values::resolve(value, file, &|_| super::values::Lookup::Outside);
    let place = Place::new(file, setting.span);
    let name = Arc::clone(&setting.name);
    found.set(Binding { name, value: resolved.value(), place, evidence: Vec::new() });
}

/// The package.json script that a command calls: the folder that it runs in, its file and its command line.
pub fn script_called<'r>(
    repository: &'r Repository,
    packages: &[Package],
    folder: &RepoPath,
    command: &SimpleCommand,
) -> Option<(RepoPath, FileId, &'r CommandFact)> {
    let words: Vec<&str> = command.words.iter().map(|word| word.as_str().unwrap_or("")).collect();
    let call = script(&words)?;
    let folder = call.folder.and_then(|sub| folder.join(sub)).unwrap_or_else(|| folder.clone());
    let folder = filtered(repository, packages, &words).unwrap_or(folder);
    let package = package_in(packages, &folder).and_then(|id| packages.get(id.0 as usize))?;
    package.manifests.iter().find_map(|id| {
        let manifest = repository.get(*id)?.manifest.as_deref()?;
        let script = manifest.scripts.iter().find(|script| &*script.name == call.name)?;
        Some((package.root.clone(), *id, &script.command))
    })
}

fn find_script<'r>(
    repository: &'r Repository,
    packages: &[Package],
    folder: &RepoPath,
    name: &str,
) -> Option<&'r CommandFact> {
    let package = package_in(packages, folder).and_then(|id| packages.get(id.0 as usize))?;
    let manifests = package.manifests.iter().filter_map(|id| repository.get(*id)?.manifest.as_deref());
    manifests.flat_map(|manifest| &manifest.scripts).find(|script| &*script.name == name).map(|script| &script.command)
}
