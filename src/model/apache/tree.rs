//! The configuration as httpd sees it when it has read all files: includes, defines and conditional sections resolved.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::modules::Modules;
use crate::base::{FileId, Limit, Place, Span};
use crate::facts::{ApacheDirective, HoleReason, ProxyFile, ProxyWord, Repository};
use crate::model::Unknown;

/// Sections and includes inside each other; deeper ones are cut off.
const MAX_DEPTH: usize = 96;
/// Includes that include deeper than this are cut off. httpd itself stops at 128.
const MAX_INCLUDES: usize = 16;
/// Directives of one instance; a glob over thousands of files ends here.
const DIRECTIVES: Limit = Limit::new(
    100_000,
    "directives of one Apache configuration, includes counted where they are included",
    "what the rest of it says is unknown",
    "leave out files that Apache does not read, with `exclude` in `wirelint.toml`",
);

/// A section, or the whole of a file set.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Its number, the whole being 0.
    pub id: u32,
    /// The line that opens it.
    pub place: Place,
    /// What is in it, in order.
    pub directives: Vec<Directive>,
    /// The places in `directives` of each name.
    index: BTreeMap<Arc<str>, Vec<usize>>,
}

/// A directive or a section in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// Its name in lower case.
    pub name: Arc<str>,
    /// The line.
    pub place: Place,
    /// Its words.
    pub args: Vec<Argument>,
    /// Everything after the name as written.
    pub rest: Argument,
    /// What is in the section.
    pub block: Option<Block>,
}

/// A word of a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The text without quotes.
    pub text: Arc<str>,
    /// Where it is.
    pub place: Place,
    /// Placeholders that nothing fills: byte ranges of `text`.
    pub holes: Vec<(Span, Arc<str>)>,
}

impl Argument {
    /// The text, or why it is not known.
    pub fn known(&self) -> Result<&str, Unknown> {
        match self.holes.first() {
            None => Ok(&self.text),
            Some((_, hole)) => Err(Unknown { reason: HoleReason::Template(Arc::clone(hole)), place: Some(self.place) }),
        }
    }

    /// The text with a gap in the place of each placeholder.
    pub fn gapped(&self) -> Cow<'_, str> {
        if self.holes.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let mut text = self.text.to_string();
        for (span, _) in self.holes.iter().rev() {
            if text.get(span.range()).is_some() {
                text.replace_range(span.range(), &GAP.to_string());
            }
        }
        Cow::Owned(text)
    }

    /// Whether the known text is this one, whatever the case.
    pub fn is(&self, word: &str) -> bool {
        self.holes.is_empty() && self.text.eq_ignore_ascii_case(word)
    }
}

impl Directive {
    /// The text of word `index`, when there is one without holes.
    pub fn arg(&self, index: usize) -> Option<&str> {
        self.args.get(index).filter(|arg| arg.holes.is_empty()).map(|arg| &*arg.text)
    }

    /// Whether the first word is `On`.
    pub fn is_on(&self) -> bool {
        self.args.first().is_some_and(|arg| arg.is("on"))
    }
}

impl Block {
    /// The directives of these names, in their order.
    pub fn named<'a>(&'a self, names: &[&str]) -> impl DoubleEndedIterator<Item = &'a Directive> + use<'a> {
        let mut at: Vec<usize> = names.iter().filter_map(|name| self.index.get(*name)).flatten().copied().collect();
        if names.len() > 1 {
            at.sort_unstable();
        }
        at.into_iter().filter_map(|at| self.directives.get(at))
    }

    /// The last directive of this name.
    pub fn last(&self, name: &str) -> Option<&Directive> {
        self.directives.get(*self.index.get(name)?.last()?)
    }
}

/// Stands for a placeholder that nothing fills, in texts that go on. No configuration holds it.
pub(super) const GAP: char = '\u{2}';

