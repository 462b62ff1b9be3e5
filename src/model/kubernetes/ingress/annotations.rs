//! The annotations of ingress-nginx.

use std::sync::Arc;

use super::config::{Controller, Scheme, SslRedirect, Terms, Timeout};
use super::cors::Cors;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::kubernetes::tree::{Entry, Node};
use crate::model::proxy::Gate;

/// What stands in front of the names of ingress-nginx.
pub(super) const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// Prefixes of old and other controllers, whose annotations ingress-nginx does not look at.
pub(super) const OTHERS: [&str; 3] = ["ingress.kubernetes.io/", "nginx.org/", "nginx.com/"];

/// Directives in a snippet that change nothing of where a request goes or who may read the answer.
const HARMLESS: [&str; 16] = [
    "proxy_set_header",
    "proxy_http_version",
    "proxy_cache_bypass",
    "proxy_cache",
    "proxy_buffers",
    "proxy_buffer_size",
    "proxy_busy_buffers_size",
    "proxy_ssl_server_name",
    "proxy_ssl_verify",
    "client_max_body_size",
    "client_body_buffer_size",
    "keepalive_timeout",
    "tcp_nodelay",
    "gzip",
    "access_log",
    "log_not_found",
];

/// The annotations of one object.
pub(super) struct Annotations<'n> {
    map: Option<&'n Node>,
}

impl<'n> Annotations<'n> {
    pub fn of(object: &'n Node) -> Self {
        Self { map: object.at(&["metadata", "annotations"]) }
    }

