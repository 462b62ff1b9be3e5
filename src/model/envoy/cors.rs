//! What the CORS filter lets in.

use std::sync::Arc;

use super::matcher::{StringMatcher, Truth};
use super::node::Node;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{InWords, OwnCors, Patterns};
use crate::model::{Admits, Listed, OriginEntry, PreflightPolicy, Unknown};

/// A policy of a route, a virtual host or a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CorsPolicy {
    pub place: Place,
    pub origins: Vec<StringMatcher>,
    pub methods: Option<Arc<str>>,
    pub headers: Option<Arc<str>>,
    pub exposed: Option<Arc<str>>,
    pub age: Option<Arc<str>>,
    /// `None`, when it is not written.
    pub credentials: Option<bool>,
    pub forwards_others: Option<bool>,
    /// It acts on a part of the requests, or on none.
    pub is_partial: bool,
}

impl CorsPolicy {
    pub fn read(node: Node<'_>) -> Self {
        let partial = |name: &str| {
            let fraction = node.at(&[name, "default_value"])?;
            let whole = match fraction.text_of("denominator").as_deref() {
                Some("TEN_THOUSAND" | "1") => 10_000,
                Some("MILLION" | "2") => 1_000_000,
                _ => 100,
            };
            Some(fraction.number("numerator").unwrap_or(0) < whole)
        };
        Self {
            place: node.place(),
            origins: node.list("allow_origin_string_match").map(StringMatcher::read).collect(),
            methods: filled(node, "allow_methods"),
            headers: filled(node, "allow_headers"),
            exposed: filled(node, "expose_headers"),
            age: filled(node, "max_age"),
            credentials: node.flag("allow_credentials"),
            forwards_others: node.flag("forward_not_matching_preflights"),
            is_partial: partial("filter_enabled").unwrap_or(false),
        }
    }

    /// Whether pages of an origin are let in.
    pub fn admits(&self, origin: &str, patterns: &Patterns) -> Truth {
        let each = self.origins.iter().map(|matcher| matcher.fits("*", patterns).or(matcher.fits(origin, patterns)));
        each.fold(Truth::No, Truth::or)
    }
}

fn filled(node: Node<'_>, name: &str) -> Option<Arc<str>> {
    node.text_of(name).filter(|text| !text.is_empty())
}

/// The policy of a level: that of the filter, or the older field of its own.
pub(super) fn of_level(node: Node<'_>) -> Option<Arc<CorsPolicy>> {
    let filters = node.get("typed_per_filter_config");
    let own = filters.and_then(|filters| {
        filters.entries().map(|(_, config)| config).find(|config| config.type_name().as_deref() == Some("CorsPolicy"))
    });
    let policy = own.or_else(|| node.get("cors"))?;
    Some(Arc::new(CorsPolicy::read(policy)))
}

/// The words of several levels, the innermost first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policies<'a>(pub [Option<&'a CorsPolicy>; 3]);

impl<'a> Policies<'a> {
    fn all(&self) -> impl Iterator<Item = &'a CorsPolicy> {
        self.0.into_iter().flatten()
    }

    pub fn is_partial(&self) -> bool {
        self.all().any(|policy| policy.is_partial)
    }

    /// The policy whose list of origins counts.
    pub fn origins(&self) -> Option<&'a CorsPolicy> {
        self.all().find(|policy| !policy.origins.is_empty())
    }

    /// A text that the innermost policy with one says.
    pub fn text(&self, of: fn(&CorsPolicy) -> Option<&Arc<str>>) -> Option<&'a Arc<str>> {
        self.all().find_map(of)
    }

    pub fn credentials(&self) -> bool {
        self.all().find_map(|policy| policy.credentials).unwrap_or(false)
    }

    pub fn forwards_others(&self) -> bool {
        self.all().find_map(|policy| policy.forwards_others).unwrap_or(true)
    }
}

/// Whether the filter that policies are for is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CorsFilter {
    There,
    Missing,
}

/// What is said of policies without the filter.
const IDLE: InWords = InWords {
    why: "`envoy.filters.http.cors` is not among the `http_filters` of the connection manager",
    fix: "http_filters: [{ name: envoy.filters.http.cors, typed_config: ... }, ...]",
};

/// What the policies of all levels come to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effective {
    place: Place,
    filter: CorsFilter,
    origins: Vec<StringMatcher>,
    credentials: bool,
    methods: Option<Arc<str>>,
    headers: Option<Arc<str>>,
}

impl Effective {
    pub fn of(policies: &Policies<'_>, filter: CorsFilter) -> Option<Self> {
        let policy = policies.origins()?;
        Some(Self {
            place: policy.place,
            filter,
            origins: policy.origins.clone(),
            credentials: policies.credentials(),
            methods: policies.text(|policy| policy.methods.as_ref()).cloned(),
            headers: policies.text(|policy| policy.headers.as_ref()).cloned(),
        })
    }

    /// What it says of pages of an origin.
    pub fn for_origin(&self, origin: &str, patterns: &Patterns) -> OwnCors {
        let fits = self.origins.iter().map(|one| one.fits("*", patterns).or(one.fits(origin, patterns)));
        let entry = |text: &str, place| OriginEntry { text: text.into(), places: vec![place] };
        let admits = match fits.fold(Truth::No, Truth::or) {
            Truth::Yes => Admits::Reflected(vec![self.place]),
            Truth::No => Admits::List {
                entries: self.origins.iter().filter_map(|one| Some(entry(one.written()?, one.place))).collect(),
                patterns: Vec::new(),
                more: None,
            },
            Truth::Unknown => Admits::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(self.place) }),
        };
        let preflight = PreflightPolicy { methods: self.listed(&self.methods), headers: self.listed(&self.headers) };
        let idle = (self.filter == CorsFilter::Missing).then_some(IDLE);
        OwnCors { place: self.place, admits, credentials: self.credentials, preflight, idle }
    }

    /// The words of a header; `*` is a word as any other where credentials are allowed.
    fn listed(&self, text: &Option<Arc<str>>) -> Listed {
        let words = text.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty());
        let words: Vec<Arc<str>> = words.map(Arc::from).collect();
        if !self.credentials && words.iter().any(|word| &**word == "*") { Listed::Any } else { Listed::Only(words) }
    }
}
