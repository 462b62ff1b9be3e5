//! What providers say: routers, middlewares and services, under names that end in `@` and the provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::middleware::Middleware;
use super::service::Service;
use super::setting::{GAP, Setting, flag, shown};
use super::syntax::{Refused, Rule, Syntax, parse};
use crate::base::Place;
use crate::model::proxy::InWords;

/// All that is known of how requests are handled.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    pub routers: Vec<Router>,
    pub middlewares: BTreeMap<Arc<str>, Middleware>,
    pub services: BTreeMap<Arc<str>, Service>,
    /// The services of containers that are left out.
    pub left: BTreeMap<Arc<str>, Service>,
}

/// A router.
#[derive(Clone, Debug)]
pub(super) struct Router {
    /// With its provider: `api@docker`.
    pub name: Arc<str>,
    /// Where its rule is written.
    pub place: Place,
    pub rule: Rule,
    /// The rule as findings show it.
    pub written: Arc<str>,
    /// What it is tried by: the highest first.
    pub priority: Priority,
    /// `None`: those that take routers without any.
    pub entry_points: Option<Vec<(Arc<str>, Place)>>,
    pub middlewares: Vec<(Arc<str>, Place)>,
    pub service: Option<(Arc<str>, Place)>,
    pub tls: Option<Place>,
    /// The places of names that are written with the provider of labels: containers of other projects may define them.
    pub spelled: Vec<Place>,
    /// Why it is left out.
    pub fault: Option<Fault>,
}

/// What a router is tried by: a number that is written, or the length of its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Priority {
    /// The number; where something is not known, one that is likely.
    pub value: i64,
    /// What is not known of the rule whose length it is; `None`: nothing is known.
    gaps: Option<Vec<Arc<str>>>,
}

impl Priority {
    /// Letters that something of a rule is supposed to have that is not known.
    const SUPPOSED: i64 = 16;

    pub const UNKNOWN: Self = Self { value: 0, gaps: None };

    fn read(written: Option<&Arc<str>>, rule: &str) -> Self {
        match written.map(|text| text.parse::<i64>()) {
            Some(Ok(value)) if value != 0 => Self { value, gaps: Some(Vec::new()) },
            Some(Err(_)) => Self::UNKNOWN,
            _ => Self::of_rule(rule),
        }
    }

    /// That of a rule without a number.
    pub fn of_rule(rule: &str) -> Self {
        let mut length = 0;
        let mut gaps: Vec<Arc<str>> = Vec::new();
        for (at, part) in rule.split(GAP).enumerate() {
            if at % 2 == 0 {
                length += i64::try_from(part.len()).unwrap_or(i64::MAX / 2);
            } else {
                gaps.push(Arc::from(part));
                length += Self::SUPPOSED;
            }
        }
        gaps.sort();
        Self { value: length, gaps: Some(gaps) }
    }

    /// Whether it is tried before another one, whatever is not known.
    pub fn is_surely_above(&self, other: &Self) -> bool {
        self.value > other.value && self.gaps.is_some() && self.gaps == other.gaps
    }
}

/// Why something is left out of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub place: Place,
    pub words: InWords,
}

impl Fault {
    pub fn new(place: Place, why: &'static str, fix: &'static str) -> Self {
        Self { place, words: InWords { why, fix } }
    }

    fn refused(refused: Refused, place: Place) -> Self {
        let (why, fix) = match refused {
            Refused::SingleQuotes => (
                "Traefik reads texts in rules between backquotes, and leaves a router out whose rule it cannot read",
                "rule: Host(`HOST`)",
            ),
            Refused::SeveralArguments => (
                "matchers of Traefik 3 take one value each, and a router whose rule has more is left out",
                "rule: Host(`ONE`) || Host(`OTHER`)",
            ),
            Refused::NoSlash => (
                "paths in rules begin with a slash, and a router whose rule has another one is left out",
                "rule: PathPrefix(`/PATH`)",
            ),
        };
        Self::new(place, why, fix)
    }
}

/// A name with its provider.
pub(super) fn qualified(name: &str, provider: &str) -> Arc<str> {
    if name.contains('@') { Arc::from(name) } else { format!("{name}@{provider}").into() }
}

impl Dynamic {
    /// Adds what the part for HTTP of one provider says.
    pub fn add(&mut self, http: &Setting, provider: &str, syntax: Option<Syntax>) {
        for (name, setting) in entries(http, "middlewares") {
            self.middlewares.insert(qualified(name, provider), Middleware::read(setting, provider));
        }
        for (name, setting) in entries(http, "services") {
            self.services.insert(qualified(name, provider), Service::read(setting, provider));
        }
        for (name, setting) in entries(http, "routers") {
            self.routers.push(Router::read(name, setting, provider, syntax));
        }
    }

