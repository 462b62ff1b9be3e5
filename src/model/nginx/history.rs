//! Directives that came or went with a version of nginx.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::NginxVersion;

/// The head of the file says how it is read.
const TABLE: &str = include_str!("history.txt");

/// Why a version of nginx does not know a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It came with this version.
    Since(NginxVersion),
    /// This version was the last that knew it.
    Until(NginxVersion),
}

/// Why nginx of `version` does not know the directive `name`; `None` when it does, as far as the table says.
pub(super) fn unknown_to(name: &str, version: NginxVersion) -> Option<Age> {
    let age = *table().get(name)?;
    let is_unknown = match age {
        Age::Since(first) => version < first,
        Age::Until(last) => version > last,
    };
    is_unknown.then_some(age)
}

fn table() -> &'static BTreeMap<&'static str, Age> {
    static AGES: OnceLock<BTreeMap<&'static str, Age>> = OnceLock::new();
    AGES.get_or_init(|| {
        let lines = TABLE.lines().filter_map(|line| line.split_once(": "));
        let ages = lines.filter_map(|(head, names)| {
            let age = match head.split_once(' ')? {
                ("since", version) => Age::Since(NginxVersion::parse(version)?),
                ("until", version) => Age::Until(NginxVersion::parse(version)?),
                _ => return None,
            };
            Some((age, names))
        });
        ages.flat_map(|(age, names)| names.split(' ').map(move |name| (name, age))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let named: usize = lines.map(|line| line.split_once(": ").unwrap().1.split(' ').count()).sum();
        assert_eq!(table().len(), named);
    }

    #[test]
    fn a_branch_is_taken_for_its_last_version() {
        let asked = |name, version| unknown_to(name, NginxVersion::parse(version).unwrap()).is_some();
        assert!(asked("http2", "1.24") && asked("http2", "1.25.0"));
        assert!(!asked("http2", "1.25") && !asked("http2", "1.25.1") && !asked("http2", "1.30"));
        assert!(asked("ssl", "1.25.1") && !asked("ssl", "1.24"));
        assert!(!asked("listen", "1.24"));
    }
}
