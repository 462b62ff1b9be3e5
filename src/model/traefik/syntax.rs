//! Rules of routers as text.

use std::sync::Arc;

use super::gaps::GAP;
use super::matcher::Matcher;
use super::version::Syntax;
use crate::base::Limit;

/// Brackets and exclamation marks inside of each other that are followed.
pub(super) const DEEP: Limit = Limit::new(
    48,
    "brackets inside each other in a rule of Traefik",
    "which requests the router takes is unknown",
    "write the rule with fewer brackets, or as several routers",
);

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    /// All of them hold.
    All(Vec<Rule>),
    /// One of them holds.
    Any(Vec<Rule>),
    /// It does not hold.
    Not(Box<Rule>),
    /// One matcher with its arguments.
    Test(Test),
    /// One with more brackets inside each other than are followed.
    TooDeep,
    /// Something that is not understood, or not known.
    Unknown,
}

/// What a rule is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    /// A request.
    Http,
    /// A connection, of which no more is known than the name that a client asks for over TLS.
    Tcp,
}

/// One matcher with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    /// What is compared.
    pub matcher: Matcher,
    /// With what; some may have gaps.
    pub args: Vec<Arc<str>>,
    /// The grammar that they are read in; `None` when it may be either.
    pub syntax: Option<Syntax>,
}

/// Why Traefik refuses a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// A text in single quotes.
    SingleQuotes,
    /// More arguments than version 3 takes.
    SeveralArguments,
    /// A path without a slash at its beginning.
    NoSlash,
}

/// Reads a rule for requests.
pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Rule, Refused> {
    read(text, syntax, Layer::Http)
}

/// Reads a rule for connections: a name of `HostSNI` is one of [`Matcher::Host`].
pub(super) fn parse_tcp(text: &str, syntax: Syntax) -> Result<Rule, Refused> {
    read(text, syntax, Layer::Tcp)
}

fn read(text: &str, syntax: Syntax, layer: Layer) -> Result<Rule, Refused> {
    let mut reader = Reader { rest: text, syntax, layer, refused: None, depth: Depth::Followed };
    let rule = reader.any(0).filter(|_| reader.rest.trim_start().is_empty());
    match (reader.refused, reader.depth, rule) {
        (Some(refused), ..) => Err(refused),
        (None, Depth::Stopped, _) => Ok(Rule::TooDeep),
        (None, _, Some(rule)) => Ok(rule),
        (None, _, None) => Ok(Rule::Unknown),
    }
}

/// The first name that a rule asks for, as far as it is written out: of ``Host(`app.example.com`) && Path(`/`)`` the host.
pub(in crate::model) fn host_of_rule(text: &str) -> Option<Arc<str>> {
    let rule = [Syntax::V3, Syntax::V2].into_iter().find_map(|syntax| parse(text, syntax).ok())?;
    let is_plain = |host: &&Arc<str>| !host.is_empty() && !host.contains(['$', '{', GAP]);
    rule.hosts().into_iter().take(1).find(is_plain).cloned()
}

struct Reader<'t> {
    rest: &'t str,
    syntax: Syntax,
    layer: Layer,
    refused: Option<Refused>,
    depth: Depth,
}

/// Whether all brackets were followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    Followed,
    Stopped,
}

impl<'t> Reader<'t> {
    fn takes(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn any(&mut self, depth: usize) -> Option<Rule> {
        let mut rules = vec![self.all(depth)?];
        while self.takes("||") {
            rules.push(self.all(depth)?);
        }
        if rules.len() > 1 { Some(Rule::Any(rules)) } else { rules.pop() }
    }

    fn all(&mut self, depth: usize) -> Option<Rule> {
        let mut rules = vec![self.one(depth)?];
        while self.takes("&&") {
            rules.push(self.one(depth)?);
        }
        if rules.len() > 1 { Some(Rule::All(rules)) } else { rules.pop() }
    }

    fn one(&mut self, depth: usize) -> Option<Rule> {
        if depth > DEEP.most_items() {
            self.depth = Depth::Stopped;
            return None;
        }
        if self.takes("!") {
            return Some(Rule::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes("(") {
            let rule = self.any(depth + 1)?;
            return self.takes(")").then_some(rule);
        }
        self.test()
    }

    fn test(&mut self) -> Option<Rule> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric())?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        if name.is_empty() || !self.takes("(") {
            return None;
        }
        let mut args = Vec::new();
        loop {
            args.push(self.text()?);
            if self.takes(")") {
                break;
            }
            if !self.takes(",") {
                return None;
            }
        }
        let matcher = match self.layer {
            Layer::Http => Matcher::named(name, self.syntax),
            Layer::Tcp => Matcher::of_connections(name),
        };
        let Some(matcher) = matcher else { return Some(Rule::Unknown) };
        if self.layer == Layer::Tcp && args.iter().any(|arg| arg.contains('*')) && matcher == Matcher::Host {
            // every name, and in new releases those below another one
            let takes_all = args.iter().any(|arg| &**arg == "*");
            return Some(if takes_all { Rule::All(Vec::new()) } else { Rule::Unknown });
        }
        if !matcher.takes(args.len(), self.syntax) {
            let is_older = self.syntax == Syntax::V3 && !matches!(matcher, Matcher::Header | Matcher::HeaderRegexp);
            self.refused = self.refused.or(is_older.then_some(Refused::SeveralArguments));
            return Some(Rule::Unknown);
        }
        if matcher.is_path() && args.iter().any(|arg| !arg.starts_with(['/', GAP])) {
            self.refused = self.refused.or(Some(Refused::NoSlash));
        }
        Some(Rule::Test(Test { matcher, args, syntax: Some(self.syntax) }))
    }

    /// A text in backquotes, or in double quotes.
    fn text(&mut self) -> Option<Arc<str>> {
        self.rest = self.rest.trim_start();
        let quote = self.rest.chars().next()?;
        if quote == '\'' {
            self.refused = self.refused.or(Some(Refused::SingleQuotes));
        }
        if !matches!(quote, '`' | '"' | '\'') {
            return None;
        }
        let inside = self.rest.get(1..)?;
        let mut out = String::new();
        let mut letters = inside.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                _ if letter == quote => {
                    self.rest = inside.get(at + 1..)?;
                    return Some(out.into());
                }
                '\\' if quote == '"' => match letters.next()?.1 {
                    escaped @ ('\\' | '"') => out.push(escaped),
                    _ => return None,
                },
                _ => out.push(letter),
            }
        }
        None
    }
}