/// A whole configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// All of it.
    pub root: Block,
    /// Files that took part, in the order of their inclusion.
    pub files: Vec<FileId>,
    /// What could not be read.
    pub holes: Vec<Unknown>,
    /// Sections, counted.
    pub blocks: u32,
    /// The modules that are loaded.
    pub modules: Modules,
    /// Where a bound was reached.
    pub limits: Vec<(Place, Limit)>,
}

/// Values for `${NAME}` that the environment brings.
pub type Fill = BTreeMap<Arc<str>, Arc<str>>;

impl Tree {
    /// Builds the configuration of `roots`, which are read one after the other.
    pub fn build(repository: &Repository, roots: &[FileId], fill: &Fill) -> Self {
        let first = roots.first().copied().unwrap_or(FileId(0));
        let mut builder = Builder {
            repository,
            fill,
            defines: BTreeMap::new(),
            modules: Modules::collect(repository, roots),
            chain: Vec::new(),
            depth: 0,
            count: 0,
            blocks: 1,
            files: Vec::new(),
            seen: BTreeSet::new(),
            holes: Vec::new(),
            limits: Vec::new(),
        };
        let mut directives = Vec::new();
        for file in roots {
            builder.file(*file, &mut directives);
        }
        Self {
            root: block(0, Place::new(first, Span::default()), directives),
            files: builder.files,
            holes: builder.holes,
            blocks: builder.blocks,
            modules: builder.modules,
            limits: builder.limits,
        }
    }
}

/// A block with its index.
pub(super) fn block(id: u32, place: Place, directives: Vec<Directive>) -> Block {
    let mut index: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (at, directive) in directives.iter().enumerate() {
        index.entry(Arc::clone(&directive.name)).or_default().push(at);
    }
    Block { id, place, directives, index }
}

struct Builder<'a> {
    repository: &'a Repository,
    fill: &'a Fill,
    /// What `Define` states so far.
    defines: BTreeMap<Arc<str>, Argument>,
    modules: Modules,
    /// The files that are being included, from the outside.
    chain: Vec<FileId>,
    /// Sections and files that are open: bounds the recursion.
    depth: usize,
    count: usize,
    blocks: u32,
    files: Vec<FileId>,
    seen: BTreeSet<FileId>,
    holes: Vec<Unknown>,
    limits: Vec<(Place, Limit)>,
}

impl Builder<'_> {
    fn file(&mut self, file: FileId, into: &mut Vec<Directive>) {
        let facts = self.repository.get(file).and_then(|facts| facts.proxy.as_deref());
        let Some(ProxyFile::Apache(content)) = facts else { return };
        if self.chain.contains(&file) || self.chain.len() > MAX_INCLUDES {
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
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        for directive in directives {
            self.count += 1;
            if self.count > DIRECTIVES.most_items() {
                self.limits.push((Place::new(file, directive.span), DIRECTIVES));
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
            "ifversion" => return super::modules::version_holds(args),
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
            if self.depth <= MAX_DEPTH {
                self.file(*target, into);
            }
            self.depth -= 1;
        }
    }

    /// The word with its `${NAME}` filled in, from `Define` first, as httpd does.
    fn argument(&self, file: FileId, word: &ProxyWord) -> Argument {
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
            match name.and_then(|name| self.value(name)) {
                Some((value, inner)) => {
                    text += &value;
                    let moved = |span: &Span| Span::new(start + span.range().start, start + span.range().end);
                    holes.extend(inner.iter().map(|(span, hole)| (moved(span), Arc::clone(hole))));
                }
                None => {
                    text += hole;
                    holes.push((Span::new(start, text.len()), Arc::clone(hole)));
                }
            }
        }
        text += word.text.get(at..).unwrap_or_default();
        Argument { text: text.into(), place, holes }
    }

    fn value(&self, name: &str) -> Option<(Arc<str>, &Holes)> {
        if let Some(defined) = self.defines.get(name) {
            return Some((Arc::clone(&defined.text), &defined.holes));
        }
        self.fill.get(name).map(|value| (Arc::clone(value), [].as_slice()))
    }
}

/// Placeholders in a text.
type Holes = [(Span, Arc<str>)];
