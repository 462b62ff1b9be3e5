//! Puts a configuration together: includes, defines and conditional sections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::modules::{Modules, version_holds};
use super::tree::{Argument, Directive, Tree, block};
use crate::base::{FileId, Limit, Place, Span};
use crate::facts::{ApacheDirective, HoleReason, ProxyFile, ProxyWord, Repository};
use crate::model::Unknown;
use crate::model::proxy::CutShort;

/// Sections and includes inside each other.
const DEPTH: Limit = Limit::new(
    96,
    "sections and includes of an Apache configuration inside each other",
    "what the whole configuration does is unknown",
    "nest sections less deeply",
);

/// Includes inside includes. httpd itself stops at 128.
const INCLUDES: Limit = Limit::new(
    16,
    "includes of an Apache configuration inside each other",
    "what the whole configuration does is unknown",
    "include less deeply",
);

/// Directives of one instance; a glob over thousands of files ends here.
const DIRECTIVES: Limit = Limit::new(
    100_000,
    "directives of one Apache configuration, includes counted where they are included",
    "what the whole configuration does is unknown",
    "leave out files that Apache does not read, with `exclude` in `wirelint.toml`",
);

/// Bytes of words with `${NAME}` in them: a value may hold others, each twice.
const FILLED: Limit = Limit::new(
    4_000_000,
    "bytes of words with `${NAME}` in them, in one Apache configuration",
    "what the whole configuration does is unknown",
    "write shorter values",
);

impl Tree {
    /// Builds the configuration of `roots`, which are read one after the other.
    pub fn build(repository: &Repository, roots: &[FileId]) -> Self {
        let first = roots.first().copied().unwrap_or(FileId(0));
        let mut builder = Builder {
            repository,
            defines: BTreeMap::new(),
            modules: Modules::collect(repository, roots),
            chain: Vec::new(),
            depth: 0,
            count: 0,
            filled: 0,
            blocks: 1,
            files: Vec::new(),
            seen: BTreeSet::new(),
            holes: Vec::new(),
            cut_short: CutShort::default(),
        };
        let mut directives = Vec::new();
        for file in roots {
            builder.file(*file, None, &mut directives);
        }
        let mut tree = Self {
            root: block(0, Place::new(first, Span::default()), directives),
            files: builder.files,
            holes: builder.holes,
            blocks: builder.blocks,
            modules: builder.modules,
            cut_short: builder.cut_short,
        };
        tree.holes.extend(tree.cut_short.why());
        tree
    }
}

struct Builder<'a> {
    repository: &'a Repository,
    /// What `Define` states so far.
    defines: BTreeMap<Arc<str>, Argument>,
    modules: Modules,
    /// The files that are being included, from the outside.
    chain: Vec<FileId>,
    /// Sections and files that are open: bounds the recursion.
    depth: usize,
    count: usize,
    /// Bytes of words with values in them.
    filled: usize,
    blocks: u32,
    files: Vec<FileId>,
    seen: BTreeSet<FileId>,
    holes: Vec<Unknown>,
    cut_short: CutShort,
}

