//! What a hosting service does with requests, by its file in the repository.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Span;

/// The forwarding rules of a hosting file, in its own order: the first that takes a request decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostingFact {
    /// The service.
    pub service: HostingService,
    /// Its rules.
    pub rules: Vec<HostingRule>,
    /// The folder whose build it publishes, from the folder of the file, when it says so.
    pub publishes: Option<Arc<str>>,
    /// Something in the file that may answer requests and is not read.
    pub unread: Option<Span>,
}

/// A hosting service whose rules are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HostingService {
    /// Vercel (`vercel.json`).
    Vercel,
    /// Netlify (`netlify.toml`).
    Netlify,
    /// Netlify or Cloudflare Pages (`_redirects`).
    Redirects,
    /// Firebase Hosting (`firebase.json`).
    Firebase,
    /// Azure Static Web Apps (`staticwebapp.config.json`).
    Azure,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostingRule {
    /// The rule.
    pub span: Span,
    /// The pattern of paths that it takes.
    pub source: Arc<str>,
    /// How the pattern is written.
    pub syntax: HostingPattern,
    /// What becomes of a request.
    pub action: HostingAction,
    /// Whether it also depends on something else (headers, cookies, countries, roles).
    pub when: HostingWhen,
}

/// How the pattern of a rule is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HostingPattern {
    /// `/api/:path*`, `/(.*)` (path-to-regexp).
    Path,
    /// A regular expression over the whole path.
    Regex,
    /// `/api/*`, `/api/:id`.
    Star,
    /// `/api/**` (globs).
    Glob,
}

/// What becomes of a request that a rule takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostingAction {
    /// A file answers.
    File(Arc<str>),
    /// Another server answers, at this address.
    Forward(Arc<str>),
    /// A function of the service answers.
    Function(Arc<str>),
    /// The browser is sent elsewhere.
    Redirect(Arc<str>),
    /// Something that is not read.
    Unknown,
}

/// When a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HostingWhen {
    /// For every request.
    Always,
    /// Only where there is no such file.
    NoFile,
    /// Under a condition that is not followed.
    Sometimes,
}

impl HostingService {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vercel => "Vercel",
            Self::Netlify => "Netlify",
            Self::Redirects => "Netlify or Cloudflare Pages",
            Self::Firebase => "Firebase",
            Self::Azure => "Azure Static Web Apps",
        }
    }
}
