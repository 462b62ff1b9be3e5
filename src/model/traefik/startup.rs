//! What Traefik reads once, when it starts: entry points and providers.

use std::sync::Arc;

use super::dynamic::Reading;
use super::names::Provider;
use super::router::Router;
use super::setting::{Section, Setting, flag, has_gap, unknown};
use super::syntax::Syntax;
use super::version::{RedirectPriority, Version};
use crate::base::{Limit, Limits, Place};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{Truth, go_milliseconds};

/// Entry points are looked at with every router.
const ENTRY_POINTS: Limit = Limit::new(
    256,
    "entry points of a Traefik",
    "what the remaining ones take is unknown",
    "split its configuration between several",
);

/// The entry point of Traefik's own pages.
const INTERNAL: &str = "traefik";

/// The configuration that Traefik starts with.
#[derive(Debug)]
pub(super) struct Startup {
    /// Where the configuration begins.
    pub place: Place,
    /// Those that take connections of browsers.
    pub entry_points: Vec<EntryPoint>,
    /// Whether more of them are there, whose addresses are not known.
    pub other_entry_points: Option<Unknown>,
    /// The providers that read labels.
    pub labels: Vec<Docker>,
    /// The provider that reads files, when it is or may be on.
    pub files: Option<Files>,
    /// Providers that are not read, or not known to be on.
    pub other_providers: Option<Unknown>,
    /// Those of which it is not known whether they are on.
    pub unsure: Vec<Provider>,
    /// The grammar of rules; `None` when it is not known.
    pub syntax: Option<Syntax>,
    /// The version of Traefik.
    pub version: Version,
}

/// Where requests come in.
#[derive(Clone, Debug)]
pub(super) struct EntryPoint {
    /// The name that routers call it by.
    pub name: Arc<str>,
    /// Its port in the container.
    pub port: u16,
    /// Where its address is written, or the configuration begins.
    pub place: Place,
    /// Where it sends all plain requests.
    pub redirect: Option<Redirection>,
    /// Whether its routers speak TLS, and where it says so.
    pub tls: Section,
    /// The middlewares of all its routers.
    pub middlewares: Vec<(Arc<str>, Place)>,
    /// Whose forwarded headers it believes.
    pub trust: Trust,
    /// Whether routers are at it that name none.
    pub is_default: Truth,
    /// After which time an answer ends.
    pub write_timeout: Option<(u64, Place)>,
    /// What it does to paths before routers see them.
    pub cleans: Cleaning,
}

/// What becomes of double slashes and dots in paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cleaning {
    Cleaned,
    Kept,
    Unknown,
}

/// An entry point that sends all requests to another one.
#[derive(Clone, Debug)]
pub(super) struct Redirection {
    /// The name of the other one, or `:443`.
    pub to: Arc<str>,
    /// The scheme of the address that clients are sent to.
    pub scheme: Arc<str>,
    /// Whether clients may keep the redirect.
    pub permanent: bool,
    /// When it is tried.
    pub priority: RedirectPriority,
    /// Where it says where to.
    pub place: Place,
}

/// Whose forwarded headers are believed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trust {
    Everybody,
    /// Those of clients in these ranges.
    Ranges(Vec<Arc<str>>),
    Unknown,
}

/// The provider that reads labels of containers.
#[derive(Clone, Debug)]
pub(super) struct Docker {
    /// Which one.
    pub provider: Provider,
    /// Whose labels it reads.
    pub reads: LabelsOf,
    /// Where it is told to go by the addresses that ports are published at, or may be.
    pub published: Option<Place>,
    /// Whether containers are read that say nothing of it; `None` when that is not known.
    pub exposes: Option<bool>,
    /// Which containers are read may be told by an expression, which is not followed.
    pub constraints: Option<Unknown>,
    /// The template of the rules of routers without any.
    pub default_rule: Option<(Arc<str>, Place)>,
}

/// Which labels are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LabelsOf {
    /// Those of containers.
    Containers,
    /// Those of services of a swarm.
    Services,
}

/// The provider that reads files.
#[derive(Clone, Debug)]
pub(super) struct Files {
    /// One file; not read where a folder is named.
    pub filename: Option<(Arc<str>, Place)>,
    /// A folder, with those in it.
    pub directory: Option<(Arc<str>, Place)>,
}