    /// Routers of one name that several containers define in different ways are all left out.
    pub fn settle(&mut self) {
        let mut known: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut twice: Vec<(Arc<str>, Place)> = Vec::new();
        for (at, router) in self.routers.iter().enumerate().filter(|(_, router)| router.fault.is_none()) {
            match known.get(&router.name).and_then(|first| self.routers.get(*first)) {
                Some(first) if first.is_as(router) => {}
                Some(_) => twice.push((Arc::clone(&router.name), router.place)),
                None => {
                    known.insert(Arc::clone(&router.name), at);
                }
            }
        }
        for (name, place) in twice {
            let fault = Fault::new(
                place,
                "several containers define a router of this name in different ways, and Traefik leaves all of them out",
                "traefik.http.routers.OTHER_NAME.rule=...",
            );
            let same = self.routers.iter_mut().filter(|router| router.name == name);
            same.for_each(|router| router.fault = router.fault.or(Some(fault)));
        }
        self.routers.sort_by(|one, other| {
            other.priority.value.cmp(&one.priority.value).then_with(|| one.name.cmp(&other.name))
        });
    }
}

fn entries<'s>(http: &'s Setting, kind: &str) -> Vec<(&'s Arc<str>, &'s Setting)> {
    http.get(kind).map(|all| all.entries().collect()).unwrap_or_default()
}

impl Router {
    fn read(name: &Arc<str>, setting: &Setting, provider: &str, syntax: Option<Syntax>) -> Self {
        let rule = setting.get("rule");
        let place = rule.map_or(setting.place, |rule| rule.place);
        let text = rule.and_then(|rule| rule.value.clone()).unwrap_or_default();
        let syntax = match setting.text("ruleSyntax").map(|text| &**text) {
            Some("v2") => Some(Syntax::V2),
            Some("v3") => Some(Syntax::V3),
            Some(_) => None,
            None => syntax,
        };
        let mut fault = None;
        let rule = match syntax {
            Some(syntax) => parse(&text, syntax),
            // what is the same in both versions
            None => match (parse(&text, Syntax::V3), parse(&text, Syntax::V2)) {
                (Ok(Rule::Unknown), Ok(rule)) | (Err(_), Ok(rule)) => Ok(rule),
                (rule, _) => rule,
            },
        };
        let rule = rule.unwrap_or_else(|refused| {
            fault = Some(Fault::refused(refused, place));
            // it would take what it was meant for
            parse(&text.replace('\'', "`"), Syntax::V2).unwrap_or(Rule::Unknown)
        });
        let priority = Priority::read(setting.text("priority"), &text);
        let is_spelled = |name: &str| name.contains('@') && !name.ends_with("@file");
        let mut spelled: Vec<Place> = Vec::new();
        for list in [setting.list_of("middlewares"), setting.list_of("service")] {
            spelled.extend(list.into_iter().filter(|(name, _)| is_spelled(name)).map(|(_, place)| place));
        }
        let named = |name: &str| {
            let found = setting.list_of(name);
            found.into_iter().map(|(name, place)| (qualified(&name, provider), place)).collect::<Vec<_>>()
        };
        let entry_points = setting.get("entryPoints").map(Setting::list).filter(|list| !list.is_empty());
        let service = setting.get("service").and_then(|found| Some((found.value.as_ref()?, found.place)));
        let tls = setting.get("tls").filter(|tls| tls.value.as_deref().is_none_or(|value| flag(value) != Some(false)));
        Self {
            name: qualified(name, provider),
            place,
            rule,
            written: shown(&text).into(),
            priority,
            entry_points,
            middlewares: named("middlewares"),
            service: service.map(|(name, place)| (qualified(name, provider), place)),
            tls: tls.map(|tls| tls.place),
            spelled,
            fault,
        }
    }

    /// A router of Traefik's own that takes all requests.
    pub fn internal(place: Place) -> Self {
        Self {
            name: "redirect@internal".into(),
            place,
            rule: Rule::All(Vec::new()),
            written: "".into(),
            priority: Priority::UNKNOWN,
            entry_points: None,
            middlewares: Vec::new(),
            service: None,
            tls: None,
            spelled: Vec::new(),
            fault: None,
        }
    }

    /// Whether it says the same as another one.
    fn is_as(&self, other: &Self) -> bool {
        let names = |list: &[(Arc<str>, Place)]| list.iter().map(|(name, _)| Arc::clone(name)).collect::<Vec<_>>();
        self.rule == other.rule
            && self.priority == other.priority
            && self.entry_points.as_deref().map(names) == other.entry_points.as_deref().map(names)
            && names(&self.middlewares) == names(&other.middlewares)
            && self.service.as_ref().map(|(name, _)| name) == other.service.as_ref().map(|(name, _)| name)
            && self.tls.is_some() == other.tls.is_some()
    }

    /// Where it says at which entry points it is, what decides whether it has to speak TLS.
    pub fn tls_place(&self) -> Place {
        let named = self.entry_points.as_ref().and_then(|names| names.first());
        named.map_or(self.place, |(_, place)| *place)
    }

    /// Whether labels make it.
    pub fn is_in_labels(&self) -> bool {
        !self.name.ends_with("@file")
    }

    /// The router, when it is not known whether it is there at all.
    pub fn doubted(mut self) -> Self {
        self.rule = Rule::All(vec![Rule::Unknown, self.rule]);
        self
    }
}
