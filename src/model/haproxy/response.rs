//! What the rules for answers make of their headers.

use std::sync::Arc;

use super::config::Section;
use super::rule::Rule;
use super::run::{Phase, Run};
use crate::base::Place;
use crate::model::proxy::{AddedHeader, AddedTo, BackEndHeader, BlockId};

/// The changes to the headers of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Changes {
    pub added: Vec<AddedHeader>,
    /// Headers of the back end that do not arrive.
    pub hidden: Vec<Arc<str>>,
}

/// Who makes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maker {
    Upstream,
    /// HAProxy itself.
    Own,
}

impl Run<'_> {
    /// The changes to an answer: the rules of the back end come first. What HAProxy answers itself gets
    /// those of `http-after-response` only.
    pub(super) fn changes(&mut self, maker: Maker) -> Changes {
        let mut changes = Changes::default();
        if !self.is_http() {
            return changes;
        }
        let backend = self.backend.filter(|backend| *backend != self.frontend);
        let order: Vec<usize> = backend.into_iter().chain([self.frontend]).collect();
        let before = (self.phase, self.section);
        self.phase = Phase::Response;
        let lists: &[fn(&Section) -> &Vec<Rule>] = match maker {
            Maker::Upstream => &[|section| &section.responses, |section| &section.after_responses],
            Maker::Own => &[|section| &section.after_responses],
        };
        for list in lists {
            for number in &order {
                self.section = *number;
                for rule in self.config().rules(*number, *list) {
                    self.response_rule(rule, &mut changes);
                }
            }
        }
        (self.phase, self.section) = before;
        changes
    }

    fn response_rule(&mut self, rule: &Rule, changes: &mut Changes) {
        let action = rule.action();
        let Some(name) = rule.words.get(1).filter(|name| name.holes.is_empty()) else { return };
        if !matches!(action, "set-header" | "add-header" | "del-header") {
            return;
        }
        // what hangs on the answer itself is left out; a rule that asks for the page's origin is for those that have one
        match self.holds(rule) {
            Ok(true) => {}
            Ok(false) => return,
            Err(_) if asks_for_origin(rule) => {}
            Err(_) => return,
        }
        let same = |header: &AddedHeader| header.name.eq_ignore_ascii_case(&name.text);
        let hides = action != "add-header";
        if hides {
            changes.added.retain(|header| !same(header));
            changes.hidden.push(name.text.to_ascii_lowercase().into());
        }
        if action == "del-header" {
            return;
        }
        let lower = name.text.to_ascii_lowercase();
        let is_hidden = changes.hidden.iter().any(|hidden| **hidden == *lower);
        let Some(value) = rule.words.get(2) else { return };
        changes.added.push(AddedHeader {
            name: Arc::clone(&name.text),
            value: Arc::clone(&value.text),
            answers: AddedTo::All,
            back_end: if is_hidden { BackEndHeader::Replaced } else { BackEndHeader::Kept },
            place: rule.place,
            level: BlockId(0),
        });
    }
}

/// Whether the condition of a rule looks at the origin of the page: by the name of an ACL, a variable or the capture.
fn asks_for_origin(rule: &Rule) -> bool {
    use super::acl::Test;
    let Some(condition) = &rule.condition else { return false };
    condition.any_of.iter().flatten().any(|term| match &term.test {
        Test::Named(name) => {
            let name = name.to_ascii_lowercase();
            name.contains("origin") || name.contains("cors")
        }
        Test::Inline(acl) => {
            let fetch = &acl.expression.fetch;
            &*fetch.name == "capture.req.hdr" || fetch.arg(0).to_ascii_lowercase().contains("origin")
        }
        Test::Unread(_) => false,
    })
}

/// Whether a rule for answers is about CORS.
pub(super) fn sets_cors(section: &Section) -> Option<Place> {
    let rules = section.responses.iter().chain(&section.after_responses);
    let is_cors =
        |rule: &&Rule| rule.words.iter().any(|word| word.text.to_ascii_lowercase().starts_with("access-control-"));
    rules.into_iter().find(is_cors).map(|rule| rule.place)
}
