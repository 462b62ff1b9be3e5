//! Under which conditions a place in a file is reached.

use tree_sitter::Node;

use super::build::Builder;
use super::condition::Ways;
use super::flow::exits;
use super::returns::Exit;
use crate::facts::{Guard, Reach, Sense, Test};
use crate::parse::fields::Fields;

/// Conditions around one place that are looked at, the innermost first.
const MAX_CONDITIONS: usize = 24;

/// Ways in which one place is reached; a condition that would make more is left out.
const MAX_WAYS: usize = 8;

/// A part of the file that runs only when a condition came out in one way.
#[derive(Clone, Copy, Debug)]
struct Guarded<'t> {
    from: usize,
    to: usize,
    condition: Node<'t>,
    sense: Sense,
    /// The part around this one.
    outer: Option<usize>,
}

/// The guarded parts of a file. They lie inside one another or apart, as statements do.
#[derive(Debug, Default)]
pub(super) struct Conditions<'t> {
    /// By their start, the outer ones first.
    parts: Vec<Guarded<'t>>,
}

impl<'t> Conditions<'t> {
    /// The parts that hold a byte, the innermost first.
    fn around(&self, byte: usize) -> impl Iterator<Item = &Guarded<'t>> {
        let mut at = self.parts.partition_point(|part| part.from <= byte).checked_sub(1);
        std::iter::from_fn(move || {
            let part = self.parts.get(at?)?;
            at = part.outer;
            Some(part)
        })
        .filter(move |part| byte < part.to)
    }
}

/// Notes the guarded parts while a tree is walked.
#[derive(Debug, Default)]
pub(super) struct ConditionsBuilder<'t> {
    parts: Vec<Guarded<'t>>,
    /// Lists of statements that are open, with the depth and end of each.
    blocks: Vec<(u32, usize)>,
}

impl<'t> ConditionsBuilder<'t> {
    /// Notes what a node guards. Nodes come in source order, each with its depth in the tree.
    pub(super) fn note(&mut self, node: Node<'t>, depth: u32) {
        match node.kind() {
            "program" | "statement_block" | "switch_case" | "switch_default" => {
                self.leave(node, depth);
                self.blocks.push((depth, node.end_byte()));
            }
            "if_statement" => self.note_if(node, depth),
            "ternary_expression" => {
                let Some(condition) = node.field("condition") else { return };
                self.push(node.field("consequence"), condition, Sense::Holds);
                self.push(node.field("alternative"), condition, Sense::Fails);
            }
            "binary_expression" => {
                let sense = match node.field("operator").map(|operator| operator.kind()) {
                    Some("&&") => Sense::Holds,
                    Some("||") => Sense::Fails,
                    _ => return,
                };
                if let Some(left) = node.field("left") {
                    self.push(node.field("right"), left, sense);
                }
            }
            _ => {}
        }
    }

    fn note_if(&mut self, node: Node<'t>, depth: u32) {
        let (Some(condition), Some(consequence)) = (node.field("condition"), node.field("consequence")) else { return };
        let alternative = node.field("alternative");
        self.push(Some(consequence), condition, Sense::Holds);
        self.push(alternative, condition, Sense::Fails);
        if alternative.is_some() || exits(consequence) == Exit::FallsThrough {
            return;
        }
        // Only a statement of the list itself decides about those after it.
        self.leave(node, depth);
        if let Some((block, to)) = self.blocks.last()
            && block + 1 == depth
        {
            self.parts.push(Guarded { from: node.end_byte(), to: *to, condition, sense: Sense::Fails, outer: None });
        }
    }

    /// Forgets the lists that ended before a node.
    fn leave(&mut self, node: Node<'t>, depth: u32) {
        while self.blocks.last().is_some_and(|(open, to)| *open >= depth || *to <= node.start_byte()) {
            self.blocks.pop();
        }
    }

    fn push(&mut self, part: Option<Node<'t>>, condition: Node<'t>, sense: Sense) {
        if let Some(part) = part {
            let range = part.byte_range();
            self.parts.push(Guarded { from: range.start, to: range.end, condition, sense, outer: None });
        }
    }

    /// The parts, each with the one around it.
    pub(super) fn finish(mut self) -> Conditions<'t> {
        self.parts.sort_by_key(|part| (part.from, std::cmp::Reverse(part.to)));
        let mut open: Vec<usize> = Vec::new();
        for index in 0..self.parts.len() {
            let from = self.parts[index].from;
            while open.last().is_some_and(|outer| self.parts[*outer].to <= from) {
                open.pop();
            }
            self.parts[index].outer = open.last().copied();
            open.push(index);
        }
        Conditions { parts: self.parts }
    }
}

impl<'t> Builder<'_, 't> {
    /// The conditions under which `node` is reached, those that are not understood left out.
    pub(super) fn reach(&mut self, node: Node<'t>) -> Reach {
        let cx = self.cx;
        let mut ways: Ways = vec![Vec::new()];
        for part in cx.conditions.around(node.start_byte()).take(MAX_CONDITIONS) {
            if !cx.spend() {
                break;
            }
            let own = understood(self.ways(part.condition, part.sense));
            if own.iter().any(Vec::is_empty) || own.len() * ways.len() > MAX_WAYS {
                continue;
            }
            ways = own.iter().flat_map(|own| ways.iter().map(|way| own.iter().chain(way).cloned().collect())).collect();
        }
        Reach { ways }
    }
}

/// The ways without the guards that nothing is known of.
fn understood(ways: Ways) -> Ways {
    let known = |guard: &Guard| !matches!(guard.test, Test::Opaque(_) | Test::SchemeWithoutColon);
    ways.into_iter().map(|way| way.into_iter().filter(known).collect()).collect()
}
