//! `wirelint ignore`: suppressions for the findings that are open.

mod diff;

use std::path::Path;
use std::process::ExitCode;

use super::args::IgnoreArgs;
use super::output::{self, Failure};
use super::tree::{self, Focus, Opened};
use crate::base::{Layered, RepoPath, Tree};
use crate::config::FILE_NAME;
use crate::report;
use crate::rules::{Family, RuleId, Selector, find};
use crate::suppress::{self, Configuration, Plan, Target};
use crate::{Report, Settings};

/// Further runs in which what comments do not reach is stated in the configuration instead.
const ROUNDS: usize = 4;
/// Reasons are read up to this length.
const MOST_REASON: usize = 1_000;

/// Runs the command.
pub fn run(options: &IgnoreArgs) -> Result<ExitCode, Failure> {
    let reason = reason(&options.reason)?;
    if options.tree.staged {
        return Err(Failure::Message(
            "`--staged`: suppressions are written to the files on disk, not to the index".to_owned(),
        ));
    }
    let opened = tree::open(&options.paths, &options.tree)?;
    let wanted = Wanted { rules: super::check::selectors(&options.rule)?, focus: &opened.focus };
    let config = configuration(&opened, options);
    let first = wanted.targets(&crate::check(&*opened.tree, &opened.settings));
    let mut plan = Plan::new(&*opened.tree, config, reason, first);
    for _ in 0..ROUNDS {
        let texts = plan.texts().map_err(Failure::Message)?;
        let over = suppress::edited(&*opened.tree, &texts);
        let settings = settings(&opened, options, &over)?;
        let left = wanted.targets(&crate::check(&over, &settings));
        if left.is_empty() {
            break;
        }
        plan.state(left);
    }
    write(&opened, options, &plan)
}

/// Writes the files, or shows what would be written.
fn write(opened: &Opened, options: &IgnoreArgs, plan: &Plan<'_>) -> Result<ExitCode, Failure> {
    let texts = plan.texts().map_err(Failure::Message)?;
    if texts.is_empty() {
        output::write(&report::notice("nothing to suppress: no finding is open\n"), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if options.dry_run {
        let shown: String = texts.iter().map(|(path, edit)| diff::unified(path, edit)).collect();
        output::write(&report::notice(&shown), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (path, edit) in &texts {
        let file = opened.file(path);
        output::replace(&file, &edit.after)
            .map_err(|error| Failure::Message(format!("{} cannot be written: {error}", file.display())))?;
    }
    output::write(&report::notice(&plan.summary()), None)?;
    Ok(ExitCode::SUCCESS)
}

/// What gets what no comment can say.
fn configuration(opened: &Opened, options: &IgnoreArgs) -> Configuration {
    let configuration = &options.tree.configuration;
    let inside = opened.settings.config.file.clone().map(Configuration::At);
    match (&configuration.config, configuration.no_config) {
        (_, true) => Configuration::Unused,
        (Some(file), _) => inside.unwrap_or_else(|| Configuration::Elsewhere(format!("--config {}", file.display()))),
        (None, false) => RepoPath::new(FILE_NAME).map_or(Configuration::Unused, Configuration::At),
    }
}

/// The settings with what the edited configuration says.
fn settings(opened: &Opened, options: &IgnoreArgs, over: &Layered<&dyn Tree>) -> Result<Settings, Failure> {
    let file = match configuration(opened, options) {
        Configuration::At(file) if over.holds(&file) => file,
        _ => return Ok(opened.settings.clone()),
    };
    let config = crate::config::Config::of_file(over, &file, file.as_str())?.unwrap_or_default();
    Ok(Settings { config: crate::config::Config { file: Some(file), ..config }, ..opened.settings.clone() })
}

/// A reason that a comment can hold.
fn reason(text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let refused = |why: &str| Err(Failure::Message(format!("`--reason`: {why}")));
    if text.is_empty() {
        return refused("say why these findings are fine, for whoever reads it in a year");
    }
    if text.len() > MOST_REASON {
        return refused(&format!("at most {MOST_REASON} bytes are read"));
    }
    if text.chars().any(char::is_control) || ["*/", "-->", "--!>"].iter().any(|end| text.contains(end)) {
        return refused("write it on one line, and without what ends a comment (`*/`, `-->`)");
    }
    if text.ends_with('\\') {
        return refused("write it without `\\` at its end, which would make the next line a part of the comment");
    }
    Ok(text.to_owned())
}

/// Which findings are meant.
struct Wanted<'a> {
    rules: Vec<Selector>,
    focus: &'a Focus,
}

impl Wanted<'_> {
    /// The open findings that are meant, each with the line where its fix goes.
    fn targets(&self, report: &Report) -> Vec<Target> {
        let open = report.findings.iter().filter(|finding| finding.suppressed.is_none() && self.names(finding.rule));
        let targets = open.filter_map(|finding| suppress::target(&report.wiring, finding));
        targets.filter(|target| self.focus.holds(&target.path)).collect()
    }

    /// What wirelint could not read is no finding about the code: it is suppressed only when it is named.
    fn names(&self, rule: RuleId) -> bool {
        let is_own = find(rule.0).is_some_and(|rule| rule.metadata().family == Family::Analysis);
        let named = self.rules.iter().any(|selector| selector.covers(rule));
        suppress::is_suppressible(rule) && (named || self.rules.is_empty() && !is_own)
    }
}

impl Opened {
    /// Where a file of the tree is on disk.
    fn file(&self, path: &RepoPath) -> std::path::PathBuf {
        path.parts().fold(Path::new(self.root()).to_path_buf(), |file, part| file.join(part))
    }
}
