//! The evaluator's walk over expressions.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::call::{Applied, Closure, failed};
use super::frame::{self, Arg, Arguments, Frame};
use super::merge::{self, Taken, plain, product, settle, unknown};
use super::names::{self, Found};
use super::{FOLLOWED, MAX_DEPTH, MAX_LIST, STEPS, Scope, VALUE, WORK, ops};
use crate::base::{FileId, Place};
use crate::facts::{Expr, ExprKind, Field, HoleReason, Op, PagePart, Sense, Test};
use crate::model::{Alternatives, Assumption, Environment, Mode, Piece, Text, Unknown, Value, Wiring};

/// What is still to be done with what an expression comes to.
pub type Path<'a> = Option<Rc<Step<'a>>>;

/// One thing to be done with a value.
#[derive(Debug)]
pub struct Step<'a> {
    /// What is done.
    pub what: What<'a>,
    /// What is done with the result.
    pub rest: Path<'a>,
}

/// What is done with a value.
#[derive(Debug)]
pub enum What<'a> {
    /// A member is taken.
    Member(Arc<str>),
    /// It is called.
    Call(Applied<'a>),
    /// It is noted, when it is a function.
    Probe,
}

impl Step<'_> {
    /// The member that is taken.
    pub fn member(&self) -> Option<&Arc<str>> {
        match &self.what {
            What::Member(key) => Some(key),
            What::Call(_) | What::Probe => None,
        }
    }
}

/// What other modules write into an object.
enum Changed<'a> {
    /// One module writes this as soon as it runs.
    Once(FileId, &'a Expr),
    /// It cannot be known.
    Anyhow,
}

/// Copying so many bytes costs about as much as looking at an expression.
const BYTES_A_STEP: usize = 64;

/// One evaluation.
pub struct Evaluator<'a> {
    pub(super) wiring: &'a Wiring,
    pub(super) scope: &'a Scope,
    pub(super) environment: Option<&'a Environment>,
    /// The functions that were met where one was looked for.
    pub(super) probed: RefCell<Vec<Closure<'a>>>,
    pub(super) callers: Callers,
    steps: Cell<u64>,
}

/// Whether the callers of a function may be asked what they give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callers {
    Known,
    /// They are being looked for.
    NotYet,
}

impl<'a> Evaluator<'a> {
    pub fn new(wiring: &'a Wiring, scope: &'a Scope) -> Self {
        let environment = super::env::environment(wiring, scope);
        let (probed, callers) = (RefCell::default(), Callers::Known);
        Self { wiring, scope, environment, probed, callers, steps: Cell::new(0) }
    }

    /// One that the index of callers is made with: it asks that index nothing.
    pub fn without_callers(wiring: &'a Wiring, scope: &'a Scope) -> Self {
        Self { callers: Callers::NotYet, ..Self::new(wiring, scope) }
    }

    pub fn run(&self, frame: &Rc<Frame<'a>>, expr: &'a Expr) -> Alternatives {
        let alternatives = self.eval(frame, expr, &None, &Vec::new(), 0);
        for alternative in &alternatives {
            if let Value::Unknown(Unknown { reason: HoleReason::Limit, place }) = &alternative.value {
                let place = place.unwrap_or(Place::new(frame.file, expr.span));
                self.wiring.limits.reached(Some(place), &FOLLOWED);
            }
        }
        alternatives
    }

