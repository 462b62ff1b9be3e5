//! What a name stands for, across files.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::{FileId, RepoPath};
use crate::facts::{Class, DefinitionValue, Expr, ExprKind, Function, Import, Module};
use crate::model::Wiring;

/// Imports and re-exports followed for one name.
const MAX_HOPS: u32 = 16;
/// Modules looked into for one name: where modules re-export each other, the ways between them multiply.
const MAX_LOOKS: u32 = 2_000;

/// Modules looked into before it is noted which: most names are found at once.
const FREE_LOOKS: u32 = 32;

/// What one look-up looked into so far, on all ways.
#[derive(Default)]
struct Looks {
    count: Cell<u32>,
    /// The modules with the names that were asked of them. Who asks again would get the same answer.
    seen: RefCell<BTreeSet<(FileId, Asked, String)>>,
}

/// What of a module was asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Name,
    Export,
    LocatedName,
    LocatedExport,
}

/// How far one look-up has come.
#[derive(Clone, Copy)]
struct Way<'l> {
    hops: u32,
    looks: &'l Looks,
}

impl<'l> Way<'l> {
    fn new(looks: &'l Looks) -> Self {
        Self { hops: 0, looks }
    }

    fn further(self, hops: u32) -> Self {
        Self { hops: self.hops + hops, ..self }
    }

    /// Whether one more module is too much, or was looked into.
    fn ends(self, file: FileId, asked: Asked, name: &str) -> bool {
        let count = self.looks.count.get() + 1;
        self.looks.count.set(count);
        self.hops > MAX_HOPS
            || count > MAX_LOOKS
            || count > FREE_LOOKS && !self.looks.seen.borrow_mut().insert((file, asked, name.to_owned()))
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// An expression of a file's top level.
    Value(FileId, &'a Expr),
    /// A function.
    Function(FileId, &'a Function),
    /// A class.
    Class(FileId, &'a Class),
    /// A module of the repository.
    Module(FileId),
    /// A module that is not in the repository, as written.
    External(&'a str),
    /// Nothing in the repository defines it.
    Missing,
}

/// A name of a file's top level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The file that defines it.
    pub file: FileId,
    /// Its name there.
    pub name: Arc<str>,
}

/// What the top-level name `name` of `file` stands for.
#[must_use]
pub fn look_up<'a>(wiring: &'a Wiring, file: FileId, name: &str) -> Found<'a> {
    look_up_bounded(wiring, file, name, Way::new(&Looks::default()))
}

/// What `name` stands for when other modules import it from `file`.
#[must_use]
pub fn look_up_export<'a>(wiring: &'a Wiring, file: FileId, name: &str) -> Found<'a> {
    export_bounded(wiring, file, name, Way::new(&Looks::default()))
}

/// The name of a class of `file`.
#[must_use]
pub fn class_named(wiring: &Wiring, file: FileId, class: &Class) -> Option<Arc<str>> {
    module_of(wiring, file)?.definitions.iter().find_map(|definition| match &definition.value {
        DefinitionValue::Class(known) if std::ptr::eq(known, class) => Some(Arc::clone(&definition.name)),
        _ => None,
    })
}

/// The name under which `file` defines a value.
#[must_use]
pub fn name_of_value<'a>(wiring: &'a Wiring, file: FileId, value: &Expr) -> Option<&'a str> {
    module_of(wiring, file)?.definitions.iter().find_map(|definition| match &definition.value {
        DefinitionValue::Value(known) if std::ptr::eq(known, value) => Some(&*definition.name),
        _ => None,
    })
}

fn module_of(wiring: &Wiring, file: FileId) -> Option<&Module> {
    wiring.repository.get(file)?.module.as_deref()
}

fn definition<'a>(wiring: &Wiring, file: FileId, module: &'a Module, name: &str) -> Option<Found<'a>> {
    let definition = wiring.index.names(wiring).definition(file, module, name)?;
    Some(match &definition.value {
        DefinitionValue::Value(expr) => Found::Value(file, expr),
        DefinitionValue::Function(function) => Found::Function(file, function),
        DefinitionValue::Class(class) => Found::Class(file, class),
    })
}

fn look_up_bounded<'a>(wiring: &'a Wiring, file: FileId, name: &str, way: Way<'_>) -> Found<'a> {
    let Some(module) = module_of(wiring, file) else { return Found::Missing };
    if way.ends(file, Asked::Name, name) {
        return Found::Missing;
    }
    if let Some(found) = definition(wiring, file, module, name) {
        return found;
    }
    for import in wiring.index.names(wiring).imports(file, module, name).rev() {
        let found = follow_import(wiring, file, import, way);
        if !matches!(found, Found::Missing) {
            return found;
        }
    }
    for target in wiring.index.names(wiring).star_imports(file, name) {
        let found = export_bounded(wiring, target, name, way.further(1));
        if !matches!(found, Found::Missing) {
            return found;
        }
    }
    Found::Missing
}

