//! Calls: what is called, with which arguments, and what it returns.

use std::rc::Rc;
use std::sync::Arc;

use super::MAX_DEPTH;
use super::frame::{self, Arg, Arguments, Frame, Instance};
use super::merge::{Taken, unknown};
use super::names::{self, Found};
use super::walk::{Evaluator, Path};
use crate::base::{FileId, Place};
use crate::facts::{Class, Expr, ExprKind, Field, Function, HoleReason};
use crate::model::Alternatives;

/// Something that can be called.
enum Callable<'a> {
    Function(FileId, &'a Function, Option<Rc<Instance<'a>>>),
    Class(FileId, &'a Class),
    External(Arc<str>),
}

impl<'a> Evaluator<'a> {
    fn callable(&self, at: &Rc<Frame<'a>>, callee: &'a Expr, depth: u32) -> Callable<'a> {
        let external = || Callable::External(names::dotted(callee).map_or_else(|| Arc::from("?"), Arc::from));
        if depth >= MAX_DEPTH {
            return external();
        }
        match &callee.kind {
            ExprKind::Name(name) => self.callable_found(names::look_up(self.wiring, at.file, name), depth, external),
            ExprKind::Member(object, key) => {
                if let Some(module) = names::module_named(self.wiring, at.file, object) {
                    return self.callable_found(names::look_up_export(self.wiring, module, key), depth, external);
                }
                let Some(instance) = self.object_of(at, object, depth + 1) else { return external() };
                match self.holder(instance.file, instance.class, key) {
                    Some((file, class, _)) => match frame::method(class, key) {
                        Some(method) => Callable::Function(file, method, Some(instance)),
                        None => external(),
                    },
                    None => external(),
                }
            }
            _ => external(),
        }
    }

    fn callable_found(&self, found: Found<'a>, depth: u32, external: impl Fn() -> Callable<'a>) -> Callable<'a> {
        match found {
            Found::Function(file, function) => Callable::Function(file, function, None),
            Found::Class(file, class) => Callable::Class(file, class),
            Found::Value(file, value) if matches!(value.kind, ExprKind::Name(_) | ExprKind::Member(..)) => {
                self.callable(&Rc::new(Frame::top(file)), value, depth + 1)
            }
            _ => external(),
        }
    }

    /// The object that an expression denotes, when it is made from a class of the repository.
    fn object_of(&self, at: &Rc<Frame<'a>>, expr: &'a Expr, depth: u32) -> Option<Rc<Instance<'a>>> {
        if depth >= MAX_DEPTH {
            return None;
        }
        match &expr.kind {
            ExprKind::Name(name) if &**name == "this" => at.this.clone(),
            ExprKind::Name(name) => match names::look_up(self.wiring, at.file, name) {
                Found::Value(file, value) => self.object_of(&Rc::new(Frame::top(file)), value, depth + 1),
                Found::Class(file, class) => Some(Rc::new(Instance {
                    file,
                    class,
                    args: Vec::new(),
                    keywords: Vec::new(),
                    arguments: Arguments::Unknown,
                })),
                _ => None,
            },
            ExprKind::Param(index) => match at.args.get(*index as usize)? {
                Arg::Instance(instance) => Some(Rc::clone(instance)),
                Arg::Expr(frame, expr) => self.object_of(frame, expr, depth + 1),
                Arg::Absent => None,
            },
            ExprKind::Member(object, key) => {
                let module = names::module_named(self.wiring, at.file, object)?;
                match names::look_up_export(self.wiring, module, key) {
                    Found::Value(file, value) => self.object_of(&Rc::new(Frame::top(file)), value, depth + 1),
                    _ => None,
                }
            }
            ExprKind::Call { callee, args, keywords } => match self.callable(at, callee, depth + 1) {
                Callable::Class(file, class) => Some(construct(at, file, class, args, keywords)),
                Callable::Function(file, function, this) => {
                    let frame = self.call_frame(at, file, function, this, args, keywords);
                    self.object_of(&Rc::new(frame), function.returns.as_ref()?, depth + 1)
                }
                Callable::External(_) => None,
            },
            _ => None,
        }
    }

    fn call_frame(
        &self,
        at: &Rc<Frame<'a>>,
        file: FileId,
        function: &'a Function,
        this: Option<Rc<Instance<'a>>>,
        args: &'a [Expr],
        keywords: &'a [Field],
    ) -> Frame<'a> {
        let python = frame::is_python(self.wiring, file);
        let receiver = this.as_ref().filter(|_| python).map(|this| Arg::Instance(Rc::clone(this)));
        let bound = frame::bind(at, receiver, args, keywords, &function.params);
        Frame { file, args: bound, params: &function.params, this }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one call expression and the walk's state")]
    pub(super) fn call(
        &self,
        at: &Rc<Frame<'a>>,
        callee: &'a Expr,
        args: &'a [Expr],
        keywords: &'a [Field],
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        match self.callable(at, callee, depth) {
            Callable::Function(file, function, this) => match &function.returns {
                Some(returns) => {
                    let frame = self.call_frame(at, file, function, this, args, keywords);
                    self.eval(&Rc::new(frame), returns, path, given, depth)
                }
                None => unknown(HoleReason::Unsupported, place),
            },
            Callable::Class(file, class) => {
                let instance = construct(at, file, class, args, keywords);
                self.instance(&instance, place, path, given, depth)
            }
            Callable::External(name) => unknown(HoleReason::ExternalCall(name), place),
        }
    }
}

fn construct<'a>(
    at: &Rc<Frame<'a>>,
    file: FileId,
    class: &'a Class,
    args: &'a [Expr],
    keywords: &'a [Field],
) -> Rc<Instance<'a>> {
    let args = args.iter().map(|arg| Arg::Expr(Rc::clone(at), arg)).collect();
    let keywords =
        keywords.iter().map(|field| (Arc::clone(&field.key), Arg::Expr(Rc::clone(at), &field.value))).collect();
    Rc::new(Instance { file, class, args, keywords, arguments: Arguments::Known })
}
