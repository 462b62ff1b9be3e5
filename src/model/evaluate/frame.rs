//! What parameters and `this` stand for while a function's summary is evaluated.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::base::{FileId, FileKind};
use crate::facts::{Class, DefinitionValue, Expr, Field, Function, Param};
use crate::model::Wiring;

/// The surroundings of an expression.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The file of the expression.
    pub file: FileId,
    /// What each parameter stands for.
    pub args: Vec<Arg<'a>>,
    /// The parameters, for their defaults.
    pub params: &'a [Param],
    /// `this`.
    pub this: Option<Rc<Instance<'a>>>,
    /// The function's key in its file; 0 for none.
    pub key: u32,
    /// The surroundings of the function itself.
    pub outer: Option<Rc<Frame<'a>>>,
}

/// What a parameter stands for.
#[derive(Clone, Debug)]
pub enum Arg<'a> {
    /// An expression of the caller.
    Expr(Rc<Frame<'a>>, &'a Expr),
    /// `self`.
    Instance(Rc<Instance<'a>>),
    /// Not given: the default applies.
    Absent,
}

/// An object made from a class.
#[derive(Debug)]
pub struct Instance<'a> {
    /// The file of the class.
    pub file: FileId,
    /// The class.
    pub class: &'a Class,
    /// Positional arguments of its construction.
    pub args: Vec<Arg<'a>>,
    /// Keyword arguments.
    pub keywords: Vec<(Arc<str>, Arg<'a>)>,
    /// Whether the arguments are known at all.
    pub arguments: Arguments,
}

/// Whether the arguments of a call are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// The call is known: what is not given is absent.
    Known,
    /// Nobody knows who calls.
    Unknown,
    /// Somebody who is not seen calls, and gives anything: defaults say nothing.
    Hidden,
}

impl<'a> Frame<'a> {
    /// The top level of a file.
    pub fn top(file: FileId) -> Self {
        Self { file, args: Vec::new(), params: &[], this: None, key: 0, outer: None }
    }
}

/// The arguments of a call, in the order of `params`; keywords go to the parameter of their name.
pub fn bind<'a>(
    caller: &Rc<Frame<'a>>,
    receiver: Option<Arg<'a>>,
    args: &'a [Expr],
    keywords: &'a [Field],
    params: &[Param],
) -> Vec<Arg<'a>> {
    let positional = args.iter().map(|arg| Arg::Expr(Rc::clone(caller), arg));
    let mut bound: Vec<Arg<'a>> = receiver.into_iter().chain(positional).collect();
    for field in keywords {
        if let Some(index) = params.iter().position(|param| param.name == field.key) {
            while bound.len() <= index {
                bound.push(Arg::Absent);
            }
            bound[index] = Arg::Expr(Rc::clone(caller), &field.value);
        }
    }
    while bound.len() < params.len() {
        bound.push(Arg::Absent);
    }
    bound
}

/// The frame of code inside the top-level function, method or class called `name`: `this` is an object of that class
/// with unknown arguments.
pub fn enclosing<'a>(wiring: &'a Wiring, file: FileId, name: &str) -> Rc<Frame<'a>> {
    let this = enclosing_class(wiring, file, name).map(|class| {
        Rc::new(Instance { file, class, args: Vec::new(), keywords: Vec::new(), arguments: Arguments::Unknown })
    });
    let mut frame = inside(wiring, file, this);
    if let Some(this) = &frame.this
        && !name.contains('.')
        && !is_python(wiring, file)
        && let Some(constructor) = constructor(this.class)
        && super::names::class_named(wiring, file, this.class).is_some_and(|class| &*class == name)
    {
        // A default holds unless somebody gives something else.
        frame.params = &constructor.params;
        frame.key = constructor.key;
    }
    if frame.this.is_none()
        && let super::names::Found::Function(_, function) = super::names::look_up(wiring, file, name)
    {
        frame.params = &function.params;
        frame.key = function.key;
    }
    Rc::new(frame)
}

/// A frame inside a method of `this`; in Python `self` is its first parameter.
pub fn inside<'a>(wiring: &Wiring, file: FileId, this: Option<Rc<Instance<'a>>>) -> Frame<'a> {
    let python = is_python(wiring, file);
    let args = this.iter().filter(|_| python).map(|this| Arg::Instance(Rc::clone(this))).collect();
    Frame { file, args, params: &[], this, key: 0, outer: None }
}

/// The class called `name`, or the one that has a method of that name (`Client.connect` or `connect`).
pub fn enclosing_class<'a>(wiring: &'a Wiring, file: FileId, name: &str) -> Option<&'a Class> {
    let (head, tail) = name.split_once('.').map_or((name, None), |(head, tail)| (head, Some(tail)));
    let at = wiring.index.classes(wiring).find(file, head, tail.unwrap_or(head))?;
    match &wiring.repository.get(file)?.module.as_deref()?.definitions.get(at)?.value {
        DefinitionValue::Class(class) => Some(class),
        _ => None,
    }
}

/// Where the classes of all files are among the definitions, by their names and by those of their methods.
#[derive(Debug, Default)]
pub struct Classes {
    by_name: BTreeMap<FileId, BTreeMap<Arc<str>, usize>>,
    by_method: BTreeMap<FileId, BTreeMap<Arc<str>, usize>>,
}

impl Classes {
    /// Looks through all modules.
    pub fn new(wiring: &Wiring) -> Self {
        let mut found = Self::default();
        for (file, facts) in wiring.repository.iter() {
            let definitions = facts.module.iter().flat_map(|module| &module.definitions).enumerate();
            for (at, definition) in definitions {
                let DefinitionValue::Class(class) = &definition.value else { continue };
                found.by_name.entry(file).or_default().entry(Arc::clone(&definition.name)).or_insert(at);
                let methods = found.by_method.entry(file).or_default();
                for (name, _) in &class.methods {
                    methods.entry(Arc::clone(name)).or_insert(at);
                }
            }
        }
        found
    }

    /// The first class of a name in a file, else the first that has the method.
    fn find(&self, file: FileId, name: &str, method: &str) -> Option<usize> {
        let of = |map: &BTreeMap<FileId, BTreeMap<Arc<str>, usize>>, name: &str| map.get(&file)?.get(name).copied();
        of(&self.by_name, name).or_else(|| of(&self.by_method, method))
    }
}

/// The method or property `name` of a class.
pub fn method<'a>(class: &'a Class, name: &str) -> Option<&'a Function> {
    class.methods.iter().find(|(key, _)| &**key == name).map(|(_, function)| function)
}

/// The constructor of a class.
pub fn constructor(class: &Class) -> Option<&Function> {
    method(class, "constructor").or_else(|| method(class, "__init__"))
}

/// Whether a file is Python: what prints and what `self` is differ.
pub fn is_python(wiring: &Wiring, file: FileId) -> bool {
    wiring.repository.get(file).is_some_and(|facts| facts.kind == FileKind::Python)
}
