//! Which suppressions go where.

use std::collections::{BTreeMap, BTreeSet};

use super::comment;
use super::{Edit, Edits};
use crate::base::{Entry, FileKind, RepoPath, Tracking, Tree, counted};
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

/// The suppressions of a run.
pub struct Plan<'a> {
    tree: &'a dyn Tree,
    /// What gets the entries; `None` when no configuration is used.
    config: Option<RepoPath>,
    reason: String,
    /// By file and line.
    comments: BTreeMap<RepoPath, BTreeMap<u32, (FileKind, BTreeSet<RuleId>)>>,
    /// What no comment can say.
    stated: BTreeSet<(RepoPath, RuleId)>,
}

impl<'a> Plan<'a> {
    /// Comments at all targets, where the files have comments.
    #[must_use]
    pub fn new(tree: &'a dyn Tree, config: Option<RepoPath>, reason: String, targets: Vec<Target>) -> Self {
        let mut plan = Self { tree, config, reason, comments: BTreeMap::new(), stated: BTreeSet::new() };
        for target in targets {
            let lines = plan.comments.entry(target.path).or_default();
            lines.entry(target.line).or_insert((target.kind, BTreeSet::new())).1.insert(target.rule);
        }
        let refused: Vec<(RepoPath, RuleId)> =
            plan.comments.iter().flat_map(|(path, lines)| plan.commented(path, lines).1).collect();
        plan.stated.extend(refused);
        plan
    }

    /// Entries of the configuration instead of comments for these.
    pub fn state(&mut self, targets: Vec<Target>) {
        self.stated.extend(targets.into_iter().map(|target| (target.path, target.rule)));
    }

    /// Every file that changes.
    ///
    /// # Errors
    /// When an entry is needed and there is no file for it.
    pub fn texts(&self) -> Result<Edits, String> {
        let mut edits = Edits::new();
        for (path, lines) in &self.comments {
            let (edit, _) = self.commented(path, lines);
            edits.extend(edit.map(|edit| (path.clone(), edit)));
        }
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
        for (path, lines) in &self.comments {
            for (line, (_, rules)) in lines {
                let rules: Vec<&str> = self.commentable(path, rules).map(|rule| rule.0).collect();
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
    fn commentable<'r>(&'r self, path: &'r RepoPath, rules: &'r BTreeSet<RuleId>) -> impl Iterator<Item = RuleId> + 'r {
        rules.iter().copied().filter(|rule| !self.stated.contains(&(path.clone(), *rule)))
    }

    /// A file with its comments, and what it could not get as one.
    fn commented(
        &self,
        path: &RepoPath,
        lines: &BTreeMap<u32, (FileKind, BTreeSet<RuleId>)>,
    ) -> (Option<Edit>, Vec<(RepoPath, RuleId)>) {
        let mut refused = Vec::new();
        let mut bytes = Vec::new();
        let before = self.tree.read(path, &mut bytes).ok().and_then(|()| String::from_utf8(bytes).ok());
        let mut text = before.clone().unwrap_or_default();
        let mut added: Vec<usize> = Vec::new();
        // From the last line up, so that the numbers of the others stay right.
        for (line, (kind, rules)) in lines.iter().rev() {
            let names: Vec<&str> = self.commentable(path, rules).map(|rule| rule.0).collect();
            if names.is_empty() {
                continue;
            }
            let entry = Entry { kind: *kind, ..Entry::classify(path.clone(), text.len() as u64, Tracking::Tracked) };
            let words = format!("wirelint: ignore[{}] {}", names.join(", "), self.reason);
            let number = usize::try_from(*line).unwrap_or(usize::MAX);
            match before.as_ref().and_then(|_| comment::above(&entry, &text, number, &words)) {
                Some(after) => {
                    text = after;
                    added.iter_mut().for_each(|line| *line += 1);
                    added.insert(0, number.saturating_sub(1));
                }
                None => refused.extend(self.commentable(path, rules).map(|rule| (path.clone(), rule))),
            }
        }
        let edit = before.filter(|_| !added.is_empty()).map(|before| Edit { before, after: text, added });
        (edit, refused)
    }

    /// The configuration with an entry for each of what is stated there.
    fn entries(&self) -> Result<(RepoPath, Edit), String> {
        let no_file = "some findings are in files without comments, and no configuration is in use that could take an entry; leave `--no-config` away";
        let path = self.config.clone().ok_or_else(|| no_file.to_owned())?;
        let mut bytes = Vec::new();
        let before = match self.tree.read(&path, &mut bytes) {
            Ok(()) => String::from_utf8(bytes).map_err(|_| format!("{path}: is not UTF-8"))?,
            Err(crate::base::ReadError::NotFound) => String::new(),
            Err(error) => return Err(format!("{path}: cannot be read: {error}")),
        };
        let mut after = before.clone();
        if !after.is_empty() && !after.ends_with('\n') {
            after.push('\n');
        }
        let old = after.lines().count();
        for (of, rule) in &self.stated {
            let quoted = |text: &str| toml::Value::from(text).to_string();
            let gap = if after.is_empty() { "" } else { "\n" };
            let (rule, of, reason) = (quoted(rule.0), quoted(of.as_str()), quoted(&self.reason));
            after.push_str(&format!("{gap}[[suppress]]\nrule = {rule}\npath = {of}\nreason = {reason}\n"));
        }
        let added = (old..after.lines().count()).collect();
        Ok((path, Edit { before, after, added }))
    }
}