impl Builder<'_> {
    /// Reads a file that the line at `place` includes.
    fn file(&mut self, file: FileId, place: Option<Place>, into: &mut Vec<Directive>) {
        let facts = self.repository.get(file).and_then(|facts| facts.proxy.as_deref());
        let Some(ProxyFile::Apache(content)) = facts else { return };
        if self.chain.contains(&file) {
            return;
        }
        if self.chain.len() > INCLUDES.most_items() {
            self.cut_short.at(place.unwrap_or_else(|| Place::new(file, Span::default())), &INCLUDES);
            return;
        }
        if self.seen.insert(file) {
            self.files.push(file);
            self.holes.extend(content.conditions.iter().map(|span| Unknown {
                reason: HoleReason::Template("a template statement".into()),
                place: Some(Place::new(file, *span)),
            }));
        }
        self.chain.push(file);
        self.directives(file, &content.directives, into);
        self.chain.pop();
    }

    fn directives(&mut self, file: FileId, directives: &[ApacheDirective], into: &mut Vec<Directive>) {
        let Some(first) = directives.first() else { return };
        if self.depth > DEPTH.most_items() {
            self.cut_short.at(Place::new(file, first.span), &DEPTH);
            return;
        }
        self.depth += 1;
        for directive in directives {
            self.count += 1;
            if self.count > DIRECTIVES.most_items() {
                self.cut_short.at(Place::new(file, directive.span), &DIRECTIVES);
                break;
            }
            self.directive(file, directive, into);
        }
        self.depth -= 1;
    }

    fn directive(&mut self, file: FileId, written: &ApacheDirective, into: &mut Vec<Directive>) {
        let name: Arc<str> = written.name.to_ascii_lowercase().into();
        let place = Place::new(file, written.span);
        let args: Vec<Argument> = written.args.iter().map(|word| self.argument(file, word)).collect();
        match (&*name, &written.block) {
            ("include" | "includeoptional", None) => self.include(file, &args, place, into),
            ("define", None) => {
                let mut args = args.into_iter();
                if let Some(defined) = args.next() {
                    let empty = Argument { text: "".into(), place, holes: Vec::new() };
                    self.defines.insert(defined.text, args.next().unwrap_or(empty));
                }
            }
            ("undefine", None) => {
                if let Some(defined) = args.first() {
                    self.defines.remove(&defined.text);
                }
            }
            ("use", None) => {
                self.holes.push(Unknown { reason: HoleReason::ExternalCall("Use".into()), place: Some(place) });
            }
            ("macro", Some(_)) => {}
            ("ifdefine" | "ifmodule" | "ifversion" | "iffile" | "ifdirective" | "ifsection", Some(inner)) => {
                if self.holds(&name, &args) {
                    self.directives(file, inner, into);
                }
            }
            (_, inner) => {
                let block = inner.as_ref().map(|inner| {
                    let id = self.blocks;
                    self.blocks += 1;
                    let mut directives = Vec::new();
                    self.directives(file, inner, &mut directives);
                    block(id, place, directives)
                });
                let rest = self.argument(file, &written.rest);
                into.push(Directive { name, place, args, rest, block });
            }
        }
    }

    /// Whether a section is read whose condition is looked at when the file is read. What nobody can tell from the files
    /// (a flag of the command line, a module) is taken as it is when everything that the files use is there.
    fn holds(&self, name: &str, args: &[Argument]) -> bool {
        let Some(first) = args.first() else { return false };
        let (negated, word) = match first.text.strip_prefix('!') {
            Some(word) => (true, word),
            None => (false, &*first.text),
        };
        let found = match name {
            "ifdefine" => self.defines.contains_key(word),
            "ifmodule" => self.modules.has(word),
            "ifversion" => return version_holds(args),
            _ => true,
        };
        found != negated
    }

    fn include(&mut self, file: FileId, args: &[Argument], place: Place, into: &mut Vec<Directive>) {
        let Some(arg) = args.first() else { return };
        let repository = self.repository;
        let targets = repository.resolved.get(&(file, Arc::clone(&arg.text))).map(Vec::as_slice).unwrap_or_default();
        let is_read = |id: &&FileId| {
            repository.get(**id).is_some_and(|facts| matches!(facts.proxy.as_deref(), Some(ProxyFile::Apache(_))))
        };
        let known: Vec<_> = targets.iter().filter(is_read).collect();
        if known.is_empty() {
            let reason = HoleReason::Unresolved(Arc::clone(&arg.text));
            self.holes.push(Unknown { reason, place: Some(place) });
            // what nobody has seen stays in its place
            let rest = arg.clone();
            into.push(Directive { name: "include".into(), place, args: args.to_vec(), rest, block: None });
        }
        for target in known {
            self.depth += 1;
            if self.depth <= DEPTH.most_items() {
                self.file(*target, Some(place), into);
            } else {
                self.cut_short.at(place, &DEPTH);
            }
            self.depth -= 1;
        }
    }

    /// The word with its `${NAME}` filled in from `Define`, as httpd does.
    fn argument(&mut self, file: FileId, word: &ProxyWord) -> Argument {
        let place = Place::new(file, word.span);
        if word.holes.is_empty() {
            return Argument { text: Arc::clone(&word.text), place, holes: Vec::new() };
        }
        let mut text = String::new();
        let mut holes = Vec::new();
        let mut at = 0;
        for (span, hole) in &word.holes {
            text += word.text.get(at..span.range().start).unwrap_or_default();
            at = span.range().end;
            let name = hole.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            let start = text.len();
            let room = FILLED.most_items().saturating_sub(self.filled + text.len());
            let value = name.and_then(|name| self.defines.get(name));
            let fits = value.is_none_or(|value| value.text.len() <= room);
            match value.filter(|_| fits) {
                Some(value) => {
                    text += &value.text;
                    let moved = |span: &Span| Span::new(start + span.range().start, start + span.range().end);
                    holes.extend(value.holes.iter().map(|(span, hole)| (moved(span), Arc::clone(hole))));
                }
                None => {
                    text += hole;
                    holes.push((Span::new(start, text.len()), Arc::clone(hole)));
                }
            }
            if !fits {
                self.cut_short.at(place, &FILLED);
            }
        }
        text += word.text.get(at..).unwrap_or_default();
        self.filled += text.len();
        Argument { text: text.into(), place, holes }
    }
}
