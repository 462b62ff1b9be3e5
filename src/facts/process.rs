//! Processes that a process manager starts and keeps running.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CommandFact, EnvSetting};
use crate::base::Span;

/// A process as a file of its manager states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessFact {
    /// Where it is stated.
    pub span: Span,
    /// The folder that it runs in, as written: absolute, or relative to the file of the manager.
    pub folder: Option<Arc<str>>,
    /// What is started.
    pub command: CommandFact,
    /// Its environment, in order.
    pub environment: Vec<EnvSetting>,
    /// Env files whose variables come over those of the environment, as paths of the machine.
    pub env_files: Vec<Arc<str>>,
    /// What is added to the environment, or replaces parts of it, by the name of what the manager is told (`--env production`).
    pub environments: Vec<(Arc<str>, Vec<EnvSetting>)>,
}
