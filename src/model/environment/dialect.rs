//! What an assignment of an env file means to the tool that reads it.

use super::expand::{Forms, expand};
use crate::facts::{EnvEntry, Quote, Separator};

/// A reader of env files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Node's `dotenv`: no expansion.
    Dotenv,
    /// Create React App and others that run `dotenv-expand` over `dotenv`.
    DotenvExpand,
    /// Vite.
    Vite,
    /// Next.js.
    Next,
    /// python-dotenv, and pydantic-settings which reads through it.
    PythonDotenv,
    /// django-environ.
    DjangoEnviron,
    /// The `.env` beside a compose file.
    Compose,
    /// A file named by `env_file:`, also `docker run --env-file`.
    ComposeEnvFile,
    /// Node's own `--env-file`.
    Node,
    /// A file named by `EnvironmentFile=` of a unit of systemd.
    Systemd,
}

impl Dialect {
    fn strips_backticks(self) -> bool {
        matches!(self, Self::Dotenv | Self::DotenvExpand | Self::Vite | Self::Next | Self::Node)
    }

    fn takes_separator(self, separator: Separator) -> bool {
        match separator {
            Separator::Equals => true,
            Separator::SpacedEquals => self != Self::DjangoEnviron,
            Separator::Colon => {
                matches!(
                    self,
                    Self::Dotenv | Self::DotenvExpand | Self::Vite | Self::Next | Self::Compose | Self::ComposeEnvFile
                )
            }
        }
    }

    fn takes_name(self, name: &str) -> bool {
        self != Self::DjangoEnviron || name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    }

    fn forms(self) -> Forms {
        match self {
            Self::Vite => Forms::BareAndBraces,
            Self::Next | Self::DotenvExpand => Forms::BareAndBracesColonOnly,
            Self::PythonDotenv => Forms::BracesOnly,
            Self::Compose => Forms::BareAndBraces,
            Self::Dotenv | Self::DjangoEnviron | Self::ComposeEnvFile | Self::Node | Self::Systemd => Forms::None,
        }
    }

    fn expands_in_single_quotes(self) -> bool {
        matches!(self, Self::Vite | Self::Next | Self::DotenvExpand)
    }

    /// An unquoted value without what the reader takes for a comment.
    fn without_comment(self, raw: &str) -> &str {
        let cut = match self {
            Self::Dotenv | Self::DotenvExpand | Self::Vite | Self::Next | Self::Node => raw.find('#'),
            Self::PythonDotenv | Self::Compose | Self::ComposeEnvFile => {
                let spaced = raw.char_indices().find(|(at, c)| {
                    c.is_whitespace() && raw.get(*at..).is_some_and(|rest| rest.trim_start().starts_with('#'))
                });
                spaced.map(|(at, _)| at)
            }
            Self::DjangoEnviron | Self::Systemd => None,
        };
        cut.and_then(|at| raw.get(..at)).unwrap_or(raw).trim_end()
    }
}

/// The text that the reader makes of an assignment; `None` when it refuses the line. `lookup` answers references to
/// other names, as that reader resolves them.
#[must_use]
pub fn cook(entry: &EnvEntry, dialect: Dialect, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if !dialect.takes_separator(entry.separator) || !dialect.takes_name(&entry.name) {
        return None;
    }
    let raw = &*entry.raw;
    let (text, expands) = match entry.quote {
        Quote::None => (dialect.without_comment(raw).to_owned(), true),
        Quote::Double => (unescaped(raw, dialect), true),
        Quote::Single => (raw.to_owned(), dialect.expands_in_single_quotes()),
        Quote::Backtick if dialect.strips_backticks() => (raw.to_owned(), true),
        Quote::Backtick => (format!("`{raw}`"), true),
    };
    let broken = entry.quote == Quote::None && raw.starts_with(['"', '\'']);
    if broken && dialect == Dialect::PythonDotenv {
        return None;
    }
    Some(if expands { expand(&text, dialect.forms(), lookup) } else { text })
}

