//! Stage 3: what an expression comes to, in an environment, with page parts still symbolic.
//!
//! Evaluation is call-by-name: a parameter stands for the caller's expression in the caller's frame, and members are
//! looked up without building whole objects. Everything is bounded: depth, steps, alternatives and pieces; beyond a
//! bound a value is unknown.

mod call;
mod callers;
mod choice;
mod closures;
mod computed;
mod decide;
mod env;
mod frame;
mod instance;
mod merge;
mod module_names;
mod names;
mod ops;
mod outside;
mod reach;
mod walk;

use std::rc::Rc;

pub use callers::{CallIndex, Called, evaluate_for_callers, evaluate_within};
pub use closures::{ClosureIndex, leads_to_a_function};
pub use env::{bound_text, is_bound, is_hidden};
pub use frame::Classes;
pub use module_names::ModuleNames;
pub use names::{
    Found, Symbol, class_named, dotted, locate, look_up, look_up_export, module_named, targets as module_targets,
};
pub use outside::{Changes, Globals};
pub(in crate::model) use outside::{changes, global, globals};
pub use reach::{Tests, ways_to_reach};

use super::{Alternatives, DeploymentId, Mode, PackageId, ServiceId, Side, Wiring};
use crate::base::{FileId, Limit};
use crate::facts::Expr;

/// Alternatives beyond this number are one unknown.
const MAX_ALTERNATIVES: usize = 16;
/// Nested expressions, names and calls beyond this depth are unknown.
const MAX_DEPTH: u32 = 64;
/// Expressions looked at in one evaluation; hostile input ends here.
const STEPS: Limit = Limit::new(
    20_000,
    "expressions that one value is made of",
    "the value is unknown",
    "build the value in fewer steps",
);
/// Expressions looked at and bytes made in all evaluations of a run: many values that each stay below the other bounds.
const WORK: Limit = Limit::new(
    100_000_000,
    "steps of evaluating values",
    "all further values are unknown",
    "check parts of the repository by themselves",
);
/// What the other bounds come to for people: alternatives, levels, and parts in one file.
const FOLLOWED: Limit = Limit::new(
    MAX_ALTERNATIVES as u64,
    "alternatives of one value, or 64 levels of it",
    "the value is unknown",
    "let fewer conditions and calls decide the value",
);
/// A replacement may double a text, and the next one again.
const VALUE: Limit = Limit::new(
    65_536,
    "bytes of one text that the code makes",
    "the text is unknown",
    "let the code make a shorter text",
);
/// The same for all elements of a list or an object.
const MAX_LIST: usize = 1_000_000;

/// Where and how an expression is evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The package of the code.
    pub package: PackageId,
    /// The deployment whose bindings apply.
    pub deployment: Option<DeploymentId>,
    /// The service that the process runs in.
    pub service: Option<ServiceId>,
    /// The mode.
    pub mode: Mode,
    /// Browser bundle or server process.
    pub side: Side,
}

/// All ways in which `expr`, written in `file`, can come out: at most 16, else one unknown alternative. Never empty.
#[must_use]
pub fn evaluate(wiring: &Wiring, file: FileId, expr: &Expr, scope: &Scope) -> Alternatives {
    evaluate_in(wiring, file, None, expr, scope)
}

/// The same for an expression inside the top-level function or class `function`, so that `this` is known. Its
/// parameters are unknown.
#[must_use]
pub fn evaluate_in(wiring: &Wiring, file: FileId, function: Option<&str>, expr: &Expr, scope: &Scope) -> Alternatives {
    let evaluator = walk::Evaluator::new(wiring, scope);
    let frame = match function {
        Some(function) => frame::enclosing(wiring, file, function),
        None => Rc::new(frame::Frame::top(file)),
    };
    evaluator.run(&frame, expr)
}

#[cfg(test)]
mod tests;
