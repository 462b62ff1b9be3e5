//! Arms and their guards.

use std::rc::Rc;

use super::frame::Frame;
use super::merge::{Taken, add_assumptions, add_evidence, join_taken, plain, settle, unknown};
use super::walk::{Evaluator, Path};
use super::{MAX_ALTERNATIVES, MAX_DEPTH};
use crate::base::Place;
use crate::facts::{Arm, Guard, HoleReason, Sense, Test, is_bare_scheme};
use crate::model::{Alternative, Alternatives, Assumption, Piece, Value};

/// One way in which the tests so far came out.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// Tests that were not decided, with the outcome taken here.
    pub taken: Taken,
    /// Places that decided tests.
    pub evidence: Vec<Place>,
    /// What the decisions rest on.
    pub assumptions: Vec<Assumption>,
}

impl Branch {
    /// This branch and another; `None` when they contradict.
    pub fn and(&self, other: &Self) -> Option<Self> {
        let mut branch = Self { taken: join_taken(&self.taken, &other.taken)?, ..self.clone() };
        add_evidence(&mut branch.evidence, &other.evidence);
        add_assumptions(&mut branch.assumptions, &other.assumptions);
        Some(branch)
    }

    fn lead_to(&self, mut alternative: Alternative) -> Option<Alternative> {
        alternative.taken = join_taken(&self.taken, &alternative.taken)?;
        if !names_scheme(&alternative.value) {
            alternative.taken.retain(|(test, _)| *test != Test::SchemeWithoutColon);
        }
        let tail = std::mem::replace(&mut alternative.evidence, self.evidence.clone());
        add_evidence(&mut alternative.evidence, &tail);
        add_assumptions(&mut alternative.assumptions, &self.assumptions);
        Some(alternative)
    }
}

impl<'a> Evaluator<'a> {
    /// A choice: every arm that can be taken, each with what it rests on.
    pub(super) fn choice(
        &self,
        at: &Rc<Frame<'a>>,
        arms: &'a [Arm],
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        if depth >= MAX_DEPTH {
            return unknown(HoleReason::Limit, place);
        }
        let mut pending = vec![Branch::default()];
        let mut alternatives = Vec::new();
        for arm in arms {
            let mut otherwise = Vec::new();
            for branch in pending {
                let (holds, fails) = self.guards(at, &arm.guards, branch, given, depth);
                otherwise.extend(fails);
                for branch in holds {
                    let Some(given) = join_taken(given, &branch.taken) else { continue };
                    let values = self.eval(at, &arm.value, path, &given, depth);
                    alternatives.extend(values.into_iter().filter_map(|value| branch.lead_to(value)));
                }
            }
            pending = otherwise;
            if alternatives.len() > MAX_ALTERNATIVES || pending.len() > MAX_ALTERNATIVES {
                return unknown(HoleReason::Limit, place);
            }
            if pending.is_empty() {
                break;
            }
        }
        let nothing = pending.into_iter().filter_map(|branch| branch.lead_to(plain(Value::Undefined, vec![place])));
        alternatives.extend(nothing);
        settle(alternatives, place)
    }

    /// The ways in which all guards hold, and those in which one fails.
    pub(super) fn guards(
        &self,
        at: &Rc<Frame<'a>>,
        guards: &'a [Guard],
        branch: Branch,
        given: &Taken,
        depth: u32,
    ) -> (Vec<Branch>, Vec<Branch>) {
        let mut holding = vec![branch];
        let mut failing = Vec::new();
        for guard in guards {
            let mut next = Vec::new();
            for branch in &holding {
                let Some(given) = join_taken(given, &branch.taken) else { continue };
                for (sense, outcome) in self.decide(at, &guard.test, &given, depth + 1) {
                    let Some(branch) = branch.and(&outcome) else { continue };
                    if sense == guard.sense { next.push(branch) } else { failing.push(branch) }
                }
            }
            holding = next;
        }
        (holding, failing)
    }
}

/// Whether a value says which scheme is used.
fn names_scheme(value: &Value) -> bool {
    let Value::Text(text) = value else { return false };
    let Some(Piece::Known(start, _)) = text.0.first() else { return false };
    is_bare_scheme(start.split(':').next().unwrap_or(start))
}

/// The opposite outcome.
pub fn opposite(sense: Sense) -> Sense {
    match sense {
        Sense::Holds => Sense::Fails,
        Sense::Fails => Sense::Holds,
    }
}