    fn entries(&self) -> &'n [Entry] {
        self.map.map(Node::entries).unwrap_or_default()
    }

    /// Whether one of them begins so.
    pub fn has(&self, prefix: &str) -> bool {
        self.entries().iter().any(|entry| entry.key.starts_with(prefix))
    }

    /// A text by its whole name.
    pub fn whole(&self, name: &str) -> Option<(&'n Arc<str>, Place)> {
        let entry = self.entries().iter().rev().find(|entry| &*entry.key == name)?;
        Some((entry.value.text()?, entry.value.place))
    }

    fn get(&self, name: &str) -> Option<(&'n Arc<str>, Place)> {
        self.whole(&format!("{PREFIX}{name}"))
    }

    fn flag(&self, name: &str) -> Option<(bool, Place)> {
        let (text, place) = self.get(name)?;
        let truth = match &**text {
            "true" | "1" | "t" | "T" | "TRUE" | "True" => true,
            "false" | "0" | "f" | "F" | "FALSE" | "False" => false,
            _ => return None,
        };
        Some((truth, place))
    }

    fn is_on(&self, name: &str) -> bool {
        self.flag(name).is_some_and(|(truth, _)| truth)
    }

    /// What all of them come to for a controller.
    pub fn terms(&self, head: Place, controller: Controller) -> Terms {
        let mut terms = Terms { head: Some(head), ..Terms::default() };
        if let Some(hole) = self.map.and_then(Node::unknown) {
            terms.unknown = Some(hole.clone());
        }
        if controller != Controller::Nginx {
            return terms;
        }
        let unknown = |place: Place| Unknown { reason: HoleReason::Unsupported, place: Some(place) };
        // of an annotation that is not known nobody knows what it does
        let holes = self.entries().iter().filter(|entry| entry.key.starts_with(PREFIX) || entry.stands_for_more());
        terms.unknown = terms.unknown.or_else(|| holes.filter_map(|entry| entry.value.unknown()).next().cloned());
        terms.rewrite = self.text("rewrite-target");
        terms.use_regex = self.is_on("use-regex");
        terms.app_root = self.text("app-root").filter(|(text, _)| text.starts_with('/'));
        terms.ssl_redirect = match (self.flag("force-ssl-redirect"), self.flag("ssl-redirect")) {
            (Some((true, place)), _) => SslRedirect::Always(place),
            (_, Some((false, _))) => SslRedirect::Never,
            _ => SslRedirect::WithCertificate,
        };
        terms.read_timeout = self.timeout("proxy-read-timeout");
        terms.send_timeout = self.timeout("proxy-send-timeout");
        terms.buffering = self.get("proxy-buffering").filter(|(text, _)| &***text == "on").map(|(_, place)| place);
        let affinity = self.get("affinity").filter(|(text, _)| &***text == "cookie");
        terms.sticky = affinity.or_else(|| self.get("upstream-hash-by")).map(|(_, place)| place);
        terms.cors = self.flag("enable-cors").filter(|(on, _)| *on).map(|(_, place)| self.cors(place));
        terms.scheme = match self.get("backend-protocol") {
            None => Scheme::Http,
            Some((text, place)) => match text.to_ascii_uppercase().as_str() {
                "HTTP" => Scheme::Http,
                "HTTPS" => Scheme::Https,
                _ => Scheme::Other(unknown(place)),
            },
        };
        terms.old_http = self.get("proxy-http-version").is_some_and(|(text, _)| &**text == "1.0");
        terms.vhost = self.text("upstream-vhost").map(|(text, _)| text);
        terms.connection = self.text("connection-proxy-header");
        terms.gates = self.gates();
        terms.redirect = self.redirect();
        let odd = [
            "ssl-passthrough",
            "canary",
            "server-alias",
            "default-backend",
            "custom-http-errors",
            "modsecurity-snippet",
        ];
        let odd = odd.iter().find_map(|name| self.get(name)).filter(|(text, _)| &***text != "false");
        terms.unknown = terms.unknown.or_else(|| odd.map(|(_, place)| unknown(place)));
        for name in ["configuration-snippet", "server-snippet"] {
            let Some((text, place)) = self.get(name) else { continue };
            match snippet(text) {
                Snippet::Harmless => {}
                Snippet::Timeouts => terms.open_timeouts = true,
                Snippet::Unknown => terms.unknown = terms.unknown.or_else(|| Some(unknown(place))),
            }
        }
        let mut others = OTHERS.iter().filter_map(|prefix| {
            let (text, _) = self.whole(&format!("{prefix}rewrite-target"))?;
            let entry = self.entries().iter().find(|entry| *entry.key == *format!("{prefix}rewrite-target"))?;
            Some((Arc::clone(text), entry.key_place))
        });
        terms.idle_rewrite = others.next().filter(|_| terms.rewrite.is_none());
        terms
    }

    fn text(&self, name: &str) -> Option<(Arc<str>, Place)> {
        self.get(name).filter(|(text, _)| !text.is_empty()).map(|(text, place)| (Arc::clone(text), place))
    }

    fn timeout(&self, name: &str) -> Timeout {
        match self.get(name) {
            None => Timeout::Default,
            Some((text, place)) => match text.parse::<u64>() {
                Ok(seconds) => Timeout::Written(place, seconds.saturating_mul(1_000)),
                Err(_) => Timeout::Refused(place),
            },
        }
    }

    /// What lets in only some clients.
    fn gates(&self) -> Vec<Gate> {
        let allowed = ["whitelist-source-range", "allowlist-source-range", "denylist-source-range"];
        let allowed = allowed.iter().filter_map(|name| self.get(name)).map(|(_, place)| Gate { place, status: 403 });
        let asked = ["auth-url", "auth-type"].iter().filter_map(|name| self.get(name));
        let asked = asked.map(|(_, place)| Gate { place, status: 401 });
        let certificate = self.get("auth-tls-secret").map(|(_, place)| Gate { place, status: 400 });
        allowed.chain(asked).chain(certificate).collect()
    }

    fn redirect(&self) -> Option<(u16, Arc<str>, Place)> {
        let permanent = self.text("permanent-redirect").map(|(text, place)| (301, text, place));
        permanent.or_else(|| self.text("temporal-redirect").map(|(text, place)| (302, text, place)))
    }

    fn cors(&self, place: Place) -> Cors {
        let words =
            |name: &str| self.get(name).map(|(text, _)| text.split(',').map(|word| Arc::from(word.trim())).collect());
        Cors::new(
            place,
            self.get("cors-allow-origin"),
            words("cors-allow-methods"),
            words("cors-allow-headers"),
            self.flag("cors-allow-credentials").is_none_or(|(truth, _)| truth),
        )
    }
}

/// What a snippet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Snippet {
    Harmless,
    Timeouts,
    Unknown,
}

fn snippet(text: &str) -> Snippet {
    let lines = text.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let each = lines.map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let first = words.next().unwrap_or_default().trim_matches(['"', '\'']).to_ascii_lowercase();
        match name {
            "proxy_read_timeout" | "proxy_send_timeout" | "proxy_buffering" => Snippet::Timeouts,
            // such headers say nothing of who may read an answer
            "more_set_headers" | "add_header" if first.starts_with("x-") || first.starts_with("strict-") => {
                Snippet::Harmless
            }
            _ if HARMLESS.contains(&name) => Snippet::Harmless,
            _ => Snippet::Unknown,
        }
    });
    each.max().unwrap_or(Snippet::Harmless)
}
