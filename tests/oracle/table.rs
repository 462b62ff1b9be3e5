//! Outcomes, counted.
#![allow(dead_code, reason = "the live test and the replay each use a part")]

use std::collections::{BTreeMap, BTreeSet};

use crate::oracle_judge::{Outcome, Said};
use crate::oracle_record::Recorded;

/// The outcome of every connection, and counts of them.
#[derive(Default)]
pub struct Table {
    /// Stack, kind, whether it works, outcome, and what the browser said.
    pub rows: Vec<(String, String, Outcome, String)>,
    by: BTreeMap<String, BTreeMap<&'static str, usize>>,
    reasons: BTreeMap<String, usize>,
}

impl Table {
    /// Asks wirelint about every connection of `stacks`.
    pub fn of(stacks: &[Recorded]) -> Self {
        let mut table = Self::default();
        for stack in stacks {
            let said = Said::of(&stack.files);
            for connection in &stack.connections {
                let outcome = said.outcome(stack, connection);
                let works = if connection.works { "works" } else { "broken" };
                let groups = [format!("kind={}", connection.kind), works.to_owned(), "all".to_owned()];
                for group in groups.iter().chain(&stack.made).collect::<BTreeSet<_>>() {
                    *table.by.entry(group.clone()).or_default().entry(outcome.name()).or_default() += 1;
                }
                if !outcome.text().is_empty() {
                    *table.reasons.entry(format!("{}: {}", outcome.name(), outcome.text())).or_default() += 1;
                }
                let row = (stack.name.clone(), connection.kind.clone(), outcome, format!("{works} {}", connection.why));
                table.rows.push(row);
            }
        }
        table
    }

    /// The share of connections with this outcome.
    pub fn count(&self, outcome: &str) -> usize {
        self.by.get("all").and_then(|counts| counts.get(outcome)).copied().unwrap_or(0)
    }

    /// The table: each group with something besides right ones, then each outcome that is not right.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (group, counts) in &self.by {
            let shown: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            if counts.len() > 1 || group == "all" {
                text.push_str(&format!("{group:<28} {}\n", shown.join(", ")));
            }
        }
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), reason.as_str()));
        for (reason, count) in reasons.into_iter().take(40) {
            text.push_str(&format!("{count:>5}  {reason}\n"));
        }
        for (stack, kind, outcome, why) in self.rows.iter().filter(|(_, _, outcome, _)| *outcome != Outcome::Right) {
            text.push_str(&format!("{:<15} {stack}/{kind} [{why}] {}\n", outcome.name(), outcome.text()));
        }
        text
    }
}