fn follow_import<'a>(wiring: &'a Wiring, file: FileId, import: &'a Import, way: Way<'_>) -> Found<'a> {
    let targets = targets(wiring, file, &import.module);
    if &*import.imported == "*" {
        return targets.first().map_or(Found::External(&import.module), |target| Found::Module(*target));
    }
    for target in &targets {
        let found = export_bounded(wiring, *target, &import.imported, way.further(1));
        if !matches!(found, Found::Missing) {
            return found;
        }
    }
    if let Some(submodule) = submodule(wiring, file, import) {
        return Found::Module(submodule);
    }
    if targets.is_empty() { Found::External(&import.module) } else { Found::Missing }
}

fn export_bounded<'a>(wiring: &'a Wiring, file: FileId, name: &str, way: Way<'_>) -> Found<'a> {
    let Some(module) = module_of(wiring, file) else { return Found::Missing };
    if way.ends(file, Asked::Export, name) {
        return Found::Missing;
    }
    for export in wiring.index.names(wiring).exports(file, module, name) {
        let found = match &export.module {
            None if &*export.local == name => definition(wiring, file, module, name).unwrap_or(Found::Missing),
            None => look_up_bounded(wiring, file, &export.local, way.further(1)),
            Some(from) if &*export.local == "*" => {
                targets(wiring, file, from).first().map_or(Found::Missing, |target| Found::Module(*target))
            }
            Some(from) => first_export(wiring, file, from, &export.local, way.further(1)),
        };
        if !matches!(found, Found::Missing) {
            return found;
        }
    }
    let found = look_up_bounded(wiring, file, name, way.further(1));
    if !matches!(found, Found::Missing) {
        return found;
    }
    for target in wiring.index.names(wiring).star_exports(file, name) {
        let found = export_bounded(wiring, target, name, way.further(1));
        if !matches!(found, Found::Missing) {
            return found;
        }
    }
    Found::Missing
}

fn first_export<'a>(wiring: &'a Wiring, file: FileId, from: &str, name: &str, way: Way<'_>) -> Found<'a> {
    targets(wiring, file, from)
        .into_iter()
        .map(|target| export_bounded(wiring, target, name, way))
        .find(|found| !matches!(found, Found::Missing))
        .unwrap_or(Found::Missing)
}

/// The files that a module text leads to.
pub fn targets(wiring: &Wiring, file: FileId, module: &str) -> Vec<FileId> {
    wiring.repository.resolved.get(&(file, Arc::from(module))).cloned().unwrap_or_default()
}

/// `from package import module` in Python.
fn submodule(wiring: &Wiring, file: FileId, import: &Import) -> Option<FileId> {
    let dotted = if import.module.ends_with('.') {
        format!("{}{}", import.module, import.imported)
    } else {
        format!("{}.{}", import.module, import.imported)
    };
    if let Some(target) = targets(wiring, file, &dotted).first() {
        return Some(*target);
    }
    targets(wiring, file, &import.module).into_iter().find_map(|target| child_module(wiring, target, &import.imported))
}

/// The module `name` inside the package whose `__init__.py` is `package`.
pub fn child_module(wiring: &Wiring, package: FileId, name: &str) -> Option<FileId> {
    let facts = wiring.repository.get(package)?;
    if facts.path.name() != "__init__.py" {
        return None;
    }
    let folder = facts.path.parent()?;
    let find = |text: &str| -> Option<FileId> {
        let path: RepoPath = folder.join(text)?;
        wiring.repository.find(&path)
    };
    find(&format!("{name}.py")).or_else(|| find(&format!("{name}/__init__.py")))
}

/// The top-level name that `expr` denotes and that `known` accepts: a name, an import of it, or a member of a module.
/// Used for things that are no values (routers, applications).
pub fn locate(wiring: &Wiring, file: FileId, expr: &Expr, known: &dyn Fn(FileId, &str) -> bool) -> Option<Symbol> {
    let mut file = file;
    let mut expr = expr;
    for _ in 0..MAX_HOPS {
        match &expr.kind {
            ExprKind::Name(name) => {
                if let Some(symbol) = locate_name(wiring, file, name, known, Way::new(&Looks::default())) {
                    return Some(symbol);
                }
                match look_up(wiring, file, name) {
                    Found::Value(in_file, value) => (file, expr) = (in_file, value),
                    Found::Module(module) => {
                        return locate_export(wiring, module, "default", known, Way::new(&Looks::default()));
                    }
                    _ => return None,
                }
            }
            ExprKind::Member(object, name) => {
                if let Some(path) = dotted(expr)
                    && known(file, &path)
                {
                    return Some(Symbol { file, name: Arc::from(path) });
                }
                let Some(module) = module_named(wiring, file, object) else {
                    return match &object.kind {
                        ExprKind::Name(object) => match look_up(wiring, file, object) {
                            Found::Value(in_file, value) => {
                                value.field(name).and_then(|field| locate(wiring, in_file, field, known))
                            }
                            _ => None,
                        },
                        _ => None,
                    };
                };
                return locate_export(wiring, module, name, known, Way::new(&Looks::default())).or_else(|| {
                    child_module(wiring, module, name)
                        .and_then(|child| locate_export(wiring, child, "default", known, Way::new(&Looks::default())))
                });
            }
            // `require('./routes')(app)`
            ExprKind::Call { callee, args, .. } => {
                let is_require = matches!(&callee.kind, ExprKind::Name(name) if &**name == "require");
                let module = args.first().and_then(Expr::as_str).filter(|_| is_require)?;
                let target = targets(wiring, file, module).first().copied()?;
                return locate_export(wiring, target, "default", known, Way::new(&Looks::default()));
            }
            _ => return None,
        }
    }
    None
}

