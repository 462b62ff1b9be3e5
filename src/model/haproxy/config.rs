//! Sections of a configuration, with what they inherit.

use std::sync::Arc;

use super::acl::{self, Acl};
use super::address::{self, Bind, Server};
use super::rule::{self, Rule};
use crate::base::{FileId, Place, Span};
use crate::facts::{HaproxyFile, HaproxyLine, HaproxyPresence, HoleReason};
use crate::model::Unknown;

/// All sections, of all files in their order.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub sections: Vec<Section>,
}

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
    /// The `defaults` that hold for it.
    pub defaults: Option<usize>,
    pub acls: Vec<(Arc<str>, Acl)>,
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
                if made.kind == Kind::Defaults {
                    current = Some(config.sections.len());
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
        let named = from.map(|from| {
            let mut all = self.sections.iter();
            all.rposition(|section| section.kind == Kind::Defaults && section.name == from.text)
        });
        let defaults = match (kind, named) {
            (Kind::Other, _) => None,
            (_, Some(named)) => named,
            (Kind::Defaults, None) => None,
            (_, None) => current,
        };
        let rules = |names: &[&str]| -> Vec<Rule> {
            let own = lines.iter().filter(|line| line.word(0).is_some_and(|word| names.contains(&word)));
            own.filter_map(rule::rule).collect()
        };
        let mut section = Section {
            kind,
            word: text(0).unwrap_or_default(),
            name: text(1).filter(|name| &**name != "from").unwrap_or_default(),
            place: head.place,
            defaults,
            acls: lines.iter().filter_map(acl::named).collect(),
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
        section.servers = address::servers(self, &section);
        section
    }

    /// The section of this number, and the `defaults` that hold for it, the nearest first.
    pub fn chain(&self, number: usize) -> Vec<&Section> {
        let mut found = Vec::new();
        let mut next = Some(number);
        while let Some(section) = next.and_then(|number| self.sections.get(number)) {
            found.push(section);
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
        self.sections
            .iter()
            .position(|section| matches!(section.kind, Kind::Backend | Kind::Listen) && &*section.name == name)
    }

    /// All proxies that open ports.
    pub fn fronts(&self) -> impl Iterator<Item = (usize, &Section)> {
        let all = self.sections.iter().enumerate();
        all.filter(|(_, section)| {
            matches!(section.kind, Kind::Frontend | Kind::Listen) && section.last(&["disabled"]).is_none()
        })
    }

    /// All rules of one kind that hold for a section: those of its `defaults` come first.
    pub fn rules(&self, number: usize, of: fn(&Section) -> &Vec<Rule>) -> Vec<&Rule> {
        let mut chain = self.chain(number);
        chain.reverse();
        chain.into_iter().flat_map(of).collect()
    }

    /// The ACLs of a name that a rule of a section may use.
    pub fn acls(&self, number: usize, name: &str) -> Vec<&Acl> {
        let chain = self.chain(number).into_iter();
        let found = chain.map(|section| {
            let own = section.acls.iter().filter(|(known, _)| &**known == name);
            own.map(|(_, acl)| acl).collect::<Vec<_>>()
        });
        found.into_iter().find(|acls| !acls.is_empty()).unwrap_or_default()
    }
}

impl Section {
    /// The last line that begins with these words.
    pub fn last(&self, words: &[&str]) -> Option<&Line> {
        self.lines.iter().rev().find(|line| line.starts(words))
    }

    fn option(&self, names: &[&str]) -> Option<&Line> {
        let is_named = |line: &Line, at: usize| line.word(at).is_some_and(|word| names.contains(&word));
        self.lines.iter().rev().find(|line| {
            line.starts(&["option"]) && is_named(line, 1) || line.starts(&["no", "option"]) && is_named(line, 2)
        })
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
