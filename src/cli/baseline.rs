//! Baseline files: reading and writing them, and `wirelint baseline`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Component, Path};
use std::process::ExitCode;

use super::args::{BaselineArgs, BaselineCommand, PruneArgs};
use super::output::{self, Failure};
use super::past::stamp;
use super::tree::{self, Focus, Opened};
use crate::base::escape::inline;
use crate::base::{PathPatterns, ReadError, RepoPath, Tree, counted};
use crate::past::{Baseline, Entry};
use crate::report::{Run, Stale, View, notice};
use crate::rules::{Level, Options, RuleId, Suppressions, deciding, find};
use crate::walk::{self, DiskTree, MAX_FILE_SIZE};
use crate::{IgnoredEnv, Report, Settings, stated};

/// Runs the command.
pub fn run(options: &BaselineArgs) -> Result<ExitCode, Failure> {
    match &options.command {
        BaselineCommand::Prune(options) => prune(options),
    }
}

/// Reads a baseline, through no link.
pub fn read(file: &Path) -> Result<Baseline, Failure> {
    let bytes = bytes(file).map_err(|error| unusable(file, &format!("cannot be read: {error}")))?;
    Baseline::parse(&bytes).map_err(|error| unusable(file, &error.to_string()))
}

fn unusable(file: &Path, reason: &str) -> Failure {
    Failure::Message(format!("{}: {reason}", file.display()))
}

fn bytes(file: &Path) -> Result<Vec<u8>, ReadError> {
    // Below the current folder no part of the path may be a link; elsewhere it is the user's own. What `..` leads to is not in
    // the path's text.
    let goes_up = file.components().any(|part| part == Component::ParentDir);
    let inside = file.to_str().filter(|_| file.is_relative() && !goes_up).and_then(RepoPath::new);
    if inside.is_none() && output::folder_link(file).is_some() {
        return Err(ReadError::Link);
    }
    let (folder, name) = match inside {
        Some(inside) => (Path::new("."), inside),
        None => {
            let name = file.file_name().and_then(|name| name.to_str()).and_then(RepoPath::new);
            (file.parent().unwrap_or(Path::new(".")), name.ok_or(ReadError::NotAFile)?)
        }
    };
    let mut bytes = Vec::new();
    DiskTree::new(folder.to_path_buf()).read(&name, &mut bytes)?;
    Ok(bytes)
}

/// Which entries of a baseline a run could have found.
pub struct Asked<'a> {
    focus: &'a Focus,
    wanted: Options,
    /// What is in the tree and was not read: files, and folders with all that is in them.
    unread: BTreeSet<Cow<'a, str>>,
    /// What was left out because the configuration says so.
    exclude: &'a PathPatterns,
    knowledge: Knowledge,
}

/// Whether what a run did not find is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Knowledge {
    /// It is not, where it was looked for.
    Whole,
    /// wirelint failed, or files of one machine take part: nobody knows.
    Partial,
}

impl<'a> Asked<'a> {
    /// What a run with these settings looked for, and could read.
    pub fn new(opened: &'a Opened, settings: &'a Settings, report: &'a Report) -> Self {
        let has_failed = report.findings.iter().any(|finding| finding.rule == RuleId::INTERNAL_ERROR);
        let coverage = &report.wiring.repository.coverage;
        let skipped = coverage.skipped.iter().map(|(path, _)| path.as_str());
        let unread = coverage.unread.iter().map(|unread| unread.at.as_str());
        let absent = if opened.is_on_disk() { walk::absent(opened.root()) } else { Vec::new() };
        let absent = absent.into_iter().map(|path| Cow::Owned(path.as_str().to_owned()));
        Self {
            focus: &opened.focus,
            wanted: stated::rule_options(&settings.config, Suppressions::LeaveOut, &report.wiring),
            exclude: &settings.config.exclude,
            unread: skipped.chain(unread).chain(beyond(report)).map(Cow::Borrowed).chain(absent).collect(),
            knowledge: if has_failed || settings.ignored_env == IgnoredEnv::Read {
                Knowledge::Partial
            } else {
                Knowledge::Whole
            },
        }
    }

    /// Whether an entry would have been found if it still held.
    pub fn covers(&self, entry: &Entry) -> bool {
        // A rule that is gone finds nothing any more.
        let is_wanted = find(&entry.rule).map_or(self.wanted.select.is_empty(), |rule| self.wanted.wants(rule.id));
        let path = RepoPath::new(&entry.path).unwrap_or_else(RepoPath::root);
        let is_shown = match self.focus {
            Focus::Everything => true,
            Focus::Paths(paths) => paths.iter().any(|inside| path.is_under(inside)),
        };
        let levels = &self.wanted.levels;
        let level = find(&entry.rule).and_then(|rule| deciding(levels, rule.id, Some(&path)));
        let is_off = level.and_then(|index| levels.get(index)).is_some_and(|stated| stated.level == Level::Off);
        let is_excluded = self.exclude.cover(&path);
        let mut around = std::iter::successors(Some(path), RepoPath::parent);
        let was_read = !around.any(|path| self.unread.contains(path.as_str()));
        self.knowledge == Knowledge::Whole && is_wanted && !is_off && is_shown && was_read && !is_excluded
    }
}

