//! Entry points: where requests come in, and what becomes of them before routers see them.

use std::sync::Arc;

use super::gaps::{has_gap, unknown};
use super::priority::Priority;
use super::setting::{Section, Setting, flag};
use super::version::{RedirectPriority, Version};
use crate::base::Place;
use crate::model::proxy::{Truth, go_milliseconds};
use crate::model::{Tls, Unknown};

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
    /// They are taken out.
    Cleaned,
    /// They stay.
    Kept,
    /// That depends on what is not known.
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
    /// Those of all clients.
    Everybody,
    /// Those of clients in these ranges.
    Ranges(Vec<Arc<str>>),
    /// That depends on what is not known.
    Unknown,
}

impl EntryPoint {
    /// `None` for one that takes no connections of browsers.
    pub fn read(name: &Arc<str>, setting: &Setting, version: Version) -> Result<Option<Self>, Unknown> {
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
    pub fn usual(place: Place, version: Version) -> Self {
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
    pub fn is_above(&self, router: &Priority) -> Truth {
        match self.priority {
            RedirectPriority::First => Truth::Yes,
            RedirectPriority::Number(own) => match router.known() {
                Some(other) if other != own => Truth::of(own > other),
                _ => Truth::Unknown,
            },
            RedirectPriority::Unknown => Truth::Unknown,
        }
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
pub(super) fn as_default(setting: &Setting) -> Truth {
    match setting.text("asDefault").map(|text| flag(text)) {
        None | Some(Some(false)) => Truth::No,
        Some(Some(true)) => Truth::Yes,
        Some(None) => Truth::Unknown,
    }
}

/// Whether a router that names these entry points is at one of them.
pub(super) fn is_at(names: Option<&[(Arc<str>, Place)]>, entry: &EntryPoint) -> Truth {
    let Some(names) = names else { return entry.is_default };
    let one = |name: &Arc<str>| match *name == entry.name {
        true => Truth::Yes,
        false if has_gap(name) || has_gap(&entry.name) => Truth::Unknown,
        false => Truth::No,
    };
    names.iter().map(|(name, _)| one(name)).fold(Truth::No, Truth::or)
}

/// Whether connections of a kind are over TLS.
pub(super) fn over_tls(kind: Tls) -> Truth {
    match kind {
        Tls::Tls => Truth::Yes,
        Tls::Plain => Truth::No,
        Tls::Unknown => Truth::Unknown,
    }
}
