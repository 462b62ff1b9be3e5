//! `wirelint config`.
#![allow(clippy::disallowed_methods)] // asks whether the named path is a file

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Mutex;

use super::args::{ConfigArgs, ConfigCommand, ConfigurationArgs, ExplainPathArgs};
use super::output::{self, Failure};
use super::root::{self, Root};
use super::tree::{self, Focus};
use crate::base::{Entry, FileKind, FileRole, ReadError, RepoPath, Tree, decode, possible_kind, role_of};
use crate::config::{Config, FILE_NAME, role_name};
use crate::facts::extract;
use crate::report;
use crate::rules::{RULES, StatedLevel, deciding};
use crate::walk::DiskTree;
use crate::{Settings, stated};

/// Runs the command.
pub fn run(options: &ConfigArgs) -> Result<ExitCode, Failure> {
    let text = match &options.command {
        ConfigCommand::Check(configuration) => check(configuration)?,
        ConfigCommand::Explain(options) => explain(options)?,
    };
    output::write(&report::notice(&text), None)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the configuration can be used.
fn check(options: &ConfigurationArgs) -> Result<String, Failure> {
    let Root { folder, .. } = root::find(&[], options.root.as_deref())?;
    if options.no_config {
        return Ok("no configuration is asked for (`--no-config`), so none was checked\n".to_owned());
    }
    let config = tree::configuration(&DiskTree::new(folder.clone()), &folder, options)?;
    Ok(match config.name {
        Some(name) => format!("{name} can be used\n"),
        None => format!("there is no {FILE_NAME} in the root of the repository, so nothing is configured\n"),
    })
}

/// What holds for a file.
fn explain(options: &ExplainPathArgs) -> Result<String, Failure> {
    let configuration = &options.configuration;
    let Root { folder, focus, .. } = root::find(std::slice::from_ref(&options.path), configuration.root.as_deref())?;
    let tree = DiskTree::new(folder.clone());
    let config = tree::configuration(&tree, &folder, configuration)?;
    let named = match &focus {
        Focus::Paths(paths) => paths.first().filter(|_| options.path.is_file()),
        Focus::Everything => None,
    };
    let shown = options.path.display();
    let path = named.ok_or_else(|| Failure::Message(format!("`{shown}` is a folder; name a file")))?;
    let file = File { tree: &tree, config: &config, path, read: Read::of(&tree, &config, path) };
    let mut out = format!("{path}\n");
    for (title, lines) in file.sections() {
        for (index, line) in lines.iter().enumerate() {
            out.push_str(&format!("  {:<12} {line}\n", if index == 0 { title } else { "" }));
        }
    }
    Ok(out)
}

/// A file, and the configuration that holds for it.
struct File<'a> {
    tree: &'a DiskTree,
    config: &'a Config,
    path: &'a RepoPath,
    /// How a run reads it; `None` when it says nothing there.
    read: Option<Read>,
}

/// How a run reads a file.
struct Read {
    kind: FileKind,
    /// The first file that names it.
    named_by: Option<RepoPath>,
}

impl Read {
    fn of(tree: &DiskTree, config: &Config, path: &RepoPath) -> Option<Self> {
        let settings = Settings { threads: tree::all_threads(), ..Settings::new(config.clone()) };
        let repository = crate::engine::collect(tree, &crate::collect_settings(&settings, None));
        let id = repository.find(path)?;
        let mut naming = repository.resolved.iter().filter(|(_, targets)| targets.contains(&id));
        let named_by = naming.find_map(|((file, _), _)| Some(repository.get(*file)?.path.clone()));
        Some(Self { kind: repository.get(id)?.kind, named_by })
    }
}

