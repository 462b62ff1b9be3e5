//! Arguments as they are typed.

mod configuration;
mod fix;
mod init;
mod output;
mod past;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use configuration::{ConfigArgs, ConfigCommand, ConfigurationArgs, ExplainPathArgs, IgnoreArgs};
pub use fix::FixArgs;
pub use init::InitArgs;
pub use output::{Color, OutputArgs, Target};
pub use past::{BaselineArgs, BaselineCommand, PastArgs, PruneArgs};

use crate::rules::Severity;

/// What most people type, below the list of commands.
const USUAL: &str = "\
Most people need:
  wirelint                         check the repository around the current folder
  wirelint frontend                the same, and report what has a part in `frontend`
  wirelint --since origin/main     report only what this branch caused
  wirelint --format concise        a line for each finding; also json, sarif, github, ...
  wirelint trace --breaks          the ways that break, hop by hop
  wirelint --diff                  what could be fixed; `--fix` writes it
  wirelint explain RULE            what a rule is about

Without a command, wirelint checks: `wirelint check -h` lists the usual options, `wirelint check --help` all of them.
Exit codes: 0 nothing that fails, 1 findings, 2 wrong usage, unreadable configuration or an internal error.";

/// Follows every browser-to-backend connection of a repository and reports what breaks.
#[derive(Debug, Parser)]
#[command(name = "wirelint", version, about, max_term_width = 100, after_help = USUAL)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a repository; the default command
    Check(CheckArgs),
    /// Propose a configuration, a hook and a workflow, and write what is accepted
    Init(InitArgs),
    /// Follow every connection hop by hop, with what is known, what is not, and why
    Trace(TraceArgs),
    /// Write suppressions for the findings that are open, with a reason
    Ignore(IgnoreArgs),
    /// Check `wirelint.toml`, or say what it means for a file
    Config(ConfigArgs),
    /// Say what a rule is about, with examples
    Explain(ExplainArgs),
    /// Look after a file of known findings
    Baseline(BaselineArgs),
    /// List all rules
    Rules,
    /// Serve an editor over standard input and output (Language Server Protocol)
    Lsp(LspArgs),
    /// Write the completions of a shell to standard output
    Completions(CompletionsArgs),
    /// Write the manual page to standard output
    Man(ManArgs),
}

/// The names of all commands, for telling `wirelint PATH` from `wirelint COMMAND`.
pub const COMMANDS: [&str; 12] =
    ["baseline", "check", "completions", "config", "explain", "help", "ignore", "init", "lsp", "man", "rules", "trace"];

/// `wirelint PATH` and `wirelint --format json` mean `wirelint check ...`.
pub fn with_default_command(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let first = arguments.get(1).and_then(|argument| argument.to_str());
    let own = ["--help", "-h", "--version", "-V"];
    if !first.is_some_and(|first| COMMANDS.contains(&first) || own.contains(&first)) {
        arguments.insert(arguments.len().min(1), OsString::from("check"));
    }
    arguments
}

/// What every command that reads a repository takes.
#[derive(Args, Debug)]
#[command(next_help_heading = READ)]
pub struct TreeArgs {
    /// Read git-ignored env files too: what happens on this machine
    #[arg(long)]
    pub local: bool,

    /// Check what git has staged instead of the files on disk
    #[arg(long)]
    pub staged: bool,

    /// Use at most N threads [default: as many as the machine has]
    #[arg(long, value_name = "N", value_parser = at_least_one, hide_short_help = true)]
    pub jobs: Option<NonZeroUsize>,

    /// Which repository, and which configuration.
    #[command(flatten)]
    pub configuration: ConfigurationArgs,
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "give a number that is 1 or more")
}

/// Headings of options.
const READ: &str = "What is read";
const REPORTED: &str = "What is reported";
const OLD: &str = "What is old, and left out";
const WRITTEN: &str = "What is written";
const FIXED: &str = "What is fixed";
const EXIT: &str = "Exit code";

/// `wirelint check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Files and folders to report on [default: the repository that holds the current folder]
    ///
    /// The whole repository around them is read, so that connections are followed through all of it. One folder that is no
    /// part of the repository of the current folder (it holds a `.git` itself, git does not track it, or it is elsewhere) is
    /// read as a whole repository, as `--root` does.
    pub paths: Vec<PathBuf>,

    /// What is read.
    #[command(flatten)]
    pub tree: TreeArgs,

    /// What is written.
    #[command(flatten)]
    pub output: OutputArgs,

    /// Report only these rules or families (comma-separated)
    #[arg(long, value_delimiter = ',', value_name = "RULES", help_heading = REPORTED)]
    pub select: Vec<String>,

    /// Leave these rules or families out (comma-separated)
    #[arg(long, value_delimiter = ',', value_name = "RULES", help_heading = REPORTED)]
    pub ignore: Vec<String>,

    /// Report what comments and `wirelint.toml` suppress, too
    #[arg(long, help_heading = REPORTED, hide_short_help = true)]
    pub no_ignores: bool,

    /// Exit with 1 when a finding is at least this bad [default: warning]
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = EXIT)]
    pub fail_on: Option<Level>,

    /// Exit with 0 whatever is found
    #[arg(long, help_heading = EXIT)]
    pub exit_zero: bool,

    /// Check again whenever a file changes, until ctrl-c
    #[arg(long, conflicts_with_all = ["staged", "since", "output", "write_baseline"], help_heading = WRITTEN)]
    pub watch: bool,

    /// What is fixed.
    #[command(flatten)]
    pub fix: FixArgs,

    /// What findings are compared with.
    #[command(flatten)]
    pub past: PastArgs,
}

/// `wirelint trace`.
#[derive(Args, Debug)]
pub struct TraceArgs {
    /// Show only connections with a part in this file or folder [default: the repository that holds the current folder]
    ///
    /// Which repository is read is decided as for `wirelint check`.
    pub path: Option<PathBuf>,

    /// Show only what has a part here: a file, FILE:LINE, a folder, a URL or a part of one
    #[arg(long, value_name = "TARGET")]
    pub at: Option<String>,

    /// Show every way of every connection by itself, with all hops
    #[arg(long)]
    pub all: bool,

    /// Show only ways that break
    #[arg(long)]
    pub breaks: bool,

    /// How connections are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TraceFormat,

    /// What is read.
    #[command(flatten)]
    pub tree: TreeArgs,
}

/// `wirelint explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The rule's id
    pub rule: String,
}

/// `wirelint lsp`.
#[derive(Args, Debug)]
pub struct LspArgs {
    /// Serve over standard input and output, as always; some editors say so
    #[arg(long)]
    pub stdio: bool,
}

/// `wirelint completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `wirelint man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The command whose page is written [default: the program's own page]
    pub command: Option<String>,
}

/// Output formats of `wirelint trace`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TraceFormat {
    /// For people
    #[default]
    Human,
    /// One JSON document with every way
    Json,
}

/// How bad a finding must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Certainly broken or open
    Error,
    /// Broken for some, or likely broken
    Warning,
    /// Worth knowing
    Note,
}

impl Level {
    /// As findings have it.
    pub fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
        }
    }
}
