//! The headers that an upstream receives, and whether an upgrade is among them.

use std::sync::Arc;

use super::address::Address;
use super::run::{Run, Stop};
use super::workers::Worker;
use crate::base::Place;
use crate::model::proxy::{
    ClientHeaders, HeaderOrigin, HeaderValue, LostUpgrade, Sent, Target, Upgrade, UpstreamHeader, UpstreamHeaders,
};

/// Headers that are about one connection, and are never handed on as they are.
const HOP_BY_HOP: [&str; 7] =
    ["Proxy-Connection", "Keep-Alive", "Upgrade", "Trailer", "TE", "Transfer-Encoding", "Expect"];

impl Run<'_> {
    /// What the upstream receives.
    pub(super) fn upstream_headers(
        &self,
        address: &Address<'_>,
        worker: Option<&Worker>,
        carried: bool,
        targets: &[Target],
    ) -> Result<UpstreamHeaders, Stop> {
        let mut out = UpstreamHeaders { listed: Vec::new(), removed: Vec::new(), others: ClientHeaders::PassedOn };
        let mut host = self.upstream_host(address);
        let same = |target: &Target| {
            targets.first().is_some_and(|first| (&first.host, first.port) == (&target.host, target.port))
        };
        if host.origin == HeaderOrigin::Default && !targets.iter().all(same) {
            host.value = HeaderValue::Unknown(self.runtime());
        }
        out.listed.push(host);
        let connection = self.header("Connection");
        let dropped: Vec<String> = match &connection {
            Sent::Text(text) => text.split([',', ';']).map(|word| word.trim().to_ascii_lowercase()).collect(),
            _ => Vec::new(),
        };
        let is_dropped = |name: &str| {
            HOP_BY_HOP.iter().any(|known| known.eq_ignore_ascii_case(name))
                || ["host", "connection"].iter().any(|known| name.eq_ignore_ascii_case(known))
                || dropped.iter().any(|word| word.eq_ignore_ascii_case(name))
        };
        let set_by = |name: &str| {
            self.origins.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, place)| *place)
        };
        // several of a name arrive as one, unless the configuration has added them
        let mut seen: Vec<String> = Vec::new();
        for (name, sent) in &self.headers {
            let lower = name.to_ascii_lowercase();
            let from_client = set_by(name).is_none();
            if is_dropped(name) || from_client && seen.contains(&lower) {
                continue;
            }
            seen.push(lower);
            let sent = if from_client { self.header(name) } else { sent.clone() };
            let origin = set_by(name).map_or(HeaderOrigin::Client, HeaderOrigin::Set);
            let value = match sent {
                Sent::Text(text) => HeaderValue::Known(text),
                Sent::Nothing => {
                    out.removed.push((Arc::clone(name), set_by(name)));
                    continue;
                }
                Sent::Unknown if from_client => continue,
                Sent::Unknown => HeaderValue::Unknown(self.runtime()),
            };
            out.listed.push(UpstreamHeader { name: Arc::clone(name), value, origin });
        }
        if self.scope.flag("proxyaddheaders") != Some(false) {
            self.forwarded(&mut out);
        }
        let default = |name: &str, value: &str| UpstreamHeader {
            name: name.into(),
            value: HeaderValue::Known(value.into()),
            origin: HeaderOrigin::Default,
        };
        if carried {
            out.listed.push(default("Connection", "Upgrade"));
            if let Sent::Text(protocol) = self.header("Upgrade") {
                out.listed.push(default("Upgrade", &protocol));
            }
        } else if !self.environment.contains_key("force-proxy-request-1.0") {
            let kept = !self.environment.contains_key("proxy-nokeepalive") && worker.is_some_and(Worker::is_reused);
            out.listed.push(default("Connection", if kept { "Keep-Alive" } else { "close" }));
            out.removed.push(("Upgrade".into(), None));
        } else {
            out.removed.extend([("Upgrade".into(), None), ("Connection".into(), None)]);
        }
        Ok(out)
    }

    fn upstream_host(&self, address: &Address<'_>) -> UpstreamHeader {
        let preserve = self.scope.last("proxypreservehost").filter(|directive| directive.is_on());
        let name: Arc<str> = "Host".into();
        if preserve.is_none() {
            let value = match address.host_port() {
                Some((host, _)) if host.contains(super::tree::GAP) => HeaderValue::Unknown(self.runtime()),
                Some((host, port)) => {
                    let host = if host.contains(':') { format!("[{host}]") } else { host };
                    let port = port.filter(|port| *port != 80 && *port != address.usual_port());
                    HeaderValue::Known(port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")).into())
                }
                None => HeaderValue::Unknown(self.runtime()),
            };
            return UpstreamHeader { name, value, origin: HeaderOrigin::Default };
        }
        let set = self.origins.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case("host"));
        let origin = set.map_or(HeaderOrigin::Client, |(_, place)| HeaderOrigin::Set(*place));
        let value = match self.header("Host") {
            Sent::Text(text) => HeaderValue::Known(text),
            Sent::Nothing => match self.server.name() {
                Some(name) => HeaderValue::Known(name.host),
                None => HeaderValue::Unknown(self.runtime()),
            },
            Sent::Unknown => match self.variable("HTTP_HOST") {
                Ok(text) => HeaderValue::Known(text.into()),
                Err(why) => HeaderValue::Unknown(why),
            },
        };
        UpstreamHeader { name, value, origin }
    }

    /// The headers that tell an upstream of the client.
    fn forwarded(&self, out: &mut UpstreamHeaders) {
        let client = self.request.client.map(|address| address.to_string());
        let host = match self.header("Host") {
            Sent::Text(text) => Some(Some(text.to_string())),
            Sent::Nothing => None,
            Sent::Unknown => Some(self.variable("HTTP_HOST").ok()),
        };
        let server = self.server.name().map(|name| name.host.to_string());
        let all = [("X-Forwarded-For", Some(client)), ("X-Forwarded-Host", host), ("X-Forwarded-Server", Some(server))];
        for (name, value) in all {
            let Some(value) = value else { continue };
            let before = self.header(name);
            let joined = match (before, value) {
                (Sent::Text(before), Some(value)) => HeaderValue::Known(format!("{before}, {value}").into()),
                (Sent::Nothing, Some(value)) => HeaderValue::Known(value.into()),
                // a browser sends none of them
                (Sent::Unknown, Some(value)) => HeaderValue::Known(value.into()),
                (_, None) => HeaderValue::Unknown(self.runtime()),
            };
            let known = out.listed.iter_mut().find(|header| header.name.eq_ignore_ascii_case(name));
            out.removed.retain(|(removed, _)| !removed.eq_ignore_ascii_case(name));
            match known {
                Some(header) => header.value = joined,
                None => {
                    out.listed.push(UpstreamHeader { name: name.into(), value: joined, origin: HeaderOrigin::Default })
                }
            }
        }
    }

    /// What becomes of an upgrade, for whoever asks for one.
    pub(super) fn upgrade(
        &self,
        address: &Address<'_>,
        worker: Option<&Worker>,
        carried: bool,
        place: Place,
    ) -> Upgrade {
        if carried {
            return Upgrade::Carried;
        }
        let missing = vec![Arc::from("upgrade=websocket")];
        let lost = |problem: String, place: Place| {
            Upgrade::Lost(LostUpgrade { problem, missing: missing.clone(), place, dropped: None })
        };
        match worker {
            Some(worker) if worker.place != place => lost(
                format!(
                    "connections to {} are those of another directive, which has no `upgrade=websocket`",
                    worker.name
                ),
                worker.place,
            ),
            Some(worker) if worker.parameter("upgrade").is_some() => {
                lost("`upgrade=` does not name `websocket`".to_owned(), place)
            }
            Some(_) => lost("`upgrade=websocket` is not set".to_owned(), place),
            None if matches!(&*address.scheme, "ws" | "wss") => {
                lost("no `Upgrade: websocket` is left".to_owned(), place)
            }
            None => lost("no worker with `upgrade=websocket` fits the address".to_owned(), place),
        }
    }
}
