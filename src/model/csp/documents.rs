//! The policies of `<meta>` elements, and which code they concern.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::policy::{Policy, policies_of_header};
use super::{GAP, SentPolicy};
use crate::base::{FileId, Place, TEMPLATE_MARKS, VARIABLE_MARKS};
use crate::facts::PageKind;
use crate::model::topology::package_of;
use crate::model::{PackageId, Wiring};

/// The `<meta>` policies of all pages.
#[derive(Debug, Default)]
pub(in crate::model) struct Documents {
    of_package: BTreeMap<PackageId, Pages>,
}

/// The pages of a package that has policies.
#[derive(Debug, Default)]
struct Pages {
    documents: Vec<Document>,
    by_file: BTreeMap<FileId, usize>,
    /// By the end of the address of a script: `app.js`.
    by_script: BTreeMap<Arc<str>, Vec<usize>>,
    /// What holds for code of which nothing says who loads it.
    all: Option<Rc<SentPolicy>>,
}

#[derive(Debug, Default)]
struct Document {
    policies: Vec<(Place, Policy)>,
}

impl Documents {
    /// Those of the repository.
    pub fn new(wiring: &Wiring) -> Self {
        let mut of_package: BTreeMap<PackageId, Pages> = BTreeMap::new();
        for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
            if !facts.pages.iter().any(|page| matches!(page.kind, PageKind::Document | PageKind::MetaCsp(_))) {
                continue;
            }
            let Some(package) = package_of(wiring, &facts.path) else { continue };
            let pages = of_package.entry(package).or_default();
            let index = pages.documents.len();
            let mut document = Document::default();
            for page in &facts.pages {
                match &page.kind {
                    PageKind::MetaCsp(text) => {
                        let place = Place::new(file, page.span);
                        let policies = policies_of_header(&without_placeholders(text));
                        document.policies.extend(policies.into_iter().map(|policy| (place, policy)));
                    }
                    PageKind::Script(source) => {
                        pages.by_script.entry(Arc::from(last_segment(source))).or_default().push(index);
                    }
                    _ => {}
                }
            }
            pages.documents.push(document);
            pages.by_file.insert(file, index);
        }
        // Where no page has one, there is nothing to ask.
        of_package.retain(|_, pages| pages.documents.iter().any(|document| !document.policies.is_empty()));
        for pages in of_package.values_mut() {
            pages.all = sent(pages.documents.iter());
        }
        Self { of_package }
    }

    /// The policies of the pages that run the code of a file.
    pub fn around(&self, wiring: &Wiring, package: PackageId, file: FileId) -> Option<Rc<SentPolicy>> {
        let pages = self.of_package.get(&package)?;
        if let Some(own) = pages.by_file.get(&file) {
            return sent(pages.documents.get(*own).into_iter());
        }
        let name = wiring.repository.get(file).map_or("", |facts| facts.path.name());
        match pages.by_script.get(name) {
            Some(loading) if loading.len() <= MOST_LOADING => {
                sent(loading.iter().filter_map(|index| pages.documents.get(*index)))
            }
            _ => pages.all.clone(),
        }
    }
}

/// More pages that load one script are not told apart from the others.
const MOST_LOADING: usize = 32;

/// What pages say, each of which is one way.
fn sent<'d>(documents: impl Iterator<Item = &'d Document>) -> Option<Rc<SentPolicy>> {
    let mut first = None;
    let mut ways: Vec<Option<Vec<Policy>>> = Vec::new();
    for document in documents {
        first = first.or(document.policies.first().map(|(place, _)| *place));
        let way = Some(document.policies.iter().map(|(_, policy)| policy.clone()).collect());
        if ways.len() < MOST_WAYS && !ways.contains(&way) {
            ways.push(way);
        }
    }
    Some(Rc::new(SentPolicy { place: first?, by: Arc::from("the page's `<meta>` element"), ways }))
}

/// More different policies of one package's pages than that decide nothing.
const MOST_WAYS: usize = 16;

fn last_segment(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    path.rsplit('/').next().unwrap_or(path)
}

/// Placeholders of template languages, and what build tools fill in, are unknown.
fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    'text: while !rest.is_empty() {
        for (open, close) in TEMPLATE_MARKS.iter().chain(&VARIABLE_MARKS) {
            if let Some(inside) = rest.strip_prefix(open) {
                out.push(GAP);
                rest = inside.find(close).map_or("", |end| inside.get(end + close.len()..).unwrap_or_default());
                continue 'text;
            }
        }
        let mut letters = rest.chars();
        // `%VITE_API%`
        let name = rest.strip_prefix('%').and_then(|inside| inside.split_once('%'));
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() < 80
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        match name {
            Some((name, after)) if is_name(name) => {
                out.push(GAP);
                rest = after;
            }
            _ => {
                out.extend(letters.next());
                rest = letters.as_str();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_gaps() {
        assert_eq!(without_placeholders("connect-src {{ api }} 'self'"), "connect-src \u{1} 'self'");
        assert_eq!(without_placeholders("connect-src %VITE_API% 50%"), "connect-src \u{1} 50%");
        assert_eq!(without_placeholders("a ${b"), "a \u{1}");
    }
}
