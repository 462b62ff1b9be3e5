//! Keys that back ends sign with, in each environment.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Alternatives, DeploymentId, Mode, PackageId};
use crate::base::Place;
use crate::facts::SecretPurpose;

/// A key that a back end signs or verifies with, in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretUse {
    /// The call or setting.
    pub place: Place,
    /// The package of the file.
    pub package: PackageId,
    /// What the key is for.
    pub purpose: SecretPurpose,
    /// The ways in which it can come out.
    pub values: Alternatives,
    /// What code calls it: constants, attributes, variables. Two pieces of code may call different keys alike.
    pub names: BTreeSet<Arc<str>>,
    /// The environment variables that it may come from.
    pub variables: BTreeSet<Arc<str>>,
    /// The environment that the values were computed in.
    pub deployment: Option<DeploymentId>,
    /// The mode.
    pub mode: Mode,
}
