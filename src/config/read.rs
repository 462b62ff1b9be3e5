//! Text to [`Config`]. Keys that do not exist are refused: a misspelt suppression must not look like one.

use ignore::gitignore::GitignoreBuilder;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, ConfigError, Suppress, did_you_mean};
use crate::base::{LineIndex, RepoPath, Span};
use crate::model::nginx::NginxVersion;
use crate::rules::{Selector, Severity, nearest};

const KEYS: [&str; 6] = ["exclude", "fail-on", "ignore", "nginx", "select", "suppress"];
const NGINX_KEYS: [&str; 1] = ["version"];
const SUPPRESS_KEYS: [&str; 3] = ["path", "reason", "rule"];
const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

/// Every path of the tree is matched against all patterns.
const MOST_PATTERNS: usize = 1_000;
const MOST_PATTERN_BYTES: usize = 65_536;
/// Rules and families that a list names.
const MOST_SELECTORS: usize = 1_000;

type Value<'i> = Spanned<DeValue<'i>>;

/// Reads a whole file.
pub(super) fn read(text: &str) -> Result<Config, ConfigError> {
    let reader = Reader { lines: LineIndex::new(text) };
    let table = DeTable::parse(text).map_err(|error| {
        let message = error.message().to_owned();
        reader.error(error.span().unwrap_or_default(), message)
    })?;
    let mut config = Config::default();
    for (key, value) in table.get_ref() {
        match &**key.get_ref() {
            "select" => config.select = reader.selectors(value)?,
            "ignore" => config.ignore = reader.selectors(value)?,
            "fail-on" => config.fail_on = Some(reader.severity(value)?),
            "exclude" => config.exclude = reader.patterns(value)?,
            "nginx" => config.declared.nginx_version = reader.nginx_version(value)?,
            "suppress" => config.suppress = reader.suppressions(value)?,
            _ => return Err(reader.unknown_key(key, &KEYS)),
        }
    }
    Ok(config)
}

struct Reader {
    lines: LineIndex,
}

impl Reader {
    fn error(&self, range: std::ops::Range<usize>, message: String) -> ConfigError {
        ConfigError { line: Some(self.lines.position(Span::from(range).start).line), message }
    }

    fn unknown_key(&self, key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&str]) -> ConfigError {
        let name = key.get_ref();
        let near = did_you_mean(name, known.iter().copied());
        self.error(key.span(), format!("unknown key `{name}`{near}"))
    }

    fn text<'v>(&self, value: &'v Value<'_>) -> Result<&'v str, ConfigError> {
        let expected = || self.error(value.span(), format!("expected a string, not {}", article(value.get_ref())));
        value.get_ref().as_str().ok_or_else(expected)
    }

    fn texts<'v>(&self, value: &'v Value<'_>) -> Result<Vec<(&'v str, std::ops::Range<usize>)>, ConfigError> {
        let expected =
            || self.error(value.span(), format!("expected a list of strings, not {}", article(value.get_ref())));
        let items = value.get_ref().as_array().ok_or_else(expected)?;
        items.iter().map(|item| Ok((self.text(item)?, item.span()))).collect()
    }

    fn selectors(&self, value: &Value<'_>) -> Result<Vec<Selector>, ConfigError> {
        let parse = |(name, span)| Selector::parse(name).map_err(|error| self.error(span, error.to_string()));
        let names = self.texts(value)?;
        if names.len() > MOST_SELECTORS {
            return Err(self.error(value.span(), format!("at most {MOST_SELECTORS} rules and families are read")));
        }
        names.into_iter().map(parse).collect()
    }

    fn severity(&self, value: &Value<'_>) -> Result<Severity, ConfigError> {
        let name = self.text(value)?;
        SEVERITIES.into_iter().find(|severity| severity.name() == name).ok_or_else(|| {
            let near = did_you_mean(name, SEVERITIES.iter().map(|severity| severity.name()));
            self.error(value.span(), format!("`fail-on` is `error`, `warning` or `note`, not `{name}`{near}"))
        })
    }

    fn patterns(&self, value: &Value<'_>) -> Result<Vec<String>, ConfigError> {
        let mut patterns = Vec::new();
        let mut bytes = 0;
        for (pattern, span) in self.texts(value)? {
            bytes += pattern.len();
            if patterns.len() == MOST_PATTERNS || bytes > MOST_PATTERN_BYTES {
                let most = format!("at most {MOST_PATTERNS} patterns and {MOST_PATTERN_BYTES} bytes of them are read");
                return Err(self.error(span, format!("{most}; leave out whole folders instead")));
            }
            if let Err(error) = GitignoreBuilder::new("").add_line(None, pattern) {
                return Err(self.error(span, format!("`{pattern}` is no pattern: {error}")));
            }
            patterns.push(pattern.to_owned());
        }
        Ok(patterns)
    }

    fn suppressions(&self, value: &Value<'_>) -> Result<Vec<Suppress>, ConfigError> {
        let expected = || self.error(value.span(), "write each suppression as a table below `[[suppress]]`".to_owned());
        let items = value.get_ref().as_array().ok_or_else(expected)?;
        items.iter().map(|item| self.suppression(item)).collect()
    }

    fn suppression(&self, value: &Value<'_>) -> Result<Suppress, ConfigError> {
        let expected = || self.error(value.span(), "a suppression has `rule`, `path` and `reason`".to_owned());
        let table = value.get_ref().as_table().ok_or_else(expected)?;
        let (mut rule, mut path, mut reason) = (None, None, None);
        let mut place = value.span();
        for (key, value) in table {
            match &**key.get_ref() {
                "rule" => {
                    place = value.span();
                    rule = Some(self.rule(value)?);
                }
                "path" => path = Some(self.path(value)?),
                "reason" => reason = Some(self.text(value)?.to_owned()),
                _ => return Err(self.unknown_key(key, &SUPPRESS_KEYS)),
            }
        }
        let missing = |name: &str| self.error(place.clone(), format!("this suppression has no `{name}`"));
        let reason: String = reason.ok_or_else(|| missing("reason"))?;
        if reason.trim().is_empty() {
            return Err(self.error(place, "the `reason` of a suppression may not be empty".to_owned()));
        }
        Ok(Suppress {
            rule: rule.ok_or_else(|| missing("rule"))?,
            path: path.ok_or_else(|| missing("path"))?,
            reason,
            span: place.into(),
        })
    }

    fn nginx_version(&self, value: &Value<'_>) -> Result<Option<NginxVersion>, ConfigError> {
        let expected = || self.error(value.span(), "write the `version` below `[nginx]`".to_owned());
        let mut version = None;
        for (key, value) in value.get_ref().as_table().ok_or_else(expected)? {
            if &**key.get_ref() != "version" {
                return Err(self.unknown_key(key, &NGINX_KEYS));
            }
            let text = self.text(value)?;
            version = Some(NginxVersion::parse(text).ok_or_else(|| {
                self.error(value.span(), format!("`{text}` is no version of nginx; write it as in `1.29.8` or `1.28`"))
            })?);
        }
        Ok(version)
    }

    fn rule(&self, value: &Value<'_>) -> Result<crate::rules::RuleId, ConfigError> {
        let name = self.text(value)?;
        crate::rules::find(name).map(|rule| rule.id).ok_or_else(|| {
            let near = nearest(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            self.error(value.span(), format!("no rule is called `{name}`{near}"))
        })
    }

    fn path(&self, value: &Value<'_>) -> Result<RepoPath, ConfigError> {
        let text = self.text(value)?;
        let inside = RepoPath::new(text).filter(|_| !text.starts_with('/'));
        inside.ok_or_else(|| self.error(value.span(), format!("`{text}` is not a path inside the repository")))
    }
}

