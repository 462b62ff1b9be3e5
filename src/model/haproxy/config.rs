//! Sections of a configuration, with what they inherit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::acl::{self, Acl};
use super::address::{self, Bind, Options, Server};
use super::rule::{self, Rule};
use crate::base::{FileId, Limit, Place, Span};
use crate::facts::{HaproxyFile, HaproxyLine, HaproxyPresence, HoleReason};
use crate::model::Unknown;
use crate::model::proxy::CutShort;

/// All sections, of all files in their order.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub sections: Vec<Section>,
    /// The numbers of those that open ports.
    fronts: Vec<usize>,
    /// The last `defaults` of each name.
    defaults: BTreeMap<Arc<str>, usize>,
    /// The first section of each name that takes requests from others.
    backends: BTreeMap<Arc<str>, usize>,
    /// Addresses that all of them listen on.
    pub addresses: u64,
    /// Where a bound was reached.
    pub cut_short: CutShort,
}

/// `defaults` that inherit from each other.
const CHAIN: Limit = Limit::new(
    64,
    "`defaults` of HAProxy that inherit from each other",
    "what the whole configuration does is unknown",
    "let `defaults` inherit less deeply",
);

/// What a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Defaults,
    Frontend,
    Backend,
    Listen,
    Other,
}

/// What passes through a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Tcp,
    Http,
}

/// A section.
#[derive(Debug)]
pub(super) struct Section {
    pub kind: Kind,
    /// The first word of its head.
    pub word: Arc<str>,
    pub name: Arc<str>,
    /// Its head.
    pub place: Place,
    pub lines: Vec<Line>,
    /// The places of the lines that begin with a word.
    by_word: BTreeMap<Arc<str>, Vec<usize>>,
    /// The `defaults` that hold for it.
    pub defaults: Option<usize>,
    /// How many `defaults` inherit from each other up to it.
    depth: usize,
    /// Words of its lines, and of the `defaults` that hold for it.
    pub weight: u64,
    acls: BTreeMap<Arc<str>, Vec<Acl>>,
    /// What `default-server` says by the end of the section.
    pub common: Options,
    pub binds: Vec<Bind>,
    pub servers: Vec<Server>,
    /// `http-request`
    pub requests: Vec<Rule>,
    /// `redirect`
    pub redirects: Vec<Rule>,
    /// `use_backend`
    pub switches: Vec<Rule>,
    /// `use-server`
    pub server_rules: Vec<Rule>,
    /// `http-response`
    pub responses: Vec<Rule>,
    /// `http-after-response`
    pub after_responses: Vec<Rule>,
    /// `tcp-request`
    pub connections: Vec<Rule>,
}

/// A line of a section.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub words: Vec<Word>,
    pub place: Place,
    pub presence: HaproxyPresence,
}

/// A word of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// The text without quotes.
    pub text: Arc<str>,
    /// Where it is.
    pub place: Place,
    /// Placeholders that nothing fills.
    pub holes: Vec<(Span, Arc<str>)>,
}

impl Word {
    /// The text, or why it is not known.
    pub fn known(&self) -> Result<&str, Unknown> {
        match self.holes.first() {
            None => Ok(&self.text),
            Some((_, hole)) => Err(Unknown { reason: HoleReason::Template(Arc::clone(hole)), place: Some(self.place) }),
        }
    }

    /// Whether the known text is this one.
    pub fn is(&self, word: &str) -> bool {
        self.holes.is_empty() && &*self.text == word
    }
}

impl Line {
    /// The text of word `index`, when there is one without placeholders.
    pub fn word(&self, index: usize) -> Option<&str> {
        self.words.get(index).filter(|word| word.holes.is_empty()).map(|word| &*word.text)
    }

