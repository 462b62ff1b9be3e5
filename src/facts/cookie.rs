//! Cookies that a back end knows its visitors by.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Expr;
use crate::base::Span;

/// A cookie that code sets, or the settings of a session that is kept in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieFact {
    /// The call or setting.
    pub span: Span,
    /// Who sends it.
    pub sender: CookieSender,
    /// `Secure`. `None`: it is not.
    pub secure: Option<Expr>,
    /// `SameSite`. `None`: the attribute is not sent.
    pub same_site: Option<Expr>,
    /// The top-level function or class around it.
    pub function: Option<Arc<str>>,
}

/// What sends a cookie, as far as that decides whether it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CookieSender {
    /// It is sent as it is written.
    AsWritten,
    /// The library sends one that is `Secure` only where it takes the connection for a secure one (express-session, cookie-session).
    IfSecure,
}

/// A setting by which code on Node believes what proxies say of the scheme (`trust proxy` of Express).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyTrust {
    /// The setting.
    pub span: Span,
    /// Its value.
    pub value: Expr,
    /// The top-level function or class around it.
    pub function: Option<Arc<str>>,
}
