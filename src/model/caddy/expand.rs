//! Imports, snippets and environment variables put in place.
//!
//! Caddy copies the words of what is imported into the place of the `import` line before it looks at any directive. The
//! variables of the environment are put in earlier still.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lines::{Line, Word};
use super::words::{Arguments, TooLong, filled};
use crate::base::{FileId, Limit, Place};
use crate::facts::{CaddyFile, CaddyLine, HoleReason, ProxyFile, Repository};
use crate::model::Unknown;
use crate::model::proxy::CutShort;

/// Words that imports may multiply to.
const WORDS: Limit = Limit::new(
    50_000,
    "words of a Caddyfile and of what it imports",
    "what all of it does is unknown",
    "leave out Caddyfiles that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// Bytes of those words: an argument may be in a word twice.
const BYTES: Limit = Limit::new(
    4_000_000,
    "bytes of a Caddyfile with what it imports and the values of variables in place",
    "what all of it does is unknown",
    "write shorter values",
);

/// Imports inside imports. Caddy refuses circles.
const DEPTH: Limit =
    Limit::new(30, "imports of a Caddyfile inside each other", "what all of it does is unknown", "import less deeply");

/// Blocks inside each other, across files.
const LEVELS: Limit = Limit::new(
    150,
    "blocks of a Caddyfile inside each other, those of importing files included",
    "what all of it does is unknown",
    "nest blocks less deeply",
);

/// A whole configuration.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// The block of global options.
    pub options: Vec<Line>,
    pub sites: Vec<Site>,
    /// Blocks named `&(name)`, which `invoke` runs.
    pub named_routes: BTreeMap<Arc<str>, Line>,
    /// The files that it consists of, the main one first.
    pub files: Vec<FileId>,
    pub holes: Vec<Unknown>,
    /// Where a bound was reached.
    pub cut_short: CutShort,
}

/// A site: its addresses, and its directives.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub keys: Vec<Word>,
    pub place: Place,
    pub lines: Vec<Line>,
}

/// Variables of the environment that Caddy runs in, as far as they are known.
pub(super) type Environment = BTreeMap<Arc<str>, Arc<str>>;

/// Puts everything in place, from the main file on.
pub(super) fn expand(repository: &Repository, main: FileId, environment: &Environment) -> Expanded {
    let mut expander = Expander {
        repository,
        environment,
        snippets: BTreeMap::new(),
        out: Expanded { files: vec![main], ..Expanded::default() },
        seen: BTreeSet::from([main]),
        words: 0,
        bytes: 0,
        full: false,
        level: 0,
    };
    if let Some(file) = caddyfile(repository, main) {
        expander.top(&file.lines, main, &Arguments::default(), 0);
    }
    let mut out = expander.out;
    out.holes.extend(out.cut_short.why());
    out
}

/// The Caddyfile with this id.
pub(super) fn caddyfile(repository: &Repository, id: FileId) -> Option<&CaddyFile> {
    match repository.get(id)?.proxy.as_deref() {
        Some(ProxyFile::Caddy(file)) => Some(file),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Snippet<'a> {
    lines: &'a [CaddyLine],
    file: FileId,
}

struct Expander<'a> {
    repository: &'a Repository,
    environment: &'a Environment,
    snippets: BTreeMap<Arc<str>, Snippet<'a>>,
    out: Expanded,
    /// The files that it consists of.
    seen: BTreeSet<FileId>,
    words: usize,
    bytes: usize,
    /// A bound was reached: nothing more is put in place.
    full: bool,
    /// Blocks that are open, those of importing files too.
    level: usize,
}

/// What an `import` line leads to.
enum Imported<'a> {
    Lines(Vec<Snippet<'a>>),
    Missing(HoleReason),
}

