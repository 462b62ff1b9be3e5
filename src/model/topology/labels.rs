//! What compose tells programs beside their environment: labels, and the words of commands.

use std::sync::Arc;

use super::binding_set::BindingSet;
use super::compose_set::Declared;
use super::service::Builder;
use crate::base::{FileId, Place};
use crate::facts::EnvSetting;
use crate::model::{Binding, Value};

impl Builder<'_> {
    /// Labels; a later one of a name takes the place of an earlier one.
    pub(super) fn labels(&self, settings: Vec<(FileId, &EnvSetting)>) -> Vec<Binding> {
        let mut found = BindingSet::default();
        for (file, setting) in settings {
            let mut binding = self.setting(file, setting);
            if setting.value.is_none() {
                // nothing is passed on from a shell
                binding.value = Value::Undefined;
            }
            binding.name = self.filled(&setting.name);
            found.set(binding);
        }
        found.into_vec()
    }

    /// The words of `command`.
    pub(super) fn arguments(&self, declared: &Declared<'_>) -> Vec<(Value, Place)> {
        let Some((file, command)) = declared.last(|part| part.command.as_ref()) else { return Vec::new() };
        let words = command.commands.iter().flat_map(|simple| &simple.words);
        words.map(|word| (self.resolve(file, word).value(), Place::new(file, word.span))).collect()
    }

    /// A name with variables, those of `.env` in it; others stay as they are written, and so tell names apart.
    fn filled(&self, name: &Arc<str>) -> Arc<str> {
        if !name.contains('$') {
            return Arc::clone(name);
        }
        let mut out = String::new();
        let mut rest: &str = name;
        while let Some((before, tail)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(after) = tail.strip_prefix('$') {
                // two of them stand for one
                out.push('$');
                rest = after;
                continue;
            }
            let braced = tail.strip_prefix('{').and_then(|tail| tail.split_once('}'));
            let bare = || {
                let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tail.len());
                tail.split_at(end)
            };
            let (inside, after) = braced.unwrap_or_else(bare);
            let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
            let (variable, more) = inside.split_at(end);
            let usual = more.strip_prefix(":-").or_else(|| more.strip_prefix('-'));
            match (self.known(variable), usual) {
                (Some(value), _) => out.push_str(&value),
                (None, Some(usual)) => out.push_str(usual),
                (None, None) => out.push_str(&format!("${{{variable}}}")),
            }
            rest = after;
        }
        out.push_str(rest);
        out.into()
    }

    fn known(&self, variable: &str) -> Option<String> {
        self.dot_env.get(variable)?.value.as_known_text().filter(|text| !text.is_empty())
    }
}
