//! `syntax-error`: what a file's own program would refuse.

use super::finding;
use crate::base::{FileKind, Place};
use crate::facts::SyntaxErrorKind;
use crate::model::Wiring;
use crate::rules::Finding;
use crate::rules::registry::{Accuses, Rule};

const ID: &str = "syntax-error";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/syntax-error.md"), check).accuses(Accuses::OwnSyntax);

fn check(wiring: &Wiring) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, facts) in wiring.repository.iter() {
        for error in &facts.syntax_errors {
            let reader = reader(facts.kind);
            let message = match error.kind {
                SyntaxErrorKind::Refused => format!("{reader} refuses `{}`: {}.", facts.path, error.message),
                SyntaxErrorKind::Limit => {
                    format!("wirelint stopped reading `{}` here: {}.", facts.path, error.message)
                }
                SyntaxErrorKind::Unparsed => continue,
            };
            findings.push(finding(ID, Place::new(file, error.span), message, "here", None, &error.message));
        }
    }
    findings
}

fn reader(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Nginx | FileKind::NginxTemplate => "nginx",
        FileKind::Env => "The reader of env files",
        FileKind::Compose => "docker compose",
        FileKind::Yaml => "A YAML reader",
        FileKind::PackageJson => "npm",
        FileKind::Json => "A JSON reader",
        FileKind::Toml => "A TOML reader",
        FileKind::Dockerfile => "docker build",
        _ => "The program that reads it",
    }
}
