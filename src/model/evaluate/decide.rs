//! How tests come out.

use std::rc::Rc;
use std::sync::Arc;

use super::choice::{Branch, opposite};
use super::frame::Frame;
use super::merge::{Taken, decided, product, reason_words};
use super::walk::Evaluator;
use crate::base::{Place, Span};
use crate::facts::{Expr, ExprKind, HoleReason, PagePart, Sense, Test, is_bare_scheme};
use crate::model::{Alternative, Assumption, Mode, Piece, Side, Text, Unknown, Value};

/// What is known of a test's outcome.
enum Outcome {
    Decided(Sense),
    /// It is the same as another test, with this sense.
    Same(Test, Sense),
    /// Not known: the test is named by what its operands come to.
    Open(Test, Vec<Assumption>),
    /// It fails wherever the code runs, which is a mistake that is worth knowing of.
    Never(Test),
}

impl<'a> Evaluator<'a> {
    /// The ways in which a test can come out, each with what it rests on.
    pub(super) fn decide(&self, at: &Rc<Frame<'a>>, test: &'a Test, given: &Taken, depth: u32) -> Vec<(Sense, Branch)> {
        let outcome = match test {
            Test::PageIsHttps | Test::PageHostIs(_) | Test::PageHasPort => Outcome::Open(test.clone(), Vec::new()),
            Test::SchemeWithoutColon => Outcome::Never(test.clone()),
            Test::Mode(name) => self.mode(name),
            Test::InBrowser => match self.scope.side {
                Side::Browser => Outcome::Decided(Sense::Holds),
                Side::Server => Outcome::Decided(Sense::Fails),
                Side::Both | Side::Unknown => Outcome::Open(test.clone(), Vec::new()),
            },
            Test::Opaque(text) => Outcome::Open(test.clone(), vec![Assumption::OpaqueGuard(Arc::clone(text))]),
            Test::Defined(operand) | Test::Truthy(operand) => {
                return self.with_operands(at, test, &[operand], given, depth);
            }
            Test::Equal(one, other)
            | Test::StartsWith(one, other)
            | Test::EndsWith(one, other)
            | Test::Contains(one, other) => {
                return self.with_operands(at, test, &[one, other], given, depth);
            }
        };
        branches(outcome, given, &Branch::default())
    }

    fn mode(&self, name: &Arc<str>) -> Outcome {
        let sense = |holds: bool| Outcome::Decided(if holds { Sense::Holds } else { Sense::Fails });
        if self.scope.side == Side::Server
            && let Some(bound) = self.environment.and_then(|environment| environment.get("NODE_ENV"))
            && let Some(bound) = bound.value.as_known_text()
        {
            return sense(bound == **name);
        }
        match &self.scope.mode {
            // A build in a mode of its own is a production build by `PROD` and not one by `MODE`.
            Mode::Other(mode) if mode != name && (&**name == "production" || &**name == "development") => {
                Outcome::Open(Test::Mode(Arc::clone(name)), Vec::new())
            }
            mode => sense(mode.name() == &**name),
        }
    }