    /// Counts a step; `false` when it is one too many.
    fn may_go_on(&self, place: Place) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.wiring.evaluated.add(1);
        if self.wiring.evaluated.done() > WORK.most() {
            self.wiring.limits.reached(None, &WORK);
            return false;
        }
        if self.steps.get() > STEPS.most() {
            self.wiring.limits.reached(Some(place), &STEPS);
            return false;
        }
        true
    }

    /// The alternatives, those unknown that grew too large.
    fn sized(&self, mut alternatives: Alternatives, place: Place) -> Alternatives {
        for alternative in &mut alternatives {
            let size = ops::size(&alternative.value);
            self.wiring.evaluated.add(size / BYTES_A_STEP);
            let most = match &alternative.value {
                Value::List(_) | Value::Object(_) => MAX_LIST,
                _ => VALUE.most_items(),
            };
            let cut = Unknown { reason: HoleReason::Limit, place: None };
            if size > most || matches!(&alternative.value, Value::Unknown(unknown) if *unknown == cut) {
                self.wiring.limits.reached(Some(place), &VALUE);
                alternative.value = Value::Unknown(Unknown { place: Some(place), ..cut });
            }
        }
        alternatives
    }

    /// What `expr` comes to, with the members of `path` looked up in it, where `given` holds.
    pub(super) fn eval(
        &self,
        at: &Rc<Frame<'a>>,
        expr: &'a Expr,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let place = Place::new(at.file, expr.span);
        if depth >= MAX_DEPTH || !self.may_go_on(place) {
            return unknown(HoleReason::Limit, place);
        }
        match (&expr.kind, path) {
            (ExprKind::Member(object, key), _) => {
                let path = Some(Rc::new(Step { what: What::Member(Arc::clone(key)), rest: path.clone() }));
                self.member(at, object, &path, given, depth + 1)
            }
            (ExprKind::Name(name), _) => self.name(at, name, place, path, given, depth + 1),
            (ExprKind::Param(index), _) => self.param(at, *index, place, path, given, depth + 1),
            (ExprKind::Captured(key, index), _) => self.captured(at, (*key, *index), place, path, given, depth + 1),
            (ExprKind::Choice(arms), _) => self.choice(at, arms, place, path, given, depth + 1),
            (ExprKind::Call { callee, args, keywords }, _) => {
                let what = What::Call(Applied { at: Rc::clone(at), callee, args, keywords });
                let path = Some(Rc::new(Step { what, rest: path.clone() }));
                self.eval(at, callee, &path, given, depth + 1)
            }
            (ExprKind::Lambda(lambda), Some(step)) => {
                self.called(&Closure::of_lambda(at, lambda), step, place, given, depth + 1)
            }
            (ExprKind::Module(text), Some(step)) if step.member().is_some() => {
                match names::targets(self.wiring, at.file, text).first() {
                    Some(module) => self.export(*module, step, place, given, depth + 1),
                    None => failed(HoleReason::Unresolved(Arc::clone(text)), path, place),
                }
            }
            (ExprKind::File(text), _) => self.data_file(at, text, place, path, given, depth + 1),
            (ExprKind::Op(Op::Fetched, operands), _) => match operands.first().map(|file| &file.kind) {
                Some(ExprKind::File(text)) => self.fetched_file(at, text, place, path, given, depth + 1),
                _ => unknown(HoleReason::Runtime, place),
            },
            (ExprKind::Object(fields), Some(step)) if let What::Member(key) = &step.what => {
                self.field(at, fields, (key, step), place, given, depth + 1)
            }
            (ExprKind::Object(fields), Some(_)) if let Some(called) = fields.iter().find(|it| &*it.key == "$call") => {
                self.eval(at, &called.value, path, given, depth + 1)
            }
            (ExprKind::Op(Op::Provided, operands), Some(_)) => match operands.first() {
                Some(class) => self.provided(at.file, class, place, path, given, depth + 1),
                None => unknown(HoleReason::Unsupported, place),
            },
            (ExprKind::Op(Op::AsCalled(function), operands), _) => {
                self.as_called(at, function, operands, place, path, given, depth + 1)
            }
            (ExprKind::List(items), Some(step)) if let What::Member(key) = &step.what => {
                match key.parse::<usize>().ok().and_then(|n| items.get(n)) {
                    Some(item) if !matches!(item.kind, ExprKind::Spread(_)) => {
                        self.eval(at, item, &step.rest, given, depth + 1)
                    }
                    _ => failed(HoleReason::Unsupported, path, place),
                }
            }
            (ExprKind::Hole(reason), _) => failed(reason.clone(), path, place),
            (ExprKind::Undefined | ExprKind::Null, Some(_)) => unknown(HoleReason::Runtime, place),
            (ExprKind::Op(Op::Get, operands), _) => self.get(at, operands, place, path, given, depth + 1),
            (ExprKind::Op(Op::Put, operands), Some(step)) if let What::Member(key) = &step.what => {
                self.put(at, operands, (key, step), place, given, depth + 1)
            }
            (ExprKind::Op(Op::EnvObject(reader), _), Some(step)) if let What::Member(key) = &step.what => {
                let values = self.variable(key, *reader, place, given);
                project(values, &step.rest, place)
            }
            (ExprKind::Op(Op::AnyOf, operands), _) => self.any_of(at, operands, place, path, given, depth + 1),
            (ExprKind::Op(Op::EnvNamed(reader), operands), _) => {
                self.variable_named(at, operands, *reader, place, path, given, depth + 1)
            }
            (ExprKind::Op(Op::ParseUrl | Op::SetUrlPart(_), _), Some(step))
                if let Some(part) = step.member().and_then(|key| PagePart::of_property(key)) =>
            {
                let mut urls = self.value(at, expr, place, given, depth);
                for url in &mut urls {
                    url.value = ops::url_part(&url.value, part, place);
                }
                project(urls, &step.rest, place)
            }
            (_, None) => self.value(at, expr, place, given, depth),
            (_, Some(_)) => {
                let values = self.value(at, expr, place, given, depth);
                project(values, path, place)
            }
        }
    }

    fn value(&self, at: &Rc<Frame<'a>>, expr: &'a Expr, place: Place, given: &Taken, depth: u32) -> Alternatives {
        let known = |value: Value| vec![plain(value, vec![place])];
        match &expr.kind {
            ExprKind::Str(text) => known(Value::Text(Text::known(text, Some(place)))),
            ExprKind::Num(number) => known(Value::Number(Arc::clone(number))),
            ExprKind::Bool(value) => known(Value::Bool(*value)),
            ExprKind::Undefined => known(Value::Undefined),
            ExprKind::Null => known(Value::Null),
            ExprKind::Regex { pattern, flags } => {
                known(Value::Regex { pattern: Arc::clone(pattern), flags: Arc::clone(flags) })
            }
            ExprKind::Page(part) => known(Value::Text(Text(vec![Piece::Page(*part, place)]))),
            ExprKind::Env { name, reader } => self.variable(name, *reader, place, given),
            ExprKind::List(items) => self.list(at, items, place, given, depth + 1),
            ExprKind::Object(fields) => self.object(at, fields, place, given, depth + 1),
            ExprKind::Spread(inner) => self.eval(at, inner, &None, given, depth + 1),
            ExprKind::Op(op, operands) => self.operation(at, op, operands, place, given, depth + 1),
            _ => unknown(HoleReason::Unsupported, place),
        }
    }

    fn member(&self, at: &Rc<Frame<'a>>, object: &'a Expr, path: &Path<'a>, given: &Taken, depth: u32) -> Alternatives {
        // `import a.b.c` binds the whole dotted path in Python: the longest module prefix wins.
        if let (ExprKind::Member(..), Some(step)) = (&object.kind, path)
            && let Some(module) = names::module_named(self.wiring, at.file, object)
        {
            return self.export(module, step, Place::new(at.file, object.span), given, depth);
        }
        self.eval(at, object, path, given, depth)
    }

    fn name(
        &self,
        at: &Rc<Frame<'a>>,
        name: &'a str,
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        if name == "this"
            && let Some(this) = &at.this
        {
            return self.instance(this, place, path, given, depth);
        }
        match names::look_up(self.wiring, at.file, name) {
            Found::Missing => {
                match self.define(name).or_else(|| self.wiring.index.global(self.wiring, at.file, name)) {
                    Some((file, value)) => self.eval(&Rc::new(Frame::top(file)), value, path, given, depth),
                    None => failed(HoleReason::UnknownName(Arc::from(name)), path, place),
                }
            }
            found => self.found(found, place, path, given, depth),
        }
    }

    /// What other modules write into an object that a module defines.
    fn changed(&self, file: FileId, value: &Expr, key: &Arc<str>) -> Option<Changed<'a>> {
        let changes = self.wiring.index.changes(self.wiring).get(&file)?;
        let name = names::name_of_value(self.wiring, file, value)?;
        let mut found = changes.iter().filter(|change| {
            &*change.name == name
                && change.written(self.wiring).is_some_and(|change| change.key.as_ref().is_none_or(|it| it == key))
        });
        let first = found.next()?;
        let only = first.written(self.wiring).filter(|change| change.key.is_some() && found.next().is_none());
        Some(match only {
            Some(written) if !matches!(written.value.kind, ExprKind::Hole(_)) => {
                Changed::Once(first.by, &written.value)
            }
            _ => Changed::Anyhow,
        })
    }

    /// What the build takes instead, where its configuration replaces the module that a value comes from.
    fn replaced(&self, found: Found<'a>) -> Found<'a> {
        let Found::Value(file, value) = found else { return found };
        let configuration = self.scope.mode.name();
        let Some(with) = self.wiring.index.replacement(self.wiring, file, configuration) else { return found };
        match names::name_of_value(self.wiring, file, value) {
            Some(name) => names::look_up_export(self.wiring, with, name),
            None => found,
        }
    }

    fn found(&self, found: Found<'a>, place: Place, path: &Path<'a>, given: &Taken, depth: u32) -> Alternatives {
        match (self.replaced(found), path) {
            (Found::Value(file, value), _) => {
                match path.as_ref().and_then(|step| Some((step, self.changed(file, value, step.member()?)?))) {
                    Some((step, Changed::Once(by, written))) => {
                        self.eval(&Rc::new(Frame::top(by)), written, &step.rest, given, depth)
                    }
                    Some((_, Changed::Anyhow)) => failed(HoleReason::Reassigned, path, place),
                    None => self.eval(&Rc::new(Frame::top(file)), value, path, given, depth),
                }
            }
            (Found::Class(file, class), Some(step)) => self.constructed((file, class), step, place, given, depth),
            (Found::Function(file, function), Some(step)) => {
                self.called(&Closure::plain(file, function), step, place, given, depth)
            }
            (Found::Module(module), Some(step)) if step.member().is_some() => {
                self.export(module, step, place, given, depth)
            }
            (Found::Module(module), _) => match names::look_up_export(self.wiring, module, "default") {
                Found::Value(file, value) => self.eval(&Rc::new(Frame::top(file)), value, path, given, depth),
                Found::Function(file, function) if let Some(step) = path => {
                    self.called(&Closure::plain(file, function), step, place, given, depth)
                }
                _ => failed(HoleReason::Unsupported, path, place),
            },
            (Found::External(module), _) => failed(HoleReason::Unresolved(Arc::from(module)), path, place),
            (Found::Function(..) | Found::Class(..) | Found::Missing, _) => {
                failed(HoleReason::Unsupported, path, place)
            }
        }
    }

    fn export(&self, module: FileId, step: &Rc<Step<'a>>, place: Place, given: &Taken, depth: u32) -> Alternatives {
        let Some(key) = step.member() else { return unknown(HoleReason::Unsupported, place) };
        match names::look_up_export(self.wiring, module, key) {
            Found::Missing => {
                if let Some(child) = names::child_module(self.wiring, module, key) {
                    return self.found(Found::Module(child), place, &step.rest, given, depth);
                }
                match names::look_up_export(self.wiring, module, "default") {
                    Found::Value(file, value) => {
                        self.eval(&Rc::new(Frame::top(file)), value, &Some(Rc::clone(step)), given, depth)
                    }
                    _ => failed(HoleReason::UnknownName(Arc::clone(key)), &Some(Rc::clone(step)), place),
                }
            }
            found => self.found(found, place, &step.rest, given, depth),
        }
    }

    pub(super) fn param(
        &self,
        at: &Rc<Frame<'a>>,
        index: u32,
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let index = index as usize;
        match at.args.get(index) {
            Some(Arg::Expr(frame, expr)) => self.eval(frame, expr, path, given, depth),
            Some(Arg::Instance(instance)) => self.instance(instance, place, path, given, depth),
            Some(Arg::Absent) => match at.params.get(index).and_then(|param| param.default.as_ref()) {
                Some(default) => self.eval(at, default, path, given, depth),
                None if path.is_none() && !frame::is_python(self.wiring, at.file) => {
                    vec![plain(Value::Undefined, vec![place])]
                }
                None => unknown(HoleReason::Parameter, place),
            },
            None => self.unasked(at, index, place, path, given, depth),
        }
    }

    /// A parameter of a function whose callers are not known: anything, or its default.
    fn unasked(
        &self,
        at: &Rc<Frame<'a>>,
        index: usize,
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        if path.is_some() {
            let objects = self.declared_objects(at, index);
            if !objects.is_empty() {
                return self.of_objects(&objects, place, path, given, depth + 1);
            }
        }
        let anything = unknown(HoleReason::Parameter, place);
        if at.this.as_ref().is_some_and(|this| this.arguments == Arguments::Hidden) {
            return anything;
        }
        let Some(default) = at.params.get(index).and_then(|param| param.default.as_ref()) else { return anything };
        if frame::is_python(self.wiring, at.file) {
            return anything;
        }
        let given_test = Test::Defined(Box::new(Expr::hole(default.span, HoleReason::Parameter)));
        let mut found = Vec::new();
        for (sense, values) in [(Sense::Fails, self.eval(at, default, path, given, depth)), (Sense::Holds, anything)] {
            if merge::decided(given, &given_test).is_some_and(|came| came != sense) {
                continue;
            }
            for mut value in values {
                if merge::decided(&value.taken, &given_test).is_none() {
                    value.taken.push((given_test.clone(), sense));
                }
                found.push(value);
            }
        }
        settle(found, place)
    }

    /// A parameter of a function around the one that the walk is in.
    fn captured(
        &self,
        at: &Rc<Frame<'a>>,
        (key, index): (u32, u32),
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let mut frame = Some(at);
        while let Some(around) = frame {
            if around.key == key && around.file == at.file {
                return self.param(around, index, place, path, given, depth);
            }
            // What a constructor was given, by the object that it made.
            if let Some(this) = &around.this
                && let Some(made) = self.constructor_frame_of(this, key)
            {
                return self.param(&made, index, place, path, given, depth);
            }
            frame = around.outer.as_ref();
        }
        unknown(HoleReason::Parameter, place)
    }

    fn data_file(
        &self,
        at: &Rc<Frame<'a>>,
        text: &str,
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let data = names::targets(self.wiring, at.file, text)
            .into_iter()
            .find_map(|file| Some((file, self.wiring.repository.get(file)?.data.as_deref()?)));
        match data {
            Some((file, data)) => self.eval(&Rc::new(Frame::top(file)), data, path, given, depth),
            None => unknown(HoleReason::Unresolved(Arc::from(text)), place),
        }
    }

    /// A file that the page's server is asked for. A deployment may put another one in its place, and does where it names
    /// the developer's own machine.
    fn fetched_file(
        &self,
        at: &Rc<Frame<'a>>,
        text: &Arc<str>,
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let mut found = self.data_file(at, text, place, path, given, depth);
        for alternative in &mut found {
            let is_local = alternative.value.as_known_text().is_some_and(|text| {
                ["://localhost", "://127.", "://[::1]", "://0.0.0.0"].iter().any(|local| text.contains(local))
            });
            match (&alternative.value, is_local && self.scope.mode != Mode::Development) {
                (Value::Unknown(_), _) => {}
                (_, true) => {
                    alternative.value = Value::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) });
                }
                (_, false) => alternative.assumptions.push(Assumption::ServedAsIs(Arc::clone(text))),
            }
        }
        found
    }

    fn field(
        &self,
        at: &Rc<Frame<'a>>,
        fields: &'a [Field],
        (key, step): (&Arc<str>, &Rc<Step<'a>>),
        place: Place,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        for field in fields.iter().rev() {
            if field.key == *key {
                return self.eval(at, &field.value, &step.rest, given, depth);
            }
            if &*field.key == "..." {
                let spread = self.eval(at, &field.value, &Some(Rc::clone(step)), given, depth);
                let absent = |value: &Value| matches!(value, Value::Undefined);
                if !spread.iter().all(|alternative| absent(&alternative.value)) {
                    return spread;
                }
            }
        }
        // What is taken from nothing is no value: `client.get(path)` of an object that stands for a client.
        match step.rest {
            Some(_) => unknown(HoleReason::Unsupported, place),
            None => vec![plain(Value::Undefined, vec![place])],
        }
    }

    fn list(&self, at: &Rc<Frame<'a>>, items: &'a [Expr], place: Place, given: &Taken, depth: u32) -> Alternatives {
        let operands = items.iter().map(|item| self.eval(at, item, &None, given, depth));
        let rows = match product(operands, place, &self.wiring.evaluated) {
            Ok(rows) => rows,
            Err(limit) => return limit,
        };
        let alternatives = rows.into_iter().map(|(values, mut alternative)| {
            let mut list = Vec::new();
            for (item, value) in items.iter().zip(values) {
                match (&item.kind, value) {
                    (ExprKind::Spread(_), Value::List(inner)) => list.extend(inner),
                    (_, value) => list.push(value),
                }
            }
            if items.is_empty() {
                alternative.evidence.push(place);
            }
            alternative.value = Value::List(list);
            alternative
        });
        self.sized(settle(alternatives.collect(), place), place)
    }

    fn object(&self, at: &Rc<Frame<'a>>, fields: &'a [Field], place: Place, given: &Taken, depth: u32) -> Alternatives {
        let operands = fields.iter().map(|field| self.eval(at, &field.value, &None, given, depth));
        let rows = match product(operands, place, &self.wiring.evaluated) {
            Ok(rows) => rows,
            Err(limit) => return limit,
        };
        let alternatives = rows.into_iter().map(|(values, mut alternative)| {
            let mut object = Vec::new();
            for (field, value) in fields.iter().zip(values) {
                match (&*field.key, value) {
                    ("...", Value::Object(inner)) => object.extend(inner),
                    (_, value) => object.push((Arc::clone(&field.key), value)),
                }
            }
            alternative.value = Value::Object(object);
            alternative
        });
        self.sized(settle(alternatives.collect(), place), place)
    }

    fn operation(
        &self,
        at: &Rc<Frame<'a>>,
        op: &'a Op,
        operands: &'a [Expr],
        place: Place,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let flat = flatten(op, operands);
        let values = flat.into_iter().map(|operand| self.eval(at, operand, &None, given, depth));
        let rows = match product(values, place, &self.wiring.evaluated) {
            Ok(rows) => rows,
            Err(limit) => return limit,
        };
        let language = if frame::is_python(self.wiring, at.file) { ops::Language::Python } else { ops::Language::Ecma };
        let bench = ops::At { language, place, work: &self.wiring.evaluated, limits: &self.wiring.limits };
        let alternatives = rows.into_iter().flat_map(|(values, alternative)| {
            ops::apply(op, values, &alternative.taken, given, bench).into_iter().map(move |(value, more)| {
                let mut alternative = alternative.clone();
                alternative.value = value;
                alternative.taken.extend(more);
                alternative
            })
        });
        self.sized(settle(alternatives.collect(), place), place)
    }
}

