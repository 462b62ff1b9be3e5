//! Back ends that were written for a request, and that a slip in a rule keeps it from.

use std::sync::Arc;

use super::HaproxyInstance;
use super::acl::{Acl, Case, Method, Negated, Sense, Term, Test};
use super::answer::undecided;
use super::config::Mode;
use super::rule::Rule;
use super::run::Run;
use super::sample::Sample;
use crate::facts::HoleReason;
use crate::model::proxy::{ChosenLocation, HAPROXY, Request, Shadow, Shadowed, WITNESSES, answer_with_witnesses};

/// Why a rule does not take a request.
struct Slip {
    /// What the rule compares.
    text: Arc<str>,
    reason: String,
    fix: String,
}

impl HaproxyInstance {
    /// The `use_backend` rules that were meant for a request by their text, and that do not take it.
    pub(super) fn shadowed_by_rules(&self, request: &Request) -> Vec<Shadowed> {
        let (Some(taker), Some(witness)) = (self.taker(request.address, request.port), WITNESSES.first()) else {
            return Vec::new();
        };
        if self.config.mode(taker.0) != Mode::Http {
            return Vec::new();
        }
        let mut run = Run::new(self, request, taker, &witness.fill(&request.path), Vec::new());
        if run.process(taker.0).is_err() {
            return Vec::new();
        }
        let answer = self.answer_to(request);
        let rules = self.config.rules(taker.0, |section| &section.switches);
        let mut found = Vec::new();
        let mut is_taken = false;
        for rule in rules {
            let Some(name) = rule.words.first().filter(|name| name.holes.is_empty()) else { continue };
            let holds = run.holds(rule);
            let slip = match holds {
                Ok(true) if is_taken => run.text_of(rule).map(|text| Slip {
                    text,
                    reason: "the first rule whose condition holds takes a request".to_owned(),
                    fix: "move it above the one that takes the path".to_owned(),
                }),
                Ok(false) => run.slip(rule),
                _ => None,
            };
            is_taken |= holds != Ok(false);
            let Some(slip) = slip else { continue };
            let forced = answer_with_witnesses(&request.path, |witness| {
                let path = witness.fill(&request.path);
                let mut run = Run::new(self, request, taker, &path, Vec::new());
                run.forced = Some(rule.place);
                let outcome = run.outcome();
                if run.asked.is_empty() {
                    witness.restore(run.answer(outcome))
                } else {
                    undecided(HoleReason::Runtime, Some(rule.place))
                }
            });
            let Some(forced) = forced else { continue };
            let written: Arc<str> = format!("use_backend {}", name.text).into();
            found.push(Shadowed {
                location: ChosenLocation { level: forced.level, place: rule.place, written },
                text: slip.text,
                why: Shadow::Rule { by: &HAPROXY, reason: slip.reason.into(), fix: slip.fix.into() },
                taken_by: answer.location.clone(),
                answer: forced,
            });
        }
        found
    }
}

impl<'a> Run<'a> {
    /// The paths that a rule compares.
    fn text_of(&self, rule: &Rule) -> Option<Arc<str>> {
        let terms = rule.condition.iter().flat_map(|condition| &condition.any_of).flatten();
        let acls = terms.flat_map(|term| self.acls_of(term));
        let paths = acls.filter(|acl| matches!(&*acl.expression.fetch.name, "path" | "url" | "base"));
        let texts: Vec<&str> = paths.flat_map(|acl| &acl.patterns).map(|pattern| &*pattern.text).collect();
        (!texts.is_empty()).then(|| texts.join(" ").into())
    }

    /// The lines of what a term asks.
    fn acls_of<'t>(&self, term: &'t Term) -> &'t [Acl]
    where
        'a: 't,
    {
        match &term.test {
            Test::Inline(acl) => std::slice::from_ref(&**acl),
            Test::Named(name) => self.config().acls(self.section, name),
            Test::Unread(_) => &[],
        }
    }

    /// What keeps a rule from holding, when it is one term alone, and of a kind that people write by mistake.
    fn slip(&mut self, rule: &Rule) -> Option<Slip> {
        let condition = rule.condition.as_ref().filter(|condition| condition.sense == Sense::If)?;
        for terms in &condition.any_of {
            let mut failing = None;
            let mut others = true;
            for term in terms {
                match (self.term(term), term.negated, failing) {
                    (Ok(holds), negated, _) if holds != (negated == Negated::Yes) => {}
                    (Ok(_), Negated::No, None) => failing = Some(term),
                    _ => others = false,
                }
            }
            if let Some(slip) = failing.filter(|_| others).and_then(|term| self.slip_of(term)) {
                return Some(slip);
            }
        }
        None
    }

    fn slip_of(&mut self, term: &Term) -> Option<Slip> {
        let acls = self.acls_of(term);
        let path = self.path.clone();
        let first: Arc<str> = path.trim_start_matches('/').split('/').next().unwrap_or_default().into();
        for acl in acls {
            let fetch = &acl.expression.fetch;
            let is_plain = acl.expression.converters.is_empty() && matches!(acl.method, None | Some(Method::Same));
            if !is_plain {
                continue;
            }
            let of_header = matches!(&*fetch.name, "hdr" | "req.hdr");
            let name = fetch.arg(0).to_ascii_lowercase();
            if &*fetch.name == "path" {
                let mut patterns = acl.patterns.iter().map(|pattern| &pattern.text);
                let below = patterns.find(|text| {
                    text.len() > 1 && path.strip_prefix(&***text).is_some_and(|rest| rest.starts_with('/'))
                });
                if let Some(text) = below {
                    return Some(Slip {
                        text: Arc::clone(text),
                        reason: format!("`path {text}` takes this one path and nothing below it"),
                        fix: format!("compare with `path_beg {text}`"),
                    });
                }
            }
            if of_header && matches!(&*name, "upgrade" | "connection") && acl.case == Case::Kept {
                let folded = Acl { case: Case::Ignored, ..acl.clone() };
                if self.acl(&folded) == Ok(true) {
                    let written = acl.patterns.first().map_or("", |pattern| &pattern.text);
                    return Some(Slip {
                        text: first,
                        reason: format!(
                            "`hdr({})` is compared letter by letter, and what browsers send is not spelled `{written}`",
                            fetch.arg(0)
                        ),
                        fix: format!("compare whatever the case: `hdr({}) -i {written}`", fetch.arg(0)),
                    });
                }
            }
            if of_header && name == "host" {
                let Sample::Texts(hosts) = self.sample(&acl.expression, acl.place) else { continue };
                let host = hosts.last().and_then(|host| host.rsplit_once(':'));
                let mut patterns = acl.patterns.iter().map(|pattern| &pattern.text);
                let meant = host.and_then(|(host, _)| patterns.find(|text| text.eq_ignore_ascii_case(host)));
                if let (Some(meant), Some((_, port))) = (meant, host) {
                    return Some(Slip {
                        text: first,
                        reason: format!("the Host header has the port `:{port}`, which `{meant}` has not"),
                        fix: format!("compare without the port: `hdr(host),field(1,:) -i {meant}`"),
                    });
                }
            }
        }
        None
    }
}
