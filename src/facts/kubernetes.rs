//! Kubernetes manifests, kustomizations and the templates of charts, as trees of values.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CommandFact, Expr};
use crate::base::Span;

/// One file of manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesFile {
    /// Its documents in order. A placeholder of a chart is a hole of the template language, with what it says.
    pub documents: Vec<Expr>,
    /// Statements of the template language around lines, outermost first.
    pub conditions: Vec<TemplateCondition>,
    /// Placeholders that stand for whole lines.
    pub insertions: Vec<Span>,
    /// What containers run, by the places of the containers.
    pub commands: Vec<(Span, CommandFact)>,
    /// What is written as a text of its own in a ConfigMap, and is read by another program.
    pub texts: Vec<EmbeddedText>,
    /// Patches that are written as a text inside of a kustomization.
    pub patches: Vec<InlinePatch>,
    /// Whether another program puts words in before Kubernetes reads the file.
    pub is_template: bool,
}

/// A patch without a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePatch {
    /// The text.
    pub span: Span,
    /// Its documents; the values in them have the place of the text.
    pub documents: Vec<Expr>,
}

/// Lines that a template language may leave out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateCondition {
    /// The lines.
    pub span: Span,
    /// The statement, as written between the braces (`if .Values.ingress.enabled`).
    pub statement: Arc<str>,
    /// Whether they are those behind its `else`.
    pub branch: TemplateBranch,
}

/// Which lines of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TemplateBranch {
    /// Those that it is for.
    Then,
    /// Those behind its `else`.
    Else,
}

/// A text in a ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddedText {
    /// The key under which it is.
    pub key: Arc<str>,
    /// Where it is.
    pub span: Span,
}
