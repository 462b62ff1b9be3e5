//! Values that are known to be secret, wherever they turn up again: a message may quote a value without its name.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use super::value::{is_path, looks_secret};
use crate::base::{FileId, FileKind, Tree, decode};
use crate::model::Wiring;

/// Files that mostly hold values.
const SETTINGS: [FileKind; 9] = [
    FileKind::Env,
    FileKind::Compose,
    FileKind::Yaml,
    FileKind::Toml,
    FileKind::Dockerfile,
    FileKind::Nginx,
    FileKind::NginxTemplate,
    FileKind::Caddyfile,
    FileKind::Shell,
];

/// More values than this are not looked for: the longest are kept.
const MOST: usize = 20_000;

/// The secret values of a repository.
#[derive(Debug, Default)]
pub struct Known {
    finder: Option<AhoCorasick>,
}

impl Known {
    /// Of these files, and of all that hold settings.
    pub fn of_files(tree: &dyn Tree, wiring: &Wiring, files: impl IntoIterator<Item = FileId>) -> Self {
        let mut files: BTreeSet<FileId> = files.into_iter().collect();
        let settings = wiring.repository.iter().filter(|(_, facts)| SETTINGS.contains(&facts.kind));
        files.extend(settings.map(|(file, _)| file));
        let mut values = Vec::new();
        for facts in files.into_iter().filter_map(|file| wiring.repository.get(file)) {
            let mut bytes = Vec::new();
            if tree.read(&facts.path, &mut bytes).is_ok() {
                values.extend(super::values(&decode(bytes).text, facts.kind));
            }
        }
        Self::new(values)
    }

    /// From the hidden parts of texts.
    pub fn new(mut values: Vec<String>) -> Self {
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        values.truncate(MOST);
        if values.is_empty() {
            return Self::default();
        }
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&values).ok();
        Self { finder }
    }

    /// Where `text` holds one of the values, as a word of its own.
    pub(super) fn ranges(&self, text: &str) -> Vec<(usize, usize)> {
        let Some(finder) = &self.finder else { return Vec::new() };
        let bytes = text.as_bytes();
        let word = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
        let found = finder.find_iter(text).map(|found| (found.start(), found.end()));
        found
            .filter(|(start, end)| !word(start.checked_sub(1).and_then(|at| bytes.get(at))) && !word(bytes.get(*end)))
            .collect()
    }
}

/// Whether a hidden value is so much its own that it can be told from other text.
pub(super) fn is_telling(value: &str) -> bool {
    let value = value.trim();
    (7..=512).contains(&value.len())
        && !value.contains(['\n', '"', '\\', '{', '}'])
        && !is_path(value)
        && looks_secret(value)
}
