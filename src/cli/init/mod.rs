//! `wirelint init`: what a repository needs to be checked from now on.
#![allow(clippy::disallowed_methods)] // asks which of the proposed files are there

mod configuration;
mod proposal;
mod seen;

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;

use super::args::InitArgs;
use super::output::{self, Failure};
use super::progress::{Progress, Wanted};
use super::root::{self, Root};
use super::tree;
use crate::config::Config;
use crate::report::{self, manual};
use crate::walk::{self, DiskTree};
use crate::{Report, Settings};
use proposal::{Place, Proposal};
use seen::Seen;

/// Bytes of an answer that are read.
const MOST_ANSWER: u64 = 256;
/// The file that the baseline is suggested in.
const BASELINE: &str = "wirelint-baseline.json";

/// Who decides what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    /// The person at the terminal, for each file.
    Asked,
    /// All of it was accepted.
    Given,
    /// Nothing is written.
    Refused,
}

/// Runs the command.
pub fn run(options: &InitArgs) -> Result<ExitCode, Failure> {
    let Root { folder, alone, .. } = root::find(&[], options.root.as_deref())?;
    let tree = DiskTree::new(folder.clone());
    let settings = Settings { threads: tree::all_threads(), ..Settings::new(Config::of_tree(&tree)?) };
    let progress = Progress::start(Wanted::Yes);
    let report = crate::check_in_stages(&tree, &settings, &mut |stage| progress.ended(stage));
    drop(progress);
    let host = walk::checked_out(&folder).map(|head| head.repository);
    let seen = Seen::of(&report.wiring, host.as_deref());
    output::write(&report::notice(&seen.text()), None)?;
    if let Some(alone) = alone {
        output::note(&alone.words(Path::new(".")));
    } else if std::env::current_dir()?.canonicalize()? != folder.canonicalize()? {
        output::note(&format!("the repository is `{}`, and the files are for that folder", folder.display()));
    }
    let proposals = proposal::all(&folder, &tree, &report.wiring, &seen);
    if proposals.is_empty() {
        output::write(&report::notice("\neverything that wirelint would propose is there already\n"), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let consent = consent(options);
    let mut written = Vec::new();
    for proposal in &proposals {
        show(proposal)?;
        if proposal.place == Place::New && is_accepted(consent, &proposal.path.to_string())? {
            output::create(&folder, &proposal.path, &proposal.text)
                .map_err(|error| Failure::Message(format!("{} cannot be written: {error}", proposal.path)))?;
            written.push(proposal.path.to_string());
        }
    }
    say_the_end(&written, &report, &folder)?;
    let is_new = |proposal: &Proposal| proposal.place == Place::New;
    if consent == Consent::Refused && !options.dry_run && proposals.iter().any(is_new) {
        output::note("nothing was written; `wirelint init --yes` writes the new files");
    }
    Ok(ExitCode::SUCCESS)
}

fn consent(options: &InitArgs) -> Consent {
    if options.yes {
        Consent::Given
    } else if !options.dry_run && output::is_shown() && std::io::stdin().is_terminal() {
        Consent::Asked
    } else {
        Consent::Refused
    }
}

/// The file, and the lines for it.
fn show(proposal: &Proposal) -> Result<(), Failure> {
    let path = &proposal.path;
    let title = match proposal.place {
        Place::New => format!("\n{path}, a new file: {}\n\n", proposal.purpose),
        Place::Exists(where_to) => {
            format!("\n{path} is there already and is left as it is; {where_to} ({}):\n\n", proposal.purpose)
        }
    };
    output::write(&report::notice(&title), None)?;
    let indented = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    // wirelint's own words, but for folders with plain names.
    output::write(&manual::generated(&proposal.text.lines().map(indented).collect::<String>()), None)
}

fn is_accepted(consent: Consent, path: &str) -> Result<bool, Failure> {
    match consent {
        Consent::Given => Ok(true),
        Consent::Refused => Ok(false),
        Consent::Asked => {
            output::write(&report::notice(&format!("\nwrite {path}? [y/N] ")), None)?;
            let mut answer = String::new();
            std::io::stdin().lock().take(MOST_ANSWER).read_line(&mut answer)?;
            Ok(is_yes(&answer))
        }
    }
}

/// Nothing, and everything that is no yes, is a no.
fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// What was written, and what may be done next.
fn say_the_end(written: &[String], report: &Report, folder: &Path) -> Result<(), Failure> {
    let mut text = String::new();
    if !written.is_empty() {
        text.push_str(&format!("\nwritten: {}\n", written.join(", ")));
    }
    let open = report.findings.iter().filter(|finding| finding.suppressed.is_none()).count();
    if open > 0 && !folder.join(BASELINE).exists() {
        let (findings, are) = if open == 1 { ("finding", "is") } else { ("findings", "are") };
        text.push_str(&format!(
            "\n{open} {findings} {are} open: `wirelint` shows them; `wirelint --write-baseline {BASELINE}` takes them as known, \
             so that with `--baseline {BASELINE}` only new ones fail\n"
        ));
    }
    output::write(&report::notice(&text), None)
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "Y\r\n", " yes \n", "YES"].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "yy\n", "no", "\u{1b}[Ay"].into_iter().any(is_yes));
    }
}
