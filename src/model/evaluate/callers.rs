//! Expressions inside a function, with its parameters filled in from the calls of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::call::construct;
use super::closures;
use super::frame::{self, Arg, Arguments, Frame, Instance};
use super::names::{self, Found, Symbol};
use super::walk::Evaluator;
use super::{Scope, evaluate_in};
use crate::base::{FileId, Limit, Place};
use crate::facts::{CallSite, Class, Closure, DefinitionValue, Expr, ExprKind, Function};
use crate::model::{Alternatives, Wiring};

/// Callers of callers that are followed.
pub(super) const MAX_CALLERS_DEEP: u32 = 4;
/// Calls of one function that are told apart.
const CALLS: Limit = Limit::new(
    128,
    "calls of one function that opens connections",
    "what the remaining ones ask for is unknown",
    "write the paths that matter where the connection is opened, or leave the file out with `exclude` in `wirelint.toml`",
);

/// Whether so many calls of a function are known that no more are looked at; says so.
pub(super) fn are_enough(wiring: &Wiring, count: usize, next: Place) -> bool {
    let enough = count >= CALLS.most_items();
    if enough {
        wiring.limits.reached(Some(next), &CALLS);
    }
    enough
}

/// What an expression comes to at one call of the function that holds it.
#[derive(Clone, Debug)]
pub struct Called {
    /// The call; `None` when no call is known or the expression does not depend on one.
    pub call: Option<Place>,
    /// What it comes to there.
    pub alternatives: Alternatives,
}

/// All ways in which `expr` can come out, for each known call of the top-level function, method or class `function`
/// around it. One entry without a call when the expression does not depend on parameters, or no call is known.
#[must_use]
pub fn evaluate_for_callers(
    wiring: &Wiring,
    file: FileId,
    function: Option<&str>,
    expr: &Expr,
    scope: &Scope,
) -> Vec<Called> {
    evaluate_within(wiring, file, (function, None), expr, scope)
}

/// The same for an expression that uses parameters of a function that is a value as well.
#[must_use]
pub fn evaluate_within(
    wiring: &Wiring,
    file: FileId,
    (function, closure): (Option<&str>, Option<Closure>),
    expr: &Expr,
    scope: &Scope,
) -> Vec<Called> {
    let alone = || vec![Called { call: None, alternatives: evaluate_in(wiring, file, function, expr, scope) }];
    if !depends(expr) {
        return alone();
    }
    let evaluator = Evaluator::new(wiring, scope);
    let frames = calls(&evaluator, file, (function, closure), 0);
    if frames.is_empty() {
        return alone();
    }
    let evaluator_of = || Evaluator::new(wiring, scope);
    frames
        .into_iter()
        .map(|(call, frame)| Called { call: Some(call), alternatives: evaluator_of().run(&frame, expr) })
        .collect()
}

/// A frame for each known call of the code of a function.
fn calls<'a>(
    evaluator: &Evaluator<'a>,
    file: FileId,
    (function, closure): (Option<&str>, Option<Closure>),
    depth: u32,
) -> Vec<(Place, Rc<Frame<'a>>)> {
    let method = || {
        let (_, method) = function?.split_once('.')?;
        let class = frame::enclosing_class(evaluator.wiring, file, function?)?;
        let key = frame::method(class, method)?.key;
        (key != 0).then_some(Closure { inner: key, home: Some(key) })
    };
    if let Some(closure) = closure.or_else(method) {
        let found = closures::frames(evaluator, file, closure, depth);
        // What a constructor was given is known where the object is made, not where its methods call one another.
        let in_class = function.is_some_and(|it| frame::enclosing_class(evaluator.wiring, file, it).is_some());
        let is_known = |(_, frame): &(Place, Rc<Frame<'a>>)| match &frame.this {
            Some(this) => this.arguments == Arguments::Known,
            None => !in_class,
        };
        if found.iter().any(is_known) {
            return found.into_iter().filter(is_known).collect();
        }
        let made = function.map(|name| frames(evaluator, file, name, depth)).unwrap_or_default();
        return if made.is_empty() { found } else { made };
    }
    function.map(|name| frames(evaluator, file, name, depth)).unwrap_or_default()
}

/// Where a class is made into objects more often, nobody can tell which one is meant.
const MOST_OBJECTS: usize = 4;

