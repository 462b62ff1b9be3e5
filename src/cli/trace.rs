//! `wirelint trace`.

use std::process::ExitCode;

use super::args::{TraceArgs, TraceFormat};
use super::output::{self, Failure};
use super::tree;
use crate::IgnoredEnv;
use crate::report::trace::{self, Only, Request, Target, Ways};

/// Runs the command. What happens on this machine is the question, so git-ignored env files are read.
pub fn run(options: &TraceArgs) -> Result<ExitCode, Failure> {
    let paths: Vec<_> = options.path.iter().cloned().collect();
    let mut opened = tree::open(&paths, &options.tree)?;
    opened.settings.ignored_env = IgnoredEnv::Read;
    let wiring = crate::wire(&*opened.tree, &opened.settings);
    let target = match &options.at {
        Some(text) => Target::named(&opened.inside(text), &opened.starts(), &wiring),
        None => Target::All,
    };
    let everything = Request {
        tree: &*opened.tree,
        wiring: &wiring,
        target: &target,
        only: Only::Everything,
        ways: if options.all { Ways::Each } else { Ways::Merged },
    };
    if let Some(text) = options.at.as_ref().filter(|_| everything.is_empty()) {
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
    Ok(ExitCode::SUCCESS)
}
