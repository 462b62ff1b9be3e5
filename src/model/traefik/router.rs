//! Routers: which requests go through which middlewares to which service.

use std::sync::Arc;

use super::entry_point::{EntryPoint, is_at};
use super::fault::Fault;
use super::gaps::{gap, shown};
use super::names::{Name, Owner};
use super::priority::Priority;
use super::reading::Reading;
use super::setting::{Section, Setting};
use super::syntax::{Rule, parse};
use super::version::Syntax;
use crate::base::Place;
use crate::model::proxy::Truth;

/// A router.
#[derive(Clone, Debug)]
pub(super) struct Router {
    /// With its provider: `api@docker`.
    pub name: Name,
    /// Where its rule is written.
    pub place: Place,
    /// Which requests it takes.
    pub rule: Rule,
    /// The rule as findings show it.
    pub written: Arc<str>,
    /// What it is tried by: the highest first.
    pub priority: Priority,
    /// `None`: those that take routers without any.
    pub entry_points: Option<Vec<(Arc<str>, Place)>>,
    /// The middlewares of its requests, in order, with the places of their names.
    pub middlewares: Vec<(Name, Place)>,
    /// Where its requests go; `None` when nothing says it.
    pub service: Option<(Name, Place)>,
    /// Whether it takes requests over TLS, and not plain ones.
    pub tls: Section,
    /// Whether it is there at all: `Yes`, or not known.
    pub there: Truth,
    /// Whether something that it says is not known.
    pub open: Truth,
    /// The places of names that are written with the provider of labels: containers of other projects may define them.
    pub spelled: Vec<Place>,
    /// Why it is left out.
    pub fault: Option<Fault>,
}

impl Router {
    /// A router that a provider spells out.
    pub fn read(name: &Arc<str>, setting: &Setting, reading: Reading<'_>) -> Self {
        let owner = Owner::Known(reading.provider);
        let rule = setting.get("rule");
        let place = rule.map_or(setting.place, |rule| rule.place);
        let text = rule.and_then(|rule| rule.value.clone()).unwrap_or_default();
        let mut fault = None;
        let rule = reading.in_syntax(setting).rule(&text, place).unwrap_or_else(|refused| {
            fault = Some(Fault::refused(refused, place));
            // it would take what it was meant for
            parse(&text.replace('\'', "`"), Syntax::V2).unwrap_or(Rule::Unknown)
        });
        let middlewares = setting.list_of("middlewares");
        let service = setting.get("service").and_then(|found| Some((found.value.as_ref()?, found.place)));
        let is_spelled = |name: &str| name.contains('@') && !name.ends_with("@file");
        let asked = middlewares.iter().map(|(name, place)| (name, *place)).chain(service);
        Self {
            name: Name::written(name, &owner),
            place,
            rule,
            written: shown(&text).into(),
            priority: Priority::read(setting.text("priority"), &text),
            entry_points: setting.get("entryPoints").map(Setting::list).filter(|list| !list.is_empty()),
            spelled: asked.filter(|(name, _)| is_spelled(name)).map(|(_, place)| place).collect(),
            middlewares: middlewares.iter().map(|(name, place)| (Name::written(name, &owner), *place)).collect(),
            service: service.map(|(name, place)| (Name::written(name, &owner), place)),
            tls: setting.section("tls"),
            there: Truth::Yes,
            open: Truth::of(setting.has_gaps()),
            fault,
        }
    }

    /// A router of Traefik's own that takes all requests.
    pub fn internal(place: Place) -> Self {
        Self {
            name: Name::internal("redirect"),
            place,
            rule: Rule::All(Vec::new()),
            written: "".into(),
            priority: Priority::UNKNOWN,
            entry_points: None,
            middlewares: Vec::new(),
            service: None,
            tls: Section::Off,
            there: Truth::Yes,
            open: Truth::No,
            spelled: Vec::new(),
            fault: None,
        }
    }

    /// Whether it says the same as another one.
    pub fn is_as(&self, other: &Self) -> bool {
        self.rule == other.rule
            && self.priority == other.priority
            && are_same(self.entry_points.as_deref(), other.entry_points.as_deref())
            && are_same(Some(&self.middlewares), Some(&other.middlewares))
            && self.service.as_ref().map(|(name, _)| name) == other.service.as_ref().map(|(name, _)| name)
            && self.tls.truth() == other.tls.truth()
    }

    /// Whether it and another one of its name, which does not say the same, keep each other out.
    pub fn conflicts(&self, other: &Self) -> Truth {
        let is_sure = |router: &Self| router.there == Truth::Yes && router.open == Truth::No;
        // two names that are not known may be two
        let is_one_name = !self.name.bare.contains(&*gap(""));
        if is_sure(self) && is_sure(other) && is_one_name { Truth::Yes } else { Truth::Unknown }
    }

    /// Where it says at which entry points it is, what decides whether it has to speak TLS.
    pub fn tls_place(&self) -> Place {
        let named = self.entry_points.as_ref().and_then(|names| names.first());
        named.map_or(self.place, |(_, place)| *place)
    }

    /// Whether it is at an entry point.
    pub fn is_at(&self, entry: &EntryPoint) -> Truth {
        is_at(self.entry_points.as_deref(), entry)
    }

    /// Whether it answers over TLS at an entry point, and not over plain connections.
    pub fn speaks_tls(&self, entry: &EntryPoint) -> Truth {
        self.tls.truth().or(entry.tls.truth())
    }

    /// Whether labels make it.
    pub fn is_in_labels(&self) -> bool {
        self.name.is_of_labels()
    }
}

/// Whether two lists name the same, wherever it is written.
fn are_same<N: PartialEq>(one: Option<&[(N, Place)]>, other: Option<&[(N, Place)]>) -> bool {
    let length = |list: Option<&[(N, Place)]>| list.map(<[_]>::len);
    let both = one.into_iter().flatten().zip(other.into_iter().flatten());
    length(one) == length(other) && both.into_iter().all(|((one, _), (other, _))| one == other)
}