fn unescaped(raw: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::PythonDotenv | Dialect::Compose => {
            let mut text = String::with_capacity(raw.len());
            let mut rest = raw.chars();
            while let Some(c) = rest.next() {
                if c != '\\' {
                    text.push(c);
                    continue;
                }
                match rest.next() {
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some(c @ ('\\' | '\'' | '"')) => text.push(c),
                    Some(other) => text.extend(['\\', other]),
                    None => text.push('\\'),
                }
            }
            text
        }
        Dialect::DjangoEnviron | Dialect::ComposeEnvFile => raw.to_owned(),
        Dialect::Systemd => {
            let mut rest = raw.chars().peekable();
            let mut text = String::with_capacity(raw.len());
            while let Some(c) = rest.next() {
                let escaped = (c == '\\').then(|| rest.next_if(|next| matches!(next, '"' | '\\' | '`' | '$')));
                text.push(escaped.flatten().unwrap_or(c));
            }
            text
        }
        _ => raw.replace("\\n", "\n").replace("\\r", "\r"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;
    use std::sync::Arc;

    fn entry(raw: &str, quote: Quote, separator: Separator) -> EnvEntry {
        let span = Span::default();
        EnvEntry { name: Arc::from("X"), name_span: span, raw: Arc::from(raw), value_span: span, quote, separator }
    }

    #[test]
    fn readers_differ_as_they_do() {
        use Dialect::{Compose, DjangoEnviron, Dotenv, Next, PythonDotenv, Systemd, Vite};
        let lookup = |name: &str| (name == "A").then(|| String::from("a"));
        type Expected<'a> = &'a [(Dialect, Option<&'a str>)];
        let cases: &[(&str, Quote, Expected<'_>)] = &[
            (
                "val # c",
                Quote::None,
                &[(Dotenv, Some("val")), (PythonDotenv, Some("val")), (DjangoEnviron, Some("val # c"))],
            ),
            ("http://h:1/#f", Quote::None, &[(Vite, Some("http://h:1/")), (PythonDotenv, Some("http://h:1/#f"))]),
            ("x", Quote::Backtick, &[(Next, Some("x")), (PythonDotenv, Some("`x`"))]),
            (
                "$A/${A}",
                Quote::None,
                &[(Dotenv, Some("$A/${A}")), (Vite, Some("a/a")), (PythonDotenv, Some("$A/a")), (Compose, Some("a/a"))],
            ),
            ("$A", Quote::Single, &[(Vite, Some("a")), (PythonDotenv, Some("$A")), (Compose, Some("$A"))]),
            (
                "${U:-d}",
                Quote::None,
                &[(Vite, Some("d")), (Next, Some("d")), (PythonDotenv, Some("d")), (DjangoEnviron, Some("${U:-d}"))],
            ),
            ("${U-d}", Quote::None, &[(Vite, Some("d")), (Next, Some("-d}"))]),
            ("pa$$w", Quote::None, &[(Vite, Some("pa$")), (Next, Some("pa$")), (PythonDotenv, Some("pa$$w"))]),
            (r#"a\n\"\$A"#, Quote::Double, &[(Systemd, Some(r#"a\n"$A"#))]),
            ("$A # c", Quote::None, &[(Systemd, Some("$A # c"))]),
            ("\"a\" b", Quote::None, &[(Dotenv, Some("\"a\" b")), (PythonDotenv, None)]),
        ];
        for (raw, quote, expected) in cases {
            for (dialect, value) in *expected {
                let cooked = cook(&entry(raw, *quote, Separator::Equals), *dialect, &lookup);
                assert_eq!(cooked.as_deref(), *value, "{raw} {dialect:?}");
            }
        }
        assert_eq!(cook(&entry("x", Quote::None, Separator::SpacedEquals), DjangoEnviron, &lookup), None);
        assert_eq!(cook(&entry("x", Quote::None, Separator::Colon), PythonDotenv, &lookup), None);
    }
}
