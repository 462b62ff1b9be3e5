//! Content-Security-Policies that code or a configuration file sends with pages.

use serde::{Deserialize, Serialize};

use super::Expr;
use crate::base::Span;

/// A Content-Security-Policy that is sent with pages, as one place of the code states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CspFact {
    /// The statement.
    pub span: Span,
    /// The policy. What comes to nothing (`undefined`, `false`) sends none.
    pub policy: CspText,
    /// What makes the header.
    pub by: CspSender,
    /// With which answers it is sent.
    pub with: CspReach,
    /// The top-level function or class around it.
    pub function: Option<std::sync::Arc<str>>,
}

/// How a policy is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CspText {
    /// The header's value.
    Header(Expr),
    /// An object or dictionary of directives, which is put over the library's own ones (`None`: these alone).
    Directives(Option<Expr>, CspDefaults),
}

/// The directives that a library sends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CspDefaults {
    /// None.
    Nothing,
    /// Those of helmet 4 and later, each of which a directive of the same name replaces.
    Helmet,
    /// Those of flask-talisman, where nothing is given.
    Talisman,
    /// `default-src 'self'` of django-csp, where nothing else is given for it.
    DjangoCsp,
}

/// What makes the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CspSender {
    /// Code of the repository.
    Code,
    /// helmet.
    Helmet,
    /// flask-talisman.
    Talisman,
    /// django-csp, or Django itself.
    Django,
    /// Next.js, by its configuration.
    Next,
    /// A hosting service, by its file.
    Hosting,
}

/// With which answers a policy is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CspReach {
    /// With all.
    All,
    /// With those of paths that this pattern takes.
    Paths(Expr),
    /// With some, and nothing shows which.
    Some,
}

impl CspSender {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "the application",
            Self::Helmet => "helmet",
            Self::Talisman => "flask-talisman",
            Self::Django => "Django",
            Self::Next => "Next.js",
            Self::Hosting => "the hosting service",
        }
    }
}
