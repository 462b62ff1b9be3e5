//! A rule's Markdown file: front matter and text.

use granit_parser::{Event, Parser, ScalarStyle, ScanError};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{RuleId, Severity};

/// What a rule says of itself: the front matter of its file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The rule's id.
    pub id: String,
    /// Its family.
    pub family: Family,
    /// The severity of a proven finding.
    severity: SeverityWord,
    /// The families of symptoms that it explains.
    #[serde(default)]
    pub answers: Vec<Family>,
    /// What is wrong, in a line.
    pub title: String,
    /// The version that brought it.
    pub since: String,
    /// Where the facts are from.
    #[serde(default)]
    pub references: Vec<String>,
    /// How bad it is for security, above 0.0 and at most 10.0; only rules about security have it.
    #[serde(default, rename = "security-severity")]
    pub security_severity: Option<String>,
    /// The number of the weakness in the CWE list; never one that code scanning takes for a secret that was found.
    #[serde(default)]
    pub cwe: Option<u16>,
}

/// A family of rules; its folder and its name in selections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// What the browser refuses.
    MixedContent,
    /// Who is meant.
    HostMismatch,
    /// What the proxy drops.
    UpgradeHeaders,
    /// Whom the back end lets in.
    CorsOrigin,
    /// Who the client says it is.
    HandshakeAuth,
    /// What happens next.
    ConnectionLifecycle,
    /// What is trusted.
    Tls,
    /// What was not understood.
    Analysis,
}

impl Family {
    /// Every family, in the order of the handshake.
    pub const ALL: [Self; 8] = [
        Self::MixedContent,
        Self::HostMismatch,
        Self::UpgradeHeaders,
        Self::CorsOrigin,
        Self::HandshakeAuth,
        Self::ConnectionLifecycle,
        Self::Tls,
        Self::Analysis,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MixedContent => "mixed-content",
            Self::HostMismatch => "host-mismatch",
            Self::UpgradeHeaders => "upgrade-headers",
            Self::CorsOrigin => "cors-origin",
            Self::HandshakeAuth => "handshake-auth",
            Self::ConnectionLifecycle => "connection-lifecycle",
            Self::Tls => "tls",
            Self::Analysis => "analysis",
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SeverityWord {
    Error,
    Warning,
    Note,
}

impl Metadata {
    /// The severity of a proven finding.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self.severity {
            SeverityWord::Error => Severity::Error,
            SeverityWord::Warning => Severity::Warning,
            SeverityWord::Note => Severity::Note,
        }
    }

    /// What stands in for front matter that cannot be read.
    pub(super) fn unreadable(id: RuleId) -> Self {
        Self {
            id: id.0.to_owned(),
            family: Family::Analysis,
            severity: SeverityWord::Warning,
            answers: Vec::new(),
            title: id.0.to_owned(),
            since: String::new(),
            references: Vec::new(),
            security_severity: None,
            cwe: None,
        }
    }
}

/// Front matter and the text below it.
pub(super) fn split(document: &str) -> (&str, &str) {
    document.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).unwrap_or(("", document))
}

/// The front matter of a document.
pub(super) fn metadata(document: &str) -> Result<Metadata, String> {
    let value = mapping(split(document).0).map_err(|error| error.to_string())?;
    serde_json::from_value(Value::Object(value)).map_err(|error| error.to_string())
}

/// A mapping of scalars and lists of scalars, which is what front matter is.
fn mapping(text: &str) -> Result<Map<String, Value>, ScanError> {
    let mut found = Map::new();
    let (mut key, mut list): (Option<String>, Option<Vec<Value>>) = (None, None);
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        match next?.0 {
            Event::Scalar(text, style, ..) => match (list.as_mut(), key.take()) {
                (Some(list), name) => {
                    list.push(scalar(&text, style));
                    key = name;
                }
                (None, Some(name)) => {
                    found.insert(name, scalar(&text, style));
                }
                (None, None) => key = Some(text.into_owned()),
            },
            Event::SequenceStart(..) => list = Some(Vec::new()),
            Event::SequenceEnd => found.extend(key.take().zip(list.take().map(Value::Array))),
            _ => {}
        }
    }
    Ok(found)
}

/// A whole number, or a text.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    let number = text.parse::<u64>().ok().filter(|_| style == ScalarStyle::Plain);
    number.map_or_else(|| Value::from(text), Value::from)
}