    fn with_operands(
        &self,
        at: &Rc<Frame<'a>>,
        test: &'a Test,
        operands: &[&'a Expr],
        given: &Taken,
        depth: u32,
    ) -> Vec<(Sense, Branch)> {
        let span = operands.first().map_or_else(Span::default, |operand| operand.span);
        let place = Place::new(at.file, span);
        let values = operands.iter().map(|operand| self.eval(at, operand, &None, given, depth));
        let rows = match product(values, place, &self.wiring.evaluated) {
            Ok(rows) => rows,
            Err(limit) => limit
                .into_iter()
                .map(|alternative| (vec![alternative.value.clone(); operands.len()], alternative))
                .collect(),
        };
        rows.into_iter().flat_map(|(values, alternative)| self.row(test, &values, &alternative, given)).collect()
    }

    fn row(&self, test: &Test, values: &[Value], alternative: &Alternative, given: &Taken) -> Vec<(Sense, Branch)> {
        let outcome = match (test, values) {
            (Test::Defined(_), [value]) => defined(value),
            (Test::Truthy(_), [value]) => truthy(value),
            (Test::Equal(..), [one, other]) => equal(one, other),
            (Test::StartsWith(..), [one, other]) => starts_with(one, other),
            (Test::EndsWith(..), [one, other]) => ends_with(one, other),
            (Test::Contains(..), [one, other]) => contains(one, other),
            _ => Outcome::Decided(Sense::Fails),
        };
        let base = Branch {
            taken: alternative.taken.clone(),
            evidence: Vec::new(),
            assumptions: alternative.assumptions.clone(),
        };
        let unary = values.len() == 1;
        let mut branches = branches(outcome, given, &base);
        for (sense, branch) in &mut branches {
            // What holds shows itself in the value; what fails must be shown.
            if !unary || *sense == Sense::Fails {
                branch.evidence.clone_from(&alternative.evidence);
            }
        }
        branches
    }
}

fn branches(outcome: Outcome, given: &Taken, base: &Branch) -> Vec<(Sense, Branch)> {
    match outcome {
        Outcome::Decided(sense) => vec![(sense, base.clone())],
        Outcome::Same(test, sense) => branches(Outcome::Open(test, Vec::new()), given, base)
            .into_iter()
            .map(|(came, branch)| (if sense == Sense::Holds { came } else { opposite(came) }, branch))
            .collect(),
        Outcome::Never(test) => {
            let mut branch = base.clone();
            branch.taken.push((test, Sense::Fails));
            vec![(Sense::Fails, branch)]
        }
        Outcome::Open(test, assumptions) => {
            let branch = |sense: Sense| {
                let mut branch = base.clone();
                branch.taken.push((test.clone(), sense));
                branch.assumptions.extend(assumptions.iter().cloned());
                (sense, branch)
            };
            match decided(given, &test).or_else(|| decided(&base.taken, &test)) {
                Some(sense) => vec![(sense, base.clone())],
                None => vec![branch(Sense::Holds), branch(Sense::Fails)],
            }
        }
    }
}

/// The ways in which two values are equal, each with the tests that it rests on.
pub(super) fn equal_when(one: &Value, other: &Value, given: &Taken) -> Vec<Taken> {
    let ways = branches(equal(one, other), given, &Branch::default());
    ways.into_iter().filter(|(sense, _)| *sense == Sense::Holds).map(|(_, branch)| branch.taken).collect()
}

fn is(holds: bool) -> Outcome {
    Outcome::Decided(if holds { Sense::Holds } else { Sense::Fails })
}

/// An expression that names a value by its origin, so that equal unknowns give equal tests wherever they are read.
fn name_of(value: &Value) -> Box<Expr> {
    let kind = match value {
        Value::Unknown(unknown) => {
            let span = unknown.place.map_or_else(Span::default, |place| place.span);
            return Box::new(Expr::hole(span, unknown.reason.clone()));
        }
        Value::Text(text) => match text.as_known() {
            Some(known) => ExprKind::Str(Arc::from(known)),
            None => {
                let unknown = text.0.iter().find_map(|piece| match piece {
                    Piece::Unknown(unknown) => Some(Value::Unknown(unknown.clone())),
                    Piece::Page(part, _) => Some(Value::Text(Text::known(&format!("{part:?}"), None))),
                    Piece::Known(..) => None,
                });
                return unknown
                    .map_or_else(|| Box::new(Expr::hole(Span::default(), HoleReason::Unsupported)), |it| name_of(&it));
            }
        },
        Value::Number(number) => ExprKind::Num(Arc::clone(number)),
        Value::Bool(value) => ExprKind::Bool(*value),
        Value::Undefined => ExprKind::Undefined,
        Value::Null => ExprKind::Null,
        Value::List(_) | Value::Object(_) | Value::Regex { .. } => ExprKind::Hole(HoleReason::Unsupported),
    };
    Box::new(Expr::new(Span::default(), kind))
}

fn rests_on(values: &[&Value]) -> Vec<Assumption> {
    let reason = values.iter().find_map(|value| match value {
        Value::Unknown(unknown) => Some(&unknown.reason),
        Value::Text(text) => text.0.iter().find_map(|piece| match piece {
            Piece::Unknown(unknown) => Some(&unknown.reason),
            _ => None,
        }),
        _ => None,
    });
    reason.map(|reason| Assumption::OpaqueOperand(reason_words(reason))).into_iter().collect()
}

/// Whether a value is known to be there, though not what it is.
fn is_given(unknown: &Unknown) -> bool {
    matches!(unknown.reason, HoleReason::OutsideEnv(_) | HoleReason::Documented(_))
}

fn defined(value: &Value) -> Outcome {
    match value {
        Value::Undefined | Value::Null => is(false),
        Value::Unknown(unknown) if is_given(unknown) => is(true),
        Value::Unknown(_) => Outcome::Open(Test::Defined(name_of(value)), rests_on(&[value])),
        _ => is(true),
    }
}

fn truthy(value: &Value) -> Outcome {
    match value {
        Value::Undefined | Value::Null => is(false),
        Value::Bool(value) => is(*value),
        Value::Number(number) => is(number.parse::<f64>().is_ok_and(|number| number != 0.0 && !number.is_nan())),
        Value::Regex { .. } | Value::Object(_) | Value::List(_) => is(true),
        Value::Unknown(unknown) if is_given(unknown) => is(true),
        Value::Unknown(_) => Outcome::Open(Test::Truthy(name_of(value)), rests_on(&[value])),
        Value::Text(text) => truthy_text(text),
    }
}

fn truthy_text(text: &Text) -> Outcome {
    let full = |piece: &Piece| match piece {
        Piece::Known(text, _) => !text.is_empty(),
        Piece::Page(part, _) => !matches!(part, PagePart::Port | PagePart::Search),
        Piece::Unknown(_) => false,
    };
    if text.0.iter().any(full) {
        return is(true);
    }
    let open = text.0.iter().find(|piece| !matches!(piece, Piece::Known(..)));
    match open {
        None => is(false),
        Some(Piece::Page(PagePart::Port, _)) => Outcome::Same(Test::PageHasPort, Sense::Holds),
        Some(_) => {
            let value = Value::Text(text.clone());
            Outcome::Open(Test::Truthy(name_of(&value)), rests_on(&[&value]))
        }
    }
}

fn equal(one: &Value, other: &Value) -> Outcome {
    if let Some(outcome) = page_equal(one, other).or_else(|| page_equal(other, one)) {
        return outcome;
    }
    if is_unlike(one, other) || is_unlike(other, one) {
        return Outcome::Never(Test::SchemeWithoutColon);
    }
    let nothing = |value: &Value| matches!(value, Value::Undefined | Value::Null);
    match (one.as_known_text(), other.as_known_text()) {
        (Some(one), Some(other)) if is_bare(&one, &other) || is_bare(&other, &one) => {
            return Outcome::Never(Test::SchemeWithoutColon);
        }
        (Some(one), Some(other)) => return is(one == other),
        (Some(_), None) if nothing(other) => return is(false),
        (None, Some(_)) if nothing(one) => return is(false),
        _ => {}
    }
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => return is(one == other),
        _ if nothing(one) && nothing(other) => return is(true),
        _ => {}
    }
    Outcome::Open(Test::Equal(name_of(one), name_of(other)), rests_on(&[one, other]))
}