impl Startup {
    /// What a configuration says to a version.
    pub fn read(root: &Setting, version: Version, limits: &Limits) -> Self {
        let place = root.place;
        let mut entry_points = Vec::new();
        let mut other = None;
        let named = root.get("entryPoints").map(|all| all.entries().collect::<Vec<_>>()).unwrap_or_default();
        if let Some((_, setting)) = named.get(ENTRY_POINTS.most_items()) {
            limits.reached(Some(setting.place), &ENTRY_POINTS);
            other = Some(Unknown { reason: HoleReason::Limit, place: Some(setting.place) });
        }
        for (name, setting) in named.iter().take(ENTRY_POINTS.most_items()) {
            match EntryPoint::read(name, setting, version) {
                Ok(found) => entry_points.extend(found),
                Err(why) => other = other.or(Some(why)),
            }
        }
        if named.is_empty() {
            entry_points.push(EntryPoint::usual(place, version));
        }
        // routers without any are at those that are told to take them, and at all where none is
        let defaults = named.iter().map(|(_, setting)| as_default(setting)).fold(Truth::No, Truth::or);
        let usual = |entry: &&mut EntryPoint| &*entry.name != INTERNAL && entry.is_default == Truth::No;
        entry_points.iter_mut().filter(usual).for_each(|entry| entry.is_default = defaults.not());
        let providers = root.get("providers");
        let provider = |name: &str| {
            let is_there = providers.map_or(Truth::No, |all| all.section(name).truth());
            providers.and_then(|all| all.get(name)).filter(|_| is_there != Truth::No)
        };
        let others = providers.map(|all| all.entries().collect::<Vec<_>>()).unwrap_or_default();
        let known = ["docker", "swarm", "file", "providersthrottleduration", "precedence"];
        let others = others.into_iter().filter(|(name, _)| !known.contains(&name.to_ascii_lowercase().as_str()));
        let mut other_providers = others.map(|(_, setting)| unsupported(setting.place)).next();
        let mut unsure = Vec::new();
        for kind in [Provider::Docker, Provider::Swarm, Provider::File] {
            if let Some(Section::Unknown(place)) = providers.map(|all| all.section(kind.name())) {
                other_providers = other_providers.or(Some(unknown(place)));
                unsure.push(kind);
            }
        }
        let labels = [Provider::Docker, Provider::Swarm];
        let labels = labels.into_iter().filter_map(|kind| Some(Docker::read(provider(kind.name())?, kind))).collect();
        let files = provider("file").map(Files::read);
        let written = root.at(&["core", "defaultRuleSyntax"]).and_then(|setting| setting.value.as_deref());
        let syntax = match written {
            Some("v2") => Some(Syntax::V2),
            Some("v3") => Some(Syntax::V3),
            Some(_) => None,
            None => version.syntax(),
        };
        Self { place, entry_points, other_entry_points: other, labels, files, other_providers, unsure, syntax, version }
    }

    /// How what a provider says is read.
    pub fn reading<'l>(&self, provider: Provider, limits: &'l Limits) -> Reading<'l> {
        Reading { provider, syntax: self.syntax, version: self.version, limits }
    }
}

impl EntryPoint {
    /// `None` for one that takes no connections of browsers.
    fn read(name: &Arc<str>, setting: &Setting, version: Version) -> Result<Option<Self>, Unknown> {
        let place = setting.get("address").map_or(setting.place, |address| address.place);
        let Some(address) = setting.text("address") else { return Ok(None) };
        let (address, kind) = address.split_once('/').map_or((&**address, "tcp"), |(address, kind)| (address, kind));
        if kind.eq_ignore_ascii_case("udp") {
            return Ok(None);
        }
        let port = address.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
        let port = port.ok_or_else(|| unknown(place))?;
        let http = setting.get("http");
        let trusted = setting.get("forwardedHeaders");
        let insecure = trusted.and_then(|setting| setting.text("insecure"));
        let trust = match insecure.map(|text| flag(text)) {
            Some(Some(true)) => Trust::Everybody,
            Some(None) => Trust::Unknown,
            Some(Some(false)) | None => {
                let ranges = trusted.map(|setting| setting.list_of("trustedIPs")).unwrap_or_default();
                Trust::Ranges(ranges.into_iter().map(|(range, _)| range).collect())
            }
        };
        let write_timeout = setting
            .at(&["transport", "respondingTimeouts", "writeTimeout"])
            .and_then(|setting| Some((milliseconds(setting.value.as_deref()?)?, setting.place)))
            .filter(|(time, _)| *time > 0);
        let cleans = match http.and_then(|http| http.flag("sanitizePath")) {
            Some(true) => Cleaning::Cleaned,
            Some(false) => Cleaning::Kept,
            None if version.cleans_paths() => Cleaning::Cleaned,
            None => Cleaning::Unknown,
        };
        Ok(Some(Self {
            name: Arc::clone(name),
            port,
            place,
            redirect: http.and_then(|http| Redirection::read(http, version)),
            tls: http.map_or(Section::Off, |http| http.section("tls")),
            middlewares: http.map(|http| http.list_of("middlewares")).unwrap_or_default(),
            trust,
            is_default: as_default(setting),
            write_timeout,
            cleans,
        }))
    }

