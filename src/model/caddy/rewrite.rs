//! Changes of the address of a request.

use std::sync::Arc;

use crate::base::Place;
use crate::model::Unknown;

/// A change of method or address. Its parts are done in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rewrite {
    pub method: Option<Arc<str>>,
    /// The new address; what it does not have stays.
    pub uri: Option<Arc<str>>,
    pub strip_prefix: Option<Arc<str>>,
    pub strip_suffix: Option<Arc<str>>,
    pub replace: Option<Replace>,
    pub pattern: Option<(Arc<str>, Arc<str>)>,
    /// Operations on the query.
    pub query: Vec<QueryOp>,
    /// What of it is not known.
    pub unknown: Option<Unknown>,
    pub place: Option<Place>,
}

/// Replaces a text in path and query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replace {
    pub find: Arc<str>,
    pub with: Arc<str>,
    /// How often; `None` is as often as it is there.
    pub most: Option<usize>,
}

/// A change of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum QueryOp {
    Rename(Arc<str>, Arc<str>),
    Set(Arc<str>, Arc<str>),
    Add(Arc<str>, Arc<str>),
    Replace { key: Arc<str>, pattern: Arc<str>, with: Arc<str> },
    Delete(Arc<str>),
}

/// The path without a prefix. A `%` in the prefix asks for the same spelling; else characters are compared decoded, in any
/// case.
pub(super) fn trim_prefix(path: &str, prefix: &str) -> String {
    let (path_bytes, prefix_bytes) = (path.as_bytes(), prefix.as_bytes());
    let mut at = 0;
    for wanted in prefix_bytes {
        let Some(mut found) = path_bytes.get(at).copied() else { return path.to_owned() };
        if found == b'%' && *wanted != b'%' {
            let decoded = path.get(at..at + 3).and_then(super::url::unescape);
            if let Some([byte]) = decoded.as_deref() {
                found = *byte;
                at += 2;
            }
        }
        if !found.eq_ignore_ascii_case(wanted) {
            return path.to_owned();
        }
        at += 1;
    }
    path.get(at..).unwrap_or_default().to_owned()
}

/// The path without a suffix: the same from the end.
pub(super) fn trim_suffix(path: &str, suffix: &str) -> String {
    let reversed = |text: &str| text.chars().rev().collect::<String>();
    reversed(&trim_prefix(&reversed(path), &reversed(suffix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_compared_decoded() {
        for (path, prefix, expected) in [
            ("/api/x", "/api", "/x"),
            ("/API/x", "/api", "/x"),
            ("/a%70i/x", "/api", "/x"),
            ("/api", "/api", ""),
            ("/ap", "/api", "/ap"),
            ("/a%2Fb/c", "/a%2F", "b/c"),
            ("/a/b/c", "/a%2F", "/a/b/c"),
        ] {
            assert_eq!(trim_prefix(path, prefix), expected, "{path} {prefix}");
        }
        assert_eq!(trim_suffix("/a.php", ".php"), "/a");
    }
}
