//! A static bootstrap of Envoy as a tree of values.

use serde::{Deserialize, Serialize};

use super::Expr;

/// One bootstrap, in YAML or JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvoyFile {
    /// Its values, with the place of each.
    pub root: Expr,
}
