//! Which env files a tool reads, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use crate::base::{FileId, RepoPath};
use crate::facts::{Demand, Ecosystem, FrontEndTool};
use crate::model::topology::package_of;
use crate::model::{Mode, Package, PackageId, Wiring};

/// Python packages that read `.env` by themselves or when told.
const PYTHON_READERS: [&str; 9] = [
    "python-dotenv",
    "pydantic-settings",
    "django-environ",
    "python-decouple",
    "environs",
    "dynaconf",
    "starlette",
    "fastapi",
    "flask",
];

/// Node packages that read `.env`.
const NODE_READERS: [&str; 6] = ["dotenv", "dotenv-flow", "@nestjs/config", "env-cmd", "dotenv-cli", "dotenv-expand"];

/// Files with their reader, the weakest first.
#[derive(Debug)]
pub struct Files {
    /// The files.
    pub files: Vec<FileId>,
    /// Who reads them.
    pub dialect: Dialect,
}

/// What the tool of a front end reads when it builds in a mode.
pub fn of_build(wiring: &Wiring, package: &Package, mode: &Mode) -> Option<Files> {
    let tool = package.tool?;
    let names = names(tool, package, mode)?;
    let dialect = match tool {
        FrontEndTool::Next => Dialect::Next,
        FrontEndTool::Cra | FrontEndTool::VueCli => Dialect::DotenvExpand,
        FrontEndTool::Vite => Dialect::Vite,
        _ => Dialect::Dotenv,
    };
    let folder = env_folder(wiring, package)?;
    let files = names.iter().rev().filter_map(|name| wiring.repository.find(&folder.join(name)?)).collect();
    Some(Files { files, dialect })
}

/// Names of env files, the strongest first.
fn names(tool: FrontEndTool, package: &Package, mode: &Mode) -> Option<Vec<String>> {
    let word = mode.name();
    let mode_first =
        || vec![format!(".env.{word}.local"), format!(".env.{word}"), String::from(".env.local"), String::from(".env")];
    let local_first = |word: &str| {
        vec![format!(".env.{word}.local"), String::from(".env.local"), format!(".env.{word}"), String::from(".env")]
    };
    match tool {
        FrontEndTool::Vite | FrontEndTool::VueCli => Some(mode_first()),
        // Next and CRA know two modes of a build, whatever else the environment says.
        FrontEndTool::Next | FrontEndTool::Cra if *mode == Mode::Development => Some(local_first("development")),
        FrontEndTool::Next | FrontEndTool::Cra => Some(local_first("production")),
        FrontEndTool::Nuxt => Some(vec![String::from(".env")]),
        FrontEndTool::Webpack => {
            let reads = ["dotenv-webpack", "dotenv", "gatsby"];
            let reads = package.dependencies.iter().any(|name| reads.contains(&&**name));
            reads.then(|| vec![format!(".env.{word}"), String::from(".env")])
        }
        FrontEndTool::Angular | FrontEndTool::Plain => None,
    }
}

/// `envDir` of the tool's configuration, else the package's folder; `None` where nobody can tell which one it is.
pub fn env_folder(wiring: &Wiring, package: &Package) -> Option<RepoPath> {
    let owner = package_of(wiring, &package.root);
    let files = owner.into_iter().flat_map(|owner| wiring.index.files_of(wiring, owner));
    let configs = files.filter(|(_, facts)| facts.path.parent().as_ref() == Some(&package.root));
    let stated = configs.flat_map(|(_, facts)| &facts.dev_servers).find_map(|server| server.env_dir.as_ref());
    match stated {
        Some(folder) => package.root.join(folder.as_str().filter(|folder| !folder.starts_with('/'))?),
        None => Some(package.root.clone()),
    }
}

/// What a server process of the package reads at start.
pub fn of_server(wiring: &Wiring, named: &[FileId], package: &Package, mode: &Mode) -> Files {
    let has = |names: &[&str]| package.dependencies.iter().any(|name| names.contains(&&**name));
    let python = package.ecosystem == Some(Ecosystem::Python);
    if !python && package.tool == Some(FrontEndTool::Next) {
        return of_build(wiring, package, mode).unwrap_or(Files { files: Vec::new(), dialect: Dialect::Next });
    }
    let dialect = match python {
        true if has(&["django-environ"]) => Dialect::DjangoEnviron,
        true => Dialect::PythonDotenv,
        false if has(&["dotenv-expand"]) => Dialect::DotenvExpand,
        false => Dialect::Dotenv,
    };
    if !named.is_empty() {
        let files = named.iter().copied().filter(|file| is_of_mode(wiring, *file, mode)).collect();
        return Files { files, dialect };
    }
    if let Some(file) = node_env_file(wiring, package) {
        return Files { files: vec![file], dialect: Dialect::Node };
    }
    let reads = if python { has(&PYTHON_READERS) } else { has(&NODE_READERS) };
    let found = if !reads {
        None
    } else if python {
        // `find_dotenv` goes up until it finds one.
        std::iter::successors(Some(package.root.clone()), RepoPath::parent)
            .find_map(|folder| wiring.repository.find(&folder.join(".env")?))
    } else {
        package.root.join(".env").and_then(|path| wiring.repository.find(&path))
    };
    Files { files: found.into_iter().collect(), dialect }
}

/// Whether an env file that code names is read in a mode: its own name may be that of the other one.
fn is_of_mode(wiring: &Wiring, file: FileId, mode: &Mode) -> bool {
    let name = wiring.repository.get(file).map(|facts| facts.path.name()).unwrap_or_default();
    let says = |word: &str| name.split('.').any(|part| part == word);
    match mode {
        Mode::Development => !says("production") && !says("prod"),
        _ => !says("development") && !says("dev"),
    }
}

/// `node --env-file=.env` in a script.
fn node_env_file(wiring: &Wiring, package: &Package) -> Option<FileId> {
    let manifests = package.manifests.iter().filter_map(|id| wiring.repository.get(*id)?.manifest.as_deref());
    let commands = manifests.flat_map(|manifest| &manifest.scripts).flat_map(|script| &script.command.commands);
    let stated =
        commands.flat_map(|command| &command.words).find_map(|word| word.as_str()?.strip_prefix("--env-file="));
    wiring.repository.find(&package.root.join(stated?)?)
}

/// Env files that the code of each package names, in path order of the code.
pub fn named(wiring: &Wiring) -> BTreeMap<PackageId, Vec<FileId>> {
    let mut files: BTreeMap<PackageId, Vec<FileId>> = BTreeMap::new();
    let mut known: BTreeSet<(PackageId, FileId)> = BTreeSet::new();
    for (file, facts) in wiring.repository.iter() {
        let demands = facts.demands.iter().filter_map(|demand| match demand {
            Demand::EnvFile(text) => Some(text),
            _ => None,
        });
        for text in demands {
            let Some(package) = package_of(wiring, &facts.path) else { break };
            let found = wiring.repository.resolved.get(&(file, text.clone())).map(Vec::as_slice).unwrap_or_default();
            for id in found.iter().filter(|id| wiring.repository.may_be_accused(**id)) {
                if known.insert((package, *id)) {
                    files.entry(package).or_default().push(*id);
                }
            }
        }
    }
    files
}
