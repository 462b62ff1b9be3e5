//! What other files do to a module: they write into its objects, and define names that its code takes from the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::{self, Found};
use crate::base::{FileId, FileKind};
use crate::facts::{Change, DefinitionValue, Expr, PageKind};
use crate::model::topology::package_of;
use crate::model::{PackageId, Wiring};

/// A write of one module into an object that another one defines.
#[derive(Debug)]
pub struct OutsideChange {
    /// The object's name in its own module.
    pub name: Arc<str>,
    /// The module that writes.
    pub by: FileId,
    /// Which of its writes.
    number: usize,
}

impl OutsideChange {
    /// What is written.
    pub fn written<'a>(&self, wiring: &'a Wiring) -> Option<&'a Change> {
        wiring.repository.get(self.by)?.module.as_deref()?.changes.get(self.number)
    }
}

/// The writes into each module's objects.
pub type Changes = BTreeMap<FileId, Vec<OutsideChange>>;

/// Finds them all.
pub fn changes(wiring: &Wiring) -> Changes {
    let mut all = Changes::new();
    for (by, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        let changes = facts.module.as_deref().map_or(&[][..], |module| module.changes.as_slice());
        for (number, change) in changes.iter().enumerate() {
            let Found::Value(file, value) = names::look_up(wiring, by, &change.local) else { continue };
            let Some(name) = names::name_of_value(wiring, file, value) else { continue };
            all.entry(file).or_default().push(OutsideChange { name: Arc::from(name), by, number });
        }
    }
    all
}

/// Where the scripts of a package's pages define each global name.
pub type Globals = BTreeMap<(PackageId, Arc<str>), Vec<(FileId, Place)>>;

/// Which list of a module a definition is in, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among its definitions.
    Definition(usize),
    /// Among what it puts into the global object.
    Global(usize),
}

/// Finds them all: what any script assigns to `window`, and what scripts that are no modules define at their top level.
pub fn globals(wiring: &Wiring) -> Globals {
    let mut all = Globals::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        let (Some(module), Some(package)) = (facts.module.as_deref(), package_of(wiring, &facts.path)) else {
            continue;
        };
        let mut add = |name: &Arc<str>, place| all.entry((package, Arc::clone(name))).or_default().push((file, place));
        for (at, global) in module.globals.iter().enumerate() {
            add(&global.name, Place::Global(at));
        }
        let is_script = facts.kind == FileKind::Html || is_loaded(wiring, facts.path.name());
        if is_script && module.imports.is_empty() && module.exports.is_empty() {
            for (at, definition) in module.definitions.iter().enumerate() {
                add(&definition.name, Place::Definition(at));
            }
        }
    }
    all
}

/// Whether a page loads a script of that name.
fn is_loaded(wiring: &Wiring, name: &str) -> bool {
    let pages = wiring.repository.iter().flat_map(|(_, facts)| &facts.pages);
    pages.into_iter().any(|page| match &page.kind {
        PageKind::Script(source) => {
            let path = source.split(['?', '#']).next().unwrap_or_default();
            path.rsplit('/').next() == Some(name)
        }
        _ => false,
    })
}

/// The one value of a global name for the code of a file; none when several scripts define it.
pub fn global<'a>(wiring: &'a Wiring, globals: &Globals, file: FileId, name: &str) -> Option<(FileId, &'a Expr)> {
    let package = package_of(wiring, &wiring.repository.get(file)?.path)?;
    let found = globals.get(&(package, Arc::from(name)))?;
    let (by, place) = found.last()?;
    if found.iter().any(|(other, _)| other != by) {
        return None;
    }
    let module = wiring.repository.get(*by)?.module.as_deref()?;
    let definition = match place {
        Place::Definition(at) => module.definitions.get(*at)?,
        Place::Global(at) => module.globals.get(*at)?,
    };
    match &definition.value {
        DefinitionValue::Value(value) => Some((*by, value)),
        DefinitionValue::Function(_) | DefinitionValue::Class(_) => None,
    }
}
