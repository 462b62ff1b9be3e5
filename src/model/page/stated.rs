//! Origins that production settings state: the site's own URL, or an allowed origin.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use super::FrontEnd;
use crate::base::Place;
use crate::facts::known::PUBLIC_PREFIXES;
use crate::model::follow::network::is_loopback;
use crate::model::{Admits, Assumption, DeploymentId, Known, Mode, PageOrigin, PageScheme, ServedBy, Value};

/// Names whose value is the address of the pages, without public prefixes.
const SITE_NAMES: &[&str] = &[
    "FRONTEND_URL",
    "FRONT_END_URL",
    "FRONTEND_ORIGIN",
    "FRONTEND_HOST",
    "SITE_URL",
    "CLIENT_URL",
    "CLIENT_ORIGIN",
    "WEB_URL",
    "WEB_APP_URL",
    "WEBAPP_URL",
    "APP_URL",
    "PUBLIC_URL",
    "PUBLIC_SITE_URL",
    "ORIGIN",
    "NEXTAUTH_URL",
];

/// Names whose value is a list of origins that may connect.
const LIST_NAMES: &[&str] = &[
    "ALLOWED_ORIGINS",
    "ALLOWED_ORIGIN",
    "CORS_ORIGINS",
    "CORS_ORIGIN",
    "CORS_ALLOWED_ORIGINS",
    "CORS_ALLOW_ORIGINS",
    "BACKEND_CORS_ORIGINS",
    "CSRF_TRUSTED_ORIGINS",
    "WS_ALLOWED_ORIGINS",
];

/// Where an origin is stated, and what that rests on.
type Stated = (Vec<Place>, Vec<Assumption>);

/// What the settings of each deployment state, read once for all its front ends.
#[derive(Default)]
pub(super) struct Settled(BTreeMap<(DeploymentId, Mode), Origins>);

/// The origins that the settings state, and those that allow-lists name.
#[derive(Default)]
struct Origins {
    stated: Vec<(Arc<str>, u16, Place)>,
    listed: Vec<(Arc<str>, u16, Place)>,
}

impl FrontEnd<'_> {
    /// https origins that settings of this deployment's production environments state.
    pub(super) fn stated(&self, found: &[PageOrigin], settled: &mut Settled) -> Vec<PageOrigin> {
        let served_by = served_by(found);
        let mut origins: BTreeMap<(Arc<str>, u16), Stated> = BTreeMap::new();
        let read = settled.0.entry((self.id, self.mode.clone())).or_insert_with(|| self.read());
        for (host, port, place) in &read.stated {
            origins.entry((host.clone(), *port)).or_default().0.push(*place);
        }
        if origins.is_empty() {
            for (host, port, place) in &read.listed {
                let entry = origins.entry((host.clone(), *port)).or_default();
                entry.0.push(*place);
                entry.1 = vec![Assumption::LikelyHttps];
            }
        }
        let known = |host: &str| {
            found.iter().any(|page| {
                page.host.value().is_some_and(|known| &**known == host)
                    && page.scheme.value() == Some(&PageScheme::Https)
            })
        };
        origins
            .into_iter()
            .filter(|((host, _), _)| !known(host))
            .map(|((host, port), (places, assumptions))| {
                let mut page =
                    self.page(served_by.clone(), Known::Is(PageScheme::Https, places.clone()), places.clone());
                page.host = Known::Is(host, places.clone());
                page.port = Known::Is(port, places);
                page.assumptions = assumptions;
                page
            })
            .collect()
    }

    fn read(&self) -> Origins {
        let origins = |found: Vec<(String, Place)>| {
            let all = found.into_iter();
            all.flat_map(|(text, place)| https_origins(&text).into_iter().map(move |(host, port)| (host, port, place)))
                .collect::<Vec<_>>()
        };
        let stated = origins(self.settings());
        let listed = if stated.is_empty() { origins(self.listed_origins()) } else { Vec::new() };
        Origins { stated, listed }
    }

    fn settings(&self) -> Vec<(String, Place)> {
        let environments = self
            .wiring
            .environments
            .iter()
            .filter(|environment| environment.mode == *self.mode)
            .filter(|environment| {
                let service = environment.service.is_some_and(|id| self.deployment.services.contains(&id));
                let package = environment.service.is_none()
                    && environment
                        .package
                        .is_some_and(|id| self.deployment.packages.iter().any(|(package, _)| *package == id));
                service || package
            })
            .flat_map(|environment| &environment.bindings);
        let services = self.network.services().flat_map(|(_, service)| &service.environment);
        let mut found = Vec::new();
        for binding in environments.chain(services) {
            if !states_a_site(&binding.name) {
                continue;
            }
            let role = self.wiring.repository.get(binding.place.file).map(|facts| facts.role);
            if !role.is_some_and(crate::base::FileRole::may_be_accused) {
                continue;
            }
            texts(&binding.value, &mut |text| found.push((text, binding.place)));
        }
        found
    }

    /// Literal entries of the allow-lists that guard this deployment's applications.
    fn listed_origins(&self) -> Vec<(String, Place)> {
        let mut found = Vec::new();
        for policy in &self.wiring.policies {
            let here = policy.deployment.is_none_or(|id| id == self.id)
                && policy.mode.as_ref().is_none_or(|mode| mode == self.mode)
                && !policy.development_only;
            let Admits::List { entries, .. } = &policy.admits else { continue };
            if !here {
                continue;
            }
            for entry in entries {
                let place = entry.places.first().copied().unwrap_or(policy.place);
                found.push((entry.text.to_string(), place));
            }
        }
        found
    }
}

/// Who serves the pages at a stated origin: what serves all those that were found.
pub(super) fn served_by(found: &[PageOrigin]) -> ServedBy {
    match found {
        [first, rest @ ..] if rest.iter().all(|page| page.served_by == first.served_by) => match &first.served_by {
            ServedBy::Unknown => ServedBy::Stated,
            known => known.clone(),
        },
        _ => ServedBy::Stated,
    }
}

fn states_a_site(name: &str) -> bool {
    let bare = PUBLIC_PREFIXES.iter().find_map(|(prefix, _)| {
        let head = name.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| name.get(prefix.len()..)).flatten()
    });
    let stated = |name: &str| SITE_NAMES.iter().chain(LIST_NAMES).any(|known| known.eq_ignore_ascii_case(name));
    stated(name) || bare.is_some_and(stated)
}

fn texts(value: &Value, take: &mut dyn FnMut(String)) {
    match value {
        Value::List(items) => {
            for text in items.iter().filter_map(Value::as_known_text) {
                take(text);
            }
        }
        other => {
            if let Some(text) = other.as_known_text() {
                take(text);
            }
        }
    }
}

/// The https origins in a text that holds one URL, a comma list or a JSON list.
fn https_origins(text: &str) -> Vec<(Arc<str>, u16)> {
    text.split([',', ' ', ';'])
        .map(|item| item.trim_matches(['[', ']', '"', '\'', ' ']))
        .filter(|item| item.starts_with("https://") && !item.contains(['*', '$', '{', '<']))
        .filter_map(|item| Url::parse(item).ok())
        .filter_map(|url| {
            let host = url.host_str()?;
            let public = host.contains('.') && !is_loopback(host);
            public.then(|| (Arc::from(host), url.port_or_known_default().unwrap_or(443)))
        })
        .collect()
}
