//! Text to [`Config`]. Keys that do not exist are refused: a misspelt suppression must not look like one.

use toml::de::DeTable;

use super::keys::{FILE, Key, OVERRIDE, PAGE, PROGRAM, SUPPRESS};
use super::values::{Reader, Value};
use super::{Config, ConfigError, Override, Stated, Suppress};
use crate::base::{LineIndex, RepoPath};
use crate::model::caddy::CaddyVersion;
use crate::model::nginx::NginxVersion;
use crate::model::traefik::TraefikVersion;
use crate::model::{DeclaredPage, DeclaredVersion};

/// Entries of one list of tables: each is tried on every finding or file.
const MOST_ENTRIES: usize = 10_000;
/// Entries with patterns, each of which is tried on every path.
const MOST_OVERRIDES: usize = 200;

/// Reads a whole file, which is called `file` in messages.
pub(super) fn read(text: &str, file: &str) -> Result<Config, ConfigError> {
    let reader = Reader { file, lines: LineIndex::new(text) };
    let table = DeTable::parse(text).map_err(|error| {
        let message = error.message().to_owned();
        reader.error(error.span().unwrap_or_default(), message)
    })?;
    let mut config = Config { name: Some(file.to_owned()), lines: reader.lines.clone(), ..Config::default() };
    reader.table((table.get_ref(), FILE), ("the file", 0..0), &mut |key, value| {
        match key.name {
            "select" => config.select = reader.selectors(value)?,
            "ignore" => config.ignore = reader.selectors(value)?,
            "fail-on" => config.fail_on = Some(reader.severity(value)?),
            "exclude" => (config.exclude, config.exclude_places) = reader.patterns(value)?,
            "rules" => config.levels = reader.levels(value)?,
            "overrides" => config.overrides = entries(&reader, value, ("overrides", MOST_OVERRIDES), an_override)?,
            "suppress" => config.suppress = entries(&reader, value, ("suppress", MOST_ENTRIES), suppression)?,
            "pages" => config.declared.pages = entries(&reader, value, ("pages", MOST_OVERRIDES), page)?,
            "nginx" => config.declared.nginx_version = Some(version(&reader, value, &NGINX)?),
            "caddy" => config.declared.caddy_version = Some(version(&reader, value, &CADDY)?),
            "traefik" => config.declared.traefik_version = Some(version(&reader, value, &TRAEFIK)?),
            "hosts" => config.declared.hosts = reader.hosts(value)?,
            // A key of the table that nothing reads is a mistake of this file, and a test finds it.
            other => return Err(reader.error(value.span(), format!("`{other}` is not read"))),
        }
        Ok(())
    })?;
    Ok(config)
}

/// Each table of a list, `[[name]]`, of which at most so many are read.
fn entries<T>(
    reader: &Reader<'_>,
    value: &Value<'_>,
    (name, most): (&str, usize),
    read: fn(&Reader<'_>, &DeTable<'_>, std::ops::Range<usize>) -> Result<T, ConfigError>,
) -> Result<Vec<T>, ConfigError> {
    let expected = || reader.error(value.span(), format!("write each entry as a table below `[[{name}]]`"));
    let items = value.get_ref().as_array().ok_or_else(expected)?;
    if items.len() > most {
        return Err(reader.error(value.span(), format!("at most {most} entries of `[[{name}]]` are read")));
    }
    let entry = |item: &Value<'_>| {
        let table = item.get_ref().as_table().ok_or_else(expected)?;
        // The first value, not the header, which the errors of other keys are near to as well.
        let place = table.values().map(Value::span).min_by_key(|span| span.start).unwrap_or(item.span());
        read(reader, table, place)
    };
    items.iter().map(entry).collect()
}

fn unread(reader: &Reader<'_>, key: &Key, value: &Value<'_>) -> ConfigError {
    reader.error(value.span(), format!("`{}` is not read", key.name))
}

fn suppression(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    place: std::ops::Range<usize>,
) -> Result<Suppress, ConfigError> {
    let (mut rule, mut scope, mut reason) = (None, None, String::new());
    reader.table((table, SUPPRESS), ("this suppression", place.clone()), &mut |key, value| {
        match key.name {
            "rule" => rule = Some(Stated { value: reader.selector(value)?, span: value.span().into() }),
            "path" => scope = Some(reader.scope(value)?),
            "reason" => reader.filled(value, "the `reason` of a suppression")?.clone_into(&mut reason),
            _ => return Err(unread(reader, key, value)),
        }
        Ok(())
    })?;
    match (rule, scope) {
        (Some(Stated { value: rule, span }), Some(scope)) => Ok(Suppress { rule, scope, reason, span }),
        _ => Err(reader.error(place, "a suppression has `rule`, `path` and `reason`".to_owned())),
    }
}

