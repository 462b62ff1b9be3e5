//! What the connection manager does to the headers of a request.

use super::config::{ForwardedFor, RemoteAddress, RequestId};
use super::headers::Value;
use super::run::{DEFAULT, Run};
use crate::facts::HoleReason;
use crate::model::Tls;
use crate::model::proxy::Sent;

impl Run<'_> {
    /// Takes out what is between two neighbours.
    pub(super) fn sanitize(&mut self) {
        let upgrade = self.upgrade();
        let is_h2c = matches!(&upgrade, Ok(Some(protocol)) if protocol.eq_ignore_ascii_case("h2c"));
        if is_h2c {
            self.headers.remove("http2-settings", None);
        }
        match upgrade {
            Ok(Some(_)) if !is_h2c => {}
            Err(_) => {}
            Ok(_) => {
                if let Sent::Text(listed) = self.headers.joined("connection") {
                    for name in listed.split(',').map(|name| name.trim().to_ascii_lowercase()) {
                        let own = matches!(name.as_str(), "close" | "keep-alive" | "upgrade" | "http2-settings" | "te");
                        if !own && !name.is_empty() {
                            self.headers.remove(&name, None);
                        }
                    }
                }
                self.headers.remove("connection", None);
                self.headers.remove("upgrade", None);
                if let Sent::Text(te) = self.headers.joined("te") {
                    let trailers = te.split(',').any(|one| one.trim().eq_ignore_ascii_case("trailers"));
                    self.headers.remove("te", None);
                    if trailers {
                        self.headers.set("te", Ok("trailers".into()), DEFAULT);
                    }
                }
            }
        }
        for name in ["keep-alive", "proxy-connection", "transfer-encoding", "x-envoy-internal"] {
            self.headers.remove(name, None);
        }
    }

    /// What tells an upstream of the client.
    pub(super) fn forwarded(&mut self) {
        let manager = self.manager;
        let by_connection = manager.remote_address == RemoteAddress::Connection;
        let peer = self.peer();
        if manager.forwarded_for == ForwardedFor::Appended {
            self.headers.add("x-forwarded-for", peer, DEFAULT);
        }
        let scheme = if self.request.tls == Tls::Tls { "https" } else { "http" };
        let told = self.headers.seldom("x-forwarded-proto").is_some();
        if by_connection && manager.trusted_hops == 0 || !told {
            self.headers.set("x-forwarded-proto", Ok(scheme.into()), DEFAULT);
        }
        if let Some(scheme) = &manager.scheme {
            self.headers.set("x-forwarded-proto", Ok(scheme.clone()), DEFAULT);
        }
        self.scheme = match (&manager.scheme, self.headers.seldom("x-forwarded-proto")) {
            (Some(scheme), _) => Ok(scheme.clone()),
            (None, Some(Ok(told))) if matches!(&*told, "http" | "https") => Ok(told),
            _ => Ok(scheme.into()),
        };
        if manager.forwarded_port && (by_connection || self.headers.seldom("x-forwarded-port").is_none()) {
            self.headers.set("x-forwarded-port", Ok(self.request.port.to_string().into()), DEFAULT);
        }
        if by_connection {
            let address = self.request.client.filter(|_| manager.trusted_hops == 0);
            let address = address.map(|address| address.to_string().into()).ok_or(HoleReason::Runtime);
            self.headers.set("x-envoy-external-address", address, DEFAULT);
        }
        let told = self.headers.seldom("x-request-id").is_some();
        match manager.request_id {
            RequestId::Off => {}
            RequestId::Made if by_connection => {
                self.headers.set("x-request-id", Err(HoleReason::Runtime), DEFAULT);
            }
            RequestId::Made | RequestId::Preserved if told => {}
            RequestId::Made | RequestId::Preserved => {
                self.headers.set("x-request-id", Err(HoleReason::Runtime), DEFAULT);
            }
        }
        if let Some(via) = &manager.via {
            self.headers.add("via", Ok(via.clone()), DEFAULT);
        }
    }

    /// The address that goes into X-Forwarded-For: for a loopback one that of the machine.
    fn peer(&self) -> Value {
        let address = self.request.client.filter(|address| !address.is_loopback());
        address.map(|address| address.to_string().into()).ok_or(HoleReason::Runtime)
    }
}
