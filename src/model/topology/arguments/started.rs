//! The program of the repository that a command starts with Python.

use crate::facts::known::{PythonProgram, is_python, python_run};
use crate::facts::{Expr, Repository, SimpleCommand};

/// A program of the repository, as a command line starts it.
pub(super) struct Started<'c> {
    /// The word that names it.
    pub program: &'c Expr,
    /// Its file, seen from the folder that it is started in.
    pub path: String,
    /// The words behind it.
    pub words: &'c [Expr],
}

impl<'c> Started<'c> {
    /// The program that a command starts; none where the repository has no such program.
    pub fn by(repository: &Repository, command: &'c SimpleCommand) -> Option<Self> {
        let (first, behind) = command.words.split_first()?;
        if let Some(path) = first.as_str().filter(|path| path.ends_with(".py")) {
            return script(repository, path).map(|path| Self { program: first, path, words: behind });
        }
        let at = command.words.iter().position(|word| word.as_str().is_some_and(is_python))?;
        let run = python_run(command.words.get(at + 1..)?)?;
        let path = match run.kind {
            PythonProgram::Script => script(repository, run.name)?,
            PythonProgram::Module => module(repository, run.name)?,
        };
        Some(Self { program: run.word, path, words: run.words })
    }
}

/// A file. An image may keep it in another folder than the repository does, so that its name decides.
fn script(repository: &Repository, path: &str) -> Option<String> {
    let name = path.rsplit('/').next().filter(|name| name.ends_with(".py"))?;
    (!repository.paths_named(name).is_empty()).then(|| path.to_owned())
}

/// The file of a module. There are many of one last name in libraries, so that its whole path decides.
fn module(repository: &Repository, name: &str) -> Option<String> {
    let module = name.replace('.', "/");
    let is_there = |path: &String| {
        let ends_so = |known: &str| known.strip_suffix(&**path).is_some_and(|at| at.is_empty() || at.ends_with('/'));
        let named = repository.paths_named(path.rsplit('/').next().unwrap_or(path));
        named.iter().any(|known| ends_so(known.as_str()))
    };
    [format!("{module}.py"), format!("{module}/__main__.py")].into_iter().find(is_there)
}
