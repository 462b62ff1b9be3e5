//! One run over a repository as its editor shows it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use lsp_types::{Location, Position, Range, Url};

use super::buffers::Buffers;
use super::documents::Documents;
use super::fixes::Tried;
use super::folder::Folder;
use super::position::{Encoding, Lines};
use super::snapshot::Snapshot;
use crate::base::{Cancel, Place, RepoPath, Tree, decode};
use crate::config::{Config, ConfigError};
use crate::{Again, IgnoredEnv, Report, Settings};

/// What is known when a run begins. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What files said before, and whether somebody waits.
    pub again: Again,
    /// The files, once somebody looked.
    snapshot: Arc<Mutex<Option<Snapshot>>>,
}

impl Known {
    /// The same for another run; whoever is to look at the disk anew does it in there.
    #[must_use]
    pub fn next(&self, disk: Disk) -> Self {
        let again = Again { kept: Arc::clone(&self.again.kept), cancel: Cancel::default() };
        let snapshot = match disk {
            Disk::Unchanged => Arc::clone(&self.snapshot),
            Disk::Changed => Arc::default(),
        };
        Self { again, snapshot }
    }

    fn snapshot(&self, folder: &Folder, threads: NonZeroUsize) -> Snapshot {
        let mut known = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_with(|| Snapshot::new(folder.root.clone(), threads)).clone()
    }
}

/// Whether something happened on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Nothing that anybody told of.
    Unchanged,
    /// Something.
    Changed,
}

/// What a run was made of and what it found.
#[derive(Debug)]
pub struct Checked {
    /// The repository.
    pub folder: Folder,
    /// Its files at that time.
    pub buffers: Buffers,
    /// How they were read.
    pub settings: Settings,
    /// The findings of all of it.
    pub report: Report,
    /// Their fixes, as far as they were tried.
    pub tried: Tried,
    /// Why its `wirelint.toml` could not be used.
    pub refused: Option<ConfigError>,
    /// What columns count.
    pub encoding: Encoding,
}

impl Checked {
    /// Runs. The result depends on the files and the arguments alone, and not on what is known already. `None` when nobody waits
    /// for it any more.
    #[must_use]
    pub fn run(
        folder: Folder,
        documents: &Documents,
        ignored_env: IgnoredEnv,
        encoding: Encoding,
        known: &Known,
    ) -> Option<Self> {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let buffers = Buffers::new(&folder, known.snapshot(&folder, threads), documents);
        let (config, refused) = match Config::of_tree(&buffers.tree) {
            Ok(config) => (config, None),
            Err(error) => (Config::default(), Some(error)),
        };
        let settings = Settings { ignored_env, threads, ..Settings::new(config) };
        let report = crate::check_again(&buffers.tree, &settings, &known.again, &mut |_| {})?;
        Some(Self { folder, buffers, settings, report, tried: Tried::default(), refused, encoding })
    }

    /// The text of a file, empty when it cannot be read.
    #[must_use]
    pub fn text(&self, path: &RepoPath) -> String {
        let mut bytes = Vec::new();
        match self.buffers.tree.read(path, &mut bytes) {
            Ok(()) => decode(bytes).text,
            Err(_) => String::new(),
        }
    }

    /// The lines of a text of `path`.
    #[must_use]
    pub fn lines<'t>(&self, path: &RepoPath, text: &'t str) -> Lines<'t> {
        if self.buffers.open.contains_key(path) { Lines::new(text) } else { Lines::of_file(text) }
    }

    /// The address of a file: what the editor calls it where it is open.
    #[must_use]
    pub fn uri(&self, path: &RepoPath) -> Option<Url> {
        let open = self.buffers.open.get(path).map(|(uri, _)| uri.clone());
        open.or_else(|| self.folder.uri(path))
    }

    /// The path of a place.
    #[must_use]
    pub fn path(&self, place: Place) -> Option<&RepoPath> {
        self.report.wiring.repository.get(place.file).map(|facts| &facts.path)
    }

    /// The line, from 1, that the facts of a file count for a position of the editor.
    #[must_use]
    pub fn line(&self, path: &RepoPath, position: Position) -> u32 {
        let text = self.text(path);
        let offset = self.lines(path, &text).offset(position, self.encoding);
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        crate::base::LineIndex::new(&text).position(offset).line
    }
}

/// A text and where its lines begin.
type Text = (String, Vec<usize>);

/// Ranges of places; the text of a file is read once.
pub struct Ranges<'c> {
    checked: &'c Checked,
    texts: RefCell<BTreeMap<RepoPath, Rc<Text>>>,
}

impl<'c> Ranges<'c> {
    /// Those of a run.
    #[must_use]
    pub fn new(checked: &'c Checked) -> Self {
        Self { checked, texts: RefCell::default() }
    }

    /// Where a place is in its file; `None` when no file has it.
    #[must_use]
    pub fn of(&self, place: Place) -> Option<(&'c RepoPath, Range)> {
        let path = self.checked.path(place)?;
        let known = {
            let mut texts = self.texts.borrow_mut();
            let read = || {
                let text = self.checked.text(path);
                let starts = self.checked.lines(path, &text).into_starts();
                Rc::new((text, starts))
            };
            Rc::clone(texts.entry(path.clone()).or_insert_with(read))
        };
        let (text, starts) = &*known;
        let bytes = place.span.start as usize..place.span.end as usize;
        Some((path, Lines::with_starts(text, starts).range(bytes, self.checked.encoding)))
    }

    /// The same with the file's address.
    #[must_use]
    pub fn location(&self, place: Place) -> Option<Location> {
        let (path, range) = self.of(place)?;
        Some(Location::new(self.checked.uri(path)?, range))
    }
}
