//! Arguments about what is written, where and how.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PossibleValue, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::base::near::did_you_mean;
use crate::report::Format;

/// What `wirelint check` writes.
#[derive(Args, Debug)]
#[command(next_help_heading = super::WRITTEN)]
pub struct OutputArgs {
    /// How findings are written [default: human]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,

    /// Write to FILE instead of standard output (`-`); FORMAT=FILE writes one report of several, and may be repeated
    #[arg(long, value_name = "[FORMAT=]FILE", value_parser = OsStringValueParser::new().try_map(Destination::parse))]
    pub output: Vec<Destination>,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", hide_short_help = true)]
    pub color: Color,

    /// Say what was read, what was left out and why, and every place of each finding
    #[arg(long)]
    pub verbose: bool,

    /// Say nothing but the findings
    #[arg(long, conflicts_with_all = ["verbose", "statistics", "explain_skipped"])]
    pub quiet: bool,

    /// Count findings by rule, with their files and connections; on standard error, how long each stage took
    #[arg(long, hide_short_help = true)]
    pub statistics: bool,

    /// Name each file that was not read, with the reason
    #[arg(long, hide_short_help = true)]
    pub explain_skipped: bool,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.purpose()))
    }
}

/// An `--output`, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The format, where it says one.
    pub format: Option<Format>,
    /// Where it goes.
    pub target: Target,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To standard output.
    Standard,
    /// To a file.
    File(PathBuf),
}

impl Destination {
    /// `FILE`, `-` or `FORMAT=FILE`. A word before `=` that is no format is a mistake, and no part of a name.
    fn parse(typed: OsString) -> Result<Self, String> {
        let Some(text) = typed.to_str() else {
            // Which bytes of it are the name of a file only the system could say.
            return match typed.to_string_lossy().contains('=') {
                true => Err("a file with `=` before it needs a name in UTF-8".to_owned()),
                false => Ok(Self { format: None, target: Target::of(typed) }),
            };
        };
        let Some((word, rest)) = text.split_once('=') else {
            return Ok(Self { format: None, target: Target::of(typed) });
        };
        if word.is_empty() || !word.chars().all(|character| character.is_ascii_alphanumeric()) {
            return Ok(Self { format: None, target: Target::of(typed) });
        }
        let Some(format) = Format::ALL.into_iter().find(|format| format.name() == word) else {
            let names = Format::ALL.map(Format::name);
            let (near, names) = (did_you_mean(word, names), names.join(", "));
            return Err(format!(
                "no format is called `{word}`{near} (there are {names}; write `./{word}=...` for a file of that name)"
            ));
        };
        if rest.is_empty() {
            return Err(format!("no file is named after `{word}=` (`-` is standard output)"));
        }
        Ok(Self { format: Some(format), target: Target::of(OsString::from(rest)) })
    }
}

impl Target {
    fn of(name: OsString) -> Self {
        if name == "-" { Self::Standard } else { Self::File(PathBuf::from(name)) }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// When standard output is a terminal and NO_COLOR is not set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