    /// Whether the line begins with these words.
    pub fn starts(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(index, word)| self.word(index) == Some(word))
    }

    /// Why it is not known to take part.
    pub fn doubt(&self) -> Option<Unknown> {
        (self.presence == HaproxyPresence::Sometimes)
            .then_some(Unknown { reason: HoleReason::Runtime, place: Some(self.place) })
    }
}

impl Config {
    /// The sections of files.
    pub fn new<'f>(files: impl IntoIterator<Item = (FileId, &'f HaproxyFile)>) -> Self {
        let mut config = Self::default();
        let mut current = None;
        for (file, content) in files {
            for section in &content.sections {
                let lines = section.lines.iter().map(|written| line(file, written)).collect();
                let made = config.section(&line(file, &section.head), lines, current);
                let number = config.sections.len();
                match made.kind {
                    Kind::Defaults => {
                        current = Some(number);
                        config.defaults.insert(Arc::clone(&made.name), number);
                    }
                    Kind::Backend | Kind::Listen => {
                        config.backends.entry(Arc::clone(&made.name)).or_insert(number);
                    }
                    Kind::Frontend | Kind::Other => {}
                }
                if matches!(made.kind, Kind::Frontend | Kind::Listen) && made.last(&["disabled"]).is_none() {
                    config.fronts.push(number);
                    config.addresses += made.binds.len() as u64;
                }
                if made.depth > CHAIN.most_items() {
                    config.cut_short.at(made.place, &CHAIN);
                }
                config.sections.push(made);
            }
        }
        config
    }

    fn section(&self, head: &Line, lines: Vec<Line>, current: Option<usize>) -> Section {
        let kind = match head.word(0).unwrap_or_default() {
            "defaults" => Kind::Defaults,
            "frontend" => Kind::Frontend,
            "backend" => Kind::Backend,
            "listen" => Kind::Listen,
            _ => Kind::Other,
        };
        let text = |index: usize| head.words.get(index).map(|word| Arc::clone(&word.text));
        let from = head.words.iter().position(|word| word.is("from")).and_then(|at| head.words.get(at + 1));
        let named = from.map(|from| self.defaults.get(&from.text).copied());
        let defaults = match (kind, named) {
            (Kind::Other, _) => None,
            (_, Some(named)) => named,
            (Kind::Defaults, None) => None,
            (_, None) => current,
        };
        let outer = defaults.and_then(|number| self.sections.get(number));
        let mut by_word: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (at, line) in lines.iter().enumerate() {
            if let Some(first) = line.words.first().filter(|first| first.holes.is_empty()) {
                by_word.entry(Arc::clone(&first.text)).or_default().push(at);
            }
        }
        let mut acls: BTreeMap<Arc<str>, Vec<Acl>> = BTreeMap::new();
        for (name, acl) in lines.iter().filter_map(acl::named) {
            acls.entry(name).or_default().push(acl);
        }
        let own: usize = lines.iter().map(|line| line.words.len()).sum();
        let rules = |names: &[&str]| -> Vec<Rule> {
            let own = lines.iter().filter(|line| line.word(0).is_some_and(|word| names.contains(&word)));
            own.filter_map(rule::rule).collect()
        };
        let mut section = Section {
            kind,
            word: text(0).unwrap_or_default(),
            name: text(1).filter(|name| &**name != "from").unwrap_or_default(),
            place: head.place,
            by_word,
            defaults,
            depth: outer.map_or(0, |outer| outer.depth + 1),
            weight: outer.map_or(0, |outer| outer.weight).saturating_add(own as u64),
            acls,
            common: outer.map(|outer| outer.common.clone()).unwrap_or_default(),
            binds: Vec::new(),
            servers: Vec::new(),
            requests: rules(&["http-request", "reqadd"]),
            redirects: rules(&["redirect"]),
            switches: rules(&["use_backend"]),
            server_rules: rules(&["use-server"]),
            responses: rules(&["http-response"]),
            after_responses: rules(&["http-after-response"]),
            connections: rules(&["tcp-request"]),
            lines,
        };
        section.binds = address::binds(head, &section);
        section.servers = address::servers(&mut section);
        section
    }

    /// The section of this number, and the `defaults` that hold for it, the nearest first.
    pub fn chain(&self, number: usize) -> Vec<&Section> {
        let mut found = Vec::new();
        let mut next = Some(number);
        while let Some(section) = next.and_then(|number| self.sections.get(number)) {
            found.push(section);
            if found.len() > CHAIN.most_items() {
                break;
            }
            // a `defaults` inherits from one before it, so this ends
            next = section.defaults;
        }
        found
    }

    /// The last line that begins with these words, of the section itself before that of its `defaults`.
    pub fn last(&self, number: usize, words: &[&str]) -> Option<&Line> {
        self.chain(number).into_iter().find_map(|section| section.last(words))
    }

    /// The `option` of one of these names that is in effect.
    pub fn option(&self, number: usize, names: &[&str]) -> Option<&Line> {
        let line = self.chain(number).into_iter().find_map(|section| section.option(names))?;
        line.starts(&["option"]).then_some(line)
    }

    /// What passes through a section.
    pub fn mode(&self, number: usize) -> Mode {
        match self.last(number, &["mode"]).and_then(|line| line.word(1)) {
            Some("http") => Mode::Http,
            _ => Mode::Tcp,
        }
    }

    /// The number of the section that takes requests under a name.
    pub fn backend(&self, name: &str) -> Option<usize> {
        self.backends.get(name).copied()
    }

    /// All proxies that open ports.
    pub fn fronts(&self) -> impl Iterator<Item = (usize, &Section)> {
        self.fronts.iter().filter_map(|number| Some((*number, self.sections.get(*number)?)))
    }

    /// All rules of one kind that hold for a section: those of its `defaults` come first.
    pub fn rules(&self, number: usize, of: fn(&Section) -> &Vec<Rule>) -> impl Iterator<Item = &Rule> {
        self.chain(number).into_iter().rev().flat_map(of)
    }

    /// The ACLs of a name that a rule of a section may use.
    pub fn acls(&self, number: usize, name: &str) -> &[Acl] {
        let found = self.chain(number).into_iter().find_map(|section| section.acls.get(name));
        found.map(Vec::as_slice).unwrap_or_default()
    }
}

