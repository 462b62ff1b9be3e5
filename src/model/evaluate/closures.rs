//! Which calls reach a function that is a value: one that another function returns, or that an object holds.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Scope;
use super::callers::{self, MAX_CALLERS_DEEP, are_enough};
use super::frame::{self, Arg, Frame};
use super::walk::Evaluator;
use crate::base::{FileId, Place};
use crate::facts::{Closure, Expr};
use crate::model::topology::package_of;
use crate::model::{Mode, Side, Wiring};

/// The calls that reach each function, by the function's file and key.
#[derive(Debug, Default)]
pub struct ClosureIndex {
    sites: BTreeMap<(FileId, u32), Vec<(FileId, u32)>>,
}

impl ClosureIndex {
    /// The calls of all files that say something.
    pub(in crate::model) fn new(wiring: &Wiring) -> Self {
        let mut index = Self::default();
        for (caller, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
            if facts.call_sites.is_empty() {
                continue;
            }
            let Some(package) = package_of(wiring, &facts.path) else { continue };
            let scope = Scope { package, deployment: None, service: None, mode: Mode::Production, side: Side::Browser };
            let evaluator = Evaluator::without_callers(wiring, &scope);
            for (number, site) in (0u32..).zip(&facts.call_sites) {
                let mut reached: Vec<(FileId, u32)> = site.target.map(|key| (caller, key)).into_iter().collect();
                if reached.is_empty() {
                    let at = match &site.function {
                        Some(function) => frame::enclosing(wiring, caller, function),
                        None => Rc::new(Frame::top(caller)),
                    };
                    let closures = evaluator.closures(&at, &site.callee);
                    reached.extend(closures.iter().map(|closure| (closure.file, closure.function.key)));
                }
                reached.sort_unstable();
                reached.dedup();
                for target in reached.into_iter().filter(|(_, key)| *key != 0) {
                    index.sites.entry(target).or_default().push((caller, number));
                }
            }
        }
        index
    }
}

/// Whether an expression is a function that some file of the repository defines.
#[must_use]
pub fn leads_to_a_function(wiring: &Wiring, file: FileId, function: Option<&str>, expr: &Expr, scope: &Scope) -> bool {
    let evaluator = Evaluator::new(wiring, scope);
    let at = match function {
        Some(function) => frame::enclosing(wiring, file, function),
        None => Rc::new(Frame::top(file)),
    };
    evaluator.closures(&at, expr).iter().any(|found| found.function.key != 0)
}

/// A frame for each known call of a function that is a value.
pub fn frames<'a>(
    evaluator: &Evaluator<'a>,
    file: FileId,
    closure: Closure,
    depth: u32,
) -> Vec<(Place, Rc<Frame<'a>>)> {
    let mut frames = Vec::new();
    if depth >= MAX_CALLERS_DEEP {
        return frames;
    }
    let wiring = evaluator.wiring;
    let sites = wiring.index.closures(wiring).sites.get(&(file, closure.inner));
    for (caller, number) in sites.into_iter().flatten() {
        let Some(site) = wiring.repository.get(*caller).and_then(|facts| facts.call_sites.get(*number as usize)) else {
            continue;
        };
        for at in callers::around(evaluator, *caller, site, depth) {
            let inner = match site.target {
                Some(key) if key == closure.inner && *caller == file => vec![Frame {
                    file,
                    args: site.args.iter().map(|arg| Arg::Expr(Rc::clone(&at), arg)).collect(),
                    params: &[],
                    this: at.this.clone(),
                    key,
                    outer: Some(Rc::clone(&at)),
                }],
                _ => evaluator
                    .closures(&at, &site.callee)
                    .iter()
                    .filter(|found| found.file == file && found.function.key == closure.inner)
                    .map(|found| found.frame(false, &at, &site.args, &[]))
                    .collect(),
            };
            for inner in inner {
                if are_enough(wiring, frames.len(), Place::new(*caller, site.span)) {
                    return frames;
                }
                frames.push((Place::new(*caller, site.span), Rc::new(homed(evaluator, Rc::new(inner), closure))));
            }
        }
    }
    frames
}

/// The frame in which the parameters of the home function are the nearest, and those of the inner one around it.
fn homed<'a>(evaluator: &Evaluator<'a>, inner: Rc<Frame<'a>>, closure: Closure) -> Frame<'a> {
    // The parameters of a constructor, by the object that `this` is.
    if let (Some(this), Some(home)) = (&inner.this, closure.home)
        && let Some(made) = evaluator.constructor_frame_of(this, home)
    {
        let (args, params) = (made.args.clone(), made.params);
        return Frame {
            file: inner.file,
            args,
            params,
            this: inner.this.clone(),
            key: home,
            outer: Some(Rc::clone(&inner)),
        };
    }
    let mut around = Some(&inner);
    while let Some(frame) = around {
        if closure.home == Some(frame.key) {
            let (args, params) = (frame.args.clone(), frame.params);
            let this = inner.this.clone();
            return Frame { file: inner.file, args, params, this, key: frame.key, outer: Some(Rc::clone(&inner)) };
        }
        around = frame.outer.as_ref();
    }
    Frame { this: inner.this.clone(), outer: Some(Rc::clone(&inner)), ..Frame::top(inner.file) }
}