/// `a.b.c` as text.
pub fn dotted(expr: &Expr) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let mut expr = expr;
    while parts.len() < 16 {
        match &expr.kind {
            ExprKind::Name(name) => {
                parts.push(name);
                parts.reverse();
                return Some(parts.join("."));
            }
            ExprKind::Member(object, name) => {
                parts.push(name);
                expr = object;
            }
            _ => return None,
        }
    }
    None
}

/// The module that an expression denotes.
pub fn module_named(wiring: &Wiring, file: FileId, expr: &Expr) -> Option<FileId> {
    if let Some(path) = dotted(expr) {
        let module = module_of(wiring, file)?;
        let mut named = wiring.index.names(wiring).imports(file, module, &path);
        let whole = named.find(|import| &*import.imported == "*");
        if let Some(target) = whole.and_then(|import| targets(wiring, file, &import.module).first().copied()) {
            return Some(target);
        }
    }
    match &expr.kind {
        ExprKind::Name(name) => match look_up(wiring, file, name) {
            Found::Module(module) => Some(module),
            _ => None,
        },
        ExprKind::Member(object, name) => {
            let package = module_named(wiring, file, object)?;
            match look_up_export(wiring, package, name) {
                Found::Module(module) => Some(module),
                _ => child_module(wiring, package, name),
            }
        }
        _ => None,
    }
}

fn locate_name(
    wiring: &Wiring,
    file: FileId,
    name: &str,
    known: &dyn Fn(FileId, &str) -> bool,
    way: Way<'_>,
) -> Option<Symbol> {
    if known(file, name) {
        return Some(Symbol { file, name: Arc::from(name) });
    }
    if way.ends(file, Asked::LocatedName, name) {
        return None;
    }
    let module = module_of(wiring, file)?;
    wiring.index.names(wiring).imports_of_either(file, module, [name, "*"]).rev().find_map(|import| {
        let imported = match (&*import.local, &*import.imported) {
            ("*", _) => name,
            (_, "*") => "default",
            (_, imported) => imported,
        };
        targets(wiring, file, &import.module)
            .into_iter()
            .filter(|target| &*import.local != "*" || wiring.index.names(wiring).may_have(*target, name))
            .find_map(|target| locate_export(wiring, target, imported, known, way.further(1)))
    })
}

fn locate_export(
    wiring: &Wiring,
    file: FileId,
    name: &str,
    known: &dyn Fn(FileId, &str) -> bool,
    way: Way<'_>,
) -> Option<Symbol> {
    if known(file, name) {
        return Some(Symbol { file, name: Arc::from(name) });
    }
    if way.ends(file, Asked::LocatedExport, name) {
        return None;
    }
    let module = module_of(wiring, file)?;
    for export in wiring.index.names(wiring).exports(file, module, name) {
        let found = match &export.module {
            None => locate_name(wiring, file, &export.local, known, way.further(1)).or_else(|| {
                // `export default app` where `app` is an alias of something else.
                match look_up(wiring, file, &export.local) {
                    Found::Value(in_file, value) if way.hops < 4 => match &value.kind {
                        ExprKind::Name(alias) if **alias != *export.local => {
                            locate_name(wiring, in_file, alias, known, way.further(4))
                        }
                        _ => None,
                    },
                    _ => None,
                }
            }),
            Some(from) => targets(wiring, file, from)
                .into_iter()
                .find_map(|target| locate_export(wiring, target, &export.local, known, way.further(1))),
        };
        if found.is_some() {
            return found;
        }
    }
    if let Some(found) = locate_name(wiring, file, name, known, way.further(1)) {
        return Some(found);
    }
    let stars = wiring.index.names(wiring).star_exports(file, name);
    stars.into_iter().find_map(|target| locate_export(wiring, target, name, known, way.further(1)))
}
