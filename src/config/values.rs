//! The values of `wirelint.toml`, each with the place of what is wrong with it.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::{Host, Url};

use super::keys::{Key, Need, ROLES};
use super::{ConfigError, Stated};
use crate::base::near::did_you_mean;
use crate::base::{FileRole, LineIndex, PathPatterns, RepoPath, Span};
use crate::model::{DeclaredHost, DeclaredPage, HostIs, PageScheme};
use crate::rules::{Level, Scope, Selector, Severity};

/// What a host is called that is the machine itself.
const THIS_MACHINE: &str = "localhost";
/// Every path of the tree is matched against all patterns of a list.
const MOST_PATTERNS: usize = 1_000;
const MOST_PATTERN_BYTES: usize = 65_536;
/// Rules and families that a list names.
const MOST_SELECTORS: usize = 1_000;
/// What makes a path a pattern.
const PATTERN_MARKS: [char; 4] = ['*', '?', '[', '!'];

pub(super) type Value<'i> = Spanned<DeValue<'i>>;
pub(super) type Name<'i> = Spanned<Cow<'i, str>>;

/// What the values are read with: the file's name and its lines.
pub(super) struct Reader<'n> {
    pub file: &'n str,
    pub lines: LineIndex,
}

impl Reader<'_> {
    pub(super) fn error(&self, range: Range<usize>, message: String) -> ConfigError {
        let line = Some(self.lines.position(Span::from(range).start).line);
        ConfigError { file: self.file.to_owned(), line, message }
    }

    /// Hands each value of a table to `take`, with its key. `whose` names the table where a key is missing, which is told of at
    /// `place`.
    pub(super) fn table<'v, 'i>(
        &self,
        (table, keys): (&'v DeTable<'i>, &'static [Key]),
        (whose, place): (&str, Range<usize>),
        take: &mut dyn FnMut(&'static Key, &'v Value<'i>) -> Result<(), ConfigError>,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let known = keys.iter().find(|key| key.name == &**name.get_ref());
            take(known.ok_or_else(|| self.unknown_key(name, keys))?, value)?;
        }
        let missing = keys
            .iter()
            .find(|key| key.need == Need::Required && !table.keys().any(|name| &**name.get_ref() == key.name));
        match missing {
            Some(key) => Err(self.error(place, format!("{whose} has no `{}`", key.name))),
            None => Ok(()),
        }
    }

    pub(super) fn unknown_key(&self, key: &Name<'_>, known: &[Key]) -> ConfigError {
        let name = key.get_ref();
        let near = did_you_mean(name, known.iter().map(|key| key.name));
        self.error(key.span(), format!("unknown key `{name}`{near}"))
    }

    pub(super) fn text<'v>(&self, value: &'v Value<'_>) -> Result<&'v str, ConfigError> {
        let expected = || self.error(value.span(), format!("expected a string, not {}", article(value.get_ref())));
        value.get_ref().as_str().ok_or_else(expected)
    }

    /// A text with something in it.
    pub(super) fn filled<'v>(&self, value: &'v Value<'_>, what: &str) -> Result<&'v str, ConfigError> {
        let text = self.text(value)?;
        if text.trim().is_empty() {
            return Err(self.error(value.span(), format!("{what} may not be empty")));
        }
        Ok(text)
    }

    fn texts<'v>(&self, value: &'v Value<'_>) -> Result<Vec<(&'v str, Range<usize>)>, ConfigError> {
        let expected =
            || self.error(value.span(), format!("expected a list of strings, not {}", article(value.get_ref())));
        let items = value.get_ref().as_array().ok_or_else(expected)?;
        items.iter().map(|item| Ok((self.text(item)?, item.span()))).collect()
    }

    pub(super) fn selectors(&self, value: &Value<'_>) -> Result<Vec<Selector>, ConfigError> {
        let names = self.texts(value)?;
        if names.len() > MOST_SELECTORS {
            return Err(self.error(value.span(), format!("at most {MOST_SELECTORS} rules and families are read")));
        }
        names.into_iter().map(|(name, span)| self.named(name, span)).collect()
    }

    pub(super) fn selector(&self, value: &Value<'_>) -> Result<Selector, ConfigError> {
        self.named(self.text(value)?, value.span())
    }

    fn named(&self, name: &str, span: Range<usize>) -> Result<Selector, ConfigError> {
        Selector::parse(name).map_err(|error| self.error(span, error.to_string()))
    }

    pub(super) fn severity(&self, value: &Value<'_>) -> Result<Severity, ConfigError> {
        let name = self.text(value)?;
        Severity::ALL.into_iter().find(|severity| severity.name() == name).ok_or_else(|| {
            let near = did_you_mean(name, Severity::ALL.iter().map(|severity| severity.name()));
            self.error(value.span(), format!("`fail-on` is `error`, `warning` or `note`, not `{name}`{near}"))
        })
    }

    /// A table from rules and families to levels.
    pub(super) fn levels(&self, value: &Value<'_>) -> Result<Vec<Stated<(Selector, Level)>>, ConfigError> {
        let expected =
            || self.error(value.span(), "write a line for each rule, as in `port-mismatch = \"note\"`".to_owned());
        let table = value.get_ref().as_table().ok_or_else(expected)?;
        let level = |(name, value): (&Name<'_>, &Value<'_>)| {
            let selector = self.named(name.get_ref(), name.span())?;
            let word = self.text(value)?;
            let level = Level::ALL.into_iter().find(|level| level.name() == word).ok_or_else(|| {
                let near = did_you_mean(word, Level::ALL.iter().map(|level| level.name()));
                let message = format!("a severity is `error`, `warning`, `note` or `off`, not `{word}`{near}");
                self.error(value.span(), message)
            })?;
            Ok(Stated { value: (selector, level), span: name.span().into() })
        };
        table.iter().map(level).collect()
    }

    /// A list of patterns, each with its place.
    pub(super) fn patterns(&self, value: &Value<'_>) -> Result<(PathPatterns, Vec<Span>), ConfigError> {
        let (mut texts, mut spans) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        for (pattern, span) in self.texts(value)? {
            if pattern.trim().is_empty() {
                return Err(self.error(span, "a pattern may not be empty".to_owned()));
            }
            bytes += pattern.len();
            if texts.len() == MOST_PATTERNS || bytes > MOST_PATTERN_BYTES {
                let most = format!("at most {MOST_PATTERNS} patterns and {MOST_PATTERN_BYTES} bytes of them are read");
                return Err(self.error(span, format!("{most}; leave out whole folders instead")));
            }
            texts.push(pattern.to_owned());
            spans.push(span);
        }
        match PathPatterns::new(texts.clone()) {
            Ok(patterns) => Ok((patterns, spans.into_iter().map(Span::from).collect())),
            Err((index, why)) => {
                let (text, span) = (texts.get(index).cloned(), spans.get(index).cloned());
                let span = span.unwrap_or(value.span());
                Err(self.error(span, format!("`{}` is no pattern: {why}", text.unwrap_or_default())))
            }
        }
    }

    /// A file or folder, or a pattern from the root.
    pub(super) fn scope(&self, value: &Value<'_>) -> Result<Scope, ConfigError> {
        let (text, path) = (self.text(value)?, self.path(value)?);
        // A folder may be called `[id]`, which is a pattern as well.
        let rooted = || format!("/{}", text.trim_start_matches("./"));
        let pattern = text.contains(PATTERN_MARKS).then(|| PathPatterns::new(vec![rooted()]));
        Ok(Scope { path, pattern: pattern.and_then(Result::ok) })
    }

    pub(super) fn path(&self, value: &Value<'_>) -> Result<RepoPath, ConfigError> {
        let text = self.filled(value, "a path")?;
        let inside = RepoPath::new(text).filter(|_| !text.starts_with('/'));
        inside.ok_or_else(|| self.error(value.span(), format!("`{text}` is not a path inside the repository")))
    }

    /// A table from names of hosts to what they stand for.
    pub(super) fn hosts(&self, value: &Value<'_>) -> Result<Vec<DeclaredHost>, ConfigError> {
        let message = "write a line for each host, as in `\"api.internal\" = \"backend\"`";
        let expected = || self.error(value.span(), message.to_owned());
        let table = value.get_ref().as_table().ok_or_else(expected)?;
        let host = |(name, value): (&Name<'_>, &Value<'_>)| {
            let text = name.get_ref().to_ascii_lowercase();
            if text.is_empty() || text.contains(|c: char| c.is_whitespace() || "/:@*?#".contains(c)) {
                let message = format!("`{text}` is no name of a host; write it without scheme, port and path");
                return Err(self.error(name.span(), message));
            }
            if text == THIS_MACHINE {
                let message = format!("`{text}` is this machine on every machine and cannot be something else");
                return Err(self.error(name.span(), message));
            }
            let is = match self.filled(value, "what a host stands for")? {
                THIS_MACHINE => HostIs::ThisMachine,
                service => HostIs::Service(service.into()),
            };
            Ok(DeclaredHost { name: text.into(), is, span: name.span().into() })
        };
        let mut hosts: Vec<DeclaredHost> = table.iter().map(host).collect::<Result<_, _>>()?;
        hosts.sort_by_key(|host| host.span);
        Ok(hosts)
    }

    pub(super) fn role(&self, value: &Value<'_>) -> Result<FileRole, ConfigError> {
        let word = self.text(value)?;
        ROLES.into_iter().find(|(name, _)| *name == word).map(|(_, role)| role).ok_or_else(|| {
            let near = did_you_mean(word, ROLES.iter().map(|(name, _)| *name));
            let message = format!("a role is `production`, `example`, `test` or `generated`, not `{word}`{near}");
            self.error(value.span(), message)
        })
    }

    /// `https://app.example.com`.
    pub(super) fn page(&self, value: &Value<'_>) -> Result<DeclaredPage, ConfigError> {
        let text = self.text(value)?;
        let refused = || {
            let form = "scheme and host, as in `https://app.example.com` or `http://localhost:8080`";
            self.error(value.span(), format!("`{text}` is no origin; write {form}"))
        };
        let url = Url::parse(text).map_err(|_| refused())?;
        let scheme = match url.scheme() {
            "https" => PageScheme::Https,
            "http" => PageScheme::Http,
            _ => return Err(refused()),
        };
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        let host = match url.host() {
            Some(Host::Domain(host)) if !host.contains('*') => host.to_owned(),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => url.host_str().unwrap_or_default().to_owned(),
            _ => return Err(refused()),
        };
        let port = url.port_or_known_default().filter(|_| bare && url.password().is_none()).ok_or_else(refused)?;
        let span = value.span().into();
        Ok(DeclaredPage { scheme, host: host.into(), port, folder: RepoPath::root(), span })
    }
}

/// The word for a role in `wirelint.toml`; empty for one that nobody can state.
#[must_use]
pub fn role_name(role: FileRole) -> &'static str {
    ROLES.into_iter().find(|(_, known)| *known == role).map_or("", |(name, _)| name)
}

fn article(value: &DeValue<'_>) -> String {
    format!("a value of type {}", value.type_str())
}
