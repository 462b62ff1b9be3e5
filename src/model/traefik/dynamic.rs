//! What providers say: routers, middlewares and services, under names that end in `@` and the provider.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::middleware::Middleware;
use super::service::Service;
use super::setting::{GAP, Section, Setting, gap, has_gap, shown};
use super::syntax::{Refused, Rule, Syntax, parse};
use super::version::Version;
use crate::base::Place;
use crate::model::proxy::{InWords, Truth};

/// Who says something. Its name is behind the `@` of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Provider {
    File,
    Docker,
    Swarm,
}

impl Provider {
    /// Its name in names and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Docker => "docker",
            Self::Swarm => "swarm",
        }
    }
}

/// How a provider is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Whose names come after the `@` of what is read.
    pub provider: Provider,
    /// The grammar of its rules; `None` when it is not known.
    pub syntax: Option<Syntax>,
    /// The version of Traefik.
    pub version: Version,
}

/// All that is known of how requests are handled.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    /// Routers; after [`Self::settle`] those of the highest priority first.
    pub routers: Vec<Router>,
    /// Middlewares by their names with the provider.
    pub middlewares: BTreeMap<Arc<str>, Middleware>,
    /// Services by their names with the provider.
    pub services: BTreeMap<Arc<str>, Service>,
    /// The services of containers that are left out.
    pub left: BTreeMap<Arc<str>, Service>,
    /// The routers that files define, of which the first one of a name stays.
    of_files: BTreeSet<Arc<str>>,
}

/// A router.
#[derive(Clone, Debug)]
pub(super) struct Router {
    /// With its provider: `api@docker`.
    pub name: Arc<str>,
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
    pub middlewares: Vec<(Arc<str>, Place)>,
    /// Where its requests go; `None` when nothing says it.
    pub service: Option<(Arc<str>, Place)>,
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

/// What a router is tried by: a number that is written, or the length of its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Priority {
    /// The number; where something is not known, one that is likely.
    pub value: i64,
    /// What is not known of the rule whose length it is; `None`: nothing is known.
    gaps: Option<Vec<Arc<str>>>,
    basis: Basis,
}

/// What makes a priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// A number that is written.
    Written,
    /// The length of the rule.
    Rule,
}

impl Priority {
    /// Letters that something of a rule is supposed to have that is not known.
    const SUPPOSED: i64 = 16;

    /// That of which nothing is known. It is looked at last, and is never surely above or below another one.
    pub const UNKNOWN: Self = Self { value: 0, gaps: None, basis: Basis::Written };

    /// What a longer name of one matcher adds to it, when the length of the rule decides.
    pub fn with_longer_matcher(&self, longer: &str, shorter: &str) -> Self {
        let more = longer.len().saturating_sub(shorter.len());
        let more = if self.basis == Basis::Rule { i64::try_from(more).unwrap_or_default() } else { 0 };
        Self { value: self.value.saturating_add(more), ..self.clone() }
    }

    /// The number, when it is known.
    pub fn known(&self) -> Option<i64> {
        self.gaps.as_ref().filter(|gaps| gaps.is_empty()).map(|_| self.value)
    }

    fn read(written: Option<&Arc<str>>, rule: &str) -> Self {
        match written.map(|text| text.parse::<i64>()) {
            Some(Ok(value)) if value != 0 => Self { value, gaps: Some(Vec::new()), basis: Basis::Written },
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
        Self { value: length, gaps: Some(gaps), basis: Basis::Rule }
    }

    /// Whether it is tried before another one, whatever is not known.
    pub fn is_surely_above(&self, other: &Self) -> bool {
        self.value > other.value && self.gaps.is_some() && self.gaps == other.gaps
    }
}

/// Why something is left out of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is to blame.
    pub place: Place,
    /// Why, and what to write instead.
    pub words: InWords,
}

