//! The session: does the cookie that a route refuses to do without ever arrive?

use super::network::is_loopback;
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::{ClientApi, CookieSender};
use crate::model::policy_causes::needs_cookie;
use crate::model::proxy::{HeaderValue, Received};
use crate::model::{
    Alternatives, Assumption, CauseKind, CookieFault, CookieUse, HopKind, Listener, PageScheme, RouteId, Tls, Value,
};

/// What becomes of one cookie on this way.
enum Arrival {
    Arrives,
    Fails(CookieFault),
    Unknown(&'static str),
}

/// `SameSite`, as browsers take it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SameSite {
    /// `Lax`, `Strict`, or nothing, which Chromium takes for `Lax`.
    Same,
    None,
    Unknown,
}

/// Where the page stands to the address that it asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Site {
    Same,
    Other,
    Unknown,
}

impl Walk<'_> {
    /// Whether the cookie arrives that every one of the routes refuses to do without.
    pub(super) fn walk_session(&mut self, listener: &Listener, routes: &[RouteId]) {
        let needed: Option<Vec<Place>> = routes
            .iter()
            .map(|id| self.wiring.routes.get(id.0 as usize).and_then(|route| needs_cookie(self.wiring, route)))
            .collect();
        let Some(needed) = needed.filter(|needed| !needed.is_empty()) else {
            return self.skipped(HopKind::Token, "not checked");
        };
        let judged: Vec<(&CookieUse, Arrival)> = self
            .wiring
            .cookies
            .iter()
            .filter(|cookie| Some(cookie.package) == listener.package)
            .filter(|cookie| cookie.deployment.is_none_or(|id| id == self.network.id()))
            .filter(|cookie| cookie.mode == self.handshake.mode)
            .map(|cookie| (cookie, self.arrival(cookie, listener)))
            .collect();
        let arrives = judged.iter().any(|(_, arrival)| matches!(arrival, Arrival::Arrives));
        let unknown = judged.iter().find_map(|(_, arrival)| match arrival {
            Arrival::Unknown(why) => Some(*why),
            _ => None,
        });
        let failing = judged.iter().find_map(|(cookie, arrival)| match arrival {
            Arrival::Fails(fault) => Some((*cookie, fault.clone())),
            _ => None,
        });
        match (arrives, unknown, failing) {
            (false, None, Some((cookie, fault))) => {
                let note = format!("the session cookie does not arrive: {}", fault.clause());
                let mut candidate =
                    Candidate::new(CauseKind::InsecureCookie { fault: fault.clone() }, cookie.place, fault.key())
                        .link(self.connection.place, format!("asks for `{}`", self.url().display))
                        .links(&needed, "refuses requests without the cookie")
                        .resting_on(&self.url().assumptions)
                        .resting_on(&self.guessed);
                for alternative in cookie.secure.iter().chain(&cookie.same_site) {
                    candidate = candidate.resting_on(&alternative.assumptions);
                }
                self.breaks(HopKind::Token, candidate, note);
            }
            (false, Some(why), _) => self.unknown(HopKind::Token, &needed, why),
            _ => self.skipped(HopKind::Token, "not checked"),
        }
    }

    fn arrival(&self, cookie: &CookieUse, listener: &Listener) -> Arrival {
        let Some(secure) = switch(&cookie.secure) else {
            return Arrival::Unknown("whether the session cookie is Secure is not known");
        };
        let same_site = same_site(&cookie.same_site);
        if secure {
            let sent = match cookie.sender {
                CookieSender::IfSecure => self.is_seen_as_secure(cookie, listener),
                CookieSender::AsWritten => Arrival::Arrives,
            };
            if !matches!(sent, Arrival::Arrives) {
                return sent;
            }
            match (self.over_tls(), self.asked_host()) {
                (Some(true), _) => {}
                (Some(false), Some(host)) if is_loopback(&host) => {}
                (Some(false), Some(host)) => return Arrival::Fails(CookieFault::SecureOverPlain { host }),
                _ => return Arrival::Unknown("the session cookie is Secure, and nothing says that the page is https"),
            }
        } else if same_site == SameSite::None {
            return Arrival::Fails(CookieFault::NoneWithoutSecure);
        }
        match (self.site(), same_site) {
            (Site::Same, _) | (_, SameSite::None) => Arrival::Arrives,
            (Site::Unknown, _) | (_, SameSite::Unknown) => {
                Arrival::Unknown("whether the cookie is sent to another site is not known")
            }
            // Without credentials no cookie is sent to another origin at all, which is another fault.
            (Site::Other, SameSite::Same) if !self.sends_cookies() => {
                Arrival::Unknown("nothing says that cookies are sent to another origin")
            }
            (Site::Other, SameSite::Same) => match (self.page_host(), self.asked_host()) {
                (Some(page), Some(host)) => Arrival::Fails(CookieFault::OtherSite { page, host }),
                _ => Arrival::Unknown("whether the cookie is sent to another site is not known"),
            },
        }
    }

    /// Whether the process takes the connection for a secure one: it speaks TLS itself, or believes a proxy that says so.
    fn is_seen_as_secure(&self, cookie: &CookieUse, listener: &Listener) -> Arrival {
        if listener.tls == Tls::Tls {
            return Arrival::Arrives;
        }
        if listener.tls == Tls::Unknown || self.passed as usize != self.passages.len() {
            return Arrival::Unknown("whether the back end takes the connection for a secure one is not known");
        }
        let Some(passage) = self.passages.last() else {
            return Arrival::Fails(CookieFault::NotSentOverPlain);
        };
        let header = match passage.proxied.headers.get("X-Forwarded-Proto") {
            Received::Sent(header) => match &header.value {
                HeaderValue::Known(value) => Some(value.eq_ignore_ascii_case("https")),
                _ => None,
            },
            Received::FromClient | Received::Never(_) => Some(false),
        };
        let trusted: Vec<Option<bool>> = self
            .wiring
            .proxy_trust
            .iter()
            .filter(|trust| trust.package == cookie.package && trust.mode == cookie.mode)
            .filter(|trust| trust.deployment.is_none_or(|id| id == self.network.id()))
            .map(|trust| switch(&trust.values))
            .collect();
        if !trusted.contains(&Some(true)) && trusted.contains(&None) {
            return Arrival::Unknown("whether the back end believes the proxy is not known");
        }
        match (trusted.contains(&Some(true)), header) {
            (true, Some(true)) => Arrival::Arrives,
            (true, None) => Arrival::Unknown("what the proxy says of the scheme is not known"),
            (true, Some(false)) => Arrival::Fails(CookieFault::SchemeNotTold),
            (false, _) if self.over_tls() == Some(true) => Arrival::Fails(CookieFault::ProxyNotTrusted),
            (false, _) => Arrival::Fails(CookieFault::NotSentOverPlain),
        }
    }

    /// Whether the browser speaks TLS; `None` when that is not known.
    fn over_tls(&self) -> Option<bool> {
        if self.steps.iter().any(|step| step.kind == HopKind::Redirect) {
            return None;
        }
        if self.is_same_origin() {
            return self.page.and_then(|page| page.scheme.value()).map(|scheme| *scheme == PageScheme::Https);
        }
        self.url().scheme.value().map(|scheme| matches!(&**scheme, "https" | "wss"))
    }

    fn page_host(&self) -> Option<String> {
        self.page.and_then(|page| page.host.value()).map(|host| host.to_string())
    }

    fn asked_host(&self) -> Option<String> {
        if self.is_same_origin() {
            return self.page_host();
        }
        self.url().host.value().map(|host| host.to_string())
    }

    fn sends_cookies(&self) -> bool {
        self.connection.api == ClientApi::WebSocket || self.connection.credentials == Some(true)
    }

    fn site(&self) -> Site {
        if self.is_same_origin() {
            return Site::Same;
        }
        match (self.page_host(), self.asked_host()) {
            (Some(page), Some(host)) => site(&page, &host),
            _ => Site::Unknown,
        }
    }
}

