//! Keys that back ends sign tokens and sessions with.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Expr, RunsIn};
use crate::base::Span;

/// A place where code uses a key that only it may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretFact {
    /// The call or setting.
    pub span: Span,
    /// What the key is for.
    pub purpose: SecretPurpose,
    /// The key.
    pub value: Expr,
    /// The named function or class around it.
    pub function: Option<Arc<str>>,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SecretPurpose {
    /// Signs tokens that others verify.
    SignsTokens,
    /// Verifies tokens that others signed.
    VerifiesTokens,
    /// Signs tokens and verifies them when they come back.
    Tokens,
    /// Signs sessions or cookies and verifies them when they come back.
    Sessions,
    /// Signs what the framework signs: the settings of a Django project.
    Settings,
}

/// A test by which code refuses to go on with a certain key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SecretCheck {
    /// What is called like this is compared with something.
    Named(Arc<str>),
    /// Something is compared with this text.
    Text(Arc<str>),
}

/// A variable that a bundler writes into what browsers load, and whose name says that nobody may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicSecretFact {
    /// Where it is read.
    pub span: Span,
    /// The variable.
    pub name: Arc<str>,
    /// The prefix by which it is handed out.
    pub prefix: Arc<str>,
    /// Where the code around it runs.
    pub runs: RunsIn,
}

/// Where a back end compares what a query holds with a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCheckFact {
    /// The comparison.
    pub span: Span,
    /// The key of the query.
    pub key: Arc<str>,
    /// What its value is compared with.
    pub value: Expr,
    /// The named function or class around it.
    pub function: Option<Arc<str>>,
}
