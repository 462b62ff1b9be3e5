//! What stacks are made of: the table of dimensions, and choices from it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::condition::Values;
use super::template::part;
use crate::differential::dice::Dice;

/// The table of a run, read once.
static TABLE: LazyLock<String> = LazyLock::new(|| part("dimensions"));
/// At most so many faults of a random stack.
const MOST_FAULTS: usize = 2;
/// One dimension of so many that can be at fault is.
const FAULTY: usize = 10;

/// One way of a dimension.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    weight: usize,
    pub name: &'static str,
    pub is_fault: bool,
    condition: &'static str,
}

/// A line of the table.
enum Entry {
    Dimension { name: &'static str, condition: &'static str, choices: Vec<Choice> },
    Value { name: &'static str, condition: &'static str, text: &'static str },
}

fn condition(text: &'static str) -> (&'static str, &'static str) {
    text.split_once(" if ").map_or((text.trim(), ""), |(name, condition)| (name.trim(), condition.trim()))
}

fn table() -> Vec<Entry> {
    let mut entries = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(rest) = line.strip_prefix("dim ") {
            let (name, condition) = condition(rest);
            entries.push(Entry::Dimension { name, condition, choices: Vec::new() });
        } else if let Some(rest) = line.strip_prefix("let ") {
            // The equals sign that stands alone: conditions hold others.
            let (head, text) = rest
                .split_once(" =")
                .filter(|(_, text)| text.is_empty() || text.starts_with(' '))
                .unwrap_or_else(|| panic!("{line}"));
            let (name, condition) = condition(head);
            entries.push(Entry::Value { name, condition, text: text.trim_start() });
        } else {
            let (weight, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
            let (name, condition) = condition(rest);
            let is_fault = name.starts_with('!');
            let Some(Entry::Dimension { choices, .. }) = entries.last_mut() else {
                panic!("{line} is of no dimension")
            };
            choices.push(Choice {
                weight: weight.parse().expect(line),
                name: name.trim_start_matches('!'),
                is_fault,
                condition,
            });
        }
    }
    entries
}

/// Goes through the table; `choose` takes one of the choices that are possible.
fn walk(mut choose: impl FnMut(&'static str, &[Choice]) -> Choice) -> Chosen {
    let mut chosen = Chosen::default();
    for entry in table() {
        match entry {
            Entry::Value { name, condition, text } => {
                if chosen.values.hold(condition) {
                    chosen.values.set(name, text);
                }
            }
            Entry::Dimension { name, condition, choices } => {
                if !chosen.values.hold(condition) {
                    continue;
                }
                let possible: Vec<Choice> =
                    choices.into_iter().filter(|choice| chosen.values.hold(choice.condition)).collect();
                if possible.is_empty() {
                    continue;
                }
                let choice = choose(name, &possible);
                chosen.values.set(name, choice.name);
                chosen.dimensions.push((name, choice.name));
                if choice.is_fault {
                    chosen.faults.push(format!("{name}={}", choice.name));
                }
            }
        }
    }
    chosen
}

/// What a stack is.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    pub values: Values,
    pub dimensions: Vec<(&'static str, &'static str)>,
    pub faults: Vec<String>,
}

/// Chooses by chance.
pub fn random(dice: &mut Dice) -> Chosen {
    let mut faults = 0;
    walk(|_, possible| {
        let (faulty, healthy): (Vec<Choice>, Vec<Choice>) = possible.iter().partition(|choice| choice.is_fault);
        let is_faulty = !faulty.is_empty() && faults < MOST_FAULTS && dice.one_in(FAULTY);
        let of = if is_faulty || healthy.is_empty() { &faulty } else { &healthy };
        faults += usize::from(is_faulty);
        let mut at = dice.below(of.iter().map(|choice| choice.weight).sum());
        *of.iter()
            .find(|choice| {
                let taken = at < choice.weight;
                at = at.saturating_sub(choice.weight);
                taken
            })
            .expect("the weights")
    })
}

/// The usual choice everywhere but where it is said.
pub fn usual_but(said: &BTreeMap<&str, &str>) -> Chosen {
    walk(|name, possible| {
        let wanted = said.get(name).and_then(|wanted| possible.iter().find(|choice| choice.name == *wanted));
        *wanted.or_else(|| possible.iter().find(|choice| !choice.is_fault)).unwrap_or(&possible[0])
    })
}

/// Every choice of every dimension that is not the usual one.
pub fn unusual() -> Vec<(&'static str, Choice)> {
    let dimensions = table().into_iter().filter_map(|entry| match entry {
        Entry::Dimension { name, choices, .. } => Some((name, choices)),
        Entry::Value { .. } => None,
    });
    dimensions.flat_map(|(name, choices)| choices.into_iter().skip(1).map(move |choice| (name, choice))).collect()
}
