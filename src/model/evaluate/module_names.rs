//! The names of each module, for look-ups that do not go through all of them.

use std::collections::{BTreeMap, BTreeSet};
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
    /// The modules whose names it takes over with `*`, for itself and for others.
    star_imports: Stars,
    star_exports: Stars,
}

/// Modules whose names another one takes over, in source order.
#[derive(Debug, Default)]
struct Stars {
    all: Vec<FileId>,
    /// Where each is in that order first.
    order: BTreeMap<FileId, usize>,
    /// Those that take names over themselves.
    open: Vec<FileId>,
}

/// Modules that are looked at one by one.
const FEW: usize = 32;

/// The names of all modules, by the number of their file.
#[derive(Debug, Default)]
pub struct ModuleNames {
    modules: Vec<Names>,
    /// The modules that have a name.
    owners: BTreeMap<Arc<str>, Vec<FileId>>,
}

impl ModuleNames {
    /// The names of all modules of a repository.
    pub fn new(wiring: &Wiring) -> Self {
        let modules =
            wiring.repository.files.iter().map(|facts| facts.module.as_deref().map(names).unwrap_or_default());
        let mut known = Self { modules: modules.collect(), owners: BTreeMap::new() };
        for (file, names) in (0u32..).map(FileId).zip(&known.modules) {
            let own = names.definitions.keys().chain(names.imports.keys()).chain(names.exports.keys());
            for name in own.collect::<BTreeSet<_>>() {
                known.owners.entry(Arc::clone(name)).or_default().push(file);
            }
        }
        for (file, facts) in wiring.repository.iter() {
            let Some(module) = facts.module.as_deref() else { continue };
            let imports = module.imports.iter().filter(|import| &*import.local == "*");
            let imports = known.stars(wiring, file, imports.map(|import| &import.module));
            let exports = module.exports.iter().filter(|export| &*export.exported == "*");
            let exports = known.stars(wiring, file, exports.filter_map(|export| export.module.as_ref()));
            if let Some(names) = known.modules.get_mut(file.0 as usize) {
                (names.star_imports, names.star_exports) = (imports, exports);
            }
        }
        known
    }

    fn stars<'a>(&self, wiring: &Wiring, file: FileId, modules: impl Iterator<Item = &'a Arc<str>>) -> Stars {
        let targets = modules.filter_map(|text| wiring.repository.resolved.get(&(file, Arc::clone(text))));
        let mut stars = Stars::default();
        for target in targets.flatten() {
            if !stars.order.contains_key(target) {
                stars.order.insert(*target, stars.all.len());
                stars.all.push(*target);
                if self.is_open(*target) {
                    stars.open.push(*target);
                }
            }
        }
        stars
    }

    /// Whether a module takes over whatever names other modules have.
    fn is_open(&self, file: FileId) -> bool {
        self.modules
            .get(file.0 as usize)
            .is_some_and(|names| names.imports.contains_key("*") || names.exports.contains_key("*"))
    }

    /// Whether a module may have a name, its own or one that it takes over.
    pub fn may_have(&self, file: FileId, name: &str) -> bool {
        self.is_open(file)
            || self.modules.get(file.0 as usize).is_some_and(|names| {
                names.definitions.contains_key(name)
                    || names.imports.contains_key(name)
                    || names.exports.contains_key(name)
            })
    }

    /// The modules that may give a name to what `file` imports with `*`, in source order.
    pub fn star_imports(&self, file: FileId, name: &str) -> Vec<FileId> {
        self.modules.get(file.0 as usize).map(|names| self.giving(&names.star_imports, name)).unwrap_or_default()
    }

    /// The modules that may give a name to what `file` exports with `*`, in source order.
    pub fn star_exports(&self, file: FileId, name: &str) -> Vec<FileId> {
        self.modules.get(file.0 as usize).map(|names| self.giving(&names.star_exports, name)).unwrap_or_default()
    }

    fn giving(&self, stars: &Stars, name: &str) -> Vec<FileId> {
        let owners = self.owners.get(name).map_or(&[][..], Vec::as_slice);
        if stars.all.len() <= FEW || owners.len() > stars.all.len() {
            return stars.all.iter().copied().filter(|file| self.may_have(*file, name)).collect();
        }
        let own = owners.iter().filter(|owner| stars.order.contains_key(owner));
        let mut found: Vec<FileId> = own.chain(&stars.open).copied().collect();
        found.sort_by_key(|file| stars.order.get(file));
        found.dedup();
        found
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
