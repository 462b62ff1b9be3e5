//! Values that were built before: a name or call is asked for at each of its uses, and again for each way to them.

use std::collections::HashMap;

use super::build::{Builder, Frame};
use super::scope::BindingId;
use crate::facts::Expr;

/// What a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// A local name at a use; `usize::MAX` when its value is the same at each.
    Name(BindingId, usize),
    /// A call, by the id of its node.
    Call(usize),
}

/// A value with what it took to build it.
#[derive(Debug)]
pub(super) struct Known {
    value: Expr,
    /// The frame after it.
    frame: Frame,
    nodes: usize,
    seen: Seen,
}

/// The values of a file, each in the frame that it was built in.
pub(super) type Memo = HashMap<(Subject, Frame), Known>;

/// Which surroundings a value depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// A limit or a cycle: at another place it may come out whole.
    pub limit: bool,
    /// Parameters, which are arguments while a call is being written out.
    pub parameter: bool,
    /// A name inside the statement that assigns it anew.
    pub current: bool,
}

impl Builder<'_, '_> {
    /// The value of `subject`, built once for all places whose surroundings it does not depend on.
    pub(super) fn once(&mut self, subject: Subject, build: impl FnOnce(&mut Self) -> Expr) -> Expr {
        let cx = self.cx;
        let key = (subject, self.frame);
        let plain =
            self.arguments.is_empty() && self.current.is_empty() && self.fields.is_empty() && self.lambdas.is_empty();
        if let Some(known) = cx.memo.borrow().get(&key).filter(|known| plain || !known.seen.parameter) {
            self.frame = known.frame;
            self.nodes += known.nodes;
            self.seen.parameter |= known.seen.parameter;
            return known.value.clone();
        }
        let outer = std::mem::take(&mut self.seen);
        let before = self.nodes;
        let value = build(self);
        let seen = self.seen;
        if !seen.limit && (plain || !seen.parameter && !seen.current) {
            let known = Known { value: value.clone(), frame: self.frame, nodes: self.nodes - before, seen };
            cx.memo.borrow_mut().insert(key, known);
        }
        self.seen = Seen {
            limit: outer.limit | seen.limit,
            parameter: outer.parameter | seen.parameter,
            current: outer.current | seen.current,
        };
        value
    }
}
