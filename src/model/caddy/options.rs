//! Global options.

use std::sync::Arc;

use super::lines::{Line, Word};
use super::proxy_directive::trust;
use super::route::Trust;

/// Global options that decide where requests go.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Options {
    pub http_port: u16,
    pub https_port: u16,
    pub automatic: Automatic,
    pub default_bind: Vec<Word>,
    pub default_sni: Option<Arc<str>>,
    /// Proxies whose X-Forwarded headers are believed, on all servers.
    pub trusted: Trust,
}

/// What `auto_https` turns off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Automatic {
    pub all: Switch,
    pub redirects: Switch,
    pub certificates: Switch,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Switch {
    #[default]
    On,
    Off,
}

impl Options {
    pub fn new(lines: &[Line]) -> Self {
        let mut options = Self {
            http_port: 80,
            https_port: 443,
            automatic: Automatic::default(),
            default_bind: Vec::new(),
            default_sni: None,
            trusted: Trust::default(),
        };
        for line in lines {
            let port = || line.arg(0).and_then(|text| text.parse().ok());
            match line.name() {
                "http_port" => options.http_port = port().unwrap_or(options.http_port),
                "https_port" => options.https_port = port().unwrap_or(options.https_port),
                "default_bind" => options.default_bind.extend(line.args().iter().cloned()),
                "default_sni" | "fallback_sni" => options.default_sni = line.arg(0).map(Arc::from),
                "auto_https" => {
                    for word in line.args() {
                        match &*word.text {
                            "off" => options.automatic.all = Switch::Off,
                            "disable_redirects" => options.automatic.redirects = Switch::Off,
                            "disable_certs" => options.automatic.certificates = Switch::Off,
                            _ => {}
                        }
                    }
                }
                "servers" => {
                    let listed = line.inner().iter().filter(|inner| inner.name() == "trusted_proxies");
                    for inner in listed {
                        if inner.arg(0) == Some("static") {
                            trust(&mut options.trusted, inner.args().get(1..).unwrap_or_default());
                        } else if let Some(word) = inner.args().first() {
                            let reason = crate::facts::HoleReason::ExternalCall(Arc::clone(&word.text));
                            options.trusted.unknown = Some(crate::model::Unknown { reason, place: Some(inner.place) });
                        }
                    }
                }
                _ => {}
            }
        }
        options
    }
}
