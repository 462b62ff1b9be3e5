//! Calls: a function, a class or a method with the arguments that the walk has on its path.

use std::rc::Rc;
use std::sync::Arc;

use super::frame::{self, Arg, Arguments, Frame, Instance};
use super::merge::{Taken, unknown};
use super::names;
use super::walk::{Evaluator, Path, Step, What};
use crate::base::{FileId, Place};
use crate::facts::{Class, Expr, Field, Function, HoleReason, Lambda};
use crate::model::Alternatives;

/// The arguments of one call, in the surroundings of the call.
#[derive(Debug)]
pub struct Applied<'a> {
    /// The surroundings.
    pub at: Rc<Frame<'a>>,
    /// What is called, for its name.
    pub callee: &'a Expr,
    /// Positional arguments.
    pub args: &'a [Expr],
    /// Keyword arguments.
    pub keywords: &'a [Field],
}

/// A function with everything around it that its code may use.
#[derive(Clone, Debug)]
pub struct Closure<'a> {
    /// Its file.
    pub file: FileId,
    /// Its summary.
    pub function: &'a Function,
    /// What the functions around it were given.
    pub outer: Option<Rc<Frame<'a>>>,
    /// `this`.
    pub this: Option<Rc<Instance<'a>>>,
}

impl<'a> Closure<'a> {
    /// A function of a file's top level.
    pub fn plain(file: FileId, function: &'a Function) -> Self {
        Self { file, function, outer: None, this: None }
    }

    /// A function that is written as a value in these surroundings.
    pub fn of_lambda(at: &Rc<Frame<'a>>, lambda: &'a Lambda) -> Self {
        let mut outer = Rc::clone(at);
        for (key, args) in &lambda.given {
            let args = args.iter().map(|arg| Arg::Expr(Rc::clone(at), arg)).collect();
            let this = at.this.clone();
            outer = Rc::new(Frame { file: at.file, args, params: &[], this, key: *key, outer: Some(outer) });
        }
        Self { file: at.file, function: &lambda.function, this: at.this.clone(), outer: Some(outer) }
    }

    /// Its code with these arguments.
    pub fn frame(&self, python: bool, at: &Rc<Frame<'a>>, args: &'a [Expr], keywords: &'a [Field]) -> Frame<'a> {
        let receiver = self.this.as_ref().filter(|_| python).map(|this| Arg::Instance(Rc::clone(this)));
        let args = frame::bind(at, receiver, args, keywords, &self.function.params);
        Frame {
            file: self.file,
            args,
            params: &self.function.params,
            this: self.this.clone(),
            key: self.function.key,
            outer: self.outer.clone(),
        }
    }
}

impl<'a> Evaluator<'a> {
    /// What is done with a function.
    pub(super) fn called(
        &self,
        closure: &Closure<'a>,
        step: &Rc<Step<'a>>,
        place: Place,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        match &step.what {
            What::Call(applied) => match &closure.function.returns {
                Some(returns) => {
                    let python = frame::is_python(self.wiring, closure.file);
                    let frame = closure.frame(python, &applied.at, applied.args, applied.keywords);
                    self.eval(&Rc::new(frame), returns, &step.rest, given, depth + 1)
                }
                None => unknown(HoleReason::Unsupported, place),
            },
            What::Probe => {
                self.probed.borrow_mut().push(closure.clone());
                unknown(HoleReason::Unsupported, place)
            }
            What::Member(_) => unknown(HoleReason::Unsupported, place),
        }
    }

    /// What is done with a class.
    pub(super) fn constructed(
        &self,
        (file, class): (FileId, &'a Class),
        step: &Rc<Step<'a>>,
        place: Place,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        match &step.what {
            What::Call(applied) => {
                let instance = construct(&applied.at, file, class, applied.args, applied.keywords);
                self.instance(&instance, place, &step.rest, given, depth)
            }
            What::Member(_) => self.static_member(file, class, place, step, given, depth),
            What::Probe => unknown(HoleReason::Unsupported, place),
        }
    }

    /// The functions that an expression may be.
    pub(super) fn closures(&self, at: &Rc<Frame<'a>>, callee: &'a Expr) -> Vec<Closure<'a>> {
        self.probed.borrow_mut().clear();
        let probe = Some(Rc::new(Step { what: What::Probe, rest: None }));
        self.eval(at, callee, &probe, &Vec::new(), 0);
        self.probed.take()
    }
}

/// Nothing is known of a value from which something is taken: if something is called, that is what is not known.
pub fn failed(reason: HoleReason, path: &Path<'_>, place: Place) -> Alternatives {
    let mut called = None;
    let mut path = path.as_ref();
    while let Some(step) = path {
        if let What::Call(applied) = &step.what {
            called = Some(applied.callee);
        }
        path = step.rest.as_ref();
    }
    match called {
        Some(callee) if !matches!(reason, HoleReason::Parameter | HoleReason::Runtime | HoleReason::Limit) => {
            let name = names::dotted(callee).map_or_else(|| Arc::from("?"), Arc::from);
            unknown(HoleReason::ExternalCall(name), place)
        }
        _ => unknown(reason, place),
    }
}

pub(super) fn construct<'a>(
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
