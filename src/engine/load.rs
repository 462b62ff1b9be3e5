//! One file: whether it deserves a parse, and its facts.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::kept::{Again, Record, Way};
use crate::base::{
    Entry, FileKind, FileRole, LineIndex, ReadError, RepoPath, STACK, Span, Tree, confirmed_kind, decode, is_binary,
    is_tool_configuration, panic_message, possible_kind,
};
use crate::facts::{
    FileFacts, Named, SkipReason, SyntaxError, SyntaxErrorKind, deserves_parse, extract, is_named, named, weight,
};

/// Source files over this size with lines over [`LONG_LINE`] on average were not written by people.
const MINIFIED_SIZE: usize = 20 * 1024;
const LONG_LINE: usize = 200;

/// Source that people write is a tenth of this at most: what is larger was generated, and its tree and facts take a hundred times
/// its size.
const LARGEST_SOURCE: usize = 1024 * 1024;

/// webpack puts this in front of each line of its own code, in bundles that are not minified too.
const BUNDLE: &[u8] = b"\n/******/ ";

/// What a look gave.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What becomes of the file.
    pub verdict: Verdict,
    /// What source code names of other files.
    pub named: Arc<[Named]>,
}

impl From<Verdict> for Looked {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, named: Arc::default() }
    }
}

/// What a look at a file's name and bytes says.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Parse it as this kind; it has so many bytes.
    Parse(FileKind, u64),
    /// Left out, though it is of a kind that is read.
    Skip(SkipReason),
    /// Left out without reading.
    Silent,
    /// Read, and nothing that is looked for is in its so many bytes.
    Nothing(u64),
}

impl Verdict {
    /// Whether the file's bytes were read.
    pub fn was_read(&self) -> bool {
        !matches!(self, Self::Silent)
    }
}

/// What parsing one file gave.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// Its facts, and what they weigh.
    Facts(Arc<FileFacts>, u64),
    /// Left out.
    Skipped(SkipReason),
    /// wirelint failed on it, with this message; a finding about that needs its place, so the empty facts stay.
    Failed(String, Arc<FileFacts>),
}