/// The files of which a part lies beyond a bound; the root when that part may be anywhere.
fn beyond(report: &Report) -> impl Iterator<Item = &str> {
    let repository = &report.wiring.repository;
    let in_files =
        repository.iter().filter(|(_, facts)| !facts.limits.is_empty()).map(|(_, facts)| facts.path.as_str());
    let listed = repository.coverage.limits.iter().map(|(path, _)| path.as_str());
    let linked = report.wiring.limits.all().into_iter().chain(report.wiring.comparisons.limits());
    let linked = linked.map(|(place, _)| place.and_then(|place| repository.get(place.file)));
    in_files.chain(listed).chain(linked.map(|facts| facts.map_or("", |facts| facts.path.as_str())))
}

/// Writes what a run found; what it was not asked for stays as it is in the file.
pub fn write(opened: &Opened, settings: &Settings, mut report: Report, file: &Path) -> Result<ExitCode, Failure> {
    refuse_failures(&report)?;
    stamp(&*opened.tree, &mut report);
    let before = before(file)?;
    report.findings.retain(|finding| opened.focus.covers(&report.wiring, finding));
    let asked = Asked::new(opened, settings, &report);
    let local = report.findings.iter().filter(|finding| finding.local && finding.suppressed.is_none()).count();
    let view = view(opened, &report);
    let found = Baseline::of(&view, &report.findings);
    let mut entries = before.without(&found);
    entries.retain(|entry| !asked.covers(entry));
    let kept = entries.len();
    entries.extend(found.entries);
    let baseline = Baseline::new(entries);
    let page = baseline.page(&view);
    if page.as_str().len() as u64 > MAX_FILE_SIZE {
        let most = MAX_FILE_SIZE / 1024 / 1024;
        return Err(unusable(
            file,
            &format!("would be larger than {most} MiB; leave out whole folders with `exclude`"),
        ));
    }
    output::write(&page, Some(file))?;
    let mut said =
        format!("{} in {}\n", counted(baseline.entries.len() - kept, "finding is", "findings are"), file.display());
    if kept > 0 {
        said.push_str(&format!("{} kept that this run did not look for\n", counted(kept, "entry is", "entries are")));
    }
    if local > 0 {
        said.push_str(&format!(
            "{} left out, because git-ignored files take part\n",
            counted(local, "finding is", "findings are")
        ));
    }
    output::write(&notice(&said), None)?;
    Ok(ExitCode::SUCCESS)
}

/// The baseline that is there already, when there is one. Another file is not written over.
fn before(file: &Path) -> Result<Baseline, Failure> {
    let refused = |reason: String| unusable(file, &format!("{reason}; nothing is written over it"));
    match bytes(file) {
        Ok(bytes) => Baseline::parse(&bytes).map_err(|error| refused(error.to_string())),
        Err(ReadError::NotFound) => Ok(Baseline::default()),
        Err(error) => Err(refused(format!("cannot be read: {error}"))),
    }
}

fn prune(options: &PruneArgs) -> Result<ExitCode, Failure> {
    let file = &options.file;
    if options.tree.local {
        return Err(Failure::Message("a baseline is for every machine: leave out `--local`".to_owned()));
    }
    let baseline = read(file)?;
    let paths: Vec<_> = options.path.iter().cloned().collect();
    let opened = tree::open(&paths, &options.tree)?;
    let mut report = crate::check(&*opened.tree, &opened.settings);
    refuse_failures(&report)?;
    stamp(&*opened.tree, &mut report);
    let matched = baseline.apply(&mut report.findings);
    let asked = Asked::new(&opened, &opened.settings, &report);
    let (gone, unknown): (Vec<Entry>, Vec<Entry>) = matched.missed.into_iter().partition(|entry| asked.covers(entry));
    let left = Baseline::new(matched.found.into_iter().chain(unknown).collect());
    let entries = |count| counted(count, "entry", "entries");
    let name = file.display();
    if gone.is_empty() {
        let text = format!("nothing is removed from {name}, which has {}\n", entries(left.entries.len()));
        output::write(&notice(&text), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::write(&left.page(&view(&opened, &report)), Some(file))?;
    let mut text = format!("{} removed from {name}, {} left:\n", entries(gone.len()), entries(left.entries.len()));
    for entry in &gone {
        text.push_str(&format!("  {}\n", inline(&Stale::from(entry).words())));
    }
    output::write(&notice(&text), None)?;
    Ok(ExitCode::SUCCESS)
}

fn view<'a>(opened: &'a Opened, report: &'a Report) -> View<'a> {
    View::new(Run { tree: &*opened.tree, wiring: &report.wiring, findings: &report.findings, compared: None })
}

/// Where wirelint failed, it does not know what it would have found.
fn refuse_failures(report: &Report) -> Result<(), Failure> {
    match report.findings.iter().find(|finding| finding.rule == RuleId::INTERNAL_ERROR) {
        Some(failed) => {
            Err(Failure::Message(format!("no baseline is written, because wirelint failed inside: {}", failed.message)))
        }
        None => Ok(()),
    }
}
