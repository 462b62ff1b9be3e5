//! Which back end takes a request, and which of its servers.

use std::sync::Arc;

use super::address::{Part, Port, Protocol, Server};
use super::config::{Mode, Section};
use super::run::{Phase, Run, Stop};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{HttpVersion, Outcome, Proxied, SpokenVersion, Target, VersionSource};
use crate::model::{PathText, Tls, Unknown};

impl<'a> Run<'a> {
    /// The section whose servers take the request: `use_backend` in order, then `default_backend`, then the section itself.
    pub(super) fn switch(&mut self) -> Result<usize, Stop> {
        let config = self.config();
        for rule in config.rules(self.frontend, |section| &section.switches) {
            let Some(word) = rule.words.first() else { continue };
            let takes = match self.forced {
                Some(place) => place == rule.place,
                None => self.applies(rule),
            };
            if !takes {
                continue;
            }
            let name = if word.text.contains("%[") { self.formatted(word) } else { word.known().map(str::to_owned) };
            let name = name.map_err(Stop::Unknown)?;
            let Some(number) = config.backend(&name) else {
                if word.text.contains("%[") {
                    // what no section is called leads to the default
                    break;
                }
                return Err(self.missing(&name, word.place));
            };
            self.chosen_by = Some(rule);
            self.steps.push((rule.place, format!("`use_backend {name}` takes it")));
            return Ok(number);
        }
        let Some(line) = config.last(self.frontend, &["default_backend"]) else { return Ok(self.frontend) };
        if let Some(why) = line.doubt() {
            return Err(Stop::Unknown(why));
        }
        let Some(word) = line.words.get(1) else { return Ok(self.frontend) };
        let name = word.known().map_err(Stop::Unknown)?;
        self.steps.push((line.place, format!("`default_backend {name}` takes it")));
        config.backend(name).ok_or_else(|| self.missing(name, word.place))
    }

    /// HAProxy does not start without the section, so it is in a file that is not here.
    fn missing(&self, name: &str, place: Place) -> Stop {
        Stop::Unknown(Unknown { reason: HoleReason::Unresolved(format!("backend {name}").into()), place: Some(place) })
    }

    /// Sends the request on.
    pub(super) fn forward(&mut self, number: usize) -> Result<std::convert::Infallible, Stop> {
        let Some(section) = self.config().sections.get(number) else { return Err(self.unsupported(self.bind.place)) };
        let servers = self.servers(section)?;
        let Some(first) = servers.first().copied() else {
            let place = section.place;
            return Err(Stop::Done(Outcome::Status { code: 503, place }));
        };
        let differ = |server: &&Server| (server.tls, server.protocol) != (first.tls, first.protocol);
        if servers.iter().any(differ) || first.tls == Tls::Unknown {
            return Err(Stop::Unknown(self.runtime(first.place)));
        }
        let port = self.request.port;
        let targets: Vec<Target> =
            servers.iter().flat_map(|server| std::iter::repeat_n(server.target(port), server.members)).collect();
        // what TLS the client speaks passes a front end that does not end it
        let through = self.phase == Phase::Connection && self.bind.tls != Tls::Tls && self.request.tls == Tls::Tls;
        let scheme = if first.tls == Tls::Tls || through { "https" } else { "http" };
        let version = match first.protocol {
            Protocol::Http2 => HttpVersion::Http2,
            _ if self.request.version == HttpVersion::Http10 => HttpVersion::Http10,
            _ => HttpVersion::Http11,
        };
        let headers = self.upstream_headers();
        let upgrade = self.upgrade(first);
        let shown = first.port;
        let written = section.written();
        let address = match (&first.host, shown) {
            (Some(host), Port::Is(port)) => format!("{host}:{port}"),
            (Some(host), _) => host.to_string(),
            (None, _) => "its server".to_owned(),
        };
        self.steps.push((section.place, format!("`{written}` sends it to {scheme}://{address}")));
        let host_header = match self.headers.get("host").into_iter().next() {
            Some(Ok(host)) => host,
            _ => Arc::from("%[req.hdr(host)]"),
        };
        Err(Stop::Done(Outcome::Proxied(Box::new(Proxied {
            location: written,
            location_place: section.place,
            level: self.level(),
            pass_place: first.place,
            scheme: scheme.into(),
            upstream: (targets.len() > 1).then(|| Arc::clone(&section.name)),
            targets,
            method: Arc::clone(&self.method),
            path: PathText::known(&self.path),
            query: self.query.clone(),
            http_version: SpokenVersion { version, source: VersionSource::Default },
            headers,
            upgrade,
            host_header,
            kept_status: None,
            origin_gate: None,
        }))))
    }

    /// The servers that take turns.
    fn servers(&mut self, section: &'a Section) -> Result<Vec<&'a Server>, Stop> {
        let named = self.named_server()?;
        let all: Vec<&Server> = section.servers.iter().filter(|server| server.part != Part::Never).collect();
        if let Some(name) = named
            && let Some(server) = all.iter().copied().find(|server| server.name == name)
        {
            return Ok(vec![server]);
        }
        let always: Vec<&Server> = all.iter().copied().filter(|server| server.part == Part::Always).collect();
        if !always.is_empty() {
            return Ok(always);
        }
        // of the others one takes all, unless they are told to share
        Ok(all.into_iter().take(1).collect())
    }

    /// `use-server`
    fn named_server(&mut self) -> Result<Option<Arc<str>>, Stop> {
        for rule in self.config().rules(self.section, |section| &section.server_rules) {
            let Some(word) = rule.words.first() else { continue };
            if self.applies(rule) {
                let name =
                    if word.text.contains("%[") { self.formatted(word) } else { word.known().map(str::to_owned) };
                return Ok(Some(name.map_err(Stop::Unknown)?.into()));
            }
        }
        Ok(None)
    }

    /// Whether both sides of the way speak HTTP.
    pub(super) fn is_http(&self) -> bool {
        self.config().mode(self.frontend) == Mode::Http
    }
}
