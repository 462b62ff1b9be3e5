//! `wirelint trace`.

use std::process::ExitCode;

use super::args::{TraceArgs, TraceFormat};
use super::output::{self, Failure};
use super::progress::{Progress, Wanted};
use super::tree::{self, Focus};
use crate::IgnoredEnv;
use crate::report::trace::{self, Only, Request, Target, Ways};

/// Runs the command. What happens on this machine is the question, so git-ignored env files are read.
pub fn run(options: &TraceArgs) -> Result<ExitCode, Failure> {
    let paths: Vec<_> = options.path.iter().cloned().collect();
    let mut opened = tree::open(&paths, &options.tree)?;
    opened.settings.ignored_env = IgnoredEnv::Read;
    let progress = Progress::start(Wanted::Yes);
    let wiring = crate::wire_in_stages(&*opened.tree, &opened.settings, &mut |stage| progress.ended(stage));
    drop(progress);
    let target = match (&options.at, &opened.focus) {
        (Some(text), _) => Target::named(&opened.inside(text), &opened.starts(), &wiring),
        (None, Focus::Paths(paths)) => paths.first().map_or(Target::All, |path| Target::Path(path.clone())),
        (None, Focus::Everything) => Target::All,
    };
    let here = opened.here();
    let everything = Request {
        tree: &*opened.tree,
        wiring: &wiring,
        target: &target,
        only: Only::Everything,
        ways: if options.all { Ways::Each } else { Ways::Merged },
        here: &here,
    };
    let place = options.path.as_ref().filter(|_| matches!(opened.focus, Focus::Paths(_)));
    let named = options.at.clone().or_else(|| Some(place?.display().to_string()));
    if let Some(text) = named.filter(|_| everything.is_empty()) {
        return Err(Failure::Message(format!(
            "no connection has a part at `{text}` (give a file, FILE:LINE, a folder, a URL or a part of one; `wirelint trace` shows all)"
        )));
    }
    let request = Request { only: if options.breaks { Only::Breaks } else { Only::Everything }, ..everything };
    let page = match options.format {
        TraceFormat::Human => trace::text(request),
        TraceFormat::Json => trace::json(request),
    };
    output::write(&page, None)?;
    if let Some(note) = opened.note.as_deref().filter(|_| options.format == TraceFormat::Human) {
        output::note(note);
    }
    Ok(ExitCode::SUCCESS)
}
