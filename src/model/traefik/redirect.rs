//! Where redirects lead.

use std::sync::Arc;

use super::entry_point::Redirection;
use super::gaps::{GAP, has_gap, unknown};
use super::middleware::{SslSends, SslTerms};
use super::run::Run;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{HeaderValue, Outcome, Sent, Truth};
use crate::model::{Tls, Unknown};

/// A part of an address that nobody knows.
const UNKNOWN: &str = "{...}";

/// The address that a client asked for.
struct Asked {
    scheme: &'static str,
    host: String,
    port: Option<String>,
    tail: String,
    is_known: bool,
}

/// What says by which scheme a client came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// The connection alone.
    ByConnection,
    /// A header of a neighbour that is believed, else the connection.
    ByNeighbours,
}

impl Asked {
    fn of(run: &Run<'_>, told: Told) -> Self {
        let Run { request, path, query, .. } = run;
        let mut is_known = true;
        // a middleware may have made it another one
        let authority = match &run.headers.host.value {
            HeaderValue::Known(text) => text.to_string(),
            HeaderValue::Unknown(_) => {
                is_known = false;
                UNKNOWN.to_owned()
            }
        };
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
            Some((host, port)) => (host.to_owned(), Some(port.to_owned())),
            None => (authority, None),
        };
        let query = match query {
            Sent::Text(query) => format!("?{query}"),
            Sent::Nothing => String::new(),
            Sent::Unknown => {
                is_known = false;
                String::new()
            }
        };
        let neighbour = run.headers.known("X-Forwarded-Proto").filter(|_| told == Told::ByNeighbours);
        let scheme = match neighbour.as_deref() {
            Some("https" | "wss") => "https",
            Some("http" | "ws") => "http",
            _ if request.tls == Tls::Tls => "https",
            _ => "http",
        };
        Self { scheme, host, port, tail: format!("{path}{query}"), is_known }
    }

    /// The address, without a port that is usual.
    fn url(&self) -> String {
        let usual = matches!((self.scheme, self.port.as_deref()), ("http", Some("80")) | ("https", Some("443")));
        let port = self.port.as_deref().filter(|_| !usual).map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}{}", self.scheme, self.host, self.tail)
    }
}

/// The status of a redirect: that of other methods keeps them.
fn status(permanent: bool, method: &str) -> u16 {
    match (permanent, method) {
        (true, "GET") => 301,
        (true, _) => 308,
        (false, "GET") => 302,
        (false, _) => 307,
    }
}

impl Run<'_> {
    /// The redirect of a whole entry point to another one; who came by its scheme finds nothing there.
    pub(super) fn sent_to_entry_point(&mut self, redirection: &Redirection) -> Outcome {
        if let Err(outcome) = self.entry_middlewares() {
            return outcome;
        }
        let others = &self.instance.startup.entry_points;
        let port = match redirection.to.strip_prefix(':') {
            Some(port) => port.parse::<u16>().ok(),
            None => others.iter().find(|entry| entry.name == redirection.to).map(|entry| entry.port),
        };
        let Some(port) = port else { return Outcome::Unknown(unknown(redirection.place)) };
        let (scheme, port, place) = (&redirection.scheme, port.to_string(), redirection.place);
        let found = self.to_scheme(scheme, Some(&port), redirection.permanent, place);
        found.unwrap_or(Outcome::Status { code: 418, place })
    }

    /// A redirect to another scheme; `None` where the client came by it.
    pub(super) fn to_scheme(&self, scheme: &str, port: Option<&str>, permanent: bool, place: Place) -> Option<Outcome> {
        if has_gap(scheme) || port.is_some_and(has_gap) {
            return Some(Outcome::Unknown(unknown(place)));
        }
        let asked = Asked::of(self, Told::ByNeighbours);
        to(&asked, scheme, port, status(permanent, &self.request.method), place)
    }

    /// The redirect of the middleware for headers to https; `None` for a request that it lets through.
    pub(super) fn to_https(&self, ssl: &SslTerms) -> Option<Outcome> {
        let told = |(name, wanted, _): &(Arc<str>, Arc<str>, Place)| match self.sent(name) {
            Sent::Text(text) => Truth::of(text == *wanted),
            Sent::Nothing => Truth::No,
            Sent::Unknown => Truth::Unknown,
        };
        let is_secure = match self.request.tls {
            Tls::Tls => Truth::Yes,
            Tls::Plain => ssl.proxy_headers.iter().map(told).fold(Truth::No, Truth::or),
            Tls::Unknown => Truth::Unknown,
        };
        let asked = Asked::of(self, Told::ByNeighbours);
        let own = asked.port.as_ref().map_or_else(|| asked.host.clone(), |port| format!("{}:{port}", asked.host));
        let host = ssl.host.as_deref().unwrap_or(&own);
        let is_other = match own == host {
            true => Truth::No,
            false if asked.host == UNKNOWN => Truth::Unknown,
            false => Truth::Yes,
        };
        let is_sent = match ssl.sends {
            SslSends::Plain => is_secure.not(),
            SslSends::OtherHosts => is_other,
            SslSends::Both => is_secure.not().or(is_other),
        };
        match is_sent {
            Truth::No => None,
            Truth::Unknown => Some(Outcome::Unknown(unknown(ssl.place))),
            Truth::Yes => {
                let code = if ssl.temporary { 307 } else { 301 };
                Some(redirect(code, format!("https://{host}{}", asked.tail), asked.is_known, ssl.place))
            }
        }
    }

    /// A redirect of addresses that a pattern takes.
    pub(super) fn by_pattern(&self, regex: &str, replacement: &str, permanent: bool, place: Place) -> Option<Outcome> {
        let asked = Asked::of(self, Told::ByConnection);
        let url = asked.url();
        let patterns = &self.instance.patterns;
        let Some(found) = patterns.find(regex, &url, place) else { return Some(Outcome::Unknown(unknown(place))) };
        if !asked.is_known {
            // where the address ends may decide
            return Some(Outcome::Unknown(unknown(place)));
        }
        found?;
        let Some(target) = patterns.replace(regex, &url, replacement, place) else {
            return Some(Outcome::Unknown(unknown(place)));
        };
        if target == url {
            return None;
        }
        Some(redirect(status(permanent, &self.request.method), target, true, place))
    }
}

fn to(asked: &Asked, scheme: &str, port: Option<&str>, code: u16, place: Place) -> Option<Outcome> {
    let port = port.filter(|port| !matches!((scheme, *port), ("https", "443") | ("http", "80")));
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let target = format!("{scheme}://{}{port}{}", asked.host, asked.tail);
    // who asked for this is there already
    if target == asked.url() {
        return None;
    }
    Some(redirect(code, target, asked.is_known, place))
}

fn redirect(code: u16, target: String, is_known: bool, place: Place) -> Outcome {
    let target: Arc<str> = target.replace(GAP, "").into();
    let location = if is_known {
        HeaderValue::Known(Arc::clone(&target))
    } else {
        HeaderValue::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) })
    };
    Outcome::Redirect { code, target, location, place, automatic_slash: false }
}