fn article(value: &DeValue<'_>) -> String {
    format!("a value of type {}", value.type_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_file() {
        let text = "select = [\"upgrade-headers\"]\nignore = ['origin-not-allowed']\nfail-on = \"error\"\n\
                    exclude = [\"legacy/\"]\n\n[[suppress]]\nrule = \"port-mismatch\"\npath = \"web/.env\"\nreason = \"old\"\n";
        let config = read(text).unwrap();
        assert_eq!(config.fail_on, Some(Severity::Error));
        assert_eq!((config.select.len(), config.ignore.len(), config.exclude.len()), (1, 1, 1));
        assert_eq!(config.suppress[0].rule.0, "port-mismatch");
        assert_eq!(&text[config.suppress[0].span.range()], "\"port-mismatch\"");
    }

    #[test]
    fn lists_that_nobody_writes_are_refused() {
        let list = |key: &str, item: &str, count: usize| format!("{key} = [{}]", format!("'{item}',").repeat(count));
        let cases = [
            (list("exclude", "legacy/", 1_001), "at most 1000 patterns and 65536 bytes of them are read"),
            (list("exclude", &"x".repeat(10_000), 7), "at most 1000 patterns and 65536 bytes of them are read"),
            (list("select", "port-mismatch", 1_001), "at most 1000 rules and families are read"),
        ];
        for (text, message) in cases {
            assert!(read(&text).unwrap_err().to_string().contains(message), "{message}");
        }
        assert!(read(&list("exclude", "legacy/", 1_000)).is_ok());
    }

    #[test]
    fn mistakes_are_named_with_line_and_nearest_name() {
        let cases = [
            ("selct = []", "wirelint.toml:1: unknown key `selct`; did you mean `select`?"),
            (
                "\nselect = ['port-mismach']",
                "wirelint.toml:2: no rule or family is called `port-mismach`; did you mean `port-mismatch`?",
            ),
            (
                "fail-on = 'warn'",
                "wirelint.toml:1: `fail-on` is `error`, `warning` or `note`, not `warn`; did you mean `warning`?",
            ),
            ("[[suppress]]\nrule = 'port-mismatch'\npath = 'a'", "wirelint.toml:2: this suppression has no `reason`"),
            (
                "[[suppress]]\nrule = 'port-mismatch'\npath = '../a'\nreason = 'x'",
                "wirelint.toml:3: `../a` is not a path inside the repository",
            ),
            (
                "[nginx]\nversion = 'latest'",
                "wirelint.toml:2: `latest` is no version of nginx; write it as in `1.29.8` or `1.28`",
            ),
            ("[nginx]\nverison = '1.28'", "wirelint.toml:2: unknown key `verison`; did you mean `version`?"),
            ("ignore = 3", "wirelint.toml:1: expected a list of strings, not a value of type integer"),
        ];
        for (text, message) in cases {
            assert_eq!(read(text).unwrap_err().to_string(), message, "{text}");
        }
        assert!(read("select = [").unwrap_err().line.is_some());
    }
}