/// Whether two hosts are of one site. Where only a list of public suffixes could tell, it is not known.
fn site(page: &str, host: &str) -> Site {
    if page.eq_ignore_ascii_case(host) {
        return Site::Same;
    }
    let is_number =
        |host: &str| host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let ending = |host: &str| {
        let labels: Vec<String> = host.rsplit('.').take(2).map(str::to_ascii_lowercase).collect();
        labels
    };
    if is_number(page) || is_number(host) || ending(page) != ending(host) { Site::Other } else { Site::Unknown }
}

/// The one value of a switch, with nothing from outside.
fn switch(values: &Alternatives) -> Option<bool> {
    let [only] = values.as_slice() else { return None };
    if only.assumptions.iter().any(|assumption| matches!(assumption, Assumption::NoOverride(_))) {
        return None;
    }
    match &only.value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => Some(&**number != "0"),
        Value::Undefined | Value::Null => Some(false),
        // `secure: 'auto'` follows the connection
        Value::Text(_) => only.value.as_known_text().map(|text| !text.is_empty() && text != "auto"),
        Value::List(_) => Some(true),
        Value::Object(_) | Value::Regex { .. } | Value::Unknown(_) => None,
    }
}

fn same_site(values: &Alternatives) -> SameSite {
    let [only] = values.as_slice() else { return SameSite::Unknown };
    match &only.value {
        Value::Undefined | Value::Null | Value::Bool(_) => SameSite::Same,
        Value::Text(_) => match only.value.as_known_text().map(|text| text.to_ascii_lowercase()).as_deref() {
            Some("none") => SameSite::None,
            Some("lax" | "strict" | "") => SameSite::Same,
            _ => SameSite::Unknown,
        },
        _ => SameSite::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_told_apart_only_where_that_needs_no_list() {
        for (page, host, expected) in [
            ("app.example.com", "app.example.com", "same"),
            ("app.example.com", "api.example.org", "other"),
            ("localhost", "127.0.0.1", "other"),
            ("app.example.com", "api.example.com", "unknown"),
            ("shop.vercel.app", "api.vercel.app", "unknown"),
            ("shop.vercel.app", "shop-api.onrender.com", "other"),
        ] {
            let found = match site(page, host) {
                Site::Same => "same",
                Site::Other => "other",
                Site::Unknown => "unknown",
            };
            assert_eq!(found, expected, "{page} and {host}");
        }
    }
}
