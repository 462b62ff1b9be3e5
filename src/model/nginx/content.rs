//! Access rules and content of a location.

use std::sync::Arc;

use super::answer::Outcome;
use super::proxy;
use super::rewrite::Rewritten;
use super::run::{Run, unknown};
use super::select::{self, Chosen, Matcher};
use super::tree::{Argument, Level, LevelId, LevelKind, Statement, Tree};
use super::variables::Evaluated;
use crate::base::Place;
use crate::facts::HoleReason;

impl Run<'_> {
    /// The content of a location; `handler` is the level of the last `if` that held.
    pub(super) fn content(&mut self, location: LevelId, handler: LevelId) -> Option<Outcome> {
        let tree = self.tree;
        let level = tree.level(location)?;
        if let Some(outcome) = self.access(location) {
            return Some(outcome);
        }
        let own = |id: LevelId, name: &str| tree.level(id)?.statements.iter().find(|s| &*s.name == name);
        if let Some(try_files) = own(location, "try_files") {
            return self.try_files(location, try_files);
        }
        for id in [handler, location] {
            if let Some(pass) = own(id, "proxy_pass") {
                return Some(proxy::forward(self, location, id, pass));
            }
            let foreign = |name: &str| {
                name.contains("content_by_lua") || matches!(name, "js_content" | "perl" | "pagespeed" | "return_by_lua")
            };
            let statements = tree.level(id).map(|level| level.statements.as_slice()).unwrap_or_default();
            let other = statements.iter().find(|statement| {
                foreign(&statement.name)
                    || matches!(
                        &*statement.name,
                        "fastcgi_pass"
                            | "uwsgi_pass"
                            | "scgi_pass"
                            | "grpc_pass"
                            | "memcached_pass"
                            | "stub_status"
                            | "push_stream_subscriber"
                    )
            });
            if let Some(statement) = other {
                let reason = HoleReason::ExternalCall(Arc::clone(&statement.name));
                return Some(unknown(reason, Some(statement.place)));
            }
        }
        let around = tree.unseen_around(location).find(|(place, _)| level_has(tree, location, *place));
        if let Some((place, path)) = around {
            return Some(unknown(HoleReason::Unresolved(Arc::clone(path)), Some(*place)));
        }
        Some(Outcome::Files { location: self.location_name(location), place: level.place })
    }

    fn location_name(&self, id: LevelId) -> Arc<str> {
        match self.tree.level(id) {
            Some(level) if level.kind == LevelKind::Location => select::written(level),
            _ => "server".into(),
        }
    }

    /// Refusals before the content; a level with rules of its own replaces those around it.
    fn access(&self, location: LevelId) -> Option<Outcome> {
        let rule = |statement: &&Statement| matches!(&*statement.name, "allow" | "deny");
        let rules = self.tree.outward(location).find_map(|(_, level)| {
            let rules: Vec<_> = level.statements.iter().filter(rule).collect();
            (!rules.is_empty()).then_some(rules)
        })?;
        let deny = rules.iter().find(|statement| denies_all(statement))?;
        let open = rules.iter().any(|statement| &*statement.name == "allow");
        let any = self.tree.effective(location, "satisfy").is_some();
        (!open && !any).then_some(Outcome::Status { code: 403, place: deny.place })
    }

    /// What `limit_except` refuses: nginx turns to its block before anything in the location is run.
    pub(super) fn limited(&self, location: LevelId) -> Option<Outcome> {
        let level = self.tree.level(location)?;
        let block = level.statements.iter().find(|statement| &*statement.name == "limit_except")?;
        let allowed = |arg: &Argument| {
            arg.text.eq_ignore_ascii_case(&self.request.method)
                || &*self.request.method == "HEAD" && arg.text.eq_ignore_ascii_case("GET")
        };
        let denied = block.block.and_then(|id| self.tree.level(id))?.statements.iter().any(denies_all);
        (denied && !block.args.iter().any(allowed)).then_some(Outcome::Status { code: 403, place: block.place })
    }

    /// Files are taken not to exist: the last argument decides.
    fn try_files(&mut self, location: LevelId, statement: &Statement) -> Option<Outcome> {
        let last = statement.args.last()?;
        let level = self.tree.level(location)?;
        let place = level.place;
        if last.text.starts_with('@') {
            return Some(self.named(&last.text.clone(), statement.place));
        }
        if let Some(code) = last.text.strip_prefix('=').and_then(|code| code.parse().ok()) {
            return Some(Outcome::Status { code, place: statement.place });
        }
        let files = Outcome::Files { location: self.location_name(location), place };
        let bare = last.text.split('?').next().unwrap_or_default();
        let argument = Argument { text: bare.into(), place: last.place, holes: last.holes.clone() };
        let Evaluated::Known(target) = self.variables.argument(self.tree, &argument) else { return Some(files) };
        self.steps.push((statement.place, format!("`try_files` falls back to {target}")));
        if !target.starts_with('/') || target == self.uri && self.rewritten {
            return Some(files);
        }
        self.uri = target;
        self.rewritten = true;
        self.location_invalid = false;
        self.publish_uri();
        // the redirect begins again with the server's own rewrites
        if let Rewritten::Answer(outcome) = self.rewrite(self.server, 0) {
            return Some(outcome);
        }
        let next = match select::location(self.tree, self.server, &self.uri) {
            Chosen::Location(id, _) => id,
            Chosen::Server => return Some(files),
            Chosen::AddSlash(_) | Chosen::Unknown(_) => return None,
        };
        let serves = |id: LevelId| {
            let statements = self.tree.level(id).map(|level| level.statements.as_slice()).unwrap_or_default();
            statements.iter().all(|statement| {
                let name = &*statement.name;
                !name.ends_with("_pass")
                    && !name.contains("_by_lua")
                    && !matches!(name, "return" | "rewrite" | "if" | "deny" | "limit_except" | "try_files")
            })
        };
        // the fallback is a file below the same or another location that serves files
        if next == location || serves(next) { Some(files) } else { None }
    }

    /// `error_page 418 = @ws;` makes a status another location's business.
    pub(super) fn error_page(&mut self, code: u16, place: Place) -> Option<Outcome> {
        if code < 300 {
            return None;
        }
        let tree = self.tree;
        let here = self.steps.iter().rev().find_map(|(place, _)| {
            tree.of_kind(LevelKind::Location).find(|(_, level)| level.place == *place).map(|(id, _)| id)
        });
        let (_, pages) = tree.effective(here.unwrap_or(self.server), "error_page")?;
        let page = pages.into_iter().find(|page| page.args.iter().any(|arg| arg.text.parse() == Ok(code)))?;
        let target = page.args.last()?;
        if target.text.starts_with('@') {
            return Some(self.named(&target.text, page.place));
        }
        // the status stays unless `=` changes it; a page instead of the answer is no proxying either way
        if page.args.iter().any(|arg| arg.text.starts_with('=')) {
            return Some(unknown(HoleReason::Unsupported, Some(page.place)));
        }
        Some(Outcome::Status { code, place })
    }

    /// Goes to a named location.
    fn named(&mut self, name: &str, from: Place) -> Outcome {
        let tree = self.tree;
        let found = tree.level(self.server).and_then(|server| {
            server.statements.iter().find_map(|statement| {
                let id = statement.block?;
                let level = tree.level(id)?;
                (level.kind == LevelKind::Location && matcher_is(level, name)).then_some(id)
            })
        });
        let Some(id) = found else { return unknown(HoleReason::Unsupported, Some(from)) };
        self.steps.push((from, format!("the request goes on to {name}")));
        let Some(level) = tree.level(id) else { return unknown(HoleReason::Unsupported, Some(from)) };
        self.steps.push((level.place, format!("location {name} takes it")));
        match self.rewrite(id, 0) {
            Rewritten::Answer(outcome) => outcome,
            Rewritten::Again => unknown(HoleReason::Unsupported, Some(level.place)),
            Rewritten::Through(handler) => {
                self.content(id, handler).unwrap_or_else(|| unknown(HoleReason::Unsupported, Some(level.place)))
            }
        }
    }
}

fn level_has(tree: &Tree, id: LevelId, include: Place) -> bool {
    tree.level(id).is_some_and(|level| level.unseen.iter().any(|(place, _)| *place == include))
}

fn denies_all(statement: &Statement) -> bool {
    &*statement.name == "deny" && statement.arg(0) == Some("all")
}

fn matcher_is(level: &Level, name: &str) -> bool {
    matches!(select::matcher(level), Matcher::Named(known) if known == name)
}
