//! Options that command lines give to the programs of Python that they start, as bindings of their names (`--port`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::packages::package_of;
use super::values::{Lookup, resolve};
use crate::base::{FileId, Place};
use crate::facts::{CommandFact, Expr, HoleReason, SimpleCommand};
use crate::model::{Binding, PackageId, Text, Unknown, Value, Wiring};

/// The name that a shell gives to the program itself. Where it is bound, the command line is known.
pub const PROGRAM: &str = "$0";

/// What a command line of a file says `name` is, in an environment.
pub fn in_environment(environment: &[Binding], name: &str) -> Lookup {
    let bound = environment.iter().rev().find(|binding| *binding.name == *name);
    bound.map_or(Lookup::Outside, |binding| Lookup::Set(binding.clone()))
}

/// The options of the programs that one package's commands start.
#[derive(Clone, Debug, Default)]
pub struct Arguments(Vec<BTreeMap<Arc<str>, Binding>>);

impl Arguments {
    /// Adds those of a command line in a file.
    pub fn add(&mut self, file: FileId, command: &CommandFact, lookup: &dyn Fn(&str) -> Lookup) {
        let programs = command.commands.iter().filter_map(|simple| of_command(file, simple, lookup));
        self.0.extend(programs);
    }

    /// Whether no program is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they come to. An option that not all of the programs are given alike may have any value.
    pub fn into_bindings(self) -> Vec<Binding> {
        let names: BTreeSet<Arc<str>> = self.0.iter().flat_map(BTreeMap::keys).cloned().collect();
        names.into_iter().filter_map(|name| agreed(&self.0, &name)).collect()
    }
}

/// Those of the command lines in shell scripts, Procfiles and manifests, by the package whose program they start.
pub fn of_scripts(wiring: &Wiring) -> BTreeMap<PackageId, Arguments> {
    let mut found: BTreeMap<PackageId, Arguments> = BTreeMap::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        let Some(own) = facts.path.parent() else { continue };
        let manifest = facts.manifest.iter().flat_map(|manifest| &manifest.scripts);
        for simple in facts.scripts.iter().chain(manifest).flat_map(|script| &script.command.commands) {
            let Some((program, _)) = split(&simple.words) else { continue };
            let folder = simple.directory.as_deref().and_then(|inside| own.join(inside)).unwrap_or_else(|| own.clone());
            let path = program.as_str().filter(|name| name.ends_with(".py")).and_then(|name| folder.join(name));
            let Some(package) = package_of(wiring, path.as_ref().unwrap_or(&folder)) else { continue };
            found.entry(package).or_default().0.extend(of_command(file, simple, &|_| Lookup::Outside));
        }
    }
    found
}

fn agreed(programs: &[BTreeMap<Arc<str>, Binding>], name: &str) -> Option<Binding> {
    let first = programs.iter().find_map(|options| options.get(name))?;
    let is_same = |options: &BTreeMap<Arc<str>, Binding>| options.get(name).is_some_and(|one| one.value == first.value);
    let unknown = || Value::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(first.place) });
    let value = if programs.iter().all(is_same) { first.value.clone() } else { unknown() };
    Some(Binding { value, ..first.clone() })
}

/// The options of a program of Python; none where something is handed on that is not written here.
fn of_command(
    file: FileId,
    command: &SimpleCommand,
    lookup: &dyn Fn(&str) -> Lookup,
) -> Option<BTreeMap<Arc<str>, Binding>> {
    let (program, words) = split(&command.words)?;
    let bind = |name: &str, expr: &Expr, value: Value| {
        let name: Arc<str> = Arc::from(name);
        (Arc::clone(&name), Binding { name, value, place: Place::new(file, expr.span), evidence: Vec::new() })
    };
    let mut options = BTreeMap::from([bind(PROGRAM, program, resolve(program, file, lookup).value())]);
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        let text = word.as_str()?;
        if !text.starts_with('-') {
            continue;
        }
        let (name, expr, value) = match text.split_once('=') {
            Some((name, value)) => (name, word, Value::Text(Text::known(value, Some(Place::new(file, word.span))))),
            None => match rest.next_if(|next| next.as_str().is_none_or(|next| !next.starts_with('-'))) {
                Some(given) => (text, given, resolve(given, file, lookup).value()),
                None => (text, word, Value::Bool(true)),
            },
        };
        let (name, binding) = bind(name, expr, value);
        options.insert(name, binding);
    }
    Some(options)
}

/// The program of Python that a command starts, and the words behind it.
fn split(words: &[Expr]) -> Option<(&Expr, &[Expr])> {
    let text = |at: usize| words.get(at).and_then(Expr::as_str);
    if text(0).is_some_and(|first| first.ends_with(".py")) {
        return words.split_first();
    }
    let named = |word: &Expr| {
        let name = word.as_str().and_then(|word| word.rsplit('/').next()).unwrap_or_default();
        name.strip_prefix("python")
            .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    };
    let mut at = words.iter().position(named)? + 1;
    while text(at).is_some_and(|word| word.starts_with('-') && word != "-m") {
        at += 1;
    }
    at += usize::from(text(at) == Some("-m"));
    words.get(at..)?.split_first()
}
