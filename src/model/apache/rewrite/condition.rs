//! `RewriteCond`.

use std::cmp::Ordering;

use super::expand::Groups;
use super::rule::{Condition, Rule};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::apache::run::{Run, Stop};

/// How a condition compares.
enum Kind<'a> {
    Pattern(&'a str),
    Text(Ordering, Or, &'a str),
    Number(Ordering, Or, &'a str),
    File,
    Folder,
    /// Links, executables, requests to the server itself.
    Other,
    Expression(&'a str),
}

/// Whether equality is enough.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Or {
    Equal,
    Nothing,
}

impl Run<'_> {
    /// Whether all conditions of a rule hold. What a condition with a pattern matched stays in `groups`.
    pub(super) fn conditions_hold(&mut self, rule: &Rule<'_>, groups: &mut Groups) -> Result<bool, Stop> {
        let mut conditions = rule.conditions.iter();
        while let Some(condition) = conditions.next() {
            let holds = self.condition_holds(condition, groups)?;
            if condition.or {
                if !holds {
                    continue;
                }
                // the rest of the alternatives need not be looked at
                let mut skipped = condition;
                while skipped.or {
                    match conditions.next() {
                        Some(next) => skipped = next,
                        None => break,
                    }
                }
            } else if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn condition_holds(&mut self, condition: &Condition<'_>, groups: &mut Groups) -> Result<bool, Stop> {
        let place = condition.pattern.place;
        let written = self.known(condition.pattern)?;
        let (mut negated, pattern) = match written.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let input = self.known(condition.input)?;
        let kind =
            if input.eq_ignore_ascii_case("expr") { Kind::Expression(pattern) } else { kind(pattern, &mut negated) };
        if let Kind::Expression(text) = kind {
            let holds = self.expression(text, place)?;
            if holds && !negated {
                // httpd copies groups that an expression without a pattern never has filled
                groups.condition = None;
            }
            return Ok(holds != negated);
        }
        let value = match self.expand(input, groups, None, place) {
            Ok(value) => value.text,
            Err(why) => {
                let holds = self.decide(why);
                if holds && !negated {
                    groups.condition = None;
                }
                return Ok(holds);
            }
        };
        let fold = |text: &str| if condition.ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
        let holds = match kind {
            Kind::Pattern(pattern) => {
                let found = self.find(pattern, condition.ignore_case, &value, place)?;
                let holds = found.is_some();
                if let Some(found) = found.filter(|_| !negated) {
                    groups.condition = Some(found);
                }
                holds
            }
            Kind::Text(order, or, other) => {
                let (value, other) = (fold(&value), fold(other));
                let found = if condition.ignore_case || order == Ordering::Equal {
                    value.cmp(&other)
                } else {
                    value.len().cmp(&other.len()).then_with(|| value.cmp(&other))
                };
                found == order || or == Or::Equal && found == Ordering::Equal
            }
            Kind::Number(order, or, other) => {
                let found = number(&value).cmp(&number(other));
                found == order || or == Or::Equal && found == Ordering::Equal
            }
            Kind::File => self.is_file(&value),
            Kind::Folder => self.is_folder(&value),
            Kind::Expression(_) | Kind::Other => {
                self.decide(Unknown { reason: HoleReason::Unsupported, place: Some(place) })
            }
        };
        Ok(holds != negated)
    }
}

fn kind<'a>(pattern: &'a str, negated: &mut bool) -> Kind<'a> {
    use Ordering::{Equal, Greater, Less};
    let after = |prefix: &str| pattern.strip_prefix(prefix);
    if pattern.len() < 2 {
        return Kind::Pattern(pattern);
    }
    match pattern {
        "-f" | "-s" => return Kind::File,
        "-d" => return Kind::Folder,
        "-l" | "-L" | "-h" | "-x" | "-U" | "-F" => return Kind::Other,
        _ => {}
    }
    if pattern.starts_with('-') && pattern.len() > 3 {
        for (prefix, order, or) in [
            ("-lt", Less, Or::Nothing),
            ("-le", Less, Or::Equal),
            ("-gt", Greater, Or::Nothing),
            ("-ge", Greater, Or::Equal),
            ("-eq", Equal, Or::Equal),
        ] {
            if let Some(rest) = after(prefix) {
                return Kind::Number(order, or, rest);
            }
        }
        if let Some(rest) = after("-ne") {
            *negated = !*negated;
            return Kind::Number(Equal, Or::Equal, rest);
        }
    }
    for (prefix, order, or) in [(">=", Greater, Or::Equal), (">", Greater, Or::Nothing)] {
        if let Some(rest) = after(prefix) {
            return Kind::Text(order, or, rest);
        }
    }
    for (prefix, order, or) in [("<=", Less, Or::Equal), ("<", Less, Or::Nothing)] {
        if let Some(rest) = after(prefix) {
            return Kind::Text(order, or, rest);
        }
    }
    match after("=") {
        Some("\"\"") => Kind::Text(Equal, Or::Equal, ""),
        Some(rest) => Kind::Text(Equal, Or::Equal, rest),
        None => Kind::Pattern(pattern),
    }
}

/// A number as `atoi` reads it.
fn number(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end).and_then(|digits| digits.parse::<i64>().ok()).map_or(0, |number| sign * number)
}
