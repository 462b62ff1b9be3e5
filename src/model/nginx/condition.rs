//! Conditions of `if`.

use super::run::Run;
use super::tree::{Argument, Statement};
use super::variables::{Captures, Quoting};
use crate::facts::HoleReason;

impl Run<'_> {
    /// Whether the condition of an `if` holds; `None` when that is not known.
    pub(super) fn holds(&mut self, statement: &Statement, quoting: Quoting) -> Option<bool> {
        let words = words(statement)?;
        let whole = |index: usize| words.get(index);
        let first = whole(0)?;
        if words.len() == 1 && first.text.starts_with('$') {
            let value = self.quoted_argument(first, quoting);
            let value = value.settled().ok()?;
            return Some(!value.is_empty() && value != "0");
        }
        if first.text.starts_with('-') || first.text.starts_with("!-") {
            // an address that is proxied is no file
            return Some(first.text.starts_with('!'));
        }
        let operator = whole(1)?;
        let empty = Argument { text: "".into(), place: operator.place, holes: Vec::new() };
        let right = whole(2).unwrap_or(&empty);
        let left = self.quoted_argument(first, quoting);
        match &*operator.text {
            word @ ("=" | "!=") => {
                let right = self.quoted_argument(right, quoting);
                let equal = left.settled().ok()? == right.settled().ok()?;
                Some(equal == (word == "="))
            }
            word @ ("~" | "~*" | "!~" | "!~*") => {
                let left = match left.settled() {
                    Ok(left) => left,
                    Err(why) => {
                        self.variables.captures = Captures::Unknown(why);
                        return None;
                    }
                };
                let ignore_case = word.ends_with('*');
                let found = match right.holes.is_empty() {
                    true => self.tree.effort.find(&right.text, ignore_case, left, statement.place),
                    false => None,
                };
                let Some(found) = found else {
                    self.variables.captures = Captures::Unknown(HoleReason::Unsupported);
                    return None;
                };
                let matched = found.is_some();
                self.variables.matched(found);
                Some(matched != word.starts_with('!'))
            }
            _ => None,
        }
    }
}

/// The words between the parentheses.
fn words(statement: &Statement) -> Option<Vec<Argument>> {
    let mut words = statement.args.clone();
    let first = words.first_mut()?;
    let text = first.text.strip_prefix('(')?.to_owned();
    for (span, _) in &mut first.holes {
        *span = crate::base::Span::new((span.start as usize).saturating_sub(1), (span.end as usize).saturating_sub(1));
    }
    first.text = text.into();
    let last = words.last_mut()?;
    let text = last.text.strip_suffix(')')?.to_owned();
    last.text = text.into();
    // `( $x )` has its parentheses apart; `"")` keeps its empty word
    if words.len() > 1 && words.first().is_some_and(|word| word.text.is_empty()) {
        words.remove(0);
    }
    if words.len() > 1 && words.last().is_some_and(|word| word.text.is_empty()) {
        words.pop();
    }
    Some(words)
}