impl Loaded {
    /// What stands in for a file that wirelint failed on.
    pub fn empty_facts(&self) -> Option<(RepoPath, Arc<FileFacts>)> {
        match self {
            Self::Failed(_, facts) => Some((facts.path.clone(), Arc::clone(facts))),
            Self::Facts(..) | Self::Skipped(_) => None,
        }
    }
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Looks at a file: by name, then by bytes.
pub fn look(tree: &dyn Tree, entry: &Entry, again: Option<&Again>) -> Looked {
    if entry.role == FileRole::Generated && entry.kind != FileKind::Other {
        return Verdict::Skip(SkipReason::Generated).into();
    }
    if !entry.role.speaks() {
        return Verdict::Silent.into();
    }
    let kind = match entry.kind {
        FileKind::Other => match possible_kind(&entry.path) {
            Some(kind) => kind,
            None => return Verdict::Silent.into(),
        },
        // Data files are chosen by name.
        FileKind::Yaml | FileKind::Json | FileKind::Toml if !is_named(entry) => return Verdict::Silent.into(),
        kind => kind,
    };
    let result = BUFFER.with_borrow_mut(|buffer| match again {
        Some(again) => again
            .kept
            .result(tree, (&entry.path, way(entry)), buffer, Record::looked, |bytes| looked(entry, kind, bytes)),
        None => tree.read(&entry.path, buffer).map(|()| looked(entry, kind, buffer)),
    });
    result.unwrap_or_else(|error| Verdict::Skip(unreadable(error)).into())
}

fn way(entry: &Entry) -> Way {
    (entry.kind, entry.role, entry.tracking)
}

fn looked(entry: &Entry, kind: FileKind, bytes: &[u8]) -> Looked {
    let size = size_of(bytes);
    if entry.kind == FileKind::Other {
        let confirmed = confirmed_kind(kind, bytes);
        return confirmed.map_or(Verdict::Nothing(size), |kind| Verdict::Parse(kind, size)).into();
    }
    // An encrypted configuration holds no word that would call for a parse, and what it says is missed.
    let deserves = deserves_parse(entry, bytes);
    let verdict = if !deserves && !is_tool_configuration(entry.path.name()) {
        Verdict::Nothing(size)
    } else {
        match left_out(kind, bytes) {
            Some(reason) => Verdict::Skip(reason),
            None if deserves => Verdict::Parse(kind, size),
            None => Verdict::Nothing(size),
        }
    };
    Looked { verdict, named: named(entry.kind, bytes).into() }
}

fn size_of(buffer: &[u8]) -> u64 {
    u64::try_from(buffer.len()).unwrap_or(u64::MAX)
}

/// Reads and parses one file as the kind that `entry` says.
pub fn load(tree: &dyn Tree, entry: &Entry, again: Option<&Again>) -> Loaded {
    let mut bytes = Vec::new();
    let result = match again {
        Some(again) => again.kept.result(tree, (&entry.path, way(entry)), &mut bytes, Record::loaded, |bytes| {
            parsed(entry, std::mem::take(bytes))
        }),
        None => tree.read(&entry.path, &mut bytes).map(|()| parsed(entry, bytes)),
    };
    result.unwrap_or_else(|error| Loaded::Skipped(unreadable(error)))
}

fn parsed(entry: &Entry, bytes: Vec<u8>) -> Loaded {
    if let Some(reason) = left_out(entry.kind, &bytes) {
        return Loaded::Skipped(reason);
    }
    let decoded = decode(bytes);
    match catch_unwind(AssertUnwindSafe(|| extract(entry, &decoded.text))) {
        Ok(mut facts) => {
            facts.syntax_errors.extend(decoded.invalid.map(not_utf8));
            facts.syntax_errors.extend(decoded.nul.map(nul));
            let weight = weight(&facts);
            Loaded::Facts(Arc::new(facts), weight)
        }
        Err(panic) => {
            let Entry { path, kind, role, tracking, .. } = entry.clone();
            let empty = FileFacts::new(path, kind, role, tracking, LineIndex::new(&decoded.text));
            Loaded::Failed(panic_message(&*panic), Arc::new(empty))
        }
    }
}

/// Parses files on threads with deep stacks. The result is in the order of `entries`.
pub fn load_all(
    tree: &dyn Tree,
    entries: &[&Entry],
    threads: NonZeroUsize,
    again: Option<&Again>,
) -> Vec<(RepoPath, Loaded)> {
    // A large file that comes last would keep one thread busy while the others have nothing left.
    let mut order: Vec<(usize, &Entry)> = entries.iter().copied().enumerate().collect();
    order.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.size));
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(entries.len()));
    let work = || {
        while let Some((index, entry)) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            if again.is_some_and(|again| again.cancel.is_cancelled()) {
                return;
            }
            let loaded = load(tree, entry, again);
            if let Ok(mut results) = results.lock() {
                results.push((*index, entry.path.clone(), loaded));
            }
        }
    };
    std::thread::scope(|scope| {
        let workers = threads.get().min(entries.len());
        let started = (0..workers)
            .filter(|_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_ok())
            .count();
        if started == 0 {
            work();
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(index, ..)| *index);
    results.into_iter().map(|(_, path, loaded)| (path, loaded)).collect()
}

/// Comments in an old encoding are common, and most programs accept them: not a fault of the file.
fn not_utf8(span: Span) -> SyntaxError {
    SyntaxError {
        span,
        message: Arc::from("not UTF-8 from here; each bad byte is read as `?`"),
        kind: SyntaxErrorKind::Unparsed,
    }
}

/// No reader accepts them in the middle of a text, and what people wrote around them is still there.
fn nul(span: Span) -> SyntaxError {
    SyntaxError {
        span,
        message: Arc::from("NUL bytes from here; each is read as a space"),
        kind: SyntaxErrorKind::Unparsed,
    }
}

fn unreadable(error: ReadError) -> SkipReason {
    match error {
        ReadError::TooLarge { size, .. } => SkipReason::TooLarge { size },
        error => SkipReason::Unreadable(error),
    }
}

/// Larger than any file of its kind that people write.
fn too_large(kind: FileKind, size: usize) -> Option<SkipReason> {
    (size > most_bytes(kind)).then(|| SkipReason::TooLarge { size: u64::try_from(size).unwrap_or(u64::MAX) })
}

fn most_bytes(kind: FileKind) -> usize {
    use FileKind as Kind;
    match kind {
        Kind::TypeScript | Kind::Tsx | Kind::Vue | Kind::Svelte | Kind::Python => LARGEST_SOURCE,
        // One of them may hold a whole cluster.
        _ => usize::MAX,
    }
}

fn left_out(kind: FileKind, bytes: &[u8]) -> Option<SkipReason> {
    if is_binary(bytes) {
        return Some(SkipReason::Binary);
    }
    if let Some(reason) = too_large(kind, bytes.len()) {
        return Some(reason);
    }
    let source = matches!(kind, FileKind::TypeScript | FileKind::Tsx | FileKind::Html);
    if source && bytes.len() > MINIFIED_SIZE {
        let lines = memchr::memchr_iter(b'\n', bytes).count() + 1;
        if bytes.len() / lines > LONG_LINE || memchr::memmem::find(bytes, BUNDLE).is_some() {
            return Some(SkipReason::Generated);
        }
    }
    None
}
