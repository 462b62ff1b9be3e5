//! Values of compose files and Dockerfiles, which are needed before anything else can be evaluated.

use std::sync::Arc;

use crate::base::{FileId, Limit, Place};
use crate::facts::{Expr, ExprKind, HoleReason, Op, Sense, Test};
use crate::model::{Binding, Piece, Text, Unknown, Value};

/// Nested defaults.
const DEPTH_LIMIT: usize = 24;

/// Values are made of values: each may be made of pieces of all before it.
pub(super) const PIECES: Limit = Limit::new(
    256,
    "pieces of one value of a Dockerfile or compose file",
    "the value is unknown",
    "write the value with fewer references to others",
);

/// Places beyond this number say nothing more about where a value comes from.
const MOST_EVIDENCE: usize = 64;

/// What a name means where an expression is.
pub enum Lookup {
    /// It is set.
    Set(Binding),
    /// It is not set, and nothing else can set it.
    Unset,
    /// Nothing in the repository sets it; the shell may. Defaults apply.
    Outside,
}

/// A value with the places that took part.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The text, in known and unknown pieces.
    pub text: Text,
    /// Where it comes from.
    pub evidence: Vec<Place>,
    /// Where a bound was reached: the value is unknown then.
    pub limit: Option<Place>,
}

impl Resolved {
    /// The whole text, when it is known.
    pub fn known(&self) -> Option<String> {
        self.text.as_known()
    }

    fn push(&mut self, piece: Piece, place: Place) {
        if self.text.0.len() < PIECES.most_items() {
            self.text.0.push(piece);
        } else {
            self.limit = self.limit.or(Some(place));
        }
    }

    fn add_evidence(&mut self, places: impl IntoIterator<Item = Place>) {
        let room = MOST_EVIDENCE.saturating_sub(self.evidence.len());
        self.evidence.extend(places.into_iter().take(room));
    }

    /// As the value of a binding: a text that is unknown as a whole is an unknown value.
    pub fn value(&self) -> Value {
        self.text.clone().into_value()
    }
}

/// The text of an expression in `file`.
pub fn resolve(expr: &Expr, file: FileId, lookup: &dyn Fn(&str) -> Lookup) -> Resolved {
    let mut resolved = Resolved { text: Text::default(), evidence: Vec::new(), limit: None };
    add(expr, file, lookup, DEPTH_LIMIT, &mut resolved);
    if let Some(place) = resolved.limit {
        resolved.text = Text(vec![Piece::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) })]);
    }
    resolved
}

fn add(expr: &Expr, file: FileId, lookup: &dyn Fn(&str) -> Lookup, depth: usize, into: &mut Resolved) {
    let place = Place::new(file, expr.span);
    let unknown = |reason: HoleReason| Piece::Unknown(Unknown { reason, place: Some(place) });
    if depth == 0 {
        into.push(unknown(HoleReason::Limit), place);
        return;
    }
    match &expr.kind {
        ExprKind::Str(text) | ExprKind::Num(text) => {
            into.push(Piece::Known(Arc::clone(text), Some(place)), place);
        }
        ExprKind::Bool(truth) => {
            let text = if *truth { "true" } else { "false" };
            into.push(Piece::Known(Arc::from(text), Some(place)), place);
        }
        ExprKind::Op(Op::Concat, parts) => {
            for part in parts {
                if into.limit.is_some() {
                    break;
                }
                add(part, file, lookup, depth - 1, into);
            }
        }
        ExprKind::Env { name, .. } => match lookup(name) {
            Lookup::Set(binding) => {
                into.add_evidence(std::iter::once(binding.place).chain(binding.evidence));
                match binding.value {
                    Value::Text(text) => text.0.into_iter().for_each(|piece| into.push(piece, place)),
                    Value::Number(text) => into.push(Piece::Known(text, Some(binding.place)), place),
                    Value::Unknown(unknown) => into.push(Piece::Unknown(unknown), place),
                    Value::Undefined | Value::Null => {}
                    _ => into.push(unknown(HoleReason::Unsupported), place),
                }
            }
            Lookup::Unset => {}
            Lookup::Outside => into.push(unknown(HoleReason::OutsideEnv(Arc::clone(name))), place),
        },
        ExprKind::Choice(arms) => {
            for arm in arms {
                let mut all = Some(true);
                for guard in &arm.guards {
                    match decide(&guard.test, lookup) {
                        Some(truth) if truth == (guard.sense == Sense::Holds) => {}
                        Some(_) => {
                            all = Some(false);
                            break;
                        }
                        None => all = None,
                    }
                }
                match all {
                    Some(true) => return add(&arm.value, file, lookup, depth - 1, into),
                    Some(false) => {}
                    None => break,
                }
            }
            into.push(unknown(HoleReason::Unsupported), place);
        }
        ExprKind::Hole(reason) => into.push(unknown(reason.clone()), place),
        _ => into.push(unknown(HoleReason::Unsupported), place),
    }
}

/// `${X:-d}` and `${X-d}`: whether the name is set, and not empty.
fn decide(test: &Test, lookup: &dyn Fn(&str) -> Lookup) -> Option<bool> {
    let (subject, filled) = match test {
        Test::Truthy(subject) => (subject, true),
        Test::Defined(subject) => (subject, false),
        _ => return None,
    };
    let ExprKind::Env { name, .. } = &subject.kind else { return None };
    match lookup(name) {
        Lookup::Unset | Lookup::Outside => Some(false),
        Lookup::Set(binding) if filled => match &binding.value {
            Value::Text(text) if text.0.is_empty() => Some(false),
            Value::Text(text) => match text.as_known() {
                Some(text) => Some(!text.is_empty()),
                // Some known character makes it non-empty.
                None => text
                    .0
                    .iter()
                    .any(|piece| matches!(piece, Piece::Known(text, _) if !text.is_empty()))
                    .then_some(true),
            },
            Value::Unknown(_) => None,
            Value::Undefined | Value::Null => Some(false),
            _ => Some(true),
        },
        Lookup::Set(_) => Some(true),
    }
}
