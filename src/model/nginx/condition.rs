//! Conditions of `if`.

use super::pattern::Pattern;
use super::tree::{Statement, Tree};
use super::variables::{Evaluated, Variables};

/// Whether the condition holds; `None` when that is not known.
pub(super) fn holds(tree: &Tree, variables: &mut Variables, statement: &Statement) -> Option<bool> {
    if statement.args.iter().any(|arg| !arg.holes.is_empty()) {
        return None;
    }
    let mut words: Vec<&str> = statement.args.iter().map(|arg| &*arg.text).collect();
    let first = words.first_mut()?;
    *first = first.strip_prefix('(')?;
    let last = words.last_mut()?;
    *last = last.strip_suffix(')')?;
    words.retain(|word| !word.is_empty());
    // `"")` loses its quotes in the reader: an empty right side
    let (left, operator, right) = match words.as_slice() {
        [variable] if variable.starts_with('$') => {
            let Evaluated::Known(value) = variables.text(tree, variable, 0) else { return None };
            return Some(!value.is_empty() && value != "0");
        }
        [operator, _] if operator.starts_with('-') || operator.starts_with("!-") => {
            // an address that is proxied is no file
            return Some(operator.starts_with('!'));
        }
        [left, operator] => (*left, *operator, ""),
        [left, operator, right] => (*left, *operator, *right),
        _ => return None,
    };
    let Evaluated::Known(left) = variables.text(tree, left, 0) else { return None };
    let equal = || Some(variables.text(tree, right, 0).known()? == left);
    match operator {
        "=" => equal(),
        "!=" => equal().map(|equal| !equal),
        "~" | "~*" | "!~" | "!~*" => {
            let found = Pattern::new(right, operator.ends_with('*'))?.find(&left)?;
            let matched = found.is_some();
            variables.matched(found);
            Some(matched != operator.starts_with('!'))
        }
        _ => None,
    }
}
