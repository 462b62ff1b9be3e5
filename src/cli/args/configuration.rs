//! Which repository is read, and which configuration holds for it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::TreeArgs;

/// What every command takes that reads a repository or its configuration.
#[derive(Args, Debug)]
#[command(next_help_heading = super::READ)]
pub struct ConfigurationArgs {
    /// Read the folder DIR as the whole repository, wherever it is
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// Use FILE instead of the `wirelint.toml` of the root
    #[arg(long, value_name = "FILE", conflicts_with = "no_config", hide_short_help = true)]
    pub config: Option<PathBuf>,

    /// Use no configuration file
    #[arg(long, hide_short_help = true)]
    pub no_config: bool,
}

/// `wirelint config`.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The commands about the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say whether `wirelint.toml` can be used; exit with 2 when it cannot
    Check(ConfigurationArgs),
    /// Say what holds for a file: what it is taken for, whether it is read, severities, suppressions
    Explain(ExplainPathArgs),
}

/// `wirelint config explain`.
#[derive(Args, Debug)]
pub struct ExplainPathArgs {
    /// The file
    pub path: PathBuf,

    /// Which repository, and which configuration.
    #[command(flatten)]
    pub configuration: ConfigurationArgs,
}

/// `wirelint ignore`.
#[derive(Args, Debug)]
pub struct IgnoreArgs {
    /// Suppress what has its fix in these files and folders [default: in the whole repository]
    pub paths: Vec<PathBuf>,

    /// Why these findings are fine; it stands in every comment
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Suppress only these rules or families (comma-separated)
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub rule: Vec<String>,

    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// What is read.
    #[command(flatten)]
    pub tree: TreeArgs,
}
