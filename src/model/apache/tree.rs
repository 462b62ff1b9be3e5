//! The configuration as httpd sees it when it has read all files: includes, defines and conditional sections resolved.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::modules::Modules;
use super::paths::{Family, Paths};
use crate::base::{FileId, Place, Span};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::CutShort;

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
    /// Those of directives that take paths.
    paths: BTreeMap<Family, Paths>,
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
        let lists = names.iter().filter_map(|name| self.index.get(*name)).map(Vec::as_slice).collect();
        Merged(lists).filter_map(|at| self.directives.get(at))
    }

    /// The directives of a family that may take a path, in order.
    pub fn taking<'a>(&'a self, family: Family, path: &str) -> impl Iterator<Item = &'a Directive> + use<'a> {
        let lists = self.paths.get(&family).map(|paths| paths.of(path)).unwrap_or_default();
        Merged(lists).filter_map(|at| self.directives.get(at))
    }

    /// The directives that each request is held against: all but those that are found by its path.
    pub fn always(&self) -> impl Iterator<Item = &Directive> {
        let taken = |directive: &&Directive| Family::of(&directive.name).is_none();
        let others = self.paths.values().flat_map(Paths::others).filter_map(|at| self.directives.get(*at));
        self.directives.iter().filter(taken).chain(others)
    }

    /// How many directives have one of these names.
    pub fn count(&self, names: &[&str]) -> usize {
        names.iter().filter_map(|name| self.index.get(*name)).map(Vec::len).sum()
    }

    /// The names of its directives, each once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(|name| &**name)
    }

    /// The last directive of this name.
    pub fn last(&self, name: &str) -> Option<&Directive> {
        self.directives.get(*self.index.get(name)?.last()?)
    }
}

/// The numbers of several sorted lists, in order. There may be very many of them, so they are not copied.
struct Merged<'a>(Vec<&'a [usize]>);

impl Iterator for Merged<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let list = self.0.iter_mut().filter(|list| !list.is_empty()).min_by_key(|list| list.first().copied())?;
        let (first, rest) = list.split_first()?;
        *list = rest;
        Some(*first)
    }
}

impl DoubleEndedIterator for Merged<'_> {
    fn next_back(&mut self) -> Option<usize> {
        let list = self.0.iter_mut().filter(|list| !list.is_empty()).max_by_key(|list| list.last().copied())?;
        let (last, rest) = list.split_last()?;
        *list = rest;
        Some(*last)
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
    pub cut_short: CutShort,
}

/// A block with its index.
pub(super) fn block(id: u32, place: Place, directives: Vec<Directive>) -> Block {
    let mut index: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    let mut paths: BTreeMap<Family, Paths> = BTreeMap::new();
    for (at, directive) in directives.iter().enumerate() {
        index.entry(Arc::clone(&directive.name)).or_default().push(at);
        if let Some(family) = Family::of(&directive.name) {
            paths.entry(family).or_default().add(family, at, directive);
        }
    }
    Block { id, place, directives, index, paths }
}
