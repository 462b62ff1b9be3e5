//! The configuration files of proxies and web servers beside nginx.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ApacheFile, CaddyFile, EnvoyFile, HaproxyFile};
use crate::base::Span;

/// What one configuration file says, as a tree of its own program's making.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProxyFile {
    /// Caddy.
    Caddy(CaddyFile),
    /// Apache httpd.
    Apache(ApacheFile),
    /// HAProxy.
    Haproxy(HaproxyFile),
    /// Envoy.
    Envoy(EnvoyFile),
}

/// A word of a configuration after the program has taken the quotes off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyWord {
    /// The text without quotes and escapes; placeholders are in it as written.
    pub text: Arc<str>,
    /// Where it is, quotes included.
    pub span: Span,
    /// Placeholders in `text`, of a template language or the program's own (`${NAME}`): byte ranges of `text` and what is there.
    pub holes: Vec<(Span, Arc<str>)>,
}