    /// The one that is there when none is written.
    fn usual(place: Place, version: Version) -> Self {
        Self {
            name: "http".into(),
            port: 80,
            place,
            redirect: None,
            tls: Section::Off,
            middlewares: Vec::new(),
            trust: Trust::Ranges(Vec::new()),
            is_default: Truth::Yes,
            write_timeout: None,
            cleans: if version.cleans_paths() { Cleaning::Cleaned } else { Cleaning::Unknown },
        }
    }
}

impl Redirection {
    fn read(http: &Setting, version: Version) -> Option<Self> {
        let setting = http.at(&["redirections", "entryPoint"])?;
        let to = setting.get("to")?;
        Some(Self {
            to: Arc::clone(to.value.as_ref()?),
            scheme: setting.text("scheme").cloned().unwrap_or_else(|| "https".into()),
            permanent: setting.flag("permanent").unwrap_or(true),
            priority: match setting.text("priority").map(|text| text.parse()) {
                None => version.redirect_priority(),
                // zero is the length of its rule, which is not the same in all versions
                Some(Ok(0)) | Some(Err(_)) => RedirectPriority::Unknown,
                Some(Ok(number)) => RedirectPriority::Number(number),
            },
            place: to.place,
        })
    }

    /// Whether it is tried before a router.
    pub fn is_above(&self, router: &Router) -> Truth {
        match self.priority {
            RedirectPriority::First => Truth::Yes,
            RedirectPriority::Number(own) => match router.priority.known() {
                Some(other) if other != own => Truth::of(own > other),
                _ => Truth::Unknown,
            },
            RedirectPriority::Unknown => Truth::Unknown,
        }
    }
}

impl Docker {
    fn read(setting: &Setting, provider: Provider) -> Self {
        let swarm = provider == Provider::Swarm || setting.flag("swarmMode") == Some(true);
        let exposes = match setting.text("exposedByDefault") {
            None => Some(true),
            Some(text) => flag(text),
        };
        Self {
            provider,
            published: setting
                .get("useBindPortIP")
                .filter(|on| on.value.as_deref().and_then(flag) != Some(false))
                .map(|on| on.place),
            reads: if swarm { LabelsOf::Services } else { LabelsOf::Containers },
            exposes,
            constraints: setting.get("constraints").map(|setting| unsupported(setting.place)),
            default_rule: setting
                .get("defaultRule")
                .and_then(|setting| Some((Arc::clone(setting.value.as_ref()?), setting.place))),
        }
    }
}

impl Files {
    fn read(setting: &Setting) -> Self {
        let of = |name: &str| {
            let found = setting.get(name)?;
            found.value.as_ref().filter(|text| !text.is_empty()).map(|text| (Arc::clone(text), found.place))
        };
        Self { filename: of("filename"), directory: of("directory") }
    }
}

/// A time: `30s`, or a number of seconds.
fn milliseconds(text: &str) -> Option<u64> {
    if has_gap(text) {
        return None;
    }
    match text.parse::<u64>() {
        Ok(seconds) => seconds.checked_mul(1_000),
        Err(_) => go_milliseconds(text, &[]),
    }
}

/// Whether routers are at an entry point that name none, as it says itself.
fn as_default(setting: &Setting) -> Truth {
    match setting.text("asDefault").map(|text| flag(text)) {
        None | Some(Some(false)) => Truth::No,
        Some(Some(true)) => Truth::Yes,
        Some(None) => Truth::Unknown,
    }
}

fn unsupported(place: Place) -> Unknown {
    Unknown { reason: HoleReason::Unsupported, place: Some(place) }
}
