//! Writing, and ending.
#![allow(clippy::disallowed_methods)] // writes the file that the user names

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use super::args::{Color, Target};
use crate::base::{RepoPath, escape};
use crate::report::{self, Links, Page, Paint};

/// Found something at or above the threshold.
pub const FOUND: u8 = 1;
/// Wrong usage, unreadable configuration, or an internal error.
pub const FAULT: u8 = 2;
/// Names that are tried for a file that is being written.
const MOST_NAMES: u32 = 100;

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// Wrong arguments (or `--help`, which clap treats alike).
    Usage(Box<clap::Error>),
    /// In words.
    Message(String),
    /// The system refused.
    System(std::io::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::System(error)
    }
}

impl Failure {
    /// Says what is wrong on standard error and gives the exit code.
    pub fn report(self) -> ExitCode {
        let text = match self {
            Self::Usage(error) if error.use_stderr() => return usage(*error),
            Self::Usage(help) => {
                // When even that cannot be written, nobody is there to be told.
                let _ = help.print();
                return ExitCode::SUCCESS;
            }
            Self::System(error) => error.to_string(),
            Self::Message(text) => text,
        };
        complain(&format!("error: {text}\n"))
    }
}

/// Wrong arguments: a hook or a script may have made them of the names of files.
fn usage(mut error: clap::Error) -> ExitCode {
    let shown = |text: &String| escape::inline(text).into_owned();
    let escaped: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(shown(text)))),
            ContextValue::Strings(texts) => Some((kind, ContextValue::Strings(texts.iter().map(shown).collect()))),
            _ => None,
        })
        .collect();
    for (kind, value) in escaped {
        error.insert(kind, value);
    }
    complain(&error.render().to_string())
}

/// Says on standard error what is no failure.
pub fn note(text: &str) {
    // When even that cannot be written, nobody is there to be told.
    let _ = std::io::stderr().write_all(report::notice(&format!("note: {text}\n")).as_str().as_bytes());
}

/// Standard output as the way to an editor. Words of the repository in its messages come from alerts and pages of the report, which
/// hold no secrets.
pub fn for_editor() -> impl Write {
    std::io::stdout().lock()
}

fn complain(text: &str) -> ExitCode {
    // When even that cannot be written, nobody is there to be told.
    let _ = std::io::stderr().write_all(report::notice(text).as_str().as_bytes());
    ExitCode::from(FAULT)
}

/// Says something beside the output, on standard error.
pub fn say(page: &Page) {
    // When even that cannot be written, nobody is there to be told.
    let _ = std::io::stderr().write_all(page.as_str().as_bytes());
}

/// Writes over the line of standard error that the cursor is on, which is `before` columns wide, and leaves the cursor at its
/// start when `line` is empty. Blanks erase on every terminal.
pub fn status(line: &Page, before: usize) {
    let text = line.as_str();
    let blanks = " ".repeat(before.saturating_sub(text.chars().count()));
    let back = if text.is_empty() { "\r" } else { "" };
    let mut out = std::io::stderr();
    // When even that cannot be written, nobody is there to be told.
    let _ = out.write_all(format!("\r{text}{blanks}{back}").as_bytes()).and_then(|()| out.flush());
}

/// Whether a person sees what goes to standard output.
pub fn is_shown() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether a person sees what goes to standard error.
pub fn errors_are_shown() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether two names mean the same file, which need not be there.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let full = |file: &Path| {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(file.file_name()?))
    };
    one == other || full(one).is_some_and(|one| Some(one) == full(other))
}

/// Writes a page to `file`, or to standard output. A reader of standard output that goes away has read what it wanted.
pub fn write(page: &Page, file: Option<&Path>) -> Result<(), Failure> {
    match file {
        Some(file) => replace(file, page.as_str())
            .map_err(|error| Failure::Message(format!("{} cannot be written: {error}", file.display()))),
        None => standard(page).map(|_| ()),
    }
}

/// Who reads standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody.
    There,
    /// Nobody any more.
    Gone,
}

/// Writes a page to standard output, and says whether somebody reads on.
pub fn standard(page: &Page) -> Result<Reader, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(page.as_str().as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(error.into()),
    }
}

