//! Stage 3: what an expression comes to, in an environment, with page parts still symbolic.

use super::{Alternatives, DeploymentId, Mode, PackageId, ServiceId, Side, Wiring};
use crate::base::FileId;
use crate::facts::Expr;

/// Where and how an expression is evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The package of the code.
    pub package: PackageId,
    /// The deployment whose bindings apply.
    pub deployment: Option<DeploymentId>,
    /// The service that the process runs in.
    pub service: Option<ServiceId>,
    /// The mode.
    pub mode: Mode,
    /// Browser bundle or server process.
    pub side: Side,
}

/// All ways in which `expr`, written in `file`, can come out: at most 16, else one unknown alternative. Never empty.
#[must_use]
pub fn evaluate(_wiring: &Wiring, _file: FileId, _expr: &Expr, _scope: &Scope) -> Alternatives {
    Vec::new()
}
