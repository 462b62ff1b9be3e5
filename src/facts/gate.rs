//! Functions in front of all handlers of an application, and what they do to requests that say nothing of who sends them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Expr;
use crate::base::Span;

/// A function or class that can be put in front of all handlers, and that refuses some requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateFact {
    /// Its name; `default` for what a module exports without one.
    pub name: Arc<str>,
    /// Where it is.
    pub span: Span,
    /// What it does to a request without credentials.
    pub verdict: GateVerdict,
}

/// What something in front of all handlers does to a request without credentials, such as the one that browsers send ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GateVerdict {
    /// It answers by itself, because it looks for this.
    Refuses(Asks),
    /// It may: that depends on more than the text shows.
    Unclear,
}

/// What something in front of all handlers knows visitors by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Asks {
    /// A header that a script has to set, so that browsers ask ahead of every request that has it.
    Header,
    /// A cookie or session as well, which comes with requests that browsers do not ask about.
    Cookie,
}

/// A function or class that is put in front of all handlers of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerFact {
    /// The registration.
    pub span: Span,
    /// The application or router.
    pub target: Expr,
    /// What it does to a request without credentials, where it is in this file. `None`: `code` is in another one.
    pub verdict: Option<GateVerdict>,
    /// The function or class.
    pub code: Option<Expr>,
    /// What it is called, for people.
    pub name: Arc<str>,
    /// Where it is put among the others.
    pub stands: Stands,
    /// The path that it is limited to.
    pub paths: Option<Expr>,
    /// The top-level function or class around the registration.
    pub function: Option<Arc<str>>,
}

/// Where a layer is put among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stands {
    /// In front of what is registered after it (`app.use` of Express).
    BeforeLater,
    /// Around what was registered before it (`add_middleware` of Starlette).
    AroundEarlier,
    /// In front of what comes after it in the list of one call, which is this (`FastAPI(middleware=[...])`).
    InList(Span),
}
