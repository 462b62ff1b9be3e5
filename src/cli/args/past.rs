//! What findings are compared with.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::TreeArgs;

/// Findings that are known, and findings that a change caused.
#[derive(Args, Debug)]
#[command(next_help_heading = super::OLD)]
pub struct PastArgs {
    /// Leave out the findings that FILE lists as known
    #[arg(long, value_name = "FILE", conflicts_with = "write_baseline")]
    pub baseline: Option<PathBuf>,

    /// Write what is found now to FILE as known, and exit with 0
    #[arg(long, value_name = "FILE", conflicts_with_all = ["since", "format", "output"])]
    pub write_baseline: Option<PathBuf>,

    /// Exit with 1 when the baseline lists what is not found any more
    #[arg(long, requires = "baseline", hide_short_help = true)]
    pub fail_on_stale: bool,

    /// Report only what came since the newest commit that REV and HEAD have in common, in whatever file;
    /// with --staged, what a commit would bring
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
}

/// `wirelint baseline`.
#[derive(Args, Debug)]
pub struct BaselineArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BaselineCommand,
}

/// What can be done with a baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Remove the entries that no finding matches any more, and say which
    Prune(PruneArgs),
}

/// `wirelint baseline prune`.
#[derive(Args, Debug)]
pub struct PruneArgs {
    /// The baseline
    pub file: PathBuf,

    /// Repository to read [default: the one that holds the current folder]
    pub path: Option<PathBuf>,

    /// What is read.
    #[command(flatten)]
    pub tree: TreeArgs,
}