/// The operands of a concatenation with the operands of concatenations inside it in their place: sums of many terms
/// nest as deep as they are long.
fn flatten<'a>(op: &Op, operands: &'a [Expr]) -> Vec<&'a Expr> {
    if *op != Op::Concat {
        return operands.iter().collect();
    }
    let mut flat = Vec::new();
    let mut stack: Vec<&'a Expr> = operands.iter().rev().collect();
    while let Some(operand) = stack.pop() {
        match &operand.kind {
            ExprKind::Op(Op::Concat, inner) => stack.extend(inner.iter().rev()),
            _ => flat.push(operand),
        }
    }
    flat
}

/// What a path takes of values that are already computed.
pub(super) fn project(mut alternatives: Alternatives, path: &Path<'_>, place: Place) -> Alternatives {
    if path.is_none() {
        return alternatives;
    }
    for alternative in &mut alternatives {
        let mut step = path.as_ref();
        while let Some(next) = step {
            let value = std::mem::replace(&mut alternative.value, Value::Undefined);
            alternative.value = match next.member() {
                Some(key) => project_one(value, key, place),
                None => match failed(HoleReason::Unsupported, path, place).pop() {
                    Some(failed) => failed.value,
                    None => Value::Undefined,
                },
            };
            step = next.rest.as_ref();
        }
    }
    merge::settle(alternatives, place)
}

fn project_one(value: Value, key: &str, place: Place) -> Value {
    match value {
        Value::Object(fields) => {
            let open = fields.iter().any(|(name, _)| &**name == "...");
            match fields.into_iter().rev().find(|(name, _)| &**name == key) {
                Some((_, value)) => value,
                None if open => Value::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) }),
                None => Value::Undefined,
            }
        }
        Value::List(items) => match key.parse::<usize>() {
            Ok(index) if !items.iter().take(index + 1).any(|item| matches!(item, Value::Unknown(_))) => {
                items.into_iter().nth(index).unwrap_or(Value::Undefined)
            }
            _ => Value::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
        },
        Value::Unknown(unknown) => Value::Unknown(unknown),
        _ => Value::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
    }
}
