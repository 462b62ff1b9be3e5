//! Whether what is spoken on a connection is what the listener takes: TLS, or plain.

use std::sync::Arc;

use super::network::is_loopback;
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::model::csp::Match;
use crate::model::{CauseKind, Component, HopKind, Known, PageScheme, Tls};

/// What speaks to a listener.
#[derive(Clone, Debug)]
pub(super) struct Spoken {
    /// TLS or plain.
    pub tls: Tls,
    /// The address, for people.
    pub address: Arc<str>,
    /// The scheme, as written.
    pub scheme: Arc<str>,
    /// Where the scheme is written.
    pub place: Place,
    /// Who speaks.
    pub by: Speaker,
}

/// Who speaks to a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Speaker {
    /// The browser.
    Browser,
    /// A proxy.
    Proxy,
}

impl Walk<'_> {
    /// What the browser speaks, where nothing can stand between it and the listener that the address names: on the
    /// machine itself, or at the origin of a page whose scheme is known.
    pub(super) fn spoken_by_browser(&self) -> Option<Spoken> {
        // Fixed as another finding says, the address takes the scheme of the page.
        if self.fixed_to_page {
            return None;
        }
        let url = self.url();
        let Component::Is(scheme, places) = &url.scheme else { return None };
        // Code that chooses by the page's address never speaks the wrong one.
        if !matches!(url.host, Component::Is(..)) || !url.page_guards.is_empty() {
            return None;
        }
        let upgraded = self.upgrades == Match::Yes && !url.host.value().is_some_and(|host| is_loopback(host));
        let tls = if upgraded || matches!(&**scheme, "wss" | "https") { Tls::Tls } else { Tls::Plain };
        let local = url.host.value().is_some_and(|host| is_loopback(host));
        let of_page = self.page.is_some_and(|page| {
            // The same host and port as a page that came the other way.
            page.is_at(url) && matches!(&page.scheme, Known::Is(PageScheme::Http, _)) && tls == Tls::Tls
        });
        (local || of_page).then(|| Spoken {
            tls,
            address: Arc::from(url.display.as_str()),
            scheme: scheme.clone(),
            place: places.first().copied().unwrap_or(self.connection.url_place),
            by: Speaker::Browser,
        })
    }

    /// Says that a listener takes the other of the two.
    pub(super) fn check_tls(&mut self, hop: HopKind, listener: Tls, at: Place, program: &str) -> Speaks {
        let Some(spoken) = self.spoken.clone() else { return Speaks::Right };
        if listener == Tls::Unknown {
            return Speaks::Unknown;
        }
        let spoken_here = (spoken.tls, listener, spoken.by);
        let Some(kind) = scheme_mismatch(&spoken.address, &spoken.scheme, spoken_here, program) else {
            return Speaks::Right;
        };
        let taken = taken(&spoken.scheme, listener);
        let candidate = Candidate::new(kind, spoken.place, spoken.address.to_string())
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(at, "listens here")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        self.breaks(hop, candidate, format!("`{}` is spoken to {program}, which takes `{taken}`", spoken.scheme));
        Speaks::Wrong
    }
}

/// The scheme that a listener takes of those which speak like `scheme`.
fn taken(scheme: &str, listener: Tls) -> &'static str {
    match (scheme, listener) {
        ("ws" | "wss", Tls::Tls) => "wss",
        ("ws" | "wss", _) => "ws",
        (_, Tls::Tls) => "https",
        _ => "http",
    }
}

/// The cause, when a listener takes the other of what is spoken: TLS, or plain.
pub(in crate::model) fn scheme_mismatch(
    address: &Arc<str>,
    scheme: &Arc<str>,
    (spoken, listener, by): (Tls, Tls, Speaker),
    program: &str,
) -> Option<CauseKind> {
    let symptom = match (spoken, listener, by) {
        (Tls::Tls, Tls::Plain, Speaker::Browser) => "the TLS handshake fails",
        (Tls::Tls, Tls::Plain, Speaker::Proxy) => "the proxy's TLS handshake fails and it answers 502",
        (Tls::Plain, Tls::Tls, Speaker::Browser) => "the server refuses or closes the connection",
        (Tls::Plain, Tls::Tls, Speaker::Proxy) => "the server refuses what the proxy sends",
        _ => return None,
    };
    Some(CauseKind::SchemeMismatch {
        address: Arc::clone(address),
        spoken: Arc::clone(scheme),
        taken: Arc::from(taken(scheme, listener)),
        program: Arc::from(program),
        symptom: Arc::from(symptom),
    })
}

/// How what is spoken suits a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    /// It is what the listener takes, or nothing shows that it is not.
    Right,
    /// It is not, which was said.
    Wrong,
    /// Whether the listener takes TLS is not known.
    Unknown,
}
