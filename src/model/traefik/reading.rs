//! How what a provider says is read.

use super::names::Provider;
use super::setting::Setting;
use super::syntax::{DEEP, Refused, Rule, parse};
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

    /// A rule that is written at a place.
    pub fn rule(self, text: &str, place: Place) -> Result<Rule, Refused> {
        let rule = match self.syntax {
            Some(syntax) => parse(text, syntax),
            // what is the same in both versions
            None => match (parse(text, Syntax::V3), parse(text, Syntax::V2)) {
                (Ok(Rule::Unknown), Ok(rule)) | (Err(_), Ok(rule)) => Ok(rule),
                (rule, _) => rule,
            },
        };
        if rule == Ok(Rule::TooDeep) {
            self.tell_deep(place);
        }
        rule.map(|rule| rule.with_wild_hosts(self.version.has_wild_hosts()))
    }

    /// Says that a rule has too many brackets inside each other.
    pub fn tell_deep(self, rule: Place) {
        self.limits.reached(Some(rule), &DEEP);
    }
}
