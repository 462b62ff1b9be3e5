//! One file: whether it deserves a parse, and its facts.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

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

/// What a look at a file's name and bytes says.
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
pub enum Loaded {
    /// Its facts, and what they weigh.
    Facts(Box<FileFacts>, u64),
    /// Left out.
    Skipped(SkipReason),
    /// wirelint failed on it, with this message; a finding about that needs its place, so the empty facts stay.
    Failed(String, Box<FileFacts>),
}

impl Loaded {
    /// What stands in for a file that wirelint failed on.
    pub fn empty_facts(&self) -> Option<(RepoPath, FileFacts)> {
        match self {
            Self::Failed(_, facts) => Some((facts.path.clone(), (**facts).clone())),
            Self::Facts(..) | Self::Skipped(_) => None,
        }
    }
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Looks at a file: by name, then by bytes. `names` gets what source code names of other files.
pub fn look(tree: &dyn Tree, entry: &Entry, names: &mut Vec<Named>) -> Verdict {
    if entry.role == FileRole::Generated && entry.kind != FileKind::Other {
        return Verdict::Skip(SkipReason::Generated);
    }
    if !entry.role.speaks() {
        return Verdict::Silent;
    }
    let kind = match entry.kind {
        FileKind::Other => match possible_kind(&entry.path) {
            Some(kind) => kind,
            None => return Verdict::Silent,
        },
        // Data files are chosen by name.
        FileKind::Yaml | FileKind::Json | FileKind::Toml if !is_named(entry) => return Verdict::Silent,
        kind => kind,
    };
    BUFFER.with_borrow_mut(|buffer| {
        if let Err(error) = tree.read(&entry.path, buffer) {
            return Verdict::Skip(unreadable(error));
        }
        if entry.kind == FileKind::Other {
            let confirmed = confirmed_kind(kind, buffer);
            return confirmed.map_or(Verdict::Nothing(size_of(buffer)), |kind| Verdict::Parse(kind, size_of(buffer)));
        }
        if entry.kind != FileKind::Other {
            *names = named(entry.kind, buffer);
        }
        // An encrypted configuration holds no word that would call for a parse, and what it says is missed.
        let deserves = deserves_parse(entry, buffer);
        if !deserves && !is_tool_configuration(entry.path.name()) {
            return Verdict::Nothing(size_of(buffer));
        }
        match left_out(kind, buffer) {
            Some(reason) => Verdict::Skip(reason),
            None if deserves => Verdict::Parse(kind, size_of(buffer)),
            None => Verdict::Nothing(size_of(buffer)),
        }
    })
}

fn size_of(buffer: &[u8]) -> u64 {
    u64::try_from(buffer.len()).unwrap_or(u64::MAX)
}

/// Reads and parses one file as the kind that `entry` says.
pub fn load(tree: &dyn Tree, entry: &Entry) -> Loaded {
    let mut bytes = Vec::new();
    if let Err(error) = tree.read(&entry.path, &mut bytes) {
        return Loaded::Skipped(unreadable(error));
    }
    if let Some(reason) = left_out(entry.kind, &bytes) {
        return Loaded::Skipped(reason);
    }
    let decoded = decode(bytes);
    match catch_unwind(AssertUnwindSafe(|| extract(entry, &decoded.text))) {
        Ok(mut facts) => {
            facts.syntax_errors.extend(decoded.invalid.map(not_utf8));
            facts.syntax_errors.extend(decoded.nul.map(nul));
            let weight = weight(&facts);
            Loaded::Facts(Box::new(facts), weight)
        }
        Err(panic) => {
            let Entry { path, kind, role, tracking, .. } = entry.clone();
            let empty = FileFacts::new(path, kind, role, tracking, LineIndex::new(&decoded.text));
            Loaded::Failed(panic_message(&*panic), Box::new(empty))
        }
    }
}

/// Parses files on threads with deep stacks. The result is in the order of `entries`.
pub fn load_all(tree: &dyn Tree, entries: &[&Entry], threads: NonZeroUsize) -> Vec<(RepoPath, Loaded)> {
    // A large file that comes last would keep one thread busy while the others have nothing left.
    let mut order: Vec<(usize, &Entry)> = entries.iter().copied().enumerate().collect();
    order.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.size));
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(entries.len()));
    let work = || {
        while let Some((index, entry)) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let loaded = load(tree, entry);
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
