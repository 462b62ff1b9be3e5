//! Values of a stack, and the conditions over them.

use std::collections::BTreeMap;

/// What is chosen and derived for a stack. Values may name others, as `@name@`.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Sets a value; where it names itself, its old value is meant.
    pub fn set(&mut self, name: &str, value: &str) {
        let value = value.replace(&format!("@{name}@"), self.raw(name));
        self.0.insert(name.to_owned(), value);
    }

    /// The value as it was set; nothing where it was not.
    pub fn raw(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The value with every name in it replaced.
    pub fn get(&self, name: &str) -> String {
        self.fill(self.raw(name))
    }

    /// A text with every `@name@` replaced.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('@') {
            let (name, behind) = after.split_once('@').unwrap_or_else(|| panic!("a lonely @ in {text:?}"));
            filled.push_str(before);
            match name {
                "atsign" => filled.push('@'),
                _ => filled.push_str(&self.known(name, text)),
            }
            rest = behind;
        }
        filled + rest
    }

    fn known(&self, name: &str, text: &str) -> String {
        assert!(self.0.contains_key(name), "@{name}@ of {text:?} is not set");
        self.get(name)
    }

    /// Whether every word of a condition holds: `name`, `!name`, `name=a|b`, `name!=a|b`, `one|other`.
    pub fn hold(&self, condition: &str) -> bool {
        condition.split_whitespace().all(|word| self.holds(word))
    }

    fn holds(&self, word: &str) -> bool {
        let is_one = |name: &str, values: &str| values.split('|').any(|value| self.raw(name) == value);
        match word.split_once('=') {
            Some((name, values)) if !name.contains('|') => match name.strip_suffix('!') {
                Some(name) => !is_one(name, values),
                None => is_one(name, values),
            },
            Some(_) => word.split('|').any(|one| self.holds(one)),
            None if word.contains('|') => word.split('|').any(|one| self.holds(one)),
            None => match word.strip_prefix('!') {
                Some(name) => !self.is_there(name),
                None => self.is_there(word),
            },
        }
    }

    fn is_there(&self, name: &str) -> bool {
        !matches!(self.get(name).as_str(), "" | "no")
    }
}
