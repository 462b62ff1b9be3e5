//! Content-Security-Policy: what the page's policies say of the connection before it is opened.

use std::rc::Rc;
use std::sync::Arc;

use super::network::is_loopback;
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::ClientApi;
use crate::model::csp::{AskedUrl, CspPage, Documents, Enforced, Match, Policy, SentPolicy, Whole, Whose, matches};
use crate::model::{
    CauseKind, Component, CspFault, HopKind, Known, Mode, PageScheme, PathPiece, PathText, UrlRelation,
};

/// One combination of schemes that the page and the address may have.
#[derive(Clone, Copy)]
struct Schemes {
    page: &'static str,
    url: &'static str,
}

impl Walk<'_> {
    /// Takes the policies of the headers and those of the page itself.
    pub(super) fn is_under(&mut self, headers: &Enforced, documents: &Documents) {
        self.policies = headers.clone();
        let file = self.connection.place.file;
        self.policies.sent.extend(documents.around(self.wiring, self.connection.package, file));
        let upgrades = |policies: &[Policy]| {
            if policies.iter().any(Policy::upgrades) { Match::Yes } else { Match::No }
        };
        self.upgrades = self.policies.sent.iter().fold(Match::No, |found, sent| found.or(sent.in_all(upgrades)));
        let page_is_local = self.page.and_then(|page| page.host.value()).is_some_and(|host| is_loopback(host));
        let url_is_local = self.url().host.value().is_some_and(|host| is_loopback(host));
        if page_is_local && self.whose() != Whose::Stated || url_is_local {
            self.upgrades = Match::No;
        }
    }

    /// The hop. What has to be fixed first cannot be judged.
    pub(super) fn walk_csp(&mut self, is_url_right: bool) {
        if self.policies.sent.is_empty() {
            self.skipped(HopKind::Csp, "no Content-Security-Policy of the page is known");
            return;
        }
        if !is_url_right {
            self.skipped(HopKind::Csp, "the URL has to be fixed first");
            return;
        }
        if matches!(self.connection.api, ClientApi::Blockable | ClientApi::Upgradable) {
            self.skipped(HopKind::Csp, "the policy for what a page loads is not checked");
            return;
        }
        let places: Vec<Place> = self.policies.sent.iter().map(|sent| sent.place).collect();
        let worlds = self.worlds();
        let judged: Vec<(usize, Match)> =
            self.policies.sent.iter().enumerate().map(|(index, sent)| (index, self.lets_out(sent, &worlds))).collect();
        if let Some((index, _)) = judged.iter().find(|(_, found)| *found == Match::No) {
            self.blocked(*index, &worlds);
            return;
        }
        if self.upgraded_to_nothing() {
            return;
        }
        match judged.iter().fold(Match::Yes, |all, (_, found)| all.and(*found)) {
            Match::Yes => self.holds(HopKind::Csp, &places, "every policy of the page allows it"),
            _ => self.unknown(HopKind::Csp, &places, "what the policy comes to is not known"),
        }
    }

    /// The schemes that the page and the address may have together.
    fn worlds(&self) -> Vec<Schemes> {
        let url = self.url();
        let of_page: &[&'static str] = match self.page.map(|page| &page.scheme) {
            Some(Known::Is(PageScheme::Http, _)) => &["http"],
            Some(Known::Is(PageScheme::Https, _)) => &["https"],
            _ => &["http", "https"],
        };
        let is_socket = self.connection.api.is_socket() && !self.polls_first();
        let of_kind = |scheme: &str| -> Option<&'static str> {
            let is_secure = matches!(scheme, "https" | "wss");
            Some(match (is_socket, is_secure) {
                (true, true) => "wss",
                (true, false) => "ws",
                (false, true) => "https",
                (false, false) => "http",
            })
        };
        let follows_page = url.relation == UrlRelation::Relative || matches!(url.scheme, Component::FromPage(..));
        let mut worlds = Vec::new();
        for page in of_page {
            match url.scheme.value().filter(|_| !follows_page) {
                Some(scheme) => worlds.extend(of_kind(scheme).map(|url| Schemes { page, url })),
                None if follows_page => worlds.extend(of_kind(page).map(|url| Schemes { page, url })),
                None => {
                    let both = ["http", "https"].into_iter().filter_map(of_kind);
                    worlds.extend(both.map(|url| Schemes { page, url }));
                }
            }
        }
        worlds
    }

    /// What one sender's policies say in every possible world.
    fn lets_out(&self, sent: &SentPolicy, worlds: &[Schemes]) -> Match {
        let mut found: Option<Match> = None;
        for schemes in worlds {
            let one = sent.in_all(|policies| {
                policies.iter().fold(Match::Yes, |all, policy| all.and(self.allowed_by(policy, *schemes)))
            });
            found = Some(match found {
                None => one,
                Some(known) if known == one => known,
                Some(_) => Match::Unknown,
            });
        }
        found.unwrap_or(Match::Unknown)
    }

    fn allowed_by(&self, policy: &Policy, schemes: Schemes) -> Match {
        let Some(directive) = policy.of_connections() else {
            return if policy.may_be_overridden() { Match::Unknown } else { Match::Yes };
        };
        let page = CspPage {
            scheme: schemes.page,
            host: self.page.and_then(|page| page.host.value()).map(|host| &**host),
            port: self.page.and_then(|page| page.port.value()).copied(),
        };
        let path = self.url().path.value().map(known_beginning).unwrap_or_default();
        let whole = if self.url().path.value().is_some_and(is_known) { Whole::Yes } else { Whole::No };
        let asked = |scheme, port| AskedUrl {
            scheme,
            host: self.url().host.value().map(|host| &**host),
            port,
            path: (&path, whole),
            whose: self.whose(),
        };
        let port = self.url().port.value().copied();
        let plain = matches(&directive.values, &page, &asked(schemes.url, port));
        let secure = match schemes.url {
            "ws" => "wss",
            "http" => "https",
            other => other,
        };
        let upgraded = || {
            let port = port.map(|port| if port == 80 && secure != schemes.url { 443 } else { port });
            matches(&directive.values, &page, &asked(secure, port))
        };
        // The standard asks about the address that is upgraded, Chromium for requests about the one that is written.
        let found = match self.upgrades {
            Match::No => plain,
            Match::Yes if self.connection.api.is_socket() => upgraded(),
            _ if plain == upgraded() => plain,
            _ => Match::Unknown,
        };
        if found == Match::No && policy.may_be_overridden() { Match::Unknown } else { found }
    }

    /// What the address shares with the page.
    fn whose(&self) -> Whose {
        let url = self.url();
        if self.is_pages_own_origin() {
            Whose::PagesOrigin
        } else if url.relation == UrlRelation::SameHost || matches!(url.host, Component::FromPage(..)) {
            Whose::PagesHost
        } else {
            Whose::Stated
        }
    }

    fn blocked(&mut self, index: usize, worlds: &[Schemes]) {
        let Some(sent) = self.policies.sent.get(index).map(Rc::clone) else { return };
        let refuses = |policy: &&Policy| worlds.iter().any(|schemes| self.allowed_by(policy, *schemes) == Match::No);
        let policy = sent.ways.iter().flatten().flatten().find(refuses);
        let Some(directive) = policy.and_then(Policy::of_connections) else { return };
        let url = self.url();
        let add = self.source_to_add(worlds);
        let shown = directive.values.join(" ").replace('\u{1}', "{...}");
        let kind = CauseKind::CspBlocksConnection {
            url: url.display.clone(),
            by: sent.by.clone(),
            api: Arc::from(self.connection.api.name()),
            why: CspFault::NotListed {
                directive: Arc::from(directive.name.as_str()),
                sources: Arc::from(shown.as_str()),
                add: add.clone(),
            },
        };
        let note = format!("`{} {shown}` does not allow it", directive.name);
        let mut candidate = Candidate::new(kind, sent.place, add.as_deref().unwrap_or("?"))
            .link(self.connection.place, format!("opens `{}`", url.display))
            .links(&url.evidence, "part of the URL")
            .resting_on(&url.assumptions);
        if let Some(page) = self.page {
            candidate = candidate.resting_on(&page.assumptions);
        }
        self.breaks(HopKind::Csp, candidate, note);
    }

    /// The source that would let the connection out.
    fn source_to_add(&self, worlds: &[Schemes]) -> Option<Arc<str>> {
        let url = self.url();
        if self.whose() == Whose::PagesOrigin {
            return Some(Arc::from("'self'"));
        }
        let [Schemes { url: scheme, .. }] = worlds else { return None };
        let (host, port) = (url.host.value()?, url.port.value()?);
        let usual = if matches!(*scheme, "https" | "wss") { 443 } else { 80 };
        let port = if *port == usual { String::new() } else { format!(":{port}") };
        Some(Arc::from(format!("{scheme}://{host}{port}")))
    }

    /// A page over plain http whose policy makes the browser speak TLS to the plain port that it came from.
    fn upgraded_to_nothing(&mut self) -> bool {
        let plain = self.page.is_some_and(|page| matches!(page.scheme, Known::Is(PageScheme::Http, _)));
        let own = self.whose() == Whose::PagesOrigin;
        if self.upgrades != Match::Yes || !plain || !own || self.handshake.mode == Mode::Development {
            return false;
        }
        let named = self.page.and_then(|page| page.host.value()).cloned();
        let stated = if named.is_some() { None } else { self.stated_plainly() };
        let upgrades = |sent: &&Rc<SentPolicy>| {
            sent.in_all(|policies| if policies.iter().any(Policy::upgrades) { Match::Yes } else { Match::No })
                == Match::Yes
        };
        let Some(sent) = self.policies.sent.iter().find(upgrades) else { return false };
        let place = sent.place;
        if named.is_none() && stated.is_none() {
            let why = "`upgrade-insecure-requests` turns it into TLS unless the page is opened as localhost";
            self.unknown(HopKind::Csp, &[place], why);
            return true;
        }
        let url = self.url();
        let kind = CauseKind::CspBlocksConnection {
            url: url.display.clone(),
            by: sent.by.clone(),
            api: Arc::from(self.connection.api.name()),
            why: CspFault::Upgraded,
        };
        let mut candidate = Candidate::new(kind, place, "upgrade-insecure-requests")
            .link(self.connection.place, format!("opens `{}`", url.display))
            .resting_on(&url.assumptions);
        if let Some(page) = self.page {
            candidate = candidate.links(page.scheme.places(), "the page is served over plain http");
        }
        if let Some(place) = stated {
            candidate = candidate.link(place, "the site's address is a plain `http:` one");
        }
        self.breaks(
            HopKind::Csp,
            candidate,
            "`upgrade-insecure-requests` turns it into TLS, on a port that takes none",
        );
        true
    }

    /// A setting that names the site by an `http:` address with the page's port and a host of its own.
    fn stated_plainly(&self) -> Option<Place> {
        let port = *self.page?.port.value()?;
        let services: Vec<_> = self.network.services().collect();
        let is_site = |text: &str| {
            let Ok(url) = url::Url::parse(text) else { return false };
            let host = url.host_str().unwrap_or_default();
            url.scheme() == "http"
                && url.port_or_known_default() == Some(port)
                && !is_loopback(host)
                && host != "0.0.0.0"
                && !services.iter().any(|(_, service)| service.host_names.iter().any(|name| &**name == host))
        };
        let bindings = services.iter().flat_map(|(_, service)| &service.environment);
        bindings
            .filter(|binding| {
                binding.value.as_known_text().is_some_and(|text| text.split(',').any(|one| is_site(one.trim())))
            })
            .map(|binding| binding.place)
            .next()
    }
}

/// What is known of a path from its beginning.
fn known_beginning(path: &PathText) -> String {
    let known = path.0.iter().map_while(|piece| match piece {
        PathPiece::Known(text) => Some(&**text),
        PathPiece::Segment | PathPiece::Rest => None,
    });
    known.collect()
}

fn is_known(path: &PathText) -> bool {
    path.0.iter().all(|piece| matches!(piece, PathPiece::Known(_)))
}
