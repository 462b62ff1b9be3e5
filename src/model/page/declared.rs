//! Origins that `wirelint.toml` states: people know where their pages are, the other files only hint at it.

use super::{FrontEnd, stated};
use crate::base::{FileId, Place};
use crate::model::{Declared, DeclaredPage, Known, PageOrigin, PageScheme};

impl FrontEnd<'_> {
    /// The statements about this front end.
    pub(super) fn declarations<'d>(&self, declared: &'d Declared) -> Vec<&'d DeclaredPage> {
        declared.pages.iter().filter(|page| self.info.root.is_under(&page.folder)).collect()
    }

    /// The pages at the stated origins, served by what was found to serve them, and what else was found. Pages whose host nothing
    /// else says are those.
    pub(super) fn declared(
        &self,
        pages: &[&DeclaredPage],
        file: Option<FileId>,
        mut found: Vec<PageOrigin>,
    ) -> Vec<PageOrigin> {
        let served_by = stated::served_by(&found);
        let is_declared = |page: &PageOrigin| {
            let same =
                |one: &&DeclaredPage| page.host.value() == Some(&one.host) && page.port.value() == Some(&one.port);
            pages.iter().any(same)
        };
        found.retain(|page| page.host.value().is_some() && !is_declared(page));
        let mut all: Vec<PageOrigin> = pages.iter().map(|one| self.at_declared(one, &served_by, file)).collect();
        all.extend(found);
        all
    }

    fn at_declared(&self, one: &DeclaredPage, served_by: &crate::model::ServedBy, file: Option<FileId>) -> PageOrigin {
        let places: Vec<Place> = file.map(|file| Place::new(file, one.span)).into_iter().collect();
        let https = if one.scheme == PageScheme::Https { places.clone() } else { Vec::new() };
        let mut page = self.page(served_by.clone(), Known::Is(one.scheme, places.clone()), https);
        page.host = Known::Is(one.host.clone(), places.clone());
        page.port = Known::Is(one.port, places);
        page
    }
}
