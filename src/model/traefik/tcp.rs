//! Routers for TCP. Traefik asks them before those for HTTP, and what they take it hands on as it comes.

use std::sync::Arc;

use super::entry_point::{EntryPoint, is_at};
use super::matcher::Matcher;
use super::reading::Reading;
use super::setting::{Section, Setting};
use super::syntax::Rule;
use crate::base::Place;
use crate::model::proxy::Truth;

/// A router for connections.
#[derive(Clone, Debug)]
pub(super) struct TcpRouter {
    /// Where its rule is written.
    pub place: Place,
    /// Which connections it takes.
    pub rule: Rule,
    /// `None`: those that take routers without any.
    entry_points: Option<Vec<(Arc<str>, Place)>>,
    /// Whether it takes connections over TLS, and not plain ones.
    pub tls: Section,
    /// Whether it is there at all: `Yes`, or not known.
    pub there: Truth,
}

impl TcpRouter {
    /// A router that a provider spells out; `None` for one that Traefik leaves out.
    pub fn read(setting: &Setting, reading: Reading<'_>) -> Option<Self> {
        let rule = setting.get("rule").filter(|rule| !rule.is_empty())?;
        let text = rule.value.as_deref().unwrap_or_default();
        let tls = setting.section("tls");
        let parsed = reading.in_syntax(setting).tcp_rule(text, rule.place).ok()?;
        // without TLS nobody says a name
        let asks_name = parsed.has(&mut |test| test.matcher == Matcher::Host);
        if asks_name && tls == Section::Off {
            return None;
        }
        let entry_points = setting.get("entryPoints").map(Setting::list).filter(|list| !list.is_empty());
        Some(Self { place: rule.place, rule: parsed, entry_points, tls, there: Truth::Yes })
    }

    /// Whether it is there, and at an entry point.
    pub fn is_at(&self, entry: &EntryPoint) -> Truth {
        is_at(self.entry_points.as_deref(), entry).and(self.there)
    }

    /// Whether it takes every connection, and so comes after routers that ask for names.
    pub fn takes_all(&self) -> bool {
        matches!(&self.rule, Rule::All(tests) if tests.is_empty())
    }
}
