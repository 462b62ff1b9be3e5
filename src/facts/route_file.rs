//! Files whose path is the path of a route.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Span;

/// What a file of Next.js answers at the path of its folder (`app/**/route.ts`, `pages/api/**`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteFileFact {
    /// Where the handler is exported.
    pub span: Span,
    /// The method, upper case; `None`: every method, or it is not known which.
    pub method: Option<Arc<str>>,
}
