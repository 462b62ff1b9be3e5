//! What git's own configuration says about how the index and the objects are written, and where the repository was cloned from.
//! Nothing else in it is looked at, and no other file that it names is read: git reads these keys from this file alone.

use super::id::HashKind;

/// Extensions that change nothing about the index and the objects.
const HARMLESS: [&str; 4] = ["noop", "noop-v1", "preciousobjects", "relativeworktrees"];

/// How branches and tags are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum RefStorage {
    /// As files, and as one list of those that seldom change.
    #[default]
    Files,
    /// In a way that is not read here.
    Other(String),
}

/// The keys that are looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    /// `core.worktree`.
    pub worktree: Option<String>,
    /// `extensions.worktreeConfig`.
    pub worktree_config: bool,
    /// `extensions.objectFormat`.
    pub hash: HashKind,
    /// The first `remote.origin.url`.
    pub origin: Option<String>,
    /// The remote that has what a partial clone left out.
    pub promisor: Option<String>,
    /// `extensions.refStorage`.
    pub refs: RefStorage,
    version: u32,
    /// Extensions and values that are not known here.
    unknown: Vec<String>,
}

impl Config {
    /// Whether the repository is one that is read here.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.version > 1 {
            return Err(format!("states format {} of repositories, which is not known", self.version));
        }
        if self.version == 0 && self.hash != HashKind::Sha1 {
            return Err("states an object format that needs `repositoryformatversion = 1`".to_owned());
        }
        match self.unknown.first() {
            // git ignores extensions of format 0.
            Some(name) if self.version == 1 => Err(format!("states `{name}`, which is not read")),
            _ => Ok(()),
        }
    }
}

/// Reads a configuration file.
pub(super) fn read(text: &str) -> Config {
    let mut config = Config::default();
    let mut section = String::new();
    let joined = text.replace("\r\n", "\n").replace("\\\n", "");
    for line in joined.lines() {
        let mut line = line.trim();
        if let Some(head) = line.strip_prefix('[') {
            let Some((name, rest)) = head.split_once(']') else { continue };
            // What is in quotes is as it is written.
            section = match name.trim().split_once('"') {
                Some((name, rest)) => format!("{}\"{rest}", name.to_ascii_lowercase()),
                None => name.trim().to_ascii_lowercase(),
            };
            line = rest.trim();
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, text)) => (key.trim().to_ascii_lowercase(), value_of(text)),
            None => (line.to_ascii_lowercase(), "true".to_owned()),
        };
        config.set(&section, &key, value);
    }
    config
}

impl Config {
    fn set(&mut self, section: &str, key: &str, value: String) {
        match (section, key) {
            ("remote \"origin\"", "url") if self.origin.is_none() => self.origin = Some(value),
            (remote, "promisor") if is_true(&value) => self.promisor(remote),
            (remote, "partialclonefilter") => self.promisor(remote),
            ("extensions", "partialclone") => self.promisor = Some(value),
            ("core", "worktree") => self.worktree = Some(value),
            ("core", "repositoryformatversion") => match value.parse() {
                Ok(version) => self.version = version,
                Err(_) => self.version = u32::MAX,
            },
            ("extensions", "worktreeconfig") => self.worktree_config = is_true(&value),
            ("extensions", "objectformat") => match &*value.to_ascii_lowercase() {
                "sha1" => self.hash = HashKind::Sha1,
                "sha256" => self.hash = HashKind::Sha256,
                _ => self.unknown.push(format!("extensions.objectFormat = {value}")),
            },
            ("extensions", "refstorage") => {
                self.refs = match &*value.to_ascii_lowercase() {
                    "files" => RefStorage::Files,
                    _ => RefStorage::Other(value),
                };
            }
            ("extensions", name) if !HARMLESS.contains(&name) => self.unknown.push(format!("extensions.{name}")),
            _ => {}
        }
    }

    /// The section is one of a remote that promised what was left out.
    fn promisor(&mut self, section: &str) {
        let name = section.strip_prefix("remote \"").and_then(|name| name.strip_suffix('"'));
        self.promisor = self.promisor.take().or(name.map(str::to_owned));
    }
}

fn is_true(value: &str) -> bool {
    !matches!(&*value.to_ascii_lowercase(), "false" | "no" | "off" | "0" | "")
}

/// A value without its quotes, escapes and comment.
fn value_of(text: &str) -> String {
    let mut value = String::new();
    // What follows the last character that is no plain space.
    let mut end = 0;
    let mut quoted = false;
    let mut rest = text.trim_start().chars();
    while let Some(character) = rest.next() {
        match character {
            '"' => {
                quoted = !quoted;
                end = value.len();
                continue;
            }
            '#' | ';' if !quoted => break,
            '\\' => match rest.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(other) => value.push(other),
                None => break,
            },
            other => {
                value.push(other);
                if other.is_whitespace() && !quoted {
                    continue;
                }
            }
        }
        end = value.len();
    }
    value.truncate(end);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_how_things_are_written_is_looked_at() {
        let text = "[core]\n\trepositoryformatversion = 1 # one\n\tworktree = \"../a b\" ; x\n\tsshCommand = touch x\n\
                    [include]\n\tpath = /etc/passwd\n[extensions] objectFormat = sha256\n\tworktreeConfig\n[extensions \"x\"]\n\todd = 1\n\
                    [remote \"other\"]\n\turl = https://b\n\tpromisor\n[remote \"Origin\"]\n\turl = https://d\n[Remote \"origin\"]\n\turl = https://a\n\turl = https://c\n";
        let config = read(text);
        assert_eq!(config.origin.as_deref(), Some("https://a"));
        assert_eq!(config.promisor.as_deref(), Some("other"));
        assert_eq!(config.worktree.as_deref(), Some("../a b"));
        assert_eq!((config.hash, config.version, config.worktree_config), (HashKind::Sha256, 1, true));
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let cases = [
            ("[core]\nrepositoryformatversion = 2", "states format 2 of repositories, which is not known"),
            (
                "[core]\nrepositoryformatversion = 1\n[extensions]\nnewThing = 1",
                "states `extensions.newthing`, which is not read",
            ),
            (
                "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = md5",
                "states `extensions.objectFormat = md5`, which is not read",
            ),
            ("[extensions]\nobjectformat = sha256", "states an object format that needs `repositoryformatversion = 1`"),
        ];
        for (text, reason) in cases {
            assert_eq!(read(text).check(), Err(reason.to_owned()), "{text}");
        }
        assert_eq!(read("[extensions]\nnewThing = 1").check(), Ok(()), "format 0 has no extensions");
    }
}
