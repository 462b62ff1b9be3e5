//! What routers are tried by.

use std::sync::Arc;

use super::gaps::GAP;

/// What a router is tried by: a number that is written, or the length of its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Priority {
    /// The number; where something is not known, one that is likely.
    pub value: i64,
    /// What is not known of the rule whose length it is; `None`: nothing is known.
    gaps: Option<Vec<Arc<str>>>,
    basis: Basis,
}

/// What makes a priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// A number that is written.
    Written,
    /// The length of the rule.
    Rule,
}

impl Priority {
    /// Letters that something of a rule is supposed to have that is not known.
    const SUPPOSED: i64 = 16;

    /// That of which nothing is known. It is looked at last, and is never surely above or below another one.
    pub const UNKNOWN: Self = Self { value: 0, gaps: None, basis: Basis::Written };

    /// What a longer name of one matcher adds to it, when the length of the rule decides.
    pub fn with_longer_matcher(&self, longer: &str, shorter: &str) -> Self {
        let more = longer.len().saturating_sub(shorter.len());
        let more = if self.basis == Basis::Rule { i64::try_from(more).unwrap_or_default() } else { 0 };
        Self { value: self.value.saturating_add(more), ..self.clone() }
    }

    /// The number, when it is known.
    pub fn known(&self) -> Option<i64> {
        self.gaps.as_ref().filter(|gaps| gaps.is_empty()).map(|_| self.value)
    }

    /// The number that is written, else the length of the rule.
    pub fn read(written: Option<&Arc<str>>, rule: &str) -> Self {
        match written.map(|text| text.parse::<i64>()) {
            Some(Ok(value)) if value != 0 => Self { value, gaps: Some(Vec::new()), basis: Basis::Written },
            Some(Err(_)) => Self::UNKNOWN,
            _ => Self::of_rule(rule),
        }
    }

    /// That of a rule without a number.
    pub fn of_rule(rule: &str) -> Self {
        let mut length = 0;
        let mut gaps: Vec<Arc<str>> = Vec::new();
        for (at, part) in rule.split(GAP).enumerate() {
            if at % 2 == 0 {
                length += i64::try_from(part.len()).unwrap_or(i64::MAX / 2);
            } else {
                gaps.push(Arc::from(part));
                length += Self::SUPPOSED;
            }
        }
        gaps.sort();
        Self { value: length, gaps: Some(gaps), basis: Basis::Rule }
    }

    /// Whether it is tried before another one, whatever is not known.
    pub fn is_surely_above(&self, other: &Self) -> bool {
        self.value > other.value && self.gaps.is_some() && self.gaps == other.gaps
    }
}
