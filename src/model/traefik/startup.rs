//! What Traefik reads once, when it starts: entry points and providers.

use std::sync::Arc;

use super::setting::{Setting, flag, has_gap, unknown};
use super::syntax::Syntax;
use super::version::Version;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;

/// The entry point of Traefik's own pages.
const INTERNAL: &str = "traefik";

/// The configuration that Traefik starts with.
#[derive(Debug)]
pub(super) struct Startup {
    pub place: Place,
    pub entry_points: Vec<EntryPoint>,
    /// Whether more of them are there, whose addresses are not known.
    pub other_entry_points: Option<Unknown>,
    pub docker: Option<Docker>,
    pub files: Option<Files>,
    /// Providers that are not read.
    pub other_providers: Option<Unknown>,
    /// The grammar of rules; `None` when it is not known.
    pub syntax: Option<Syntax>,
}

/// Where requests come in.
#[derive(Clone, Debug)]
pub(super) struct EntryPoint {
    pub name: Arc<str>,
    pub port: u16,
    pub place: Place,
    pub redirect: Option<Redirection>,
    /// Where it says that its routers speak TLS.
    pub tls: Option<Place>,
    /// The middlewares of all its routers.
    pub middlewares: Vec<(Arc<str>, Place)>,
    pub trust: Trust,
    /// Whether routers are at it that name none.
    pub is_default: bool,
    /// After which time an answer ends.
    pub write_timeout: Option<(u64, Place)>,
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
    pub scheme: Arc<str>,
    pub permanent: bool,
    /// `None`: before all routers.
    pub priority: Option<i64>,
    pub place: Place,
}

/// Whose forwarded headers are believed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trust {
    Everybody,
    /// Those of clients in these ranges.
    Ranges(Vec<Arc<str>>),
}

/// The provider that reads labels of containers.
#[derive(Clone, Debug)]
pub(super) struct Docker {
    pub name: &'static str,
    pub reads: Labels,
    pub exposes: Option<bool>,
    pub constraints: Option<Unknown>,
    pub default_rule: Option<(Arc<str>, Place)>,
}

/// Which labels are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    OfContainers,
    OfServices,
}

/// The provider that reads files.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub filename: Option<(Arc<str>, Place)>,
    pub directory: Option<(Arc<str>, Place)>,
}

impl Startup {
    pub fn read(root: &Setting, version: Version) -> Self {
        let place = root.place;
        let mut entry_points = Vec::new();
        let mut other = None;
        let named = root.get("entryPoints").map(|all| all.entries().collect::<Vec<_>>()).unwrap_or_default();
        for (name, setting) in named {
            match EntryPoint::read(name, setting, version) {
                Ok(found) => entry_points.extend(found),
                Err(why) => other = other.or(Some(why)),
            }
        }
        let is_own = |entry: &EntryPoint| &*entry.name == INTERNAL;
        if entry_points.iter().all(is_own) && other.is_none() {
            entry_points.push(EntryPoint::usual(place, version));
        }
        if entry_points.iter().any(|entry| entry.is_default) {
            // the others get the routers that name them
        } else {
            entry_points.iter_mut().for_each(|entry| entry.is_default = &*entry.name != INTERNAL);
        }
        let providers = root.get("providers");
        let is_on = |setting: &Setting| setting.value.as_deref().is_none_or(|value| flag(value) != Some(false));
        let provider = |name: &str| providers.and_then(|all| all.get(name)).filter(|setting| is_on(setting));
        let others = providers.map(|all| all.entries().collect::<Vec<_>>()).unwrap_or_default();
        let known = ["docker", "swarm", "file", "providersthrottleduration", "precedence"];
        let others = others.into_iter().filter(|(name, _)| !known.contains(&name.to_ascii_lowercase().as_str()));
        let other_providers = others.map(|(_, setting)| unsupported(setting.place)).next();
        let docker = provider("docker").map(|setting| Docker::read(setting, "docker"));
        let docker = docker.or_else(|| provider("swarm").map(|setting| Docker::read(setting, "swarm")));
        let files = provider("file").map(Files::read);
        let written = root.at(&["core", "defaultRuleSyntax"]).and_then(|setting| setting.value.as_deref());
        let syntax = match written {
            Some("v2") => Some(Syntax::V2),
            Some("v3") => Some(Syntax::V3),
            Some(_) => None,
            None => version.syntax(),
        };
        Self { place, entry_points, other_entry_points: other, docker, files, other_providers, syntax }
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
        let tls = http
            .and_then(|http| http.get("tls"))
            .filter(|tls| tls.value.as_deref().is_none_or(|v| flag(v) != Some(false)));
        let trusted = setting.get("forwardedHeaders");
        let trust = match trusted.and_then(|setting| setting.flag("insecure")) {
            Some(true) => Trust::Everybody,
            _ => {
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
            redirect: http.and_then(Redirection::read),
            tls: tls.map(|tls| tls.place),
            middlewares: http.map(|http| http.list_of("middlewares")).unwrap_or_default(),
            trust,
            is_default: setting.flag("asDefault") == Some(true),
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
            tls: None,
            middlewares: Vec::new(),
            trust: Trust::Ranges(Vec::new()),
            is_default: true,
            write_timeout: None,
            cleans: if version.cleans_paths() { Cleaning::Cleaned } else { Cleaning::Unknown },
        }
    }
}

impl Redirection {
    fn read(http: &Setting) -> Option<Self> {
        let setting = http.at(&["redirections", "entryPoint"])?;
        let to = setting.get("to")?;
        Some(Self {
            to: Arc::clone(to.value.as_ref()?),
            scheme: setting.text("scheme").cloned().unwrap_or_else(|| "https".into()),
            permanent: setting.flag("permanent").unwrap_or(true),
            priority: setting.text("priority").and_then(|text| text.parse().ok()),
            place: to.place,
        })
    }
}

impl Docker {
    fn read(setting: &Setting, name: &'static str) -> Self {
        let swarm = name == "swarm" || setting.flag("swarmMode") == Some(true);
        let exposes = match setting.text("exposedByDefault") {
            None => Some(true),
            Some(text) => flag(text),
        };
        Self {
            name,
            reads: if swarm { Labels::OfServices } else { Labels::OfContainers },
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
        Err(_) => crate::model::caddy::milliseconds(text),
    }
}

fn unsupported(place: Place) -> Unknown {
    Unknown { reason: HoleReason::Unsupported, place: Some(place) }
}
