//! Variables of `map`, and of the other blocks that give a value for a value.

use super::{Captures, Evaluated, Quoting};
use crate::facts::HoleReason;
use crate::model::nginx::run::Run;
use crate::model::nginx::tree::{Argument, Level, Statement};

/// A `map` block.
struct Map<'a> {
    source: &'a Argument,
    level: &'a Level,
    hostnames: bool,
    volatile: bool,
}

/// The value that comes out of a block whatever comes in; `rest` is its name for what no other line takes.
pub(super) fn constant<'a>(level: &'a Level, rest: &str) -> Option<&'a str> {
    let values = || level.statements.iter().filter_map(|entry| Some((entry, entry.args.first()?)));
    let (_, rest) = values().find(|(entry, _)| &*entry.name == rest)?;
    let same = values().all(|(_, value)| value.text == rest.text && value.holes.is_empty());
    (same && !rest.text.contains('$') && level.unseen.is_empty()).then_some(&*rest.text)
}

impl<'a> Map<'a> {
    fn new(statement: &'a Statement, level: &'a Level) -> Option<Self> {
        let has = |name: &str| level.statements.iter().any(|entry| &*entry.name == name && entry.args.is_empty());
        let (hostnames, volatile) = (has("hostnames"), has("volatile"));
        Some(Self { source: statement.args.first()?, level, hostnames, volatile })
    }

    fn entries(&self) -> impl Iterator<Item = (&'a Statement, &'a Argument)> {
        self.level.statements.iter().filter_map(|entry| Some((entry, entry.args.first()?)))
    }

    fn default(&self) -> Option<&'a Argument> {
        self.entries().find(|(entry, _)| &*entry.name == "default").map(|(_, value)| value)
    }

    /// The entry whose key is this text, or a host name that fits it.
    fn exact(&self, source: &str) -> Option<&'a Argument> {
        let source = source.to_ascii_lowercase();
        let key = |entry: &'a Statement| {
            let name = &*entry.name;
            if name == "default" || name.starts_with('~') {
                return None;
            }
            Some(name.strip_prefix('\\').unwrap_or(name).to_ascii_lowercase())
        };
        let plain = self.entries().find(|(entry, _)| {
            key(entry).is_some_and(|key| {
                key == source || self.hostnames && key.strip_prefix('.').is_some_and(|bare| bare == source)
            })
        });
        if let Some((_, value)) = plain.filter(|(entry, _)| !self.hostnames || !entry.name.contains('*')) {
            return Some(value);
        }
        if !self.hostnames {
            return None;
        }
        let longest = |fits: &dyn Fn(&str) -> Option<usize>| {
            self.entries()
                .filter_map(|(entry, value)| Some((fits(&key(entry)?)?, value)))
                .fold(None, |best: Option<(usize, &Argument)>, (length, value)| {
                    best.filter(|(known, _)| *known >= length).or(Some((length, value)))
                })
                .map(|(_, value)| value)
        };
        let leading = |key: &str| {
            let tail = key.strip_prefix('*').or_else(|| key.starts_with('.').then_some(key))?;
            (source.ends_with(tail) && source.len() > tail.len()).then_some(tail.len())
        };
        let trailing = |key: &str| {
            let head = key.strip_suffix('*')?;
            (source.starts_with(head) && source.len() > head.len()).then_some(head.len())
        };
        longest(&leading).or_else(|| longest(&trailing))
    }
}

impl Run<'_> {
    /// The value of a variable that a block defines. It is looked up once for a request, unless it is volatile.
    pub(super) fn look_up_table(&mut self, name: &str) -> Option<Evaluated> {
        let (statement, level) = self.tree.table(name)?;
        let (value, volatile) = match &*statement.name {
            "geo" => (self.geo(statement, level), false),
            "split_clients" => (self.split_clients(statement, level), false),
            _ => {
                let map = Map::new(statement, level)?;
                (self.look_up(&map), map.volatile)
            }
        };
        if !volatile {
            self.variables.set(name, value.clone());
        }
        Some(value)
    }

    fn look_up(&mut self, map: &Map<'_>) -> Evaluated {
        let source = self.argument(map.source);
        let patterns = || map.entries().filter_map(|(entry, value)| Some((entry.name.strip_prefix('~')?, value)));
        let source = match source.settled() {
            Ok(source) => source,
            Err(why) => {
                if let Some(constant) = constant(map.level, "default") {
                    return Evaluated::known(constant);
                }
                if patterns().next().is_some() {
                    self.variables.captures = Captures::Unknown(why.clone());
                }
                return Evaluated::unknown(why);
            }
        };
        let source = if map.hostnames { source.strip_suffix('.').unwrap_or(source) } else { source };
        if let Some(value) = map.exact(source) {
            return self.map_value(value);
        }
        for (pattern, value) in patterns() {
            let (pattern, ignore_case) = pattern.strip_prefix('*').map_or((pattern, false), |pattern| (pattern, true));
            // nothing matches an empty value
            if source.is_empty() {
                break;
            }
            match self.tree.effort.find(pattern, ignore_case, source, value.place) {
                Some(Some(found)) => {
                    found.install(&mut self.variables);
                    return self.map_value(value);
                }
                Some(None) => {}
                None => return Evaluated::unknown(HoleReason::Unsupported),
            }
        }
        if let Some((_, path)) = map.level.unseen.first() {
            return Evaluated::unknown(HoleReason::Unresolved(path.clone()));
        }
        map.default().map_or_else(Evaluated::default, |value| self.map_value(value))
    }

    fn map_value(&mut self, value: &Argument) -> Evaluated {
        self.quoted_argument(value, Quoting::Plain)
    }
}
