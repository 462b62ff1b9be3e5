//! Where nginx accepts a directive, and with what.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::tree::LevelKind;

/// Every directive of nginx's own HTTP modules; directives of other modules are not in it. The head of the file says how it is read.
const TABLE: &str = include_str!("directives.txt");

/// A form of a directive: nginx knows `server` once as a block of `http`, and once as an address of `upstream`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The contexts that accept it, as nginx's documentation names them.
    pub contexts: &'static [&'static str],
    /// What may be behind the name.
    pub arguments: Arguments,
    /// What it ends with.
    pub ending: Ending,
    /// Whether a second one in the same block is accepted.
    pub repetition: Repetition,
}

/// What may be behind a directive's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arguments {
    /// Between so many and so many.
    Between(usize, usize),
    /// So many or more.
    AtLeast(usize),
    /// `on` or `off`.
    OnOff,
}

/// How a directive ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With `;`.
    Semicolon,
    /// With a block.
    Block,
}

/// Whether a directive may be several times in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repetition {
    /// nginx refuses a second one.
    Once,
    /// It adds something, or nobody asked nginx.
    Open,
}

impl Arguments {
    /// Whether nginx accepts this number of arguments.
    pub fn accept(self, given: usize) -> bool {
        match self {
            Self::Between(least, most) => (least..=most).contains(&given),
            Self::AtLeast(least) => given >= least,
            Self::OnOff => given == 1,
        }
    }

    /// What it accepts, in words: "exactly 2", "1 or 2", "at least 1".
    pub fn words(self) -> String {
        match self {
            Self::Between(0, 0) => "none".to_owned(),
            Self::Between(least, most) if least == most => format!("exactly {least}"),
            Self::Between(least, most) if least + 1 == most => format!("{least} or {most}"),
            Self::Between(least, most) => format!("{least} to {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
            Self::OnOff => "`on` or `off`".to_owned(),
        }
    }
}

/// The forms of a directive; none for one that is not nginx's own, which may be anywhere.
pub(super) fn forms(name: &str) -> &'static [Form] {
    table().get(name).map(Vec::as_slice).unwrap_or_default()
}

/// The form that nginx reads at a level of this kind.
pub(super) fn form_at(name: &str, kind: LevelKind) -> Option<&'static Form> {
    let context = context(kind)?;
    forms(name).iter().find(|form| form.contexts.contains(&context))
}

/// The contexts in which some form of `name` is accepted; `None` for a directive that is not one of nginx's own.
pub(super) fn contexts(name: &str) -> Option<Vec<&'static str>> {
    let forms = forms(name);
    (!forms.is_empty()).then(|| forms.iter().flat_map(|form| form.contexts).copied().collect())
}

/// Every name of the table.
#[cfg(test)]
fn names() -> impl Iterator<Item = &'static str> {
    table().keys().copied()
}

fn table() -> &'static BTreeMap<&'static str, Vec<Form>> {
    static FORMS: OnceLock<BTreeMap<&'static str, Vec<Form>>> = OnceLock::new();
    FORMS.get_or_init(read)
}

fn read() -> BTreeMap<&'static str, Vec<Form>> {
    let mut found: BTreeMap<&'static str, Vec<Form>> = BTreeMap::new();
    let mut contexts: &'static [&'static str] = &[];
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_suffix(':') {
            // a dozen lists, read once in a process
            Some(head) => contexts = head.split(' ').collect::<Vec<_>>().leak(),
            None => {
                for (name, form) in line.split_whitespace().map(|written| form(written, contexts)) {
                    found.entry(name).or_default().push(form);
                }
            }
        }
    }
    found
}

/// `proxy_set_header/2`, `gzip?!`, `map/2{}`.
fn form(written: &'static str, contexts: &'static [&'static str]) -> (&'static str, Form) {
    let (written, repetition) = match written.strip_suffix('!') {
        Some(rest) => (rest, Repetition::Once),
        None => (written, Repetition::Open),
    };
    let (written, ending) = match written.strip_suffix("{}") {
        Some(rest) => (rest, Ending::Block),
        None => (written, Ending::Semicolon),
    };
    let number = |text: &str| text.parse().unwrap_or(1);
    let (name, arguments) = match (written.strip_suffix('?'), written.split_once('/')) {
        (Some(name), _) => (name, Arguments::OnOff),
        (None, None) => (written, Arguments::Between(1, 1)),
        (None, Some((name, counts))) => match (counts.strip_suffix('+'), counts.split_once('-')) {
            (Some(least), _) => (name, Arguments::AtLeast(number(least))),
            (None, Some((least, most))) => (name, Arguments::Between(number(least), number(most))),
            (None, None) => (name, Arguments::Between(number(counts), number(counts))),
        },
    };
    (name, Form { contexts, arguments, ending, repetition })
}

/// The table's word for a level; `None` for blocks that the table does not speak of.
pub(super) fn context(kind: LevelKind) -> Option<&'static str> {
    Some(match kind {
        LevelKind::Main => "main",
        LevelKind::Events => "events",
        LevelKind::Http => "http",
        LevelKind::Server => "server",
        LevelKind::Location => "location",
        LevelKind::ServerIf => "if-in-server",
        LevelKind::LocationIf => "if-in-location",
        LevelKind::LimitExcept => "limit_except",
        LevelKind::Upstream => "upstream",
        LevelKind::Data | LevelKind::Foreign => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_of_known_and_foreign_directives() {
        assert_eq!(contexts("map"), Some(vec!["http"]));
        assert_eq!(contexts("proxy_pass"), Some(vec!["location", "if-in-location", "limit_except"]));
        assert_eq!(contexts("more_set_headers"), None);
    }

    #[test]
    fn every_entry_reads() {
        assert!(names().count() > 590, "{}", names().count());
        for name in names() {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{name}");
            for form in forms(name) {
                let known = ["main", "events", "http", "server", "if-in-server", "location", "if-in-location"];
                let known = |word: &&str| known.contains(word) || *word == "limit_except" || *word == "upstream";
                assert!(!form.contexts.is_empty() && form.contexts.iter().all(known), "{name}: {form:?}");
            }
        }
    }

    #[test]
    fn forms_follow_the_level() {
        let server = form_at("server", LevelKind::Http).expect("a block");
        assert_eq!((server.arguments, server.ending), (Arguments::Between(0, 0), Ending::Block));
        let member = form_at("server", LevelKind::Upstream).expect("an address");
        assert_eq!((member.arguments, member.ending), (Arguments::AtLeast(1), Ending::Semicolon));
        assert_eq!(
            form_at("keepalive_timeout", LevelKind::Http).map(|form| form.arguments.words()).as_deref(),
            Some("1 or 2")
        );
        assert_eq!(form_at("gzip", LevelKind::Location).map(|form| form.arguments), Some(Arguments::OnOff));
        assert_eq!(form_at("proxy_buffering", LevelKind::Server).map(|form| form.repetition), Some(Repetition::Once));
        assert_eq!(form_at("proxy_set_header", LevelKind::Server).map(|form| form.repetition), Some(Repetition::Open));
        assert!(form_at("proxy_pass", LevelKind::Server).is_none());
    }
}
