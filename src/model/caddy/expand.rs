//! Imports, snippets and environment variables put in place.
//!
//! Caddy copies the words of what is imported into the place of the `import` line before it looks at any directive. The
//! variables of the environment are put in earlier still.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lines::{Line, Word};
use crate::base::{FileId, Limit, Place};
use crate::facts::{CaddyFile, CaddyLine, CaddyQuote, CaddyWord, HoleReason, ProxyFile, Repository};
use crate::model::Unknown;

/// Words that imports may multiply to.
const WORDS: Limit = Limit::new(
    50_000,
    "words of a Caddyfile and of what it imports",
    "what the rest of it does is unknown",
    "leave out Caddyfiles that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// Imports inside imports. Caddy refuses circles.
const DEPTH: Limit = Limit::new(
    30,
    "imports of a Caddyfile inside each other",
    "what the inner ones hold is unknown",
    "import less deeply",
);

/// Blocks inside each other, across files.
const LEVELS: Limit = Limit::new(
    150,
    "blocks of a Caddyfile inside each other, those of importing files included",
    "what the inner ones hold is unknown",
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
    pub limits: Vec<(Place, Limit)>,
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
        words: 0,
        full: false,
        level: 0,
    };
    if let Some(file) = caddyfile(repository, main) {
        expander.top(&file.lines, main, &Arguments::default(), 0);
    }
    expander.out
}

/// The Caddyfile with this id.
pub(super) fn caddyfile(repository: &Repository, id: FileId) -> Option<&CaddyFile> {
    match repository.get(id)?.proxy.as_deref() {
        Some(ProxyFile::Caddy(file)) => Some(file),
        _ => None,
    }
}

/// What an `import` line hands to what it imports.
#[derive(Clone, Debug, Default)]
struct Arguments {
    words: Vec<Word>,
    /// Its block, by `{block}` and, for each line, by `{blocks.name}`.
    block: Vec<Line>,
    /// Whether there was an `import` at all: elsewhere `{args[0]}` means nothing.
    imported: bool,
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
    words: usize,
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
            self.out.limits.push((Place::new(file, first.span), LEVELS));
            return out;
        }
        self.level += 1;
        for line in lines {
            if self.full {
                break;
            }
            let place = Place::new(file, line.span);
            if let Some(handed) = self.handed_block(line, arguments) {
                out.extend(handed);
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

    /// `{block}` and `{blocks.name}` on a line of their own: lines of the block behind `import`.
    fn handed_block(&self, line: &CaddyLine, arguments: &Arguments) -> Option<Vec<Line>> {
        let [word] = line.words.as_slice() else { return None };
        if !arguments.imported || line.block.is_some() {
            return None;
        }
        if &*word.text == "{block}" {
            return Some(arguments.block.clone());
        }
        let name = word.text.strip_prefix("{blocks.")?.strip_suffix('}')?;
        let named = arguments.block.iter().rev().find(|line| line.name() == name);
        Some(named.map(|line| line.inner().to_vec()).unwrap_or_default())
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
        Arguments { words: words.get(2..).unwrap_or_default().to_vec(), block, imported: true }
    }

    fn imported(&mut self, words: &[Word], line: &CaddyLine, file: FileId, depth: usize) -> Imported<'a> {
        if depth >= DEPTH.most_items() {
            self.out.limits.push((Place::new(file, line.span), DEPTH));
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
        for id in found {
            let Some(imported) = caddyfile(self.repository, *id) else { continue };
            if !self.out.files.contains(id) {
                self.out.files.push(*id);
            }
            parts.push(Snippet { lines: &imported.lines, file: *id });
        }
        Imported::Lines(parts)
    }

    /// The words of a line, with what they were called for in place.
    fn line_words(&mut self, line: &CaddyLine, file: FileId, arguments: &Arguments) -> Vec<Word> {
        let mut out = Vec::new();
        for word in &line.words {
            if let Some(words) = several(word, arguments) {
                out.extend(words);
                continue;
            }
            self.fill(word, file, arguments, &mut out);
        }
        self.words += out.len();
        if self.words > WORDS.most_items() && !self.full {
            self.full = true;
            let place = Place::new(file, line.span);
            self.out.limits.push((place, WORDS));
            self.out.holes.push(Unknown { reason: HoleReason::Limit, place: Some(place) });
        }
        out
    }

    /// A word with the environment and the arguments of `import` in it: none, when nothing is left, or several.
    fn fill(&self, word: &CaddyWord, file: FileId, arguments: &Arguments, out: &mut Vec<Word>) {
        let place = Place::new(file, word.span);
        let quoted = word.quoted == CaddyQuote::Quoted;
        let mut text = String::new();
        let mut hole = None;
        let mut end = 0;
        let mut filled = false;
        for variable in &word.holes {
            let span = variable.span.range();
            text.push_str(word.text.get(end..span.start).unwrap_or_default());
            end = span.end;
            match self.environment.get(&variable.name).or(variable.default.as_ref()) {
                Some(value) => {
                    text.push_str(value);
                    filled = true;
                }
                None => {
                    text.push_str(word.text.get(span).unwrap_or_default());
                    hole = hole.or(Some(HoleReason::OutsideEnv(Arc::clone(&variable.name))));
                }
            }
        }
        text.push_str(word.text.get(end..).unwrap_or_default());
        if arguments.imported {
            text = with_arguments(&text, arguments, &mut hole);
        }
        if filled && hole.is_none() && !quoted {
            // Caddy puts values in before it reads words
            if text.contains(['"', '`', '\n', '\\']) {
                hole = Some(HoleReason::Unsupported);
            } else {
                let parts = text.split_whitespace();
                out.extend(parts.map(|part| Word { text: part.into(), place, quoted, hole: None }));
                return;
            }
        }
        out.push(Word { text: text.into(), place, quoted, hole });
    }
}

/// The name in `(name)` or `&(name)`.
fn bracketed<'t>(text: &'t str, opener: &str) -> Option<&'t str> {
    text.strip_prefix(opener)?.strip_suffix(')')
}

/// `{args[:]}`, `{args[1:]}`: a word that stands for several.
fn several(word: &CaddyWord, arguments: &Arguments) -> Option<Vec<Word>> {
    if !arguments.imported {
        return None;
    }
    let range = word.text.strip_prefix("{args[")?.strip_suffix("]}")?;
    let (start, end) = range.split_once(':')?;
    let number = |text: &str, usual: usize| if text.is_empty() { Some(usual) } else { text.parse().ok() };
    let count = arguments.words.len();
    let (start, end) = (number(start, 0)?, number(end, count)?);
    arguments.words.get(start..end).map(<[Word]>::to_vec)
}

/// A text with `{args[0]}` and `{args.0}` replaced; what is out of bounds stays.
fn with_arguments(text: &str, arguments: &Arguments, hole: &mut Option<HoleReason>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{args") {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let value = tail.find('}').and_then(|end| {
            let inner = tail.get(5..end)?;
            let index = inner.strip_prefix('.').or_else(|| inner.strip_prefix('[')?.strip_suffix(']'))?;
            Some((arguments.words.get(index.parse::<usize>().ok()?)?, end + 1))
        });
        let length = match value {
            Some((word, length)) => {
                out.push_str(&word.text);
                if hole.is_none() {
                    hole.clone_from(&word.hole);
                }
                length
            }
            None => {
                out.push_str("{args");
                5
            }
        };
        rest = tail.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
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
