//! Whether a place in the code is reached at all.

use std::rc::Rc;

use super::Scope;
use super::choice::Branch;
use super::frame::{self, Frame};
use super::walk::Evaluator;
use crate::base::FileId;
use crate::facts::{Reach, Sense, Test};
use crate::model::Wiring;

/// Tests with the outcomes that were taken.
pub type Tests = Vec<(Test, Sense)>;

/// The ways in which the code at a place is reached where `given` holds, each with the tests of the page's own address that it
/// rests on; what else is not known may come out either way. An empty list: it is never reached.
#[must_use]
pub fn ways_to_reach(
    wiring: &Wiring,
    file: FileId,
    function: Option<&str>,
    reach: &Reach,
    scope: &Scope,
    given: &Tests,
) -> Vec<Tests> {
    if reach.is_always() {
        return vec![Tests::new()];
    }
    let evaluator = Evaluator::new(wiring, scope);
    let frame = match function {
        Some(function) => frame::enclosing(wiring, file, function),
        None => Rc::new(Frame::top(file)),
    };
    let mut found: Vec<Tests> = Vec::new();
    for guards in &reach.ways {
        let (holding, _) = evaluator.guards(&frame, guards, Branch::default(), given, 0);
        for branch in holding {
            let tests: Tests = branch.taken.into_iter().filter(|(test, _)| test.is_of_page()).collect();
            if tests.is_empty() {
                return vec![tests];
            }
            if !found.contains(&tests) {
                found.push(tests);
            }
        }
    }
    found
}
