//! `wirelint check --watch`: checks again when files change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use super::args::CheckArgs;
use super::check;
use super::output::{self, Failure, Reader};
use super::{root, tree};
use crate::base::{Entry, FileKind, RepoPath, Tracking, Tree, escape, possible_kind};
use crate::report::{self, Format};
use crate::walk::DiskTree;
use crate::{IgnoredEnv, Report};

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two looks while somebody still writes.
const SHORT_PAUSE: Duration = Duration::from_millis(50);
/// Looks at most until nobody writes any more: programs replace files in several steps.
const MOST_LOOKS: usize = 20;

/// Runs the command; only who stops the program, or stops reading, ends it.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Failure> {
    let watched = Watched::new(options)?;
    // What changes during a run is seen after it.
    let mut before = watched.look();
    let first = check::once(options)?;
    let (mut reader, mut read) = (first.reader, Read::of(&first.report));
    drop(first);
    if output::errors_are_shown() && !options.output.quiet {
        output::note("checking again whenever a file changes; ctrl-c ends");
    }
    while reader == Reader::There {
        std::thread::sleep(PAUSE);
        let after = watched.look();
        let changed = changes(&before, &after, &read);
        before = after;
        if changed.is_empty() {
            continue;
        }
        before = watched.settled(before);
        separate(options, &watched.root, &changed)?;
        match check::once(options) {
            Ok(checked) => (reader, read) = (checked.reader, Read::of(&checked.report)),
            // A configuration that is being written may be wrong for a while: its next change is waited for.
            Err(failure) => _ = failure.report(),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The line between two reports: on standard output where people read it, else beside that.
fn separate(options: &CheckArgs, root: &Path, changed: &[String]) -> Result<(), Failure> {
    let more = match changed.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = escape::inline(changed.first().map_or("", String::as_str));
    let first = report::relative(&tree::here(root), &first);
    let line = report::notice(&format!("\n──── {first}{more} changed ────\n\n"));
    if options.output.format.unwrap_or_default() == Format::Human {
        return output::write(&line, None);
    }
    output::say(&line);
    Ok(())
}

/// Files that a run read, sorted.
struct Read(Vec<RepoPath>);

impl Read {
    fn of(report: &Report) -> Self {
        Self(report.wiring.repository.files.iter().map(|facts| facts.path.clone()).collect())
    }

    fn holds(&self, path: &str) -> bool {
        self.0.binary_search_by(|known| known.as_str().cmp(path)).is_ok()
    }
}

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    modified: Option<SystemTime>,
    size: u64,
    interest: Interest,
}

/// Whether a change of a file can matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interest {
    /// By its name it is read.
    Sure,
    /// Only when a run read it.
    IfRead,
}

/// All files, by path.
type Look = BTreeMap<String, Seen>;

/// The files that came, went or changed, of those that matter.
fn changes(before: &Look, after: &Look, read: &Read) -> Vec<String> {
    let went = before.iter().filter(|(path, _)| !after.contains_key(*path));
    let came = after.iter().filter(|(path, seen)| before.get(*path) != Some(seen));
    let matters = |path: &str, seen: &Seen| seen.interest == Interest::Sure || read.holds(path);
    let mut changed: Vec<String> =
        went.chain(came).filter(|(path, seen)| matters(path, seen)).map(|(path, _)| path.clone()).collect();
    changed.sort_unstable();
    changed
}

/// What is looked at.
struct Watched {
    root: PathBuf,
    tree: DiskTree,
    threads: std::num::NonZeroUsize,
    ignored_env: IgnoredEnv,
    /// Files that the command line names, wherever they are.
    named: Vec<PathBuf>,
}

impl Watched {
    fn new(options: &CheckArgs) -> Result<Self, Failure> {
        let root = root::find(&options.paths, options.tree.configuration.root.as_deref())?.folder;
        let named = [&options.tree.configuration.config, &options.past.baseline];
        Ok(Self {
            tree: DiskTree::new(root.clone()),
            root,
            threads: tree::threads(&options.tree),
            ignored_env: tree::ignored_env(&options.tree),
            named: named.into_iter().flatten().cloned().collect(),
        })
    }

    /// Every file as it is now.
    fn look(&self) -> Look {
        let look = Mutex::new(Look::new());
        // What could not be listed is told of by the run.
        let _ = self.tree.visit(self.threads, &|entry: &Entry| {
            if entry.tracking == Tracking::Ignored && self.ignored_env == IgnoredEnv::LeaveOut {
                return;
            }
            let is_read = entry.kind != FileKind::Other || possible_kind(&entry.path).is_some();
            let interest = if is_read { Interest::Sure } else { Interest::IfRead };
            let file = entry.path.parts().fold(self.root.clone(), |folder, part| folder.join(part));
            if let (Some(seen), Ok(mut look)) = (seen(&file, interest), look.lock()) {
                look.insert(entry.path.as_str().to_owned(), seen);
            }
        });
        let mut look = look.into_inner().unwrap_or_default();
        let named =
            self.named.iter().filter_map(|file| Some((file.display().to_string(), seen(file, Interest::Sure)?)));
        look.extend(named);
        look
    }

    /// The files when two looks in a row see the same.
    fn settled(&self, mut last: Look) -> Look {
        for _ in 0..MOST_LOOKS {
            std::thread::sleep(SHORT_PAUSE);
            let now = self.look();
            if now == last {
                break;
            }
            last = now;
        }
        last
    }
}

/// Of a link, what is known of itself: it is not followed.
fn seen(file: &Path, interest: Interest) -> Option<Seen> {
    let metadata = file.symlink_metadata().ok()?;
    Some(Seen { modified: metadata.modified().ok(), size: metadata.len(), interest })
}
