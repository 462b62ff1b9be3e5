//! The end of a request: statuses, redirects and error pages.

use std::sync::Arc;

use super::rewrite::is_redirect;
use super::run::{Redirection, Run, Step, unknown};
use super::tree::Statement;
use super::uri::{names_file, split_query};
use super::variables::Evaluated;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{HeaderValue, Outcome};

/// A line of `error_page`.
struct Page<'a> {
    /// The status that replaces the error's: `None` keeps it, zero takes that of the page.
    status: Option<u16>,
    target: &'a super::tree::Argument,
    place: Place,
}

impl Run<'_> {
    /// An error, or a redirect: an `error_page` may turn it into something else.
    pub(super) fn special(&mut self, code: u16, place: Place, redirection: Option<Redirection>) -> Step {
        self.kept_status = Some((code, place));
        let tree = self.tree;
        if !self.error_page_used
            && self.may_change()
            && let Some((_, pages)) = tree.effective(self.level, "error_page")
        {
            if self.setting("recursive_error_pages") != Some("on") {
                self.error_page_used = true;
            }
            if let Some(page) = pages.iter().find_map(|statement| page(statement, code)) {
                return self.apply(code, &page);
            }
        }
        Step::Done(match redirection {
            Some(redirection) => self.redirect(code, &redirection, place),
            None => Outcome::Status { code: sent_status(code), place },
        })
    }

    /// An answer that no `error_page` changes.
    pub(super) fn plain_answer(&mut self, code: u16, place: Place) -> Step {
        let code = self.kept_status.map_or(code, |(kept, _)| kept);
        Step::Done(Outcome::Status { code: sent_status(code), place })
    }

    fn apply(&mut self, code: u16, page: &Page<'_>) -> Step {
        match page.status {
            Some(0) => self.kept_status = None,
            Some(status) => self.kept_status = Some((status, page.place)),
            None if (494..=497).contains(&code) => self.kept_status = Some((400, page.place)),
            None => {}
        }
        let target = self.argument(page.target);
        let text = target.with_gaps();
        if text.starts_with('/') {
            self.steps.push((page.place, format!("`error_page` leads to {}", super::rewrite::shown(&target))));
            if &*self.method != "HEAD" {
                self.method = "GET".into();
            }
            let (path, _) = split_query(text);
            if names_file(path) && !page.target.text.contains('$') {
                self.existing = Some(path.to_owned());
            }
            return self.go_to(&target);
        }
        if text.starts_with('@') {
            let name = text.to_owned();
            return self.named(&name, page.place);
        }
        if let Err(why) = target.settled()
            && !text.starts_with("http")
        {
            return Step::Done(unknown(why, Some(page.place)));
        }
        let code = page.status.filter(|status| is_redirect(*status)).unwrap_or(302);
        self.steps.push((page.place, "`error_page` redirects".to_owned()));
        let redirection =
            Redirection { shown: Arc::clone(&page.target.text), value: target.clone(), automatic_slash: false };
        Step::Done(self.redirect(code, &redirection, page.place))
    }

    fn redirect(&mut self, code: u16, redirection: &Redirection, place: Place) -> Outcome {
        let location = self.location_header(&redirection.value);
        Outcome::Redirect {
            code,
            target: Arc::clone(&redirection.shown),
            location,
            place,
            automatic_slash: redirection.automatic_slash,
        }
    }

    /// The Location header: nginx puts scheme, host and port before a path.
    fn location_header(&mut self, value: &Evaluated) -> HeaderValue {
        let mut whole = Evaluated::default();
        if value.with_gaps().starts_with('/') && self.setting("absolute_redirect") != Some("off") {
            whole.push_str(if self.tls { "https://" } else { "http://" });
            let name = if self.setting("server_name_in_redirect") == Some("on") { "server_name" } else { "host" };
            if name == "host" && self.request.host.as_deref() == Some("") {
                let address = self.variable("server_addr");
                whole.push(&address);
            } else {
                let host = self.variable(name);
                whole.push(&host);
            }
            let usual = if self.tls { 443 } else { 80 };
            if self.request.port != usual && self.setting("port_in_redirect") != Some("off") {
                whole.push_str(&format!(":{}", self.request.port));
            }
        }
        whole.push(value);
        match whole.settled() {
            Ok(text) => HeaderValue::Known(text.into()),
            Err(reason) => HeaderValue::Unknown(Unknown { reason, place: None }),
        }
    }

    /// Something that nobody can know decides.
    pub(super) fn give_up(&self, reason: HoleReason, place: Place) -> Step {
        Step::Done(unknown(reason, Some(place)))
    }
}

/// What a line of `error_page` says about a status.
fn page(statement: &Statement, code: u16) -> Option<Page<'_>> {
    let (target, rest) = statement.args.split_last()?;
    let (status, codes) = match rest.split_last() {
        Some((last, codes)) if last.text.starts_with('=') => {
            let number = last.text.trim_start_matches('=');
            (Some(if number.is_empty() { 0 } else { number.parse().ok()? }), codes)
        }
        _ => (None, rest),
    };
    let listed = codes.iter().any(|arg| arg.text.parse() == Ok(code));
    listed.then_some(Page { status, target, place: statement.place })
}

/// nginx's own codes for bad requests and for plain HTTP on a TLS port are 400 for the client.
fn sent_status(code: u16) -> u16 {
    if (494..=497).contains(&code) { 400 } else { code }
}
