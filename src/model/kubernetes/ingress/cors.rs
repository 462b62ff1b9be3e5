//! The CORS policy that annotations switch on.

use std::sync::Arc;

use crate::base::Place;
use crate::model::proxy::OwnCors;
use crate::model::{Admits, Listed, OriginEntry, PreflightPolicy};

const METHODS: [&str; 6] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"];
const HEADERS: [&str; 9] = [
    "DNT",
    "Keep-Alive",
    "User-Agent",
    "X-Requested-With",
    "If-Modified-Since",
    "Cache-Control",
    "Content-Type",
    "Range",
    "Authorization",
];

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cors {
    /// The annotation that says it.
    place: Place,
    origins: Origins,
    methods: Vec<Arc<str>>,
    headers: Vec<Arc<str>>,
    credentials: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Origins {
    /// `*` is sent.
    Any,
    /// The origin is sent back when it ends in one of these, in any case.
    These(Vec<Arc<str>>),
}

impl Cors {
    pub fn new(
        place: Place,
        origins: Option<(&Arc<str>, Place)>,
        methods: Option<Vec<Arc<str>>>,
        headers: Option<Vec<Arc<str>>>,
        credentials: bool,
    ) -> Self {
        let default = |words: &[&str]| words.iter().copied().map(Arc::from).collect();
        let said = origins.map_or(place, |(_, place)| place);
        let origins = match origins {
            None => Origins::Any,
            Some((text, _)) => {
                let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
                if words.contains(&"*") {
                    Origins::Any
                } else {
                    // what has no scheme is skipped, with a line in the log
                    let is_origin = |word: &&&str| word.contains("://") || **word == "null";
                    Origins::These(words.iter().filter(is_origin).map(|word| Arc::from(*word)).collect())
                }
            }
        };
        let methods = methods.unwrap_or_else(|| default(&METHODS));
        let headers = headers.unwrap_or_else(|| default(&HEADERS));
        Self { place: said, origins, methods, headers, credentials }
    }

    /// What it says of pages of an origin.
    pub fn for_origin(&self, origin: &str) -> OwnCors {
        let admits = match &self.origins {
            Origins::Any => Admits::Any(vec![self.place]),
            Origins::These(words) if words.iter().any(|word| fits(word, origin)) => Admits::Reflected(vec![self.place]),
            Origins::These(words) => Admits::List {
                entries: words
                    .iter()
                    .map(|word| OriginEntry { text: Arc::clone(word), places: vec![self.place] })
                    .collect(),
                patterns: Vec::new(),
                more: None,
            },
        };
        let preflight = PreflightPolicy {
            methods: Listed::Only(self.methods.clone()),
            headers: if self.headers.iter().any(|word| &**word == "*") && !self.credentials {
                Listed::Any
            } else {
                Listed::Only(self.headers.clone())
            },
        };
        OwnCors { place: self.place, admits, credentials: self.credentials, preflight, idle: None }
    }
}

/// Whether an origin is meant: the end of it is compared, in any case; a star is one label.
fn fits(word: &str, origin: &str) -> bool {
    let (word, origin) = (word.to_ascii_lowercase(), origin.to_ascii_lowercase());
    let Some((head, tail)) = word.split_once('*') else { return origin.ends_with(&word) };
    let Some(front) = origin.strip_suffix(tail) else { return false };
    let label = front.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    front.len() > label.len() && label.ends_with(head)
}
