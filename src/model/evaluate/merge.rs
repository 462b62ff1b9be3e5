//! Putting alternatives together without contradiction.

use std::sync::Arc;

use super::{MAX_ALTERNATIVES, WORK};
use crate::base::{Place, Work};
use crate::facts::{HoleReason, Sense, Test};
use crate::model::{Alternative, Alternatives, Assumption, Piece, Unknown, Value};

/// Evidence beyond this number of places is dropped.
const MAX_EVIDENCE: usize = 64;

/// Tests with their outcomes.
pub type Taken = Vec<(Test, Sense)>;

/// An alternative that rests on nothing.
pub fn plain(value: Value, evidence: Vec<Place>) -> Alternative {
    Alternative { value, evidence, taken: Vec::new(), assumptions: Vec::new() }
}

/// One unknown alternative.
pub fn unknown(reason: HoleReason, place: Place) -> Alternatives {
    vec![plain(Value::Unknown(Unknown { reason, place: Some(place) }), Vec::new())]
}

/// How a test comes out where `taken` holds.
pub fn decided(taken: &[(Test, Sense)], test: &Test) -> Option<Sense> {
    taken.iter().find(|(known, _)| known == test).map(|(_, sense)| *sense)
}

/// Adds `more` to `taken`; `None` when they contradict.
pub fn join_taken(taken: &[(Test, Sense)], more: &[(Test, Sense)]) -> Option<Taken> {
    let mut joined = taken.to_vec();
    for (test, sense) in more {
        match decided(&joined, test) {
            Some(known) if known == *sense => {}
            Some(_) => return None,
            None => joined.push((test.clone(), *sense)),
        }
    }
    Some(joined)
}

/// Adds places that are not there yet.
pub fn add_evidence(evidence: &mut Vec<Place>, more: &[Place]) {
    for place in more {
        if evidence.len() < MAX_EVIDENCE && !evidence.contains(place) {
            evidence.push(*place);
        }
    }
}

/// Adds assumptions that are not there yet.
pub fn add_assumptions(assumptions: &mut Vec<Assumption>, more: &[Assumption]) {
    for assumption in more {
        if !assumptions.contains(assumption) {
            assumptions.push(assumption.clone());
        }
    }
}

/// Every consistent combination of operands; `None` when there are too many.
pub fn product(
    operands: impl Iterator<Item = Alternatives>,
    place: Place,
    work: &Work,
) -> Result<Vec<(Vec<Value>, Alternative)>, Alternatives> {
    let mut rows: Vec<(Vec<Value>, Alternative)> = vec![(Vec::new(), plain(Value::Undefined, Vec::new()))];
    for mut operand in operands {
        if operand.len() == 1
            && let Some(only) = operand.pop()
        {
            rows.retain_mut(|row| extend(row, &only));
        } else {
            let mut next = Vec::new();
            for row in &rows {
                for alternative in &operand {
                    work.add(row.0.len());
                    if work.done() > WORK.most() {
                        return Err(unknown(HoleReason::Limit, place));
                    }
                    let mut row = row.clone();
                    if extend(&mut row, alternative) {
                        next.push(row);
                    }
                }
                if next.len() > MAX_ALTERNATIVES {
                    return Err(unknown(HoleReason::Limit, place));
                }
            }
            rows = next;
        }
    }
    if rows.is_empty() { Err(unknown(HoleReason::Unsupported, place)) } else { Ok(rows) }
}

fn extend(row: &mut (Vec<Value>, Alternative), with: &Alternative) -> bool {
    if !with.taken.is_empty() {
        match join_taken(&row.1.taken, &with.taken) {
            Some(taken) => row.1.taken = taken,
            None => return false,
        }
    }
    add_evidence(&mut row.1.evidence, &with.evidence);
    add_assumptions(&mut row.1.assumptions, &with.assumptions);
    row.0.push(with.value.clone());
    true
}

/// One alternative for all when they come to the same value, at most [`MAX_ALTERNATIVES`] otherwise.
pub fn settle(mut alternatives: Alternatives, place: Place) -> Alternatives {
    let same = alternatives.windows(2).all(|pair| same_value(&pair[0].value, &pair[1].value));
    if same && alternatives.len() > 1 {
        let rest = alternatives.split_off(1);
        if let Some(first) = alternatives.first_mut() {
            // A condition that may come out either way has no part in it.
            let is_either = |text: &Arc<str>| {
                let test = Test::Opaque(Arc::clone(text));
                let mine = decided(&first.taken, &test);
                mine.is_some()
                    && rest.iter().any(|other| decided(&other.taken, &test).is_some_and(|came| Some(came) != mine))
            };
            let either: Vec<Assumption> = first
                .assumptions
                .iter()
                .filter(|known| matches!(known, Assumption::OpaqueGuard(text) if is_either(text)))
                .cloned()
                .collect();
            first.assumptions.retain(|known| !either.contains(known));
            first.taken.retain(|test| rest.iter().all(|other| other.taken.contains(test)));
            first.assumptions.retain(|known| rest.iter().all(|other| other.assumptions.contains(known)));
        }
    }
    if alternatives.len() > MAX_ALTERNATIVES {
        return unknown(HoleReason::Limit, place);
    }
    if alternatives.is_empty() {
        return unknown(HoleReason::Unsupported, place);
    }
    alternatives
}

/// Whether two values are equal, wherever they are written. Two unknowns are the same when they have one origin.
pub fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Text(_), Value::Text(_)) => pieces(one) == pieces(other),
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_value(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.0 == other.0 && same_value(&one.1, &other.1))
        }
        _ => one == other,
    }
}

#[derive(PartialEq)]
enum Bare {
    Known(String),
    Page(crate::facts::PagePart),
    Unknown(Unknown),
}

fn pieces(value: &Value) -> Vec<Bare> {
    let mut bare: Vec<Bare> = Vec::new();
    let Value::Text(text) = value else { return bare };
    for piece in &text.0 {
        match piece {
            Piece::Known(text, _) if text.is_empty() => {}
            Piece::Known(text, _) => match bare.last_mut() {
                Some(Bare::Known(last)) => last.push_str(text),
                _ => bare.push(Bare::Known(text.to_string())),
            },
            Piece::Page(part, _) => bare.push(Bare::Page(*part)),
            Piece::Unknown(unknown) => bare.push(Bare::Unknown(unknown.clone())),
        }
    }
    bare
}

/// The reason of a hole in words, for assumptions.
pub fn reason_words(reason: &HoleReason) -> Arc<str> {
    match reason {
        HoleReason::Unsupported => Arc::from("an expression that is not followed"),
        HoleReason::Reassigned => Arc::from("a variable that is assigned several times"),
        HoleReason::Runtime => Arc::from("a value that only the run time knows"),
        HoleReason::Parameter => Arc::from("a parameter"),
        HoleReason::UnknownName(name) => Arc::from(format!("the name `{name}`")),
        HoleReason::ExternalCall(name) => Arc::from(format!("a call of `{name}`")),
        HoleReason::Template(text) => Arc::from(format!("the placeholder `{text}`")),
        HoleReason::OutsideEnv(name) | HoleReason::Documented(name) => Arc::from(format!("the variable `{name}`")),
        HoleReason::Limit => Arc::from("an expression that is too large to follow"),
        HoleReason::Unresolved(module) => Arc::from(format!("the module `{module}`")),
    }
}
