//! Where a redirect leads.

use std::sync::Arc;

use super::config::Redirect;
use super::run::{Run, Trail};
use super::select::without_port;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{HeaderValue, Outcome, Sent};

/// A part of an address that nobody knows.
const GAP: &str = "{...}";

impl<'c> Run<'c> {
    /// The redirect of a virtual host that wants TLS.
    pub(super) fn wants_tls(self, place: Place) -> (Outcome, Trail<'c>) {
        let host = self.host.clone();
        let known = host.is_ok() && self.query != Sent::Unknown;
        let target: Arc<str> = format!("https://{}{}", host.as_deref().unwrap_or(GAP), self.path_or_gap()).into();
        let refused = self.refused_by_manager();
        let mut trail = self.trail;
        trail.steps.push((place, "`require_tls` redirects to https".to_owned()));
        if let Some((place, words)) = refused {
            trail.steps.push((place, words));
        }
        trail.end = Some((place, "require_tls".into()));
        (outcome(301, target, place, known), trail)
    }

    pub(super) fn redirect(&self, redirect: &Redirect) -> Outcome {
        let place = redirect.place;
        let Some(route) = self.trail.route else {
            return Outcome::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        };
        let mut known = true;
        let told = self.headers.seldom("x-forwarded-proto").and_then(Result::ok).unwrap_or_default();
        let scheme = match (&redirect.scheme, &self.scheme) {
            (Some(scheme), _) | (None, Ok(scheme)) => Arc::clone(scheme),
            (None, Err(_)) => {
                known = false;
                GAP.into()
            }
        };
        let host = match (&redirect.host, &self.host) {
            (Some(host), _) => host.to_string(),
            (None, Ok(host)) => kept_host(host, &scheme, &told, redirect.port.is_some()),
            (None, Err(_)) => {
                known = false;
                GAP.to_owned()
            }
        };
        let port = redirect.port.as_ref().map(|port| format!(":{port}")).unwrap_or_default();
        let query = match &self.query {
            _ if redirect.strips_query => String::new(),
            Sent::Text(query) => format!("?{query}"),
            Sent::Nothing => String::new(),
            Sent::Unknown => {
                known = false;
                String::new()
            }
        };
        let path = match (&redirect.path, self.rewritten(route, redirect.rewrite.as_ref())) {
            (Some(path), _) if path.contains('?') => path.to_string(),
            (Some(path), _) => format!("{path}{query}"),
            (None, Ok(Some(path))) => format!("{path}{query}"),
            (None, Ok(None)) => format!("{}{query}", self.path),
            (None, Err(why)) => return Outcome::Unknown(why),
        };
        outcome(redirect.code, format!("{scheme}://{host}{port}{path}").into(), place, known)
    }

    fn path_or_gap(&self) -> String {
        self.whole_path().unwrap_or_else(|_| self.path.clone())
    }
}

/// The client's Host in a redirect: without its port when another one takes its place, or when it is that of the scheme that
/// is left.
fn kept_host(host: &str, scheme: &str, own: &str, other_port: bool) -> String {
    let usual = scheme != own && (own == "https" && host.ends_with(":443") || own == "http" && host.ends_with(":80"));
    if other_port || usual { without_port(host).to_owned() } else { host.to_owned() }
}

fn outcome(code: u16, target: Arc<str>, place: Place, known: bool) -> Outcome {
    let location = if known {
        HeaderValue::Known(Arc::clone(&target))
    } else {
        HeaderValue::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) })
    };
    Outcome::Redirect { code, target, location, place, automatic_slash: false }
}