fn an_override(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    place: std::ops::Range<usize>,
) -> Result<Override, ConfigError> {
    let mut entry = Override::default();
    reader.table((table, OVERRIDE), ("this override", place.clone()), &mut |key, value| {
        match key.name {
            "paths" => (entry.paths, entry.places) = reader.patterns(value)?,
            "rules" => entry.levels = reader.levels(value)?,
            "role" => entry.role = Some(Stated { value: reader.role(value)?, span: value.span().into() }),
            _ => return Err(unread(reader, key, value)),
        }
        Ok(())
    })?;
    if entry.paths.texts().is_empty() {
        return Err(reader.error(place, "the `paths` of an override may not be empty".to_owned()));
    }
    if entry.levels.is_empty() && entry.role.is_none() {
        return Err(reader.error(place, "this override changes nothing; give it `rules` or a `role`".to_owned()));
    }
    Ok(entry)
}

fn page(reader: &Reader<'_>, table: &DeTable<'_>, place: std::ops::Range<usize>) -> Result<DeclaredPage, ConfigError> {
    let (mut page, mut folder) = (None, RepoPath::root());
    reader.table((table, PAGE), ("this entry of `[[pages]]`", place.clone()), &mut |key, value| {
        match key.name {
            "origin" => page = Some(reader.page(value)?),
            "path" => folder = reader.path(value)?,
            _ => return Err(unread(reader, key, value)),
        }
        Ok(())
    })?;
    let page = page.ok_or_else(|| reader.error(place, "an entry of `[[pages]]` has an `origin`".to_owned()))?;
    Ok(DeclaredPage { folder, ..page })
}

/// A program whose version is stated.
struct Program<V> {
    /// Its name.
    name: &'static str,
    /// Its table.
    table: &'static str,
    /// How its versions are written.
    examples: &'static str,
    parse: fn(&str) -> Option<V>,
}

const NGINX: Program<NginxVersion> =
    Program { name: "nginx", table: "nginx", examples: "`1.29.8` or `1.28`", parse: NginxVersion::parse };
const CADDY: Program<CaddyVersion> =
    Program { name: "Caddy", table: "caddy", examples: "`2.8.4` or `2.10`", parse: caddy_version };
const TRAEFIK: Program<TraefikVersion> =
    Program { name: "Traefik", table: "traefik", examples: "`3.1.4` or `2.11`", parse: TraefikVersion::parse };

/// The `version` of a program's table.
fn version<V>(reader: &Reader<'_>, value: &Value<'_>, program: &Program<V>) -> Result<DeclaredVersion<V>, ConfigError> {
    let (name, examples) = (program.table, program.examples);
    let expected = || reader.error(value.span(), format!("write the `version` below `[{name}]`"));
    let table = value.get_ref().as_table().ok_or_else(expected)?;
    let mut stated = None;
    reader.table((table, PROGRAM), (&format!("`[{name}]`"), value.span()), &mut |key, value| {
        if key.name != "version" {
            return Err(unread(reader, key, value));
        }
        let text = reader.text(value)?;
        let message = || format!("`{text}` is no version of {}; write it as in {examples}", program.name);
        let version = (program.parse)(text).ok_or_else(|| reader.error(value.span(), message()))?;
        stated = Some(DeclaredVersion { version, span: value.span().into() });
        Ok(())
    })?;
    stated.ok_or_else(expected)
}

