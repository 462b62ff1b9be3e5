//! Where nginx accepts a directive.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::tree::LevelKind;

/// Contexts of every directive of nginx's own HTTP modules; directives of other modules are not in it.
const TABLE: &str = include_str!("directives.txt");

/// The contexts, as nginx's documentation names them, in which `name` is accepted; `None` for a directive that is not
/// one of nginx's own, which may stand anywhere.
pub(super) fn contexts(name: &str) -> Option<&'static [&'static str]> {
    static CONTEXTS: OnceLock<BTreeMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    CONTEXTS.get_or_init(read).get(name).map(Vec::as_slice)
}

fn read() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut found = BTreeMap::new();
    let mut contexts: Vec<&str> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_suffix(':') {
            Some(head) => contexts = head.split(' ').collect(),
            None => found.extend(line.split_whitespace().map(|name| (name, contexts.clone()))),
        }
    }
    found
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
        assert_eq!(contexts("map"), Some(["http"].as_slice()));
        assert_eq!(contexts("proxy_pass"), Some(["location", "if-in-location", "limit_except"].as_slice()));
        assert_eq!(contexts("more_set_headers"), None);
    }
}
