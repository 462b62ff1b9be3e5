//! Which suppressions go where.

use std::collections::{BTreeMap, BTreeSet};

use super::comment::{self, Commented, Wanted};
use super::{Edit, Edits, entries};
use crate::base::{Entry, FileKind, ReadError, RepoPath, Tracking, Tree, counted};
use crate::rules::RuleId;

/// A finding that is to be suppressed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The file where its fix goes.
    pub path: RepoPath,
    /// The line there, from 1.
    pub line: u32,
    /// Its rule.
    pub rule: RuleId,
    /// How the file is read.
    pub kind: FileKind,
}

/// Where entries go that say what no comment can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// In this file of the tree, which need not be there yet.
    At(RepoPath),
    /// Nowhere: none is used.
    Unused,
    /// Nowhere: the file that is used, which messages call so, is not in the tree.
    Elsewhere(String),
}

/// The suppressions of a run.
pub struct Plan<'a> {
    tree: &'a dyn Tree,
    config: Configuration,
    reason: String,
    comments: BTreeMap<RepoPath, File>,
    /// What no comment can say.
    stated: BTreeSet<(RepoPath, RuleId)>,
}

/// A file in which comments are wanted.
struct File {
    kind: FileKind,
    /// The rules of its lines.
    lines: BTreeMap<u32, BTreeSet<RuleId>>,
    /// Its text, when it can be written anew.
    before: Option<String>,
    /// What becomes of it, when it gets a comment.
    edit: Option<Edit>,
}

impl<'a> Plan<'a> {
    /// Comments at all targets, where the files have comments.
    #[must_use]
    pub fn new(tree: &'a dyn Tree, config: Configuration, reason: String, targets: Vec<Target>) -> Self {
        let mut plan = Self { tree, config, reason, comments: BTreeMap::new(), stated: BTreeSet::new() };
        for target in targets {
            let read = || {
                let mut bytes = Vec::new();
                let before = tree.read(&target.path, &mut bytes).ok().and_then(|()| String::from_utf8(bytes).ok());
                File { kind: target.kind, lines: BTreeMap::new(), before, edit: None }
            };
            let file = plan.comments.entry(target.path.clone()).or_insert_with(read);
            file.lines.entry(target.line).or_default().insert(target.rule);
        }
        let paths = plan.comments.keys().cloned().collect();
        plan.write(paths);
        plan
    }

    /// Entries of the configuration instead of comments for these.
    pub fn state(&mut self, targets: Vec<Target>) {
        let paths = targets.iter().map(|target| target.path.clone()).collect();
        self.stated.extend(targets.into_iter().map(|target| (target.path, target.rule)));
        self.write(paths);
    }

    /// Every file that changes.
    ///
    /// # Errors
    /// When an entry is needed and there is no file for it.
    pub fn texts(&self) -> Result<Edits, String> {
        let edit = |(path, file): (&RepoPath, &File)| Some((path.clone(), file.edit.clone()?));
        let mut edits: Edits = self.comments.iter().filter_map(edit).collect();
        if !self.stated.is_empty() {
            let (path, edit) = self.entries()?;
            edits.insert(path, edit);
        }
        Ok(edits)
    }

    /// What was done, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut out = String::new();
        let mut comments = 0;
        for (path, file) in &self.comments {
            for (line, rules) in &file.lines {
                let rules = self.commentable(path, rules);
                if !rules.is_empty() {
                    comments += 1;
                    out.push_str(&format!("{path}:{line}  {}\n", rules.join(", ")));
                }
            }
        }
        for (path, rule) in &self.stated {
            out.push_str(&format!("{path}  {rule}, in the configuration\n"));
        }
        let comments = counted(comments, "comment", "comments");
        let entries = counted(self.stated.len(), "entry of `[[suppress]]`", "entries of `[[suppress]]`");
        out.push_str(&format!("\n{comments} and {entries} written\n"));
        out
    }

    /// The rules of a line that are not in the configuration.
    fn commentable(&self, path: &RepoPath, rules: &BTreeSet<RuleId>) -> Vec<&'static str> {
        let is_open = |rule: &&RuleId| !self.stated.contains(&(path.clone(), **rule));
        rules.iter().filter(is_open).map(|rule| rule.0).collect()
    }

    /// Makes the texts of some files anew. What a file cannot get as a comment is stated, wherever it is in that file, so its text is
    /// made without that once more.
    fn write(&mut self, mut paths: BTreeSet<RepoPath>) {
        while let Some(path) = paths.pop_first() {
            let Some(file) = self.comments.get(&path) else { continue };
            let (edit, refused) = self.commented(&path, file);
            if !refused.is_empty() {
                self.stated.extend(refused.into_iter().map(|rule| (path.clone(), rule)));
                paths.insert(path.clone());
            }
            if let Some(file) = self.comments.get_mut(&path) {
                file.edit = edit;
            }
        }
    }

    /// A file with its comments, and what it could not get as one.
    fn commented(&self, path: &RepoPath, file: &File) -> (Option<Edit>, BTreeSet<RuleId>) {
        let mut wanted = Wanted::new();
        for (line, rules) in &file.lines {
            let names = self.commentable(path, rules);
            if !names.is_empty() {
                let words = format!("wirelint: ignore[{}] {}", names.join(", "), self.reason);
                wanted.insert(usize::try_from(*line).unwrap_or(usize::MAX), words);
            }
        }
        if wanted.is_empty() {
            return (None, BTreeSet::new());
        }
        let made = file.before.as_ref().map(|before| {
            let size = before.len() as u64;
            let entry = Entry { kind: file.kind, ..Entry::classify(path.clone(), size, Tracking::Tracked) };
            (before, comment::above(&entry, before, &wanted))
        });
        let is_refused = |line: &u32| {
            let number = usize::try_from(*line).unwrap_or(usize::MAX);
            wanted.contains_key(&number) && made.as_ref().is_none_or(|(_, made)| made.refused.contains(&number))
        };
        let lines = file.lines.iter().filter(|(line, _)| is_refused(line));
        let refused = lines.flat_map(|(_, rules)| rules).copied();
        let refused = refused.filter(|rule| !self.stated.contains(&(path.clone(), *rule))).collect();
        let edit = made.map(|(before, Commented { text, .. })| Edit { before: Some(before.clone()), after: text });
        (edit.filter(|edit| edit.before.as_ref() != Some(&edit.after)), refused)
    }

    /// The configuration with an entry for each of what is stated there.
    fn entries(&self) -> Result<(RepoPath, Edit), String> {
        let path = match &self.config {
            Configuration::At(path) => path.clone(),
            Configuration::Unused => {
                return Err("some findings are in files without comments, and no configuration is in use that could take an entry; leave `--no-config` away".to_owned());
            }
            Configuration::Elsewhere(file) => {
                return Err(format!(
                    "some findings are in files without comments, and `{file}` is outside of the repository, where nothing is written; name the findings that can have comments with `--rule` or by their paths, or add `[[suppress]]` for the others there by hand"
                ));
            }
        };
        let mut bytes = Vec::new();
        let before = match self.tree.read(&path, &mut bytes) {
            Ok(()) => Some(String::from_utf8(bytes).map_err(|_| format!("{path}: is not UTF-8"))?),
            Err(ReadError::NotFound) => None,
            Err(error) => return Err(format!("{path}: cannot be read: {error}")),
        };
        let after = entries::added(before.as_deref().unwrap_or_default(), &self.stated, &self.reason);
        Ok((path, Edit { before, after }))
    }
}