/// The objects that the repository makes of a class, each with what it is made with where that needs no further caller.
pub(super) fn objects_of<'a>(wiring: &'a Wiring, file: FileId, class: &'a Class) -> Vec<Rc<Instance<'a>>> {
    let Some(name) = names::class_named(wiring, file, class) else { return Vec::new() };
    let made = sites(wiring, file, &Symbol { file, name });
    if made.len() > MOST_OBJECTS {
        return Vec::new();
    }
    let object = |(caller, site): (FileId, &'a CallSite)| {
        let at = match &site.function {
            Some(function) => frame::enclosing(wiring, caller, function),
            None => Rc::new(Frame::top(caller)),
        };
        construct(&at, file, class, &site.args, &site.keywords)
    };
    made.into_iter().map(object).collect()
}

/// Whether parameters or `this` occur in an expression.
fn depends(expr: &Expr) -> bool {
    let mut stack = vec![expr];
    let mut seen = 0;
    while let Some(expr) = stack.pop() {
        seen += 1;
        if seen > 4_000 {
            return true;
        }
        match &expr.kind {
            ExprKind::Param(_) | ExprKind::Captured(..) => return true,
            ExprKind::Lambda(lambda) => stack.extend(&lambda.function.returns),
            ExprKind::Name(name) if &**name == "this" => return true,
            ExprKind::Member(object, _) => stack.push(object),
            ExprKind::Spread(inner) => stack.push(inner),
            ExprKind::List(items) | ExprKind::Op(_, items) => stack.extend(items),
            ExprKind::Object(fields) => stack.extend(fields.iter().map(|field| &field.value)),
            ExprKind::Call { callee, args, keywords } => {
                stack.push(callee);
                stack.extend(args);
                stack.extend(keywords.iter().map(|field| &field.value));
            }
            ExprKind::Choice(arms) => {
                stack.extend(arms.iter().map(|arm| &arm.value));
                for guard in arms.iter().flat_map(|arm| &arm.guards) {
                    match &guard.test {
                        crate::facts::Test::Defined(operand) | crate::facts::Test::Truthy(operand) => {
                            stack.push(operand);
                        }
                        crate::facts::Test::Equal(one, other)
                        | crate::facts::Test::StartsWith(one, other)
                        | crate::facts::Test::EndsWith(one, other)
                        | crate::facts::Test::Contains(one, other) => stack.extend([&**one, &**other]),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    false
}

/// A frame for each known call of `name` in `file`.
pub(super) fn frames<'a>(
    evaluator: &Evaluator<'a>,
    file: FileId,
    name: &str,
    depth: u32,
) -> Vec<(Place, Rc<Frame<'a>>)> {
    if depth >= MAX_CALLERS_DEEP {
        return Vec::new();
    }
    let wiring = evaluator.wiring;
    let target = Target::of(wiring, file, name);
    let mut frames = Vec::new();
    for (caller, site) in sites(wiring, file, &target.symbol) {
        for at in around(evaluator, caller, site, depth) {
            if are_enough(wiring, frames.len(), Place::new(caller, site.span)) {
                return frames;
            }
            let mut made = target.frame(wiring, file, &at, site);
            if target.class.is_some() && (name.contains('.') || frame::is_python(wiring, file)) {
                // The object is known; with what its method is called is not. Python's code of a class names the class alone.
                made = frame::inside(wiring, file, made.this);
            }
            frames.push((Place::new(caller, site.span), Rc::new(made)));
        }
    }
    frames
}

/// The frames of the code around a call.
pub(super) fn around<'a>(
    evaluator: &Evaluator<'a>,
    caller: FileId,
    site: &'a CallSite,
    depth: u32,
) -> Vec<Rc<Frame<'a>>> {
    let mut found = Vec::new();
    if site.args.iter().chain(site.keywords.iter().map(|field| &field.value)).any(depends) || site.closure.is_some() {
        found = calls(evaluator, caller, (site.function.as_deref(), site.closure), depth + 1);
    }
    if !found.is_empty() {
        return found.into_iter().map(|(_, frame)| frame).collect();
    }
    match &site.function {
        Some(function) => vec![frame::enclosing(evaluator.wiring, caller, function)],
        None => vec![Rc::new(Frame::top(caller))],
    }
}

/// The function or class whose calls are looked for.
struct Target<'a> {
    symbol: Symbol,
    class: Option<&'a Class>,
    params: &'a [crate::facts::Param],
    key: u32,
}

impl<'a> Target<'a> {
    fn of(wiring: &'a Wiring, file: FileId, name: &str) -> Self {
        let head = name.split('.').next().unwrap_or(name);
        let symbol = |name: &str| Symbol { file, name: Arc::from(name) };
        let of_class = |name: &str, class: &'a Class| {
            let constructor = frame::constructor(class);
            Self {
                symbol: symbol(name),
                class: Some(class),
                params: constructor.map_or(&[], |constructor| constructor.params.as_slice()),
                key: constructor.map_or(0, |constructor| constructor.key),
            }
        };
        let of_function = |function: &'a Function| Self {
            symbol: symbol(head),
            class: None,
            params: &function.params,
            key: function.key,
        };
        let found = match names::look_up(wiring, file, head) {
            // `module.exports = function (app) { ... }` has no name in its own file
            Found::Missing => names::look_up_export(wiring, file, head),
            found => found,
        };
        match found {
            Found::Class(_, class) => of_class(head, class),
            Found::Function(_, function) => of_function(function),
            Found::Value(in_file, Expr { kind: ExprKind::Lambda(lambda), .. }) if in_file == file => {
                of_function(&lambda.function)
            }
            _ => match holder_name(wiring, file, name) {
                Some((class_name, class)) => of_class(&class_name, class),
                None => Self { symbol: symbol(head), class: None, params: &[], key: 0 },
            },
        }
    }

    fn frame(&self, wiring: &'a Wiring, file: FileId, at: &Rc<Frame<'a>>, site: &'a CallSite) -> Frame<'a> {
        match self.class {
            Some(class) => {
                let this = construct(at, file, class, &site.args, &site.keywords);
                let receiver = frame::is_python(wiring, file).then(|| Arg::Instance(Rc::clone(&this)));
                let mut frame = frame::inside(wiring, file, Some(this));
                frame.params = self.params;
                frame.key = self.key;
                frame.args = frame::bind(at, receiver, &site.args, &site.keywords, self.params);
                frame
            }
            None => {
                let args = frame::bind(at, None, &site.args, &site.keywords, self.params);
                Frame { file, args, params: self.params, this: None, key: self.key, outer: None }
            }
        }
    }
}