/// Creates a file below `root` with the folders on the way to it, and replaces nothing: what is there already, a link as much
/// as a file, is refused.
pub fn create(root: &Path, path: &RepoPath, text: &str) -> std::io::Result<()> {
    let mut at = root.to_path_buf();
    for part in path.parent().unwrap_or_else(RepoPath::root).parts() {
        at.push(part);
        match at.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(std::io::Error::other(format!("`{}` is no folder", at.display()))),
            Err(error) if error.kind() == ErrorKind::NotFound => std::fs::create_dir(&at)?,
            Err(error) => return Err(error),
        }
    }
    at.push(path.name());
    // `create_new` opens nothing that is there already, and no link.
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).open(&at)?;
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).inspect_err(|_| {
        // Half a file helps nobody; the first error is the one to tell of.
        let _ = std::fs::remove_file(&at);
    })
}

/// Writes a file whole or not at all. The name may be a link that a stranger committed: what it leads to is not touched, and
/// neither is a pipe or a device of that name.
pub fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let before = file.symlink_metadata();
    match &before {
        Ok(metadata) if metadata.file_type().is_symlink() => {
            return Err(std::io::Error::other("it is a symbolic link, which is not followed"));
        }
        Ok(metadata) if !metadata.is_file() => return Err(std::io::Error::other("it is not a regular file")),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(std::io::Error::new(error.kind(), error.to_string())),
    }
    if let Some(link) = folder_link(file) {
        let link = link.display();
        return Err(std::io::Error::other(format!("`{link}` is a symbolic link, which is not followed")));
    }
    let Some(name) = file.file_name() else { return Err(std::io::Error::other("it is no name of a file")) };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (beside, mut out) = beside(folder, name)?;
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    // A script stays executable.
    let written = written.and_then(|()| before.map_or(Ok(()), |before| out.set_permissions(before.permissions())));
    drop(out);
    // A rename replaces a link of that name; it does not follow it.
    written.and_then(|()| std::fs::rename(&beside, file)).inspect_err(|_| {
        // The first error is the one to tell of.
        let _ = std::fs::remove_file(&beside);
    })
}

/// The first link among the folders of `file` that may be a stranger's: those below the folder where wirelint was started.
pub fn folder_link(file: &Path) -> Option<PathBuf> {
    // An absolute path may be spelled by another way to the same folder.
    let start = std::env::current_dir().and_then(std::fs::canonicalize).ok();
    let is_start = |folder: &&Path| start.is_some() && folder.canonicalize().ok() == start;
    let mut path = match file.is_absolute() {
        true => file.ancestors().skip(1).find(is_start)?.to_path_buf(),
        false => PathBuf::new(),
    };
    let inside = file.strip_prefix(&path).ok()?;
    inside.parent()?.components().find_map(|part| {
        path.push(part);
        path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink()).then(|| path.clone())
    })
}

/// A new file in `folder`, which nobody else has.
pub fn beside(folder: &Path, name: &OsStr) -> std::io::Result<(PathBuf, std::fs::File)> {
    let mut refused = std::io::Error::other("no name is free beside it");
    for number in 0..MOST_NAMES {
        let mut own = OsString::from(".");
        own.push(name);
        own.push(format!(".{}-{number}.tmp", std::process::id()));
        let path = folder.join(own);
        // `create_new` opens nothing that is there already, and no link.
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => refused = error,
            Err(error) => return Err(error),
        }
    }
    Err(refused)
}

/// How text looks where it goes.
pub struct Look {
    /// With colours or without.
    pub paint: Paint,
    /// With links or without.
    pub links: Links,
    /// Columns.
    pub width: usize,
}

/// Widths for text that no terminal shows, and bounds for those that do: miette needs room, people short lines.
const WIDTH: usize = 100;
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=140;

/// Decides colours, links and width once, for everything that is written.
pub fn look(color: Color, target: &Target) -> Look {
    let terminal = *target == Target::Standard && is_shown();
    let allowed = || {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    };
    let paint = match color {
        Color::Always => Paint::Colour,
        Color::Auto if terminal && allowed() => Paint::Colour,
        Color::Auto | Color::Never => Paint::Plain,
    };
    let links = match paint {
        Paint::Colour if terminal && supports_hyperlinks::supports_hyperlinks() => Links::With,
        Paint::Colour | Paint::Plain => Links::Without,
    };
    let stated = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
    let shown = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let width = stated.or_else(shown).filter(|_| terminal).unwrap_or(WIDTH).clamp(*WIDTHS.start(), *WIDTHS.end());
    Look { paint, links, width }
}
