//! Middlewares: what happens to a request between its router and its service.

use std::sync::Arc;

use super::fault::Fault;
use super::names::{Name, Owner};
use super::reading::Reading;
use super::setting::{Setting, flag};
use super::version::Version;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;

/// A middleware.
#[derive(Clone, Debug)]
pub(super) struct Middleware {
    /// Where it is written.
    pub place: Place,
    /// What it does.
    pub kind: Kind,
    /// All that is said of it.
    said: Vec<(String, Arc<str>)>,
}

/// What a middleware does.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Takes the first prefix that fits off the path.
    StripPrefix { prefixes: Vec<Arc<str>>, force_slash: bool },
    /// Takes what the first pattern finds at its beginning off the path.
    StripPrefixRegex(Vec<Arc<str>>),
    /// Puts a text in front of the path.
    AddPrefix(Arc<str>),
    /// Puts another path in place of the path.
    ReplacePath(Arc<str>),
    /// Puts another text in place of what a pattern finds in the path.
    ReplacePathRegex { regex: Arc<str>, replacement: Arc<str> },
    /// Sends clients to the same address with another scheme.
    RedirectScheme { scheme: Arc<str>, port: Option<Arc<str>>, permanent: bool },
    /// Sends clients whose address a pattern takes to another one.
    RedirectRegex { regex: Arc<str>, replacement: Arc<str>, permanent: bool },
    /// Changes headers, and answers what browsers ask ahead.
    Headers(Arc<HeaderTerms>),
    /// It lets in only some clients; others get this status.
    Gate(u16),
    /// Several middlewares, by their names.
    Chain(Vec<(Name, Place)>),
    /// Answers are read to their end before anything of them is handed on.
    Buffers,
    /// Sockets and usual requests go through as they are.
    Passes,
    /// It is not there, for this reason.
    Left(Fault),
    /// What it does is not known.
    Unknown(Unknown),
}

/// What the middleware for headers does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct HeaderTerms {
    /// Headers that a service receives; an empty value takes one out.
    pub requests: Vec<(Arc<str>, Arc<str>, Place)>,
    /// Headers of answers; an empty value takes one out.
    pub answers: Vec<(Arc<str>, Arc<str>, Place)>,
    /// The CORS policy; `None` when nothing of it is written.
    pub cors: Option<CorsTerms>,
    /// What becomes of requests without TLS, or for another host; only version 2 knows it.
    pub ssl: Option<SslTerms>,
}

/// Whom the middleware for headers sends to an address with https.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SslTerms {
    /// Where it is written.
    pub place: Place,
    /// Who is sent there.
    pub sends: SslSends,
    /// `sslHost`: the host of the address; `None` is that of the request.
    pub host: Option<Arc<str>>,
    /// `sslTemporaryRedirect`, else the redirect is a permanent one.
    pub temporary: bool,
    /// `sslProxyHeaders`: headers that say that the client came over TLS.
    pub proxy_headers: Vec<(Arc<str>, Arc<str>, Place)>,
}

/// Which requests are sent to an address with https.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SslSends {
    /// `sslRedirect`: those without TLS.
    Plain,
    /// `sslForceHost`: those for another host.
    OtherHosts,
    /// Both.
    Both,
}

/// Which pages of other origins may read answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CorsTerms {
    /// Where it is written.
    pub place: Place,
    /// `accessControlAllowOriginList`.
    pub origins: Vec<(Arc<str>, Place)>,
    /// `accessControlAllowOriginListRegex`.
    pub patterns: Vec<(Arc<str>, Place)>,
    /// `accessControlAllowMethods`.
    pub methods: Vec<Arc<str>>,
    /// `accessControlAllowHeaders`.
    pub headers: Vec<Arc<str>>,
    /// `accessControlExposeHeaders`.
    pub exposed: Vec<Arc<str>>,
    /// `accessControlAllowCredentials`.
    pub credentials: bool,
    /// `accessControlMaxAge`, in seconds.
    pub age: Option<Arc<str>>,
}

/// Headers for security by the names of their settings.
const SECURITY: [(&str, &str); 4] = [
    ("contentSecurityPolicy", "Content-Security-Policy"),
    ("contentSecurityPolicyReportOnly", "Content-Security-Policy-Report-Only"),
    ("referrerPolicy", "Referrer-Policy"),
    ("permissionsPolicy", "Permissions-Policy"),
];

impl Middleware {
    /// A middleware that a provider spells out.
    pub fn read(setting: &Setting, reading: Reading<'_>) -> Self {
        Self { place: setting.place, kind: Kind::read(setting, reading), said: setting.said(&[]) }
    }

    /// Whether all that is said is the same as of another one.
    pub fn says_as(&self, other: &Self) -> bool {
        self.said == other.said
    }
}

