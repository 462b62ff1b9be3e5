//! What Traefik reads once, when it starts: entry points and providers.

use std::sync::Arc;

use super::entry_point::{EntryPoint, as_default};
use super::gaps::unknown;
use super::names::Provider;
use super::reading::Reading;
use super::setting::{Section, Setting, flag};
use super::version::Syntax;
use super::version::Version;
use crate::base::{Limit, Limits, Place};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Truth;

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

fn unsupported(place: Place) -> Unknown {
    Unknown { reason: HoleReason::Unsupported, place: Some(place) }
}
