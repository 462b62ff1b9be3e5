//! Queries as Go's `url.Values` reads and writes them.

use std::collections::BTreeMap;

use super::url::{escape_query, unescape};

/// Parameters with their values in the order in which they are written.
pub(super) type Parameters = BTreeMap<String, Vec<String>>;

/// The parameters of a query; what cannot be read is left out. The flag says whether anything was.
pub(super) fn parse(query: &str) -> (Parameters, Faults) {
    let mut found = Parameters::new();
    let mut faults = Faults::None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let read = |text: &str| String::from_utf8(unescape(&text.replace('+', " "))?).ok();
        match (read(key), read(value)) {
            (Some(key), Some(value)) if !pair.contains(';') => found.entry(key).or_default().push(value),
            _ => faults = Faults::Some,
        }
    }
    (found, faults)
}

/// Whether a query has parts that are no parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Faults {
    None,
    Some,
}

/// The values of one parameter.
pub(super) fn values(query: &str, key: &str) -> Vec<String> {
    parse(query).0.remove(key).unwrap_or_default()
}

/// The query of parameters, in the order of their names.
pub(super) fn write(parameters: &Parameters) -> String {
    let pairs = parameters.iter().flat_map(|(key, values)| {
        values.iter().map(move |value| format!("{}={}", escape_query(key), escape_query(value)))
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_and_written() {
        let (found, faults) = parse("b=1&a=x%20y&b=2&c&d=%zz");
        assert_eq!(write(&found), "a=x+y&b=1&b=2&c=");
        assert_eq!(faults, Faults::Some);
        assert_eq!(values("a=1&a=2", "a"), ["1", "2"]);
    }
}