/// Whether a protocol is compared with its scheme.
fn is_bare(protocol: &str, scheme: &str) -> bool {
    protocol.strip_suffix(':') == Some(scheme) && is_bare_scheme(scheme)
}

/// Whether one is the protocol of some URL, and the other a scheme without its colon.
fn is_unlike(protocol: &Value, scheme: &Value) -> bool {
    let Value::Text(text) = protocol else { return false };
    let [Piece::Unknown(_), Piece::Known(colon, _)] = text.0.as_slice() else { return false };
    &**colon == ":" && scheme.as_known_text().is_some_and(|scheme| is_bare_scheme(&scheme))
}

/// `location.protocol === 'https:'` and its relatives as tests of the page.
fn page_equal(page: &Value, known: &Value) -> Option<Outcome> {
    let Value::Text(text) = page else { return None };
    let [Piece::Page(part, _)] = text.0.as_slice() else { return None };
    let known = known.as_known_text()?;
    Some(match (part, &*known) {
        (PagePart::Protocol, "https:") => Outcome::Same(Test::PageIsHttps, Sense::Holds),
        (PagePart::Protocol, "http:") => Outcome::Same(Test::PageIsHttps, Sense::Fails),
        (PagePart::Protocol, text) if is_bare_scheme(text) => Outcome::Never(Test::SchemeWithoutColon),
        (PagePart::Protocol, _) => is(false),
        (PagePart::Hostname, host) => Outcome::Same(Test::PageHostIs(vec![Arc::from(host)]), Sense::Holds),
        (PagePart::Host, host) if !host.contains(':') => {
            Outcome::Same(Test::PageHostIs(vec![Arc::from(host)]), Sense::Holds)
        }
        (PagePart::Port, "") => Outcome::Same(Test::PageHasPort, Sense::Fails),
        _ => return None,
    })
}