impl<'a> Expander<'a> {
    /// The top level of a file: global options, snippets, named routes and sites.
    fn top(&mut self, lines: &'a [CaddyLine], file: FileId, arguments: &Arguments, depth: usize) {
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            if self.full {
                return;
            }
            let first = line.word(0).unwrap_or_default();
            let alone = line.words.len() == 1;
            match &line.block {
                _ if first == "import" => self.import_at_top(line, file, arguments, depth),
                Some(block) if line.words.is_empty() => self.out.options = self.lines(block, file, arguments, depth),
                Some(block) if alone && bracketed(first, "(").is_some() => {
                    let name = bracketed(first, "(").unwrap_or_default();
                    self.snippets.insert(name.into(), Snippet { lines: block, file });
                }
                Some(block) if alone && bracketed(first, "&(").is_some() => {
                    let name = bracketed(first, "&(").unwrap_or_default();
                    let words = self.line_words(line, file, arguments);
                    let block = Some(self.lines(block, file, arguments, depth));
                    let place = Place::new(file, line.span);
                    self.out.named_routes.insert(name.into(), Line { words, place, block });
                }
                block => {
                    let keys = self.line_words(line, file, arguments);
                    // one site needs no braces: all that follows is its own
                    let inner = match block {
                        Some(block) => block.as_slice(),
                        None => lines.get(at..).unwrap_or_default(),
                    };
                    let lines_of_site = self.lines(inner, file, arguments, depth);
                    self.out.sites.push(Site { keys, place: Place::new(file, line.span), lines: lines_of_site });
                    if block.is_none() {
                        return;
                    }
                }
            }
        }
    }

    fn import_at_top(&mut self, line: &'a CaddyLine, file: FileId, arguments: &Arguments, depth: usize) {
        let words = self.line_words(line, file, arguments);
        match self.imported(&words, line, file, depth) {
            Imported::Lines(parts) => {
                let handed = self.handed(&words, line, file, arguments, depth);
                for part in parts {
                    self.top(part.lines, part.file, &handed, depth + 1);
                }
            }
            Imported::Missing(reason) => {
                self.out.holes.push(Unknown { reason, place: Some(Place::new(file, line.span)) });
            }
        }
    }

    /// The lines of a block, imports replaced by what they lead to.
    fn lines(&mut self, lines: &'a [CaddyLine], file: FileId, arguments: &Arguments, depth: usize) -> Vec<Line> {
        let mut out = Vec::new();
        if let Some(first) = lines.first().filter(|_| self.level >= LEVELS.most_items()) {
            self.stop(Place::new(file, first.span), &LEVELS);
            return out;
        }
        self.level += 1;
        for line in lines {
            if self.full {
                break;
            }
            let place = Place::new(file, line.span);
            if let Some(handed) = arguments.handed_block(line) {
                if self.takes(handed.iter().map(words_in).sum(), place) {
                    out.extend_from_slice(handed);
                }
                continue;
            }
            let words = self.line_words(line, file, arguments);
            if line.word(0) != Some("import") {
                let block = line.block.as_ref().map(|block| self.lines(block, file, arguments, depth));
                out.push(Line { words, place, block });
                continue;
            }
            match self.imported(&words, line, file, depth) {
                Imported::Lines(parts) => {
                    let handed = self.handed(&words, line, file, arguments, depth);
                    for part in parts {
                        out.extend(self.lines(part.lines, part.file, &handed, depth + 1));
                    }
                }
                Imported::Missing(reason) => {
                    self.out.holes.push(Unknown { reason: reason.clone(), place: Some(place) });
                    // whoever looks at the block sees that something of it is not known
                    let unknown = Word { text: "import".into(), place, quoted: false, hole: Some(reason) };
                    out.push(Line { words: vec![unknown], place, block: None });
                }
            }
        }
        self.level -= 1;
        out
    }

    /// What `import` hands over.
    fn handed(
        &mut self,
        words: &[Word],
        line: &'a CaddyLine,
        file: FileId,
        outer: &Arguments,
        depth: usize,
    ) -> Arguments {
        let block = line.block.as_ref().map(|block| self.lines(block, file, outer, depth)).unwrap_or_default();
        Arguments::new(words.get(2..).unwrap_or_default().to_vec(), block)
    }

    fn imported(&mut self, words: &[Word], line: &CaddyLine, file: FileId, depth: usize) -> Imported<'a> {
        if depth >= DEPTH.most_items() {
            self.stop(Place::new(file, line.span), &DEPTH);
            return Imported::Missing(HoleReason::Limit);
        }
        let Some(target) = words.get(1) else { return Imported::Missing(HoleReason::Unsupported) };
        let name = match target.known() {
            Ok(name) => name,
            Err(unknown) => return Imported::Missing(unknown.reason),
        };
        if let Some(snippet) = self.snippets.get(name) {
            return Imported::Lines(vec![*snippet]);
        }
        let Some(found) = self.repository.resolved.get(&(file, Arc::clone(&target.text))) else {
            // a pattern that matches nothing imports nothing
            let nothing = name.contains('*') && !name.starts_with('/');
            let missing = Imported::Missing(HoleReason::Unresolved(Arc::clone(&target.text)));
            return if nothing { Imported::Lines(Vec::new()) } else { missing };
        };
        let mut parts = Vec::new();
        if !self.takes(found.len(), Place::new(file, line.span)) {
            return Imported::Missing(HoleReason::Limit);
        }
        for id in found {
            let Some(imported) = caddyfile(self.repository, *id) else { continue };
            if self.seen.insert(*id) {
                self.out.files.push(*id);
            }
            parts.push(Snippet { lines: &imported.lines, file: *id });
        }
        Imported::Lines(parts)
    }

    /// The words of a line, with what they were called for in place.
    fn line_words(&mut self, line: &CaddyLine, file: FileId, arguments: &Arguments) -> Vec<Word> {
        let mut out = Vec::new();
        let place = Place::new(file, line.span);
        for word in &line.words {
            if self.full {
                break;
            }
            if let Some(words) = arguments.several(word) {
                // a line of its own counts, even when nothing is left of it
                if self.takes(words.len().max(1), place) {
                    out.extend_from_slice(words);
                }
                continue;
            }
            let room = BYTES.most_items().saturating_sub(self.bytes);
            match filled(word, Place::new(file, word.span), self.environment, arguments, room) {
                Ok(words) => {
                    self.bytes += words.iter().map(|word| word.text.len()).sum::<usize>();
                    self.takes(words.len().max(1), place);
                    out.extend(words);
                }
                Err(TooLong) => self.stop(place, &BYTES),
            }
        }
        out
    }

    /// Takes words out of the room that is left; `false` when there is too little.
    fn takes(&mut self, words: usize, place: Place) -> bool {
        self.words = self.words.saturating_add(words);
        if self.words > WORDS.most_items() {
            self.stop(place, &WORDS);
        }
        !self.full
    }

    /// Says that a bound was reached.
    fn stop(&mut self, place: Place, limit: &Limit) {
        if !self.full {
            self.out.cut_short.at(place, limit);
        }
        self.full = true;
    }
}

/// The words of a line and of its block.
fn words_in(line: &Line) -> usize {
    line.words.len().max(1) + line.inner().iter().map(words_in).sum::<usize>()
}

/// The name in `(name)` or `&(name)`.
fn bracketed<'t>(text: &'t str, opener: &str) -> Option<&'t str> {
    text.strip_prefix(opener)?.strip_suffix(')')
}

/// Files that other Caddyfiles import.
pub(super) fn imported_files(repository: &Repository) -> BTreeSet<FileId> {
    let mut found = BTreeSet::new();
    for (id, facts) in repository.iter() {
        for demand in &facts.demands {
            let crate::facts::Demand::CaddyImport(text) = demand else { continue };
            let targets = repository.resolved.get(&(id, Arc::clone(text))).map(Vec::as_slice).unwrap_or_default();
            found.extend(targets.iter().filter(|target| **target != id));
        }
    }
    found
}
