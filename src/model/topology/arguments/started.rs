//! The program of the repository that a command starts with Python.

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
        if first.as_str()?.ends_with(".py") {
            return Self::script(repository, first, behind);
        }
        let at = command.words.iter().position(is_python)?;
        Self::behind_python(repository, command.words.get(at + 1..)?)
    }

    /// What the interpreter makes of its own words: <https://docs.python.org/3/using/cmdline.html>.
    fn behind_python(repository: &Repository, mut words: &'c [Expr]) -> Option<Self> {
        loop {
            let (word, behind) = words.split_first()?;
            let text = word.as_str()?;
            words = behind;
            if text.starts_with("--") {
                continue;
            }
            let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                return Self::script(repository, word, behind);
            };
            // `-um app`: letters are written together, the first with a value of its own ends them.
            let Some((at, letter)) = letters.char_indices().find(|(_, letter)| "cmWX".contains(*letter)) else {
                continue;
            };
            let joined = letters.get(at + 1..).filter(|value| !value.is_empty());
            match (letter, joined) {
                ('m', Some(module)) => return Self::module(repository, word, module, behind),
                ('m', None) => {
                    let (word, behind) = behind.split_first()?;
                    return Self::module(repository, word, word.as_str()?, behind);
                }
                ('c', _) => return None,
                (_, Some(_)) => {}
                (_, None) => words = behind.get(1..)?,
            }
        }
    }

    /// A file. An image may keep it in another folder than the repository does, so that its name decides.
    fn script(repository: &Repository, program: &'c Expr, words: &'c [Expr]) -> Option<Self> {
        let path = program.as_str().filter(|path| path.ends_with(".py"))?;
        let name = path.rsplit('/').next()?;
        let is_there = !repository.paths_named(name).is_empty();
        is_there.then(|| Self { program, path: path.to_owned(), words })
    }

    /// A module. There are many of one last name in libraries, so that its whole path decides.
    fn module(repository: &Repository, program: &'c Expr, module: &str, words: &'c [Expr]) -> Option<Self> {
        let module = module.replace('.', "/");
        let is_there = |path: &String| {
            let named = repository.paths_named(path.rsplit('/').next().unwrap_or(path));
            let ends_so = |known: &str| known.strip_suffix(&**path).is_some_and(|at| at.is_empty() || at.ends_with('/'));
            named.iter().any(|known| ends_so(known.as_str()))
        };
        let path = [format!("{module}.py"), format!("{module}/__main__.py")].into_iter().find(is_there)?;
        Some(Self { program, path, words })
    }
}

/// `python`, `python3`, `/usr/bin/python3.12`.
fn is_python(word: &Expr) -> bool {
    let name = word.as_str().and_then(|word| word.rsplit('/').next()).unwrap_or_default();
    let is_minor = |rest: &str| {
        let minor = rest.strip_prefix('.');
        rest.is_empty() || minor.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
    };
    name == "python" || name.strip_prefix("python3").is_some_and(is_minor)
}
