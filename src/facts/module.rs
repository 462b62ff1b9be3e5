//! What a source file defines and imports, for resolution across files.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Expr;
use crate::base::Span;

/// The top level of a TypeScript, JavaScript or Python file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Names that come from other modules, in source order.
    pub imports: Vec<Import>,
    /// Names defined here, in source order. Only what can matter is kept (a value that is one big hole is not).
    pub definitions: Vec<Definition>,
    /// What is exported under another name than its own, or passed on (`export { a as b }`, `export default x`, `export * from`).
    pub exports: Vec<Export>,
    /// What it writes into objects that it imports.
    pub changes: Vec<Change>,
    /// What it puts into the page's global object (`window.CONFIG = ..`).
    pub globals: Vec<Definition>,
}

/// A property that a module writes into an object of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The name of the import.
    pub local: Arc<str>,
    /// The property; none when it may be any.
    pub key: Option<Arc<str>>,
    /// What is written, when that happens as soon as the module runs; a hole otherwise.
    pub value: Expr,
}

/// One imported name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The name in this file.
    pub local: Arc<str>,
    /// The name in the other module: `default` for a default import, `*` for the module itself.
    pub imported: Arc<str>,
    /// The module as written: `./api`, `@/lib/api`, `axios`; in Python dotted, with leading dots (`.config`, `app.core.config`).
    pub module: Arc<str>,
    /// The import statement.
    pub span: Span,
}

/// A name given to the outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The name outside: `default`, or `*` for everything of `module`.
    pub exported: Arc<str>,
    /// The local name, or the name in `module` when that is given.
    pub local: Arc<str>,
    /// The module that it is passed on from.
    pub module: Option<Arc<str>>,
}

/// A top-level name and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The name.
    pub name: Arc<str>,
    /// The name's place.
    pub span: Span,
    /// What it stands for.
    pub value: DefinitionValue,
}

/// What a top-level name stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DefinitionValue {
    /// A constant or a variable assigned once.
    Value(Expr),
    /// A function: a summary from parameters to a value.
    Function(Function),
    /// A class.
    Class(Class),
}

/// A function as a summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Function {
    /// Tells the functions of a file apart: what functions inside it take from it names it by that. 0 for none.
    pub key: u32,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// What it returns, in terms of [`super::ExprKind::Param`]; `None` when it returns nothing that is followed.
    pub returns: Option<Expr>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Param {
    /// Its name. A destructured object parameter gives one `Param` whose fields are read by `Member(Param(n), key)`.
    pub name: Arc<str>,
    /// The default value.
    pub default: Option<Expr>,
    /// The type annotation's text, when there is one.
    pub annotation: Option<Arc<str>>,
}

/// A class: fields and methods that matter for values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Base classes as written.
    pub bases: Vec<Expr>,
    /// Attributes with their values, in terms of the constructor's `Param`s where they are set in the constructor (in Python
    /// `Param(0)` is `self`, as in every method).
    /// For a settings class the adapter has put the environment read and the default together here.
    pub fields: Vec<ClassField>,
    /// What its constructor gives to the one of the class above, in the terms of its own parameters; none when it has no
    /// constructor, so that everything is handed on.
    pub above: Option<Vec<Expr>>,
    /// Methods and properties, in which `Param(0)` is `self` for Python; in ECMAScript `this` is `Name("this")`.
    pub methods: Vec<(Arc<str>, Function)>,
}

/// An attribute of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassField {
    /// Its name.
    pub name: Arc<str>,
    /// The name's place.
    pub span: Span,
    /// The type annotation's text.
    pub annotation: Option<Arc<str>>,
    /// Its value.
    pub value: Option<Expr>,
}
