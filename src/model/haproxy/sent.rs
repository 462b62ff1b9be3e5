//! The headers that an upstream receives, and whether an upgrade is among them.

use std::sync::Arc;

use super::address::{Protocol, Server};
use super::config::Line;
use super::headers::without_keeping;
use super::matching::Network;
use super::run::Run;
use crate::base::Place;
use crate::model::proxy::{
    ClientHeaders, HeaderOrigin, HeaderValue, HttpVersion, LostUpgrade, Sent, Upgrade, UpstreamHeader, UpstreamHeaders,
};

/// The options that say what becomes of connections: the last one counts.
const CONNECTION_OPTIONS: [&str; 5] =
    ["httpclose", "http-server-close", "http-keep-alive", "forceclose", "http-tunnel"];

impl Run<'_> {
    /// What the upstream receives.
    pub(super) fn upstream_headers(&mut self) -> UpstreamHeaders {
        let http = self.is_http();
        if http {
            self.add_address("forwardfor", "x-forwarded-for", self.request.client.map(|one| one.to_string()));
            self.add_address("originalto", "x-original-to", self.request.address.map(|one| one.to_string()));
        }
        let mut out = UpstreamHeaders { listed: Vec::new(), removed: Vec::new(), others: ClientHeaders::PassedOn };
        for header in &self.headers.listed {
            if http && &*header.name == "connection" {
                continue;
            }
            let value = match &header.value {
                Ok(text) => HeaderValue::Known(Arc::clone(text)),
                Err(why) => HeaderValue::Unknown(why.clone()),
            };
            out.listed.push(UpstreamHeader { name: Arc::clone(&header.name), value, origin: header.origin });
        }
        out.removed.extend(self.headers.gone.iter().cloned());
        if http {
            self.connection(&mut out);
        }
        out
    }

    /// `option forwardfor` and its like: a header more, whatever the client sends.
    fn add_address(&mut self, option: &str, usual: &str, address: Option<String>) {
        let backend = self.backend.unwrap_or(self.frontend);
        let sections = [backend, self.frontend];
        let config = self.config();
        let Some(line) = sections.iter().find_map(|number| config.option(*number, &[option])) else { return };
        let place = line.place;
        let lines = || sections.iter().filter_map(|number| config.option(*number, &[option]));
        let value_of = |line: &'_ Line, name: &str| {
            let at = line.words.iter().position(|word| word.is(name))?;
            line.words.get(at + 1).map(|word| Arc::clone(&word.text))
        };
        // the back end's line decides on the name, whatever the front end's says
        let name = value_of(line, "header").map_or_else(|| usual.to_owned(), |name| name.to_ascii_lowercase());
        let network = lines().find_map(|line| value_of(line, "except")).map(|text| Network::new(&text));
        let value = address.ok_or_else(|| self.runtime(place));
        let is_kept_out = match (&network, &value) {
            (Some(Some(network)), Ok(text)) => text.parse().map_or(Ok(false), |address| Ok(network.holds(address))),
            (Some(_), _) => Err(self.runtime(place)),
            (None, _) => Ok(false),
        };
        if is_kept_out == Ok(true) {
            return;
        }
        let if_none = lines().all(|line| line.words.iter().any(|word| word.is("if-none")));
        if if_none && !self.headers.get(&name).is_empty() {
            return;
        }
        let value = is_kept_out.and(value).map(Arc::from);
        self.headers.add(&name, value, HeaderOrigin::Set(place));
    }

    /// The `Connection` header: the tokens that are about something else, and what this side makes of its connection.
    fn connection(&self, out: &mut UpstreamHeaders) {
        let values = self.headers.get("connection");
        let set = self.headers.changed_by("connection");
        let name: Arc<str> = "connection".into();
        let origin = set.map_or(HeaderOrigin::Client, HeaderOrigin::Set);
        if let Some(why) = values.iter().find_map(|value| value.as_ref().err()) {
            out.listed.push(UpstreamHeader { name, value: HeaderValue::Unknown(why.clone()), origin });
            return;
        }
        let texts: Vec<Arc<str>> = values.into_iter().flatten().collect();
        let asks_to_close = texts.iter().any(|text| has_token(text, "close"));
        let mut upgrades = false;
        for text in &texts {
            upgrades |= has_token(text, "upgrade");
            if let Some(kept) = without_keeping(text) {
                let value = HeaderValue::Known(kept);
                out.listed.push(UpstreamHeader { name: Arc::clone(&name), value, origin });
            }
        }
        let handshake =
            upgrades && self.headers.get("upgrade").iter().flatten().any(|text| has_token(text, "websocket"));
        let key = "sec-websocket-key";
        if handshake && self.headers.get(key).is_empty() && self.request.headers.get(key) == Sent::Nothing {
            // HAProxy makes one
            let value = HeaderValue::Unknown(self.runtime(self.bind.place));
            out.listed.push(UpstreamHeader { name: key.into(), value, origin: HeaderOrigin::Default });
        }
        let old = self.request.version == HttpVersion::Http10;
        let closes = asks_to_close || self.closes();
        let made = match (old, closes) {
            _ if upgrades => None,
            (false, true) => Some("close"),
            (true, false) => Some("keep-alive"),
            _ => None,
        };
        if let Some(made) = made {
            let value = HeaderValue::Known(made.into());
            out.listed.push(UpstreamHeader { name, value, origin: HeaderOrigin::Default });
        }
    }

    /// Whether a server gets one request only for each connection.
    fn closes(&self) -> bool {
        let config = self.config();
        let sections = [self.frontend, self.backend.unwrap_or(self.frontend)];
        let keeps = sections.iter().any(|number| config.option(*number, &["http-pretend-keepalive"]).is_some());
        let closes = |number: &usize| {
            let mut chain = config.chain(*number);
            chain.reverse();
            let mut mode = None;
            for line in chain.into_iter().flat_map(|section| &section.lines) {
                let is_of = |word: &&str| CONNECTION_OPTIONS.contains(word);
                if line.starts(&["option"]) {
                    mode = line.word(1).filter(is_of).or(mode);
                } else if line.starts(&["no", "option"]) && mode == line.word(2) {
                    // `no` takes back what it names, and nothing else
                    mode = None;
                }
            }
            matches!(mode, Some("httpclose" | "http-server-close" | "forceclose"))
        };
        sections.iter().any(closes) && !keeps
    }

    /// What becomes of an upgrade, for whoever asks for one.
    pub(super) fn upgrade(&self, server: &Server) -> Upgrade {
        if !self.is_http() {
            return Upgrade::Carried;
        }
        if server.protocol != Protocol::Http1 {
            return Upgrade::Unknown(self.runtime(server.place));
        }
        for (name, token) in [("Upgrade", "websocket"), ("Connection", "upgrade")] {
            let Some(place) = self.headers.changed_by(name) else { continue };
            let values = self.headers.get(name);
            if let Some(why) = values.iter().find_map(|value| value.as_ref().err()) {
                return Upgrade::Unknown(why.clone());
            }
            if !values.iter().flatten().any(|value| has_token(value, token)) {
                return Upgrade::Lost(lost(name, place, values.is_empty()));
            }
        }
        Upgrade::Carried
    }
}

fn lost(name: &str, place: Place, is_gone: bool) -> LostUpgrade {
    let problem = if is_gone {
        format!("a rule takes the header {name} out")
    } else {
        format!("a rule gives the header {name} another value")
    };
    LostUpgrade { problem, missing: vec![name.into()], place, dropped: None }
}

fn has_token(text: &str, token: &str) -> bool {
    text.split(',').any(|one| one.trim().eq_ignore_ascii_case(token))
}