impl Fault {
    /// A fault at a place; `fix` is a line as people write it.
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
pub(super) fn qualified(name: &str, provider: Provider) -> Arc<str> {
    if name.contains('@') { Arc::from(name) } else { format!("{name}@{}", provider.name()).into() }
}

/// The name without its provider.
pub(super) fn bare(name: &str) -> &str {
    name.rsplit_once('@').map_or(name, |(name, _)| name)
}

impl Dynamic {
    /// Adds what the part for HTTP of one provider says.
    pub fn add(&mut self, http: &Setting, reading: Reading) {
        let provider = reading.provider;
        for (name, setting) in entries(http, "middlewares") {
            self.middlewares.insert(qualified(name, provider), Middleware::read(setting, reading));
        }
        for (name, setting) in entries(http, "services") {
            self.services.insert(qualified(name, provider), Service::read(setting, provider));
        }
        for (name, setting) in entries(http, "routers") {
            self.routers.push(Router::read(name, setting, reading));
        }
    }

    /// Adds what one more file of the file provider says: what files before it have defined stays as it is.
    pub fn add_file(&mut self, found: Self) {
        for (name, middleware) in found.middlewares {
            self.middlewares.entry(name).or_insert(middleware);
        }
        for (name, service) in found.services {
            self.services.entry(name).or_insert(service);
        }
        for router in found.routers {
            if self.of_files.insert(Arc::clone(&router.name)) {
                self.routers.push(router);
            }
        }
    }

    /// Routers of one name that several containers define in different ways are all left out.
    pub fn settle(&mut self) {
        let mut known: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut twice: BTreeMap<Arc<str>, (Place, Truth)> = BTreeMap::new();
        // those that say the same are one
        let mut again: BTreeMap<usize, Truth> = BTreeMap::new();
        let in_labels = |router: &&Router| router.fault.is_none() && router.is_in_labels();
        for (at, router) in self.routers.iter().enumerate().filter(|(_, router)| in_labels(router)) {
            let Some(first) = known.get(&router.name).and_then(|first| self.routers.get(*first)) else {
                known.insert(Arc::clone(&router.name), at);
                continue;
            };
            if first.is_as(router) {
                again.insert(at, router.there);
            } else {
                let (_, differs) = twice.entry(Arc::clone(&router.name)).or_insert((router.place, Truth::No));
                *differs = differs.or(first.conflicts(router));
            }
        }
        for (at, there) in &again {
            let first = self.routers.get(*at).and_then(|router| known.get(&router.name));
            if let Some(first) = first.and_then(|first| self.routers.get_mut(*first)) {
                first.there = first.there.or(*there);
            }
        }
        let mut at = 0;
        self.routers.retain(|_| {
            at += 1;
            !again.contains_key(&(at - 1))
        });
        for router in self.routers.iter_mut().filter(|router| router.is_in_labels()) {
            match twice.get(&router.name) {
                Some((place, Truth::Yes)) => {
                    let fault = Fault::new(
                        *place,
                        "several containers define a router of this name in different ways, and Traefik leaves all of them out",
                        "traefik.http.routers.OTHER_NAME.rule=...",
                    );
                    router.fault = router.fault.or(Some(fault));
                }
                Some(_) => router.there = Truth::Unknown,
                None => {}
            }
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
    fn read(name: &Arc<str>, setting: &Setting, reading: Reading) -> Self {
        let Reading { provider, syntax, .. } = reading;
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
        let open = Truth::of(setting.said(&[]).iter().any(|(name, value)| has_gap(name) || has_gap(value)));
        Self {
            name: qualified(name, provider),
            place,
            rule,
            written: shown(&text).into(),
            priority,
            entry_points,
            middlewares: named("middlewares"),
            service: service.map(|(name, place)| (qualified(name, provider), place)),
            tls: setting.section("tls"),
            there: Truth::Yes,
            open,
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
            tls: Section::Off,
            there: Truth::Yes,
            open: Truth::No,
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
            && self.tls.truth() == other.tls.truth()
    }

    /// Whether it and another one of its name, which does not say the same, keep each other out.
    fn conflicts(&self, other: &Self) -> Truth {
        let is_sure = |router: &Self| router.there == Truth::Yes && router.open == Truth::No;
        // two names that are not known may be two
        let is_one_name = !self.name.contains(&*gap(""));
        if is_sure(self) && is_sure(other) && is_one_name { Truth::Yes } else { Truth::Unknown }
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
    pub fn doubted(self) -> Self {
        Self { there: Truth::Unknown, ..self }
    }
}