impl Kind {
    fn read(setting: &Setting, reading: Reading<'_>) -> Self {
        let all: Vec<_> = setting.entries().collect();
        let unsupported = |place| Self::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        // a middleware has one type
        let [(name, terms)] = all.as_slice() else { return unsupported(setting.place) };
        let place = terms.place;
        let text = |name: &str| terms.text(name).cloned().unwrap_or_default();
        let texts = |name: &str| terms.list_of(name).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let is_on = |name: &str| terms.flag(name) == Some(true);
        match name.to_ascii_lowercase().as_str() {
            "stripprefix" => {
                Self::StripPrefix { prefixes: texts("prefixes"), force_slash: terms.flag("forceSlash").unwrap_or(true) }
            }
            "stripprefixregex" => Self::StripPrefixRegex(texts("regex")),
            "addprefix" => match text("prefix") {
                prefix if prefix.is_empty() => unsupported(place),
                prefix => Self::AddPrefix(prefix),
            },
            "replacepath" => Self::ReplacePath(text("path")),
            "replacepathregex" => Self::ReplacePathRegex { regex: text("regex"), replacement: text("replacement") },
            "redirectscheme" => match text("scheme") {
                scheme if scheme.is_empty() => unsupported(place),
                scheme => Self::RedirectScheme {
                    scheme,
                    port: terms.text("port").filter(|port| !port.is_empty()).cloned(),
                    permanent: is_on("permanent"),
                },
            },
            "redirectregex" => Self::RedirectRegex {
                regex: text("regex"),
                replacement: text("replacement"),
                permanent: is_on("permanent"),
            },
            "headers" if HeaderTerms::may_refuse(terms, reading.version) => unsupported(place),
            "headers" => Self::Headers(Arc::new(HeaderTerms::read(terms, reading.version))),
            "basicauth" | "digestauth" => Self::Gate(401),
            "ipallowlist" | "ipwhitelist" => {
                let ranges = texts("sourceRange");
                let is_open = ranges.iter().any(|range| matches!(&**range, "0.0.0.0/0" | "::/0"));
                if is_open { Self::Passes } else { Self::Gate(403) }
            }
            "chain" => {
                let owner = Owner::Known(reading.provider);
                let names = terms.list_of("middlewares").into_iter();
                Self::Chain(names.map(|(name, place)| (Name::written(&name, &owner), place)).collect())
            }
            "buffering" => Self::Buffers,
            "compress" | "ratelimit" | "inflightreq" | "circuitbreaker" | "retry" | "contenttype" | "errors"
            | "passtlsclientcert" | "grpcweb" => Self::Passes,
            _ => unsupported(place),
        }
    }
}

impl HeaderTerms {
    /// Whether it answers some requests by itself: those for other hosts, and with what is not known those without TLS.
    fn may_refuse(terms: &Setting, version: Version) -> bool {
        let says = |name: &&str| terms.get(name).is_some_and(is_said);
        let is_open = ["isDevelopment", "hostsProxyHeaders", "sslProxyHeaders"].into_iter().chain(SSL);
        let is_open = is_open.filter_map(|name| terms.get(name)).any(Setting::has_gaps);
        let redirects = SSL.iter().any(says);
        says(&"allowedHosts")
            || redirects
                && match version {
                    Version::V2(_) => is_open || says(&"hostsProxyHeaders"),
                    Version::V3(_) => false,
                    Version::V1 | Version::Unknown => true,
                }
    }

    fn read(terms: &Setting, version: Version) -> Self {
        let pairs = |name: &str| {
            let all = terms.get(name).map(|all| all.entries().collect::<Vec<_>>()).unwrap_or_default();
            let pair = |(name, value): (&Arc<str>, &Setting)| {
                (Arc::clone(name), value.value.clone().unwrap_or_default(), value.place)
            };
            all.into_iter().map(pair).collect::<Vec<_>>()
        };
        let mut answers = pairs("customResponseHeaders");
        for (setting, header) in SECURITY {
            if let Some(found) = terms.get(setting) {
                answers.push((header.into(), found.value.clone().unwrap_or_default(), found.place));
            }
        }
        let ssl = matches!(version, Version::V2(_)).then(|| SslTerms::read(terms, pairs("sslProxyHeaders"))).flatten();
        Self { requests: pairs("customRequestHeaders"), answers, cors: CorsTerms::read(terms), ssl }
    }
}

/// The options of the middleware for headers that send requests to https.
const SSL: [&str; 4] = ["sslRedirect", "sslTemporaryRedirect", "sslHost", "sslForceHost"];

/// Whether an option says something, and not `false`.
fn is_said(setting: &Setting) -> bool {
    !setting.is_empty() && setting.value.as_deref().and_then(flag) != Some(false)
}

impl SslTerms {
    /// `None`, where nothing is redirected.
    fn read(terms: &Setting, proxy_headers: Vec<(Arc<str>, Arc<str>, Place)>) -> Option<Self> {
        let is_on = |name: &str| terms.get(name).filter(|setting| is_said(setting));
        let plain = is_on("sslRedirect").filter(|_| is_on("isDevelopment").is_none());
        let (place, sends) = match (plain, is_on("sslForceHost")) {
            (Some(plain), Some(_)) => (plain.place, SslSends::Both),
            (Some(plain), None) => (plain.place, SslSends::Plain),
            (None, Some(other)) => (other.place, SslSends::OtherHosts),
            (None, None) => return None,
        };
        let host = terms.text("sslHost").filter(|host| !host.is_empty()).cloned();
        let temporary = is_on("sslTemporaryRedirect").is_some();
        Some(Self { place, sends, host, temporary, proxy_headers })
    }
}

impl CorsTerms {
    /// `None`, when nothing of the kind is written.
    fn read(terms: &Setting) -> Option<Self> {
        let texts = |name: &str| terms.list_of(name).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let named = |name: &str| terms.get(name).filter(|setting| !setting.is_empty());
        let places = [
            "accessControlAllowOriginList",
            "accessControlAllowOriginListRegex",
            "accessControlAllowCredentials",
            "accessControlAllowMethods",
            "accessControlAllowHeaders",
            "accessControlExposeHeaders",
            "accessControlMaxAge",
        ];
        let place = places.iter().find_map(|name| named(name)).map(|setting| setting.place)?;
        Some(Self {
            place,
            origins: terms.list_of("accessControlAllowOriginList"),
            patterns: terms.list_of("accessControlAllowOriginListRegex"),
            methods: texts("accessControlAllowMethods"),
            headers: texts("accessControlAllowHeaders"),
            exposed: texts("accessControlExposeHeaders"),
            credentials: terms.flag("accessControlAllowCredentials") == Some(true),
            age: terms.text("accessControlMaxAge").cloned(),
        })
    }
}
