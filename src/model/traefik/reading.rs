//! How what a provider says is read.

use super::names::Provider;
use super::setting::Setting;
use super::syntax::{DEEP, Refused, Rule, parse, parse_tcp};
use super::version::Syntax;
use super::version::Version;
use crate::base::{Limits, Place};

/// How a provider is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'l> {
    /// Whose names come after the `@` of what is read.
    pub provider: Provider,
    /// The grammar of its rules; `None` when it is not known.
    pub syntax: Option<Syntax>,
    /// The version of Traefik.
    pub version: Version,
    /// Where bounds are told that are reached.
    pub limits: &'l Limits,
}

impl Reading<'_> {
    /// The same in the grammar that a router says its rule is in.
    pub fn in_syntax(self, router: &Setting) -> Self {
        let syntax = match router.text("ruleSyntax").map(|text| &**text) {
            Some("v2") => Some(Syntax::V2),
            Some("v3") => Some(Syntax::V3),
            Some(_) => None,
            None => self.syntax,
        };
        Self { syntax, ..self }
    }

    /// A rule for requests that is written at a place.
    pub fn rule(self, text: &str, place: Place) -> Result<Rule, Refused> {
        self.read(text, place, parse)
    }

    /// A rule for connections that is written at a place.
    pub fn tcp_rule(self, text: &str, place: Place) -> Result<Rule, Refused> {
        self.read(text, place, parse_tcp)
    }

    fn read(self, text: &str, place: Place, parse: Parse) -> Result<Rule, Refused> {
        let rule = match self.syntax {
            Some(syntax) => parse(text, syntax),
            None => in_both(parse(text, Syntax::V2), parse(text, Syntax::V3)),
        };
        if rule == Ok(Rule::TooDeep) {
            self.limits.reached(Some(place), &DEEP);
        }
        rule
    }
}

/// What reads a rule in a grammar.
type Parse = fn(&str, Syntax) -> Result<Rule, Refused>;

/// A rule where nobody knows which grammar it is in: the one that alone understands it, and else what both come to.
fn in_both(older: Result<Rule, Refused>, newer: Result<Rule, Refused>) -> Result<Rule, Refused> {
    match (older, newer) {
        (Ok(older), Ok(newer)) if older.is_whole() && newer.is_whole() => Ok(newer.in_either_grammar()),
        (Ok(older), newer) if older.is_whole() || newer.is_err() => Ok(older),
        (_, newer) => newer,
    }
}
