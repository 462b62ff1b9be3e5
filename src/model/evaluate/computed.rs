//! Objects with keys that are computed: tables that are looked up, and keys that come from elsewhere.

use std::rc::Rc;
use std::sync::Arc;

use super::call::failed;
use super::decide::equal_when;
use super::frame::Frame;
use super::merge::{Taken, add_assumptions, add_evidence, join_taken, settle, unknown};
use super::walk::{Callers, Evaluator, Path, Step, What, project};
use super::{MAX_ALTERNATIVES, MAX_DEPTH, callers};
use crate::base::{Place, Span};
use crate::facts::{EnvReader, Expr, ExprKind, HoleReason, Sense, Test};
use crate::model::{Alternative, Alternatives, Text, Value};

impl<'a> Evaluator<'a> {
    /// `object[key]`. With a key that is not known, each entry of the object may be meant.
    pub(super) fn get(
        &self,
        at: &Rc<Frame<'a>>,
        operands: &'a [Expr],
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let [object, key] = operands else { return unknown(HoleReason::Unsupported, place) };
        let mut found = Vec::new();
        for key in self.eval(at, key, &None, given, depth + 1) {
            let Some(given) = join_taken(given, &key.taken) else { continue };
            let take = |name: Arc<str>, given: &Taken| {
                let path = Some(Rc::new(Step { what: What::Member(name), rest: path.clone() }));
                self.eval(at, object, &path, given, depth + 1)
            };
            if let Some(name) = key.value.as_known_text() {
                found.extend(take(Arc::from(name), &given).into_iter().filter_map(|value| after(&key, value)));
                continue;
            }
            let names = self.keys(at, object, &given, depth + 1);
            if names.is_empty() || names.len() > MAX_ALTERNATIVES {
                return failed(HoleReason::Runtime, path, place);
            }
            for name in names {
                let wanted = Value::Text(Text::known(&name, None));
                for taken in equal_when(&key.value, &wanted, &given) {
                    let Some(given) = join_taken(&given, &taken) else { continue };
                    for mut value in take(Arc::clone(&name), &given) {
                        let Some(joined) = join_taken(&value.taken, &taken) else { continue };
                        value.taken = joined;
                        found.extend(after(&key, value));
                    }
                }
            }
        }
        settle(found, place)
    }

    /// Each element of a list that is known wholly.
    pub(super) fn any_of(
        &self,
        at: &Rc<Frame<'a>>,
        operands: &'a [Expr],
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let [list] = operands else { return unknown(HoleReason::Unsupported, place) };
        let mut found = Vec::new();
        for list in self.eval(at, list, &None, given, depth + 1) {
            let Value::List(items) = &list.value else { return failed(HoleReason::Runtime, path, place) };
            let mut before: Taken = Vec::new();
            for (index, item) in items.iter().enumerate().take(MAX_ALTERNATIVES + 1) {
                let number = Expr::new(Span::default(), ExprKind::Num(Arc::from(index.to_string())));
                let which = Expr::hole(place.span, HoleReason::Runtime);
                let test = Test::Equal(Box::new(which), Box::new(number));
                let mut taken = before.clone();
                taken.push((test.clone(), Sense::Holds));
                before.push((test, Sense::Fails));
                if join_taken(given, &taken).is_some() {
                    let one =
                        Alternative { value: item.clone(), evidence: vec![place], taken, assumptions: Vec::new() };
                    found.extend(after(&list, one));
                }
            }
        }
        if found.is_empty() {
            return failed(HoleReason::Runtime, path, place);
        }
        project(settle(found, place), path, place)
    }

    /// A variable of the environment whose name is computed.
    #[expect(clippy::too_many_arguments, reason = "the parts of one expression and the walk's state")]
    pub(super) fn variable_named(
        &self,
        at: &Rc<Frame<'a>>,
        operands: &'a [Expr],
        reader: EnvReader,
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let [name] = operands else { return unknown(HoleReason::Unsupported, place) };
        let mut found = Vec::new();
        for name in self.eval(at, name, &None, given, depth + 1) {
            let Some(given) = join_taken(given, &name.taken) else { continue };
            let values = match name.value.as_known_text() {
                Some(text) => self.variable(&Arc::from(text), reader, place, &given),
                None => unknown(HoleReason::Runtime, place),
            };
            found.extend(values.into_iter().filter_map(|value| after(&name, value)));
        }
        project(settle(found, place), path, place)
    }

    /// What the callers of a function give, when each of them gives something known.
    #[expect(clippy::too_many_arguments, reason = "the parts of one expression and the walk's state")]
    pub(super) fn as_called(
        &self,
        at: &Rc<Frame<'a>>,
        function: &str,
        operands: &'a [Expr],
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let [value] = operands else { return unknown(HoleReason::Unsupported, place) };
        let mut found = Vec::new();
        if depth < MAX_DEPTH / 2 && self.callers == Callers::Known {
            for (_, frame) in callers::frames(self, at.file, function, 1) {
                found.extend(self.eval(&frame, value, path, given, depth + 1));
            }
        }
        let is_known = |found: &Alternative| !matches!(found.value, Value::Unknown(_));
        if found.is_empty() || !found.iter().all(is_known) {
            return failed(HoleReason::Reassigned, path, place);
        }
        settle(found, place)
    }

    /// The keys of an object that is known wholly.
    fn keys(&self, at: &Rc<Frame<'a>>, object: &'a Expr, given: &Taken, depth: u32) -> Vec<Arc<str>> {
        let values = self.eval(at, object, &None, given, depth);
        let [Alternative { value: Value::Object(fields), .. }] = values.as_slice() else { return Vec::new() };
        let mut keys: Vec<Arc<str>> = Vec::new();
        for (key, _) in fields {
            if &**key == "..." {
                return Vec::new();
            }
            if !keys.contains(key) {
                keys.push(Arc::clone(key));
            }
        }
        keys
    }

    /// The member `wanted` of an object that has one more entry, under a computed key.
    pub(super) fn put(
        &self,
        at: &Rc<Frame<'a>>,
        operands: &'a [Expr],
        (wanted, step): (&Arc<str>, &Rc<Step<'a>>),
        place: Place,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let [object, key, value] = operands else { return unknown(HoleReason::Unsupported, place) };
        let mut found = Vec::new();
        for key in self.eval(at, key, &None, given, depth + 1) {
            let Some(given) = join_taken(given, &key.taken) else { continue };
            let values = match key.value.as_known_text() {
                Some(name) if name == **wanted => self.eval(at, value, &step.rest, &given, depth + 1),
                Some(_) => self.eval(at, object, &Some(Rc::clone(step)), &given, depth + 1),
                None => failed(HoleReason::Runtime, &Some(Rc::clone(step)), place),
            };
            found.extend(values.into_iter().filter_map(|value| after(&key, value)));
        }
        settle(found, place)
    }
}

/// A value together with what the key before it rests on; `None` when they contradict.
fn after(key: &Alternative, mut value: Alternative) -> Option<Alternative> {
    value.taken = join_taken(&key.taken, &value.taken)?;
    add_evidence(&mut value.evidence, &key.evidence);
    add_assumptions(&mut value.assumptions, &key.assumptions);
    Some(value)
}
