//! What browser code expects of the end of a socket.

use serde::{Deserialize, Serialize};

use crate::base::Span;

/// A close code that browser code looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseCodeFact {
    /// Where it is compared.
    pub span: Span,
    /// The code (RFC 6455, 7.4).
    pub code: u16,
}
