//! What Python's interpreter makes of its own words: <https://docs.python.org/3/using/cmdline.html>.

use crate::facts::Expr;

/// A program as the interpreter is told to run it.
#[derive(Clone, Copy, Debug)]
pub struct PythonRun<'c> {
    /// What it is.
    pub kind: PythonProgram,
    /// The word that names it.
    pub word: &'c Expr,
    /// The path of its file, or the dotted name of its module.
    pub name: &'c str,
    /// The words that it gets.
    pub words: &'c [Expr],
}

/// What the interpreter may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PythonProgram {
    /// A file.
    Script,
    /// `-m module`.
    Module,
}

/// Whether a word starts the interpreter: `python`, `python3`, `/usr/bin/python3.12`.
#[must_use]
pub fn is_python(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let is_version = |rest: &str| {
        let minor = rest.strip_prefix('.');
        rest.is_empty() || minor.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(name, "python" | "pypy3") || name.strip_prefix("python3").is_some_and(is_version)
}

/// The program that the words behind `python` run; none for code on the command line, or where a word is not known.
#[must_use]
pub fn python_run(mut words: &[Expr]) -> Option<PythonRun<'_>> {
    loop {
        let (word, behind) = words.split_first()?;
        let text = word.as_str()?;
        words = behind;
        if text.starts_with("--") {
            // The one long option that takes a word behind it.
            if text == "--check-hash-based-pycs" {
                words = behind.get(1..)?;
            }
            continue;
        }
        let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            return Some(PythonRun { kind: PythonProgram::Script, word, name: text, words });
        };
        // `-um app`: letters are written together, and the first that takes a value ends them.
        let Some((at, letter)) = letters.char_indices().find(|(_, letter)| "cmWX".contains(*letter)) else {
            continue;
        };
        let joined = letters.get(at + 1..).filter(|value| !value.is_empty());
        let module = |word, name, words| PythonRun { kind: PythonProgram::Module, word, name, words };
        match (letter, joined) {
            ('m', Some(name)) => return Some(module(word, name, behind)),
            ('m', None) => {
                let (word, behind) = behind.split_first()?;
                return Some(module(word, word.as_str()?, behind));
            }
            ('c', _) => return None,
            (_, Some(_)) => {}
            (_, None) => words = behind.get(1..)?,
        }
    }
}