fn starts_with(one: &Value, other: &Value) -> Outcome {
    let open = || Outcome::Open(Test::StartsWith(name_of(one), name_of(other)), rests_on(&[one, other]));
    let (Value::Text(text), Some(start)) = (one, other.as_known_text()) else { return open() };
    let mut known = String::new();
    for piece in &text.0 {
        match piece {
            Piece::Known(piece, _) => known.push_str(piece),
            Piece::Page(PagePart::Protocol | PagePart::Origin | PagePart::Href, _) if known.is_empty() => {
                return match &*start {
                    "http" => is(true),
                    start if start.starts_with("https") => Outcome::Same(Test::PageIsHttps, Sense::Holds),
                    start if start.starts_with("http:") => Outcome::Same(Test::PageIsHttps, Sense::Fails),
                    start if start.starts_with("ws") || start.starts_with('/') => is(false),
                    _ => open(),
                };
            }
            Piece::Page(PagePart::Pathname, _) if known.is_empty() => known.push('/'),
            _ if known.starts_with(&*start) => return is(true),
            _ if !start.starts_with(&*known) => return is(false),
            _ => return open(),
        }
    }
    is(known.starts_with(&*start))
}

fn ends_with(one: &Value, other: &Value) -> Outcome {
    let open = || Outcome::Open(Test::EndsWith(name_of(one), name_of(other)), rests_on(&[one, other]));
    let (Value::Text(text), Some(end)) = (one, other.as_known_text()) else { return open() };
    let mut known = String::new();
    for piece in text.0.iter().rev() {
        match piece {
            Piece::Known(piece, _) => known.insert_str(0, piece),
            // Scheme, host and port of the page end in no slash.
            Piece::Page(PagePart::Origin | PagePart::Host | PagePart::Hostname, _)
                if known.is_empty() && end.starts_with('/') =>
            {
                return is(false);
            }
            _ if known.ends_with(&*end) => return is(true),
            _ if !end.ends_with(known.as_str()) => return is(false),
            _ => return open(),
        }
    }
    is(known.ends_with(&*end))
}

fn contains(one: &Value, other: &Value) -> Outcome {
    let open = || Outcome::Open(Test::Contains(name_of(one), name_of(other)), rests_on(&[one, other]));
    let Some(part) = other.as_known_text() else { return open() };
    match one {
        Value::Text(text) => {
            let found = text.0.iter().any(|piece| matches!(piece, Piece::Known(text, _) if text.contains(&*part)));
            match text.as_known() {
                _ if found => is(true),
                Some(known) => is(known.contains(&*part)),
                None => match (text.0.as_slice(), &*part) {
                    ([Piece::Page(PagePart::Protocol, _), ..], "https") => {
                        Outcome::Same(Test::PageIsHttps, Sense::Holds)
                    }
                    _ => open(),
                },
            }
        }
        Value::List(items) => {
            let texts: Vec<Option<String>> = items.iter().map(Value::as_known_text).collect();
            if texts.iter().flatten().any(|item| *item == part) {
                is(true)
            } else if texts.iter().all(Option::is_some) {
                is(false)
            } else {
                open()
            }
        }
        _ => open(),
    }
}
