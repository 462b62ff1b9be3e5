//! The names of each module, for look-ups that do not go through all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::FileId;
use crate::facts::{Definition, Export, Import, Module};
use crate::model::Wiring;

/// Positions in a list of a module, in source order.
type Positions = Vec<u32>;

/// The names of one module, each with where it is in the module's lists.
#[derive(Debug, Default)]
struct Names {
    definitions: BTreeMap<Arc<str>, u32>,
    imports: BTreeMap<Arc<str>, Positions>,
    exports: BTreeMap<Arc<str>, Positions>,
}

/// The names of all modules, by the number of their file.
#[derive(Debug, Default)]
pub struct ModuleNames {
    modules: Vec<Names>,
}

impl ModuleNames {
    /// The names of all modules of a repository.
    pub fn new(wiring: &Wiring) -> Self {
        let modules =
            wiring.repository.files.iter().map(|facts| facts.module.as_deref().map(names).unwrap_or_default());
        Self { modules: modules.collect() }
    }

    /// The last definition of a name.
    pub fn definition<'a>(&self, file: FileId, module: &'a Module, name: &str) -> Option<&'a Definition> {
        let at = *self.modules.get(file.0 as usize)?.definitions.get(name)?;
        module.definitions.get(at as usize)
    }

    /// The imports under a local name, in source order.
    pub fn imports<'a>(
        &'a self,
        file: FileId,
        module: &'a Module,
        local: &str,
    ) -> impl DoubleEndedIterator<Item = &'a Import> {
        let found = self.modules.get(file.0 as usize).and_then(|names| names.imports.get(local));
        found.into_iter().flatten().filter_map(|at| module.imports.get(*at as usize))
    }

    /// The same for two local names, each import once.
    pub fn imports_of_either<'a>(
        &'a self,
        file: FileId,
        module: &'a Module,
        locals: [&str; 2],
    ) -> impl DoubleEndedIterator<Item = &'a Import> {
        let names = self.modules.get(file.0 as usize);
        let of = |local: &str| names.and_then(|names| names.imports.get(local)).into_iter().flatten().copied();
        let mut found: Positions = locals.into_iter().flat_map(of).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|at| module.imports.get(at as usize))
    }

    /// The exports under a name, in source order.
    pub fn exports<'a>(&'a self, file: FileId, module: &'a Module, name: &str) -> impl Iterator<Item = &'a Export> {
        let found = self.modules.get(file.0 as usize).and_then(|names| names.exports.get(name));
        found.into_iter().flatten().filter_map(|at| module.exports.get(*at as usize))
    }
}

fn names(module: &Module) -> Names {
    let mut names = Names::default();
    for (at, definition) in (0u32..).zip(&module.definitions) {
        names.definitions.insert(Arc::clone(&definition.name), at);
    }
    for (at, import) in (0u32..).zip(&module.imports) {
        names.imports.entry(Arc::clone(&import.local)).or_default().push(at);
    }
    for (at, export) in (0u32..).zip(&module.exports) {
        names.exports.entry(Arc::clone(&export.exported)).or_default().push(at);
    }
    names
}