fn holder_name<'a>(wiring: &'a Wiring, file: FileId, method: &str) -> Option<(Arc<str>, &'a Class)> {
    let class = frame::enclosing_class(wiring, file, method)?;
    let module = wiring.repository.get(file)?.module.as_deref()?;
    let name = module.definitions.iter().find_map(|definition| match &definition.value {
        DefinitionValue::Class(known) if std::ptr::eq(known, class) => Some(Arc::clone(&definition.name)),
        _ => None,
    })?;
    Some((name, class))
}

/// Calls of a symbol in the whole repository, in path order.
fn sites<'a>(wiring: &'a Wiring, file: FileId, symbol: &Symbol) -> Vec<(FileId, &'a CallSite)> {
    let known = wiring.index.calls(wiring).of_symbol.get(&file).and_then(|names| names.get(&symbol.name));
    let site = |(caller, number): &(FileId, u32)| {
        Some((*caller, wiring.repository.get(*caller)?.call_sites.get(*number as usize)?))
    };
    known.into_iter().flatten().filter_map(site).collect()
}

/// The callers and the numbers of their call sites, in order.
type Sites = Vec<(FileId, u32)>;

/// Every call of the repository under each symbol that it may mean.
#[derive(Debug, Default)]
pub struct CallIndex {
    /// By the symbol's file and name.
    of_symbol: BTreeMap<FileId, BTreeMap<Arc<str>, Sites>>,
}

impl CallIndex {
    /// The calls of all files that say something.
    pub(in crate::model) fn new(wiring: &Wiring) -> Self {
        let mut index = Self::default();
        for (caller, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
            for (number, site) in (0u32..).zip(&facts.call_sites) {
                for (file, name) in meanings(wiring, caller, &site.callee) {
                    index.of_symbol.entry(file).or_default().entry(name).or_default().push((caller, number));
                }
            }
        }
        index
    }
}

/// The symbols that a callee may mean: its name in its own file, and everything that is looked at on the way of its
/// imports, because whichever of those is asked for ends the search.
fn meanings(wiring: &Wiring, caller: FileId, callee: &Expr) -> BTreeSet<(FileId, Arc<str>)> {
    let seen = RefCell::new(BTreeSet::new());
    if let ExprKind::Name(name) = &callee.kind {
        seen.borrow_mut().insert((caller, Arc::clone(name)));
    }
    let note = |file: FileId, name: &str| {
        if file != caller {
            seen.borrow_mut().insert((file, Arc::from(name)));
        }
        false
    };
    names::locate(wiring, caller, callee, &note);
    seen.into_inner()
}
