//! `syntax-error`: what a file's own program would refuse.

use super::finding;
use crate::base::{FileKind, Place, Span};
use crate::facts::{FileFacts, ProxyFile, SyntaxErrorKind};
use crate::model::nginx::Age;
use crate::model::proxy::ENVOY;
use crate::model::{CauseKind, Refusal, Wiring};
use crate::rules::registry::{Accuses, Rule};
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "syntax-error";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/syntax-error.md"), check).accuses(Accuses::OwnSyntax);

fn check(wiring: &Wiring) -> Vec<Finding> {
    let mut findings = words::findings(wiring, RuleId(ID), refused);
    for (file, facts) in wiring.repository.iter() {
        for error in &facts.syntax_errors {
            let reader = match facts.proxy.as_deref() {
                Some(ProxyFile::Envoy(_)) => ENVOY.name,
                _ if is_inside(facts, error.span) => "nginx",
                _ if facts.kubernetes.is_some() => "Kubernetes",
                _ => reader(facts.kind),
            };
            let message = match error.kind {
                SyntaxErrorKind::Refused => format!("{reader} refuses `{}`: {}.", facts.path, error.message),
                SyntaxErrorKind::Unparsed => continue,
            };
            findings.push(finding(ID, Place::new(file, error.span), message, "here", None, &error.message));
        }
    }
    findings
}

/// Whether a place is in a text that a ConfigMap only holds for nginx.
fn is_inside(facts: &FileFacts, span: Span) -> bool {
    let texts = facts.kubernetes.iter().flat_map(|file| &file.texts);
    texts.into_iter().any(|text| text.span.start <= span.start && span.end <= text.span.end)
}

/// A statement that nginx can read and does not accept.
fn refused(kind: &CauseKind) -> Option<Words> {
    let CauseKind::RefusedStatement { directive, refusal } = kind else { return None };
    let (said, label, help) = match refusal {
        Refusal::Arguments { given, accepted, swallowed } => (
            format!(
                "`invalid number of arguments in \"{directive}\" directive`. It takes {accepted}, here are {given}"
            ),
            format!("{given} arguments"),
            Some(match swallowed {
                Some(next) => format!("end it with `;` before `{next}`"),
                None => format!("give `{directive}` {accepted}; quotes make one argument of several words"),
            }),
        ),
        Refusal::NotOnOff { value } => (
            format!("`invalid value \"{value}\" in \"{directive}\" directive, it must be \"on\" or \"off\"`"),
            "neither `on` nor `off`".to_owned(),
            Some(format!("write `{directive} on;` or `{directive} off;`")),
        ),
        Refusal::UrlPrefix { url } => (
            format!("`invalid URL prefix`. The address `{url}` has to begin with `http://` or `https://`"),
            "neither `http://` nor `https://`".to_owned(),
            Some(match url.split_once("://") {
                Some(("wss", rest)) => format!("write `{directive} https://{rest};`: a handshake is an HTTP request"),
                Some((_, rest)) => format!("write `{directive} http://{rest};`: a handshake is an HTTP request"),
                None => format!("write `{directive} http://{url};`"),
            }),
        ),
        Refusal::Unknown { age: Age::Since(first), version } => (
            format!(
                "`unknown directive \"{directive}\"`. It came with nginx {}, and {} reads this file",
                first.text(),
                version.text()
            ),
            format!("not known to nginx {}", version.text()),
            Some(format!("run nginx {} or newer, or leave `{directive}` out", first.text())),
        ),
        Refusal::Unknown { age: Age::Until(last), version } => (
            format!(
                "`unknown directive \"{directive}\"`. nginx {} was the last that knew it, and {} reads this file",
                last.text(),
                version.text()
            ),
            format!("not known to nginx {}", version.text()),
            Some(match &**directive {
                "ssl" => "write `listen 443 ssl;` instead of `ssl on;`".to_owned(),
                _ => format!("leave `{directive}` out"),
            }),
        ),
        Refusal::UnwantedBlock => (
            format!("`directive \"{directive}\" is not terminated by \";\"`. It has no block"),
            "has no block".to_owned(),
            Some(format!("end `{directive}` with `;`")),
        ),
        Refusal::MissingBlock => (
            format!("`directive \"{directive}\" has no opening \"{{\"`"),
            "needs a block".to_owned(),
            Some(format!("give `{directive}` its block in braces")),
        ),
        Refusal::Duplicate => (
            format!("`\"{directive}\" directive is duplicate`. The block may have one, and has another already"),
            "the second in its block".to_owned(),
            Some(format!("keep one of the two `{directive}`")),
        ),
        Refusal::DuplicateLocation { path } => (
            format!("`duplicate location \"{path}\"`. The server has one of this path already"),
            "the second of its path".to_owned(),
            Some(format!("join the two `location {path}`, or change the path of one")),
        ),
    };
    let message = format!("nginx does not start: {said}.");
    Some(Words { message, label, help, strength: Strength::Full })
}

fn reader(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Nginx | FileKind::NginxTemplate => "nginx",
        FileKind::Caddyfile => "Caddy",
        FileKind::Haproxy => "HAProxy",
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