impl Section {
    /// The last line that begins with these words.
    pub fn last(&self, words: &[&str]) -> Option<&Line> {
        let first = words.first()?;
        self.beginning_with(first).find(|(_, line)| line.starts(words)).map(|(_, line)| line)
    }

    /// The lines that begin with a word, the last one first.
    fn beginning_with(&self, word: &str) -> impl Iterator<Item = (usize, &Line)> {
        let found = self.by_word.get(word).into_iter().flatten().rev();
        found.filter_map(|at| Some((*at, self.lines.get(*at)?)))
    }

    fn option(&self, names: &[&str]) -> Option<&Line> {
        let is_named = |line: &Line, at: usize| line.word(at).is_some_and(|word| names.contains(&word));
        let on = self.beginning_with("option").find(|(_, line)| is_named(line, 1));
        let off = self.beginning_with("no").find(|(_, line)| line.starts(&["no", "option"]) && is_named(line, 2));
        on.into_iter().chain(off).max_by_key(|(at, _)| *at).map(|(_, line)| line)
    }

    /// The section as findings name it: `backend app`.
    pub fn written(&self) -> Arc<str> {
        format!("{} {}", self.word, self.name).trim_end().into()
    }
}

fn line(file: FileId, line: &HaproxyLine) -> Line {
    let word = |word: &crate::facts::ProxyWord| Word {
        text: Arc::clone(&word.text),
        place: Place::new(file, word.span),
        holes: word.holes.clone(),
    };
    Line { words: line.words.iter().map(word).collect(), place: Place::new(file, line.span), presence: line.presence }
}
