//! Options that command lines give to the programs of Python that they start, as bindings of their names (`--port`).

mod options;
mod started;
mod word;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::options::Options;
use self::started::Started;
use super::binding_set::BindingSet;
use super::packages::package_of;
use crate::base::FileId;
use crate::facts::{CommandFact, HoleReason, Repository};
use crate::model::{Binding, PackageId, Unknown, Value, Wiring};

/// The name that a shell gives to the program itself. Where it is bound to a text, all options of the command line are
/// known; where it is bound to something unknown, there may be further ones.
pub const PROGRAM: &str = "$0";

/// The options of the programs that one package's commands start.
#[derive(Clone, Debug, Default)]
pub struct Arguments(Vec<Options>);

impl Arguments {
    /// Adds those of a command line in a file, which runs in an environment.
    pub fn add(&mut self, repository: &Repository, file: FileId, command: &CommandFact, environment: &BindingSet) {
        let started = command.commands.iter().filter_map(|simple| Started::by(repository, simple));
        self.0.extend(started.map(|started| Options::of(file, &started, environment)));
    }

    /// Whether no program is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they come to. An option that not all of the programs are given alike may have any value.
    pub fn into_bindings(self) -> Vec<Binding> {
        let all = self.0.len();
        let mut program: Option<Binding> = None;
        let mut met: BTreeMap<Arc<str>, (Binding, usize)> = BTreeMap::new();
        for options in self.0 {
            let is_unsure = matches!(options.program.value, Value::Unknown(_));
            program = Some(match program {
                Some(known) if !is_unsure => known,
                _ => options.program,
            });
            for binding in options.given.into_vec() {
                // One alone agrees with itself, whatever is known of it.
                met.entry(Arc::clone(&binding.name))
                    .and_modify(|(known, alike)| *alike += usize::from(is_same(&known.value, &binding.value)))
                    .or_insert_with(|| (binding.clone(), 1));
            }
        }
        let given = met.into_values().map(|(binding, alike)| match alike == all {
            true => binding,
            false => unsure(binding),
        });
        program.into_iter().chain(given).collect()
    }
}

/// Those of the command lines in shell scripts, Procfiles and manifests, by the package whose program they start.
pub fn of_scripts(wiring: &Wiring) -> BTreeMap<PackageId, Arguments> {
    let mut found: BTreeMap<PackageId, Arguments> = BTreeMap::new();
    let environment = BindingSet::default();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        let Some(own) = facts.path.parent() else { continue };
        let manifest = facts.manifest.iter().flat_map(|manifest| &manifest.scripts);
        for simple in facts.scripts.iter().chain(manifest).flat_map(|script| &script.command.commands) {
            let Some(started) = Started::by(&wiring.repository, simple) else { continue };
            let folder = simple.directory.as_deref().and_then(|inside| own.join(inside)).unwrap_or_else(|| own.clone());
            let path = folder.join(&started.path);
            let Some(package) = package_of(wiring, path.as_ref().unwrap_or(&folder)) else { continue };
            found.entry(package).or_default().0.push(Options::of(file, &started, &environment));
        }
    }
    found
}

/// Whether two programs are given the same, wherever it is written.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one == other,
        _ => one.as_known_text().is_some_and(|text| other.as_known_text() == Some(text)),
    }
}

/// The same name, with a value that only the running program knows.
fn unsure(binding: Binding) -> Binding {
    let value = Value::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(binding.place) });
    Binding { value, ..binding }
}