/// Two or three numbers.
fn caddy_version(text: &str) -> Option<CaddyVersion> {
    let numbers = text.split('.').count() >= 2 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    CaddyVersion::parse(text).filter(|_| numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FILE_NAME;
    use crate::rules::{Level, Selector, Severity};

    #[test]
    fn a_whole_file() {
        let text = "select = [\"upgrade-headers\"]\nignore = ['origin-not-allowed']\nfail-on = \"error\"\n\
                    exclude = [\"legacy/\"]\n\n[[suppress]]\nrule = \"port-mismatch\"\npath = \"web/.env\"\nreason = \"old\"\n";
        let config = read(text, FILE_NAME).unwrap();
        assert_eq!(config.fail_on, Some(Severity::Error));
        assert_eq!((config.select.len(), config.ignore.len(), config.exclude.texts().len()), (1, 1, 1));
        assert_eq!(config.suppress[0].rule.name(), "port-mismatch");
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
            assert!(read(&text, FILE_NAME).unwrap_err().to_string().contains(message), "{message}");
        }
        assert!(read(&list("exclude", "legacy/", 1_000), FILE_NAME).is_ok());
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
            ("[nginx]", "wirelint.toml:1: `[nginx]` has no `version`"),
            (
                "[traefik]\nversion = '1.7'",
                "wirelint.toml:2: `1.7` is no version of Traefik; write it as in `3.1.4` or `2.11`",
            ),
            (
                "[hosts]\n'api.internal:80' = 'localhost'",
                "wirelint.toml:2: `api.internal:80` is no name of a host; write it without scheme, port and path",
            ),
            (
                "[hosts]\nlocalhost = 'api'",
                "wirelint.toml:2: `localhost` is this machine on every machine and cannot be something else",
            ),
            ("[hosts]\napi = ''", "wirelint.toml:2: what a host stands for may not be empty"),
            ("hosts = 3", "wirelint.toml:1: write a line for each host, as in `\"api.internal\" = \"backend\"`"),
            ("exclude = ['a', ' ']", "wirelint.toml:1: a pattern may not be empty"),
            ("[[suppress]]\nrule = 'tls'\npath = ' '\nreason = 'x'", "wirelint.toml:3: a path may not be empty"),
            ("[caddy]\nversion = '2'", "wirelint.toml:2: `2` is no version of Caddy; write it as in `2.8.4` or `2.10`"),
            (
                "[rules]\nport-mismach = 'off'",
                "wirelint.toml:2: no rule or family is called `port-mismach`; did you mean `port-mismatch`?",
            ),
            (
                "[rules]\ntls = 'warn'",
                "wirelint.toml:2: a severity is `error`, `warning`, `note` or `off`, not `warn`; did you mean `warning`?",
            ),
            ("[[overrides]]\nrules = { tls = 'off' }", "wirelint.toml:2: this override has no `paths`"),
            (
                "[[overrides]]\npaths = ['a']",
                "wirelint.toml:2: this override changes nothing; give it `rules` or a `role`",
            ),
            (
                "[[overrides]]\npaths = ['a']\nrole = 'tests'",
                "wirelint.toml:3: a role is `production`, `example`, `test` or `generated`, not `tests`; did you mean `test`?",
            ),
            (
                "[[pages]]\norigin = 'app.example.com'",
                "wirelint.toml:2: `app.example.com` is no origin; write scheme and host, as in `https://app.example.com` or `http://localhost:8080`",
            ),
            (
                "[[pages]]\norigin = 'https://app.example.com/chat'",
                "wirelint.toml:2: `https://app.example.com/chat` is no origin; write scheme and host, as in `https://app.example.com` or `http://localhost:8080`",
            ),
            ("ignore = 3", "wirelint.toml:1: expected a list of strings, not a value of type integer"),
        ];
        for (text, message) in cases {
            assert_eq!(read(text, FILE_NAME).unwrap_err().to_string(), message, "{text}");
        }
        assert!(read("select = [", FILE_NAME).unwrap_err().line.is_some());
    }

    #[test]
    fn levels_overrides_and_pages() {
        let text = "[rules]\ntls = 'off'\nport-mismatch = 'note'\n\n[[overrides]]\npaths = ['/legacy/', '!/legacy/kept/']\n\
                    rules = { cors-origin = 'error' }\nrole = 'test'\n\n[[pages]]\norigin = 'https://App.example.com:8443'\npath = 'web'\n";
        let config = read(text, FILE_NAME).unwrap();
        let levels: Vec<(&str, &str)> =
            config.levels.iter().map(|stated| (stated.value.0.name(), stated.value.1.name())).collect();
        assert_eq!(levels, [("port-mismatch", "note"), ("tls", "off")]);
        let [entry] = config.overrides.as_slice() else { panic!("{config:?}") };
        assert_eq!(entry.levels[0].value, (Selector::parse("cors-origin").unwrap(), Level::At(Severity::Error)));
        assert_eq!(&text[entry.places[1].range()], "'!/legacy/kept/'");
        let [page] = config.declared.pages.as_slice() else { panic!("{config:?}") };
        assert_eq!((&*page.host, page.port, page.folder.as_str()), ("app.example.com", 8443, "web"));
    }
}
