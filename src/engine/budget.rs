//! What the files of a repository may say together.

use super::CollectSettings;
use super::load::{self, Loaded};
use crate::base::{Entry, Limit, RepoPath, Tree};
use crate::facts::SkipReason;

/// Several times what thousands of files of people's own come to.
const FACTS: Limit = Limit::new(
    160,
    "megabytes of facts about all files together",
    "what the largest of the others say is unknown",
    "leave out what is generated, with `exclude` in `wirelint.toml`",
);
const MEGABYTE: u64 = 1_000_000;

/// Bytes of files whose facts are collected before they are weighed: so much may be in memory beside what is kept.
const AT_ONCE: u64 = 4 * 1024 * 1024;
/// What is reckoned for a file that was not read yet.
const UNKNOWN_SIZE: u64 = 256 * 1024;

/// How much may still be kept.
pub struct Budget {
    left: u64,
    is_spent: bool,
}

impl Budget {
    /// Nothing is kept yet.
    pub fn new() -> Self {
        Self::of(FACTS.most() * MEGABYTE)
    }

    /// So many bytes may be kept.
    const fn of(left: u64) -> Self {
        Self { left, is_spent: false }
    }

    /// The bound, when it was reached.
    pub fn reached(&self) -> Option<Limit> {
        self.is_spent.then_some(FACTS)
    }

    /// Parses files as long as there is room for what they say. The smallest come first: what a generator wrote does not take the
    /// room of what people wrote. The result is in path order, and does not depend on threads.
    pub fn load_all(
        &mut self,
        tree: &dyn Tree,
        entries: &[Entry],
        settings: &CollectSettings,
    ) -> Vec<(RepoPath, Loaded)> {
        let mut order: Vec<&Entry> = entries.iter().collect();
        order.sort_by(|a, b| (a.size, &a.path).cmp(&(b.size, &b.path)));
        let mut all = Vec::with_capacity(order.len());
        let mut rest = order.as_slice();
        while !rest.is_empty() && !self.is_spent {
            let batch;
            (batch, rest) = rest.split_at(first_batch(rest));
            let loaded = load::load_all(tree, batch, settings.threads, settings.again.as_ref());
            all.extend(loaded.into_iter().map(|(path, loaded)| (path, self.keep(loaded))));
        }
        all.extend(rest.iter().map(|entry| (entry.path.clone(), Loaded::Skipped(SkipReason::NoRoom))));
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// What was loaded, when there is room for it.
    fn keep(&mut self, loaded: Loaded) -> Loaded {
        let Loaded::Facts(facts, weight) = loaded else { return loaded };
        if self.is_spent || weight > self.left {
            self.is_spent = true;
            return Loaded::Skipped(SkipReason::NoRoom);
        }
        self.left -= weight;
        Loaded::Facts(facts, weight)
    }
}

/// How many of these are parsed before they are weighed: one at least.
fn first_batch(entries: &[&Entry]) -> usize {
    let mut bytes = 0u64;
    let is_in = |entry: &&&Entry| {
        bytes = bytes.saturating_add(if entry.size == 0 { UNKNOWN_SIZE } else { entry.size });
        bytes <= AT_ONCE
    };
    entries.iter().take_while(is_in).count().max(1)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Mutex;

    use super::*;
    use crate::base::MemoryTree;

    /// What is left out of some files when so much may be kept.
    fn left_out(files: &[(String, String)], bytes: u64, threads: usize) -> Vec<String> {
        let tree = MemoryTree::from_files(files.iter().map(|(path, text)| (path, text)));
        let entries = Mutex::new(Vec::new());
        tree.visit(NonZeroUsize::MIN, &|entry: &Entry| entries.lock().expect("no panic").push(entry.clone()));
        let entries = entries.into_inner().expect("no panic");
        let threads = NonZeroUsize::new(threads).expect("some");
        let settings = CollectSettings { threads, ..CollectSettings::default() };
        let mut budget = Budget::of(bytes);
        let loaded = budget.load_all(&tree, &entries, &settings);
        assert_eq!(loaded.len(), entries.len());
        let skipped = loaded.iter().filter(|(_, one)| matches!(one, Loaded::Skipped(SkipReason::NoRoom)));
        let skipped: Vec<String> = skipped.map(|(path, _)| path.as_str().to_owned()).collect();
        assert_eq!(budget.reached().is_some(), !skipped.is_empty(), "{bytes}");
        skipped
    }

    #[test]
    fn the_largest_files_are_left_out_when_there_is_no_room() {
        let line = |number: usize| format!("SETTING_{number} = os.environ[\"NAME_{number}\"]\n");
        let text = |lines: usize| (0..lines).map(line).collect::<String>();
        let sizes = [("a.py", 3_000), ("b.py", 10), ("c.py", 1_000), ("d.py", 20)];
        let files: Vec<(String, String)> =
            sizes.iter().map(|(path, lines)| ((*path).to_owned(), text(*lines))).collect();
        assert!(left_out(&files, u64::MAX, 2).is_empty());
        let mut before = 4;
        for bytes in (0..26).map(|power| 1u64 << power) {
            let left = left_out(&files, bytes, 1);
            assert_eq!(left, left_out(&files, bytes, 2), "{bytes}");
            assert!(left.len() <= before, "{bytes}");
            // In path order: the largest alone, then it and the next.
            let expected: &[&str] = match left.len() {
                0 => &[],
                1 => &["a.py"],
                2 => &["a.py", "c.py"],
                3 => &["a.py", "c.py", "d.py"],
                _ => &["a.py", "b.py", "c.py", "d.py"],
            };
            assert_eq!(left, expected, "{bytes}");
            before = left.len();
        }
        assert_eq!(before, 0, "all is kept in the end");
    }
}