impl File<'_> {
    fn sections(&self) -> Vec<(&'static str, Vec<String>)> {
        vec![
            ("is", vec![self.role()]),
            ("read", self.named_by().into_iter().collect()),
            ("left out", self.left_out().into_iter().collect()),
            ("severities", self.levels()),
            ("suppressed", self.suppressions()),
        ]
    }

    /// What the file is taken for, and what says so.
    fn role(&self) -> String {
        let entry = self.entry();
        if entry.kind == FileKind::Other && possible_kind(self.path).is_none() {
            return "of no kind that wirelint reads".to_owned();
        }
        let stated = self.config.overrides.iter().rev().find(|one| one.role.is_some() && one.paths.cover(self.path));
        if let Some(role) = stated.and_then(|one| one.role.as_ref()) {
            let own =
                if role.value == entry.role { String::new() } else { format!("; by its path: {}", words(entry.role)) };
            return format!(
                "{}, by `role = \"{}\"` in {}{own}",
                words(role.value),
                role_name(role.value),
                self.config.at(role.span)
            );
        }
        format!("{}, by {}", words(entry.role), reason(&entry))
    }

    /// The file as a run takes it, but for what is stated.
    fn entry(&self) -> Entry {
        let by_name = Entry::classify(self.path.clone(), 0, crate::base::Tracking::Tracked);
        match self.read.as_ref().filter(|read| read.kind != by_name.kind) {
            Some(read) => Entry { kind: read.kind, role: role_of(self.path, read.kind), ..by_name },
            None => by_name,
        }
    }

    /// Why a file is read whose name does not say it.
    fn named_by(&self) -> Option<String> {
        let by_name = Entry::classify(self.path.clone(), 0, crate::base::Tracking::Tracked);
        let read = self.read.as_ref().filter(|read| read.kind != by_name.kind)?;
        Some(format!("because {} names it", read.named_by.as_ref()?))
    }

    /// Why the file is not read.
    fn left_out(&self) -> Option<String> {
        let exclude = &self.config.exclude;
        if let Some((index, true)) = exclude.matched(self.path) {
            let place = self.config.exclude_places.get(index).map(|span| self.config.at(*span)).unwrap_or_default();
            return Some(format!(
                "by `{}` of `exclude` in {place}",
                exclude.texts().get(index).map_or("", String::as_str)
            ));
        }
        if self.tree.read(self.path, &mut Vec::new()) == Err(ReadError::Link) {
            return Some("a symbolic link is not followed".to_owned());
        }
        let seen = Mutex::new(false);
        let unread = self.tree.visit(NonZeroUsize::MIN, &|entry: &Entry| {
            if entry.path == *self.path
                && entry.tracking == crate::base::Tracking::Tracked
                && let Ok(mut seen) = seen.lock()
            {
                *seen = true;
            }
        });
        if let Some(gap) = unread.iter().find(|gap| gap.at == self.path.as_str()) {
            return Some(gap.why.to_string());
        }
        let is_seen = seen.into_inner().unwrap_or(true);
        (!is_seen).then(|| "git ignores it".to_owned())
    }

    /// The statements that decide about the findings of some rule here, in the order of the file.
    fn levels(&self) -> Vec<String> {
        let (stated, spans): (Vec<StatedLevel>, Vec<_>) = stated::levels(self.config).into_iter().unzip();
        let mut rules: BTreeMap<usize, usize> = BTreeMap::new();
        for rule in RULES {
            if let Some(index) = deciding(&stated, rule.id, Some(self.path)) {
                *rules.entry(index).or_default() += 1;
            }
        }
        let line = |(index, _): (&usize, &usize)| {
            let (one, span) = (stated.get(*index)?, spans.get(*index)?);
            Some(format!("{} is `{}`, by {}", one.selector.name(), one.level.name(), self.config.at(*span)))
        };
        rules.iter().filter_map(line).collect()
    }

    /// What is suppressed in the file: by the configuration, and by its own comments.
    fn suppressions(&self) -> Vec<String> {
        let stated = self.config.suppress.iter().filter(|entry| entry.scope.covers(self.path));
        let mut lines: Vec<String> = stated
            .map(|entry| format!("{}, by {}: {}", entry.rule.name(), self.config.at(entry.span), entry.reason))
            .collect();
        let mut bytes = Vec::new();
        if self.tree.read(self.path, &mut bytes).is_ok() {
            let facts = extract(&self.entry(), &decode(bytes).text);
            for one in &facts.suppressions {
                let names: Vec<&str> = one.rules.iter().map(|(name, _)| &**name).collect();
                lines.push(format!("{}, by the comment on line {}: {}", names.join(", "), one.first_line, one.reason));
            }
        }
        lines
    }
}

/// What a role means.
fn words(role: FileRole) -> &'static str {
    match role {
        FileRole::Production => "production: findings may be in it",
        FileRole::Example => "an example: it shows what exists, and is accused only of mistakes in its own syntax",
        FileRole::Silent => "a test or documentation: nothing is concluded from it",
        FileRole::Vendored => "somebody else's code: nothing is concluded from it",
        FileRole::Generated => "generated: it is not read",
    }
}

/// What of a path gives a file its role: the first folder below which any file would have it, or the file's own name.
fn reason(entry: &Entry) -> String {
    if entry.role == FileRole::Production {
        return "its path".to_owned();
    }
    let plain = RepoPath::new("plain").unwrap_or_else(RepoPath::root);
    let folders: Vec<RepoPath> = std::iter::successors(entry.path.parent(), RepoPath::parent).collect();
    let named = folders.iter().rev().find(|folder| {
        let inside = folder.join(plain.as_str()).unwrap_or_else(RepoPath::root);
        role_of(&inside, entry.kind) == entry.role
    });
    match named {
        Some(folder) => format!("the folder `{folder}`"),
        None => "its name".to_owned(),
    }
}
