//! Arguments of `wirelint init`.

use std::path::PathBuf;

use clap::Args;

/// `wirelint init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// Take the folder DIR as the whole repository, wherever it is
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// Write everything that is proposed, without asking
    #[arg(long)]
    pub yes: bool,

    /// Show what would be written, and write nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}