impl Rule {
    /// Its tests that have to hold, or one of which has to.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().flat_map(Self::tests).collect(),
            Self::Test(test) => vec![test],
            Self::Not(_) | Self::TooDeep | Self::Unknown => Vec::new(),
        }
    }

    /// Whether all of it is understood.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().all(Self::is_whole),
            Self::Not(rule) => rule.is_whole(),
            Self::Test(_) => true,
            Self::TooDeep | Self::Unknown => false,
        }
    }

    /// The rule where nobody knows which grammar it is read in.
    pub fn in_either_grammar(self) -> Self {
        let all = |rules: Vec<Self>| rules.into_iter().map(Self::in_either_grammar).collect();
        match self {
            Self::All(rules) => Self::All(all(rules)),
            Self::Any(rules) => Self::Any(all(rules)),
            Self::Not(rule) => Self::Not(Box::new(rule.in_either_grammar())),
            Self::Test(test) => Self::Test(Test { syntax: None, ..test }),
            Self::TooDeep | Self::Unknown => self,
        }
    }

    /// The hosts that it asks for, as they are written.
    pub fn hosts(&self) -> Vec<&Arc<str>> {
        self.tests().into_iter().filter(|test| test.matcher == Matcher::Host).flat_map(|test| &test.args).collect()
    }

    /// Whether one of its tests is so.
    pub fn has(&self, is_so: &mut dyn FnMut(&Test) -> bool) -> bool {
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().any(|rule| rule.has(is_so)),
            Self::Test(test) => is_so(test),
            Self::Not(_) | Self::TooDeep | Self::Unknown => false,
        }
    }

    /// The prefixes that it asks for, each of which may be the one of a request.
    pub fn prefixes(&self) -> Vec<&Arc<str>> {
        let tests = self.tests();
        tests.into_iter().filter(|test| test.matcher == Matcher::PathPrefix).flat_map(|test| &test.args).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_with_their_precedence() {
        let rule = parse("Host(`a.b`) || PathPrefix(`/x`) && !Method(`GET`)", Syntax::V3).expect("a rule");
        let Rule::Any(parts) = rule else { panic!("{rule:?}") };
        assert!(matches!(parts.as_slice(), [Rule::Test(_), Rule::All(both)] if both.len() == 2));
        let rule = parse("(Host(\"a\") || host(`b`)) && Path(`/`)", Syntax::V3).expect("a rule");
        assert!(matches!(rule, Rule::All(parts) if matches!(parts.first(), Some(Rule::Any(_)))));
    }

    #[test]
    fn what_is_not_understood_is_unknown() {
        for text in ["Host(`a`", "Host(`a`) &&", "Nobody(`a`)", "Host(a)", "", "Host(`a`) Host(`b`)"] {
            assert_eq!(parse(text, Syntax::V3), Ok(Rule::Unknown), "{text}");
        }
        let deep = "(".repeat(5_000) + "Host(`a`)" + &")".repeat(5_000);
        assert_eq!(parse(&deep, Syntax::V3), Ok(Rule::TooDeep));
    }

    #[test]
    fn connections_have_rules_of_their_own() {
        assert_eq!(parse_tcp("HostSNI(`*`)", Syntax::V3), Ok(Rule::All(Vec::new())));
        assert_eq!(parse_tcp("Host(`a`)", Syntax::V3), Ok(Rule::Unknown));
        let Ok(Rule::Test(test)) = parse_tcp("hostsni(`db.test`)", Syntax::V2) else { panic!("a test") };
        assert_eq!((test.matcher, &*test.args), (Matcher::Host, ["db.test".into()].as_slice()));
        assert_eq!(parse("HostSNI(`*`)", Syntax::V3), Ok(Rule::Unknown));
    }

    #[test]
    fn the_host_of_a_rule_is_the_first_that_it_asks_for() {
        let host = |text: &str| host_of_rule(text).map(|host| host.to_string());
        assert_eq!(host("Host(`a.example`) && PathPrefix(`/api`)").as_deref(), Some("a.example"));
        assert_eq!(host("Host(`a.example`, `b.example`)").as_deref(), Some("a.example"));
        assert_eq!(host("!Host(`b.example`) && Host(`a.example`)").as_deref(), Some("a.example"));
        for text in ["Host(`${DOMAIN}`)", "PathPrefix(`/api`)", "Host(`a.example`", "!Host(`a.example`)"] {
            assert_eq!(host(text), None, "{text}");
        }
    }

    #[test]
    fn some_rules_are_refused() {
        assert_eq!(parse("Host('a')", Syntax::V3), Err(Refused::SingleQuotes));
        assert_eq!(parse("Host(`a`, `b`)", Syntax::V3), Err(Refused::SeveralArguments));
        assert!(parse("Host(`a`, `b`)", Syntax::V2).is_ok());
        assert_eq!(parse("PathPrefix(`api`)", Syntax::V3), Err(Refused::NoSlash));
    }
}
