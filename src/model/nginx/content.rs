//! Files and handlers of a location.

use std::sync::Arc;

use super::run::{Run, Step};
use super::select;
use super::tree::{Argument, LevelId, LevelKind, Statement};
use super::variables::Evaluated;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::Outcome;

impl<'a> Run<'a> {
    /// The directive of a level that makes content; the last one counts.
    pub(super) fn own_handler(&self, level: LevelId) -> Option<&'a Statement> {
        self.tree.level(level)?.statements.iter().rev().find(|statement| is_handler(&statement.name))
    }

    /// `limit_except` of the level, when the method is not one that it lets through.
    pub(super) fn limiting_block(&self) -> Option<LevelId> {
        let level = self.tree.level(self.level).filter(|level| level.kind == LevelKind::Location)?;
        let block = level.statements.iter().find(|statement| &*statement.name == "limit_except")?;
        let allowed = |arg: &Argument| {
            arg.text.eq_ignore_ascii_case(&self.method)
                || &*self.method == "HEAD" && arg.text.eq_ignore_ascii_case("GET")
        };
        if block.args.iter().any(allowed) { None } else { block.block }
    }

    /// Files are taken not to exist: the last argument decides, and what it names is taken to exist.
    pub(super) fn try_files(&mut self) -> Option<Step> {
        let tree = self.tree;
        let level = tree.level(self.level)?;
        let statement = level.statements.iter().find(|statement| &*statement.name == "try_files")?;
        let (last, files) = statement.args.split_last()?;
        for file in files {
            // of folders only the root itself is taken to exist
            if let Some(folder) = file.text.strip_suffix('/') {
                let folder = self.argument(&Argument { text: folder.into(), ..file.clone() });
                if folder.settled().is_ok_and(|path| !path.is_empty() && path.bytes().all(|byte| byte == b'/')) {
                    self.uri = folder;
                    return None;
                }
                continue;
            }
            let tried = self.argument(file);
            if self.existing.is_some() && tried.settled().ok() == self.existing.as_deref() {
                self.uri = tried;
                return None;
            }
        }
        if let Some(code) = last.text.strip_prefix('=').and_then(|code| code.parse().ok()) {
            return Some(self.special(code, statement.place, None));
        }
        if last.text.starts_with('@') {
            return Some(self.named(&last.text, statement.place));
        }
        let target = self.argument(last);
        self.steps.push((statement.place, format!("`try_files` falls back to {}", super::rewrite::shown(&target))));
        let (path, _) = super::uri::split_query(target.with_gaps());
        if !path.ends_with('/') {
            self.existing = Some(path.to_owned());
        }
        Some(self.go_to(&target))
    }

    /// The content phase.
    pub(super) fn content(&mut self) -> Step {
        if let Some(step) = self.unseen_content() {
            return step;
        }
        let Some(handler) = self.handler.and_then(|level| self.own_handler(level)) else {
            return self.static_content();
        };
        if &*handler.name != "proxy_pass" {
            return self.give_up(HoleReason::ExternalCall(Arc::clone(&handler.name)), handler.place);
        }
        match self.pass_in_effect() {
            Some((holder, pass)) => self.forward(holder, pass),
            None => self.special(500, handler.place, None),
        }
    }

    /// The `proxy_pass` of the level: an `if` without one of its own has that of the location.
    fn pass_in_effect(&self) -> Option<(LevelId, &'a Statement)> {
        for (id, level) in self.tree.outward(self.level) {
            if let Some(pass) = level.statements.iter().find(|statement| &*statement.name == "proxy_pass") {
                return Some((id, pass));
            }
            if level.kind == LevelKind::Location {
                return None;
            }
        }
        None
    }

    /// An include of the location that nobody has seen may hold what makes its content.
    fn unseen_content(&self) -> Option<Step> {
        let location = self.location()?;
        if self.handler.is_some() {
            return None;
        }
        let own = |place: Place| {
            self.tree.level(location).is_some_and(|level| level.unseen.iter().any(|(known, _)| *known == place))
        };
        let (place, path) = self.tree.unseen_around(location).find(|(place, _)| own(*place))?;
        Some(self.give_up(HoleReason::Unresolved(Arc::clone(path)), *place))
    }

    /// Files of the root.
    fn static_content(&mut self) -> Step {
        let place = self.level_place();
        if !matches!(&*self.method, "GET" | "HEAD" | "POST") {
            return self.special(405, place, None);
        }
        let files = |missing| Step::Done(Outcome::Files { location: self.location_name(), place, missing });
        let uri = match self.uri.settled() {
            Ok(uri) => uri.to_owned(),
            Err(_) => return files(None),
        };
        if self.existing.as_deref() == Some(&uri) {
            return files(None);
        }
        if uri.bytes().all(|byte| byte == b'/') {
            return self.index(&uri);
        }
        let mut without = self.clone();
        let first = without.special(404, place, None);
        if matches!(first, Step::Done(Outcome::Status { .. })) {
            return files(None);
        }
        let outcome = without.finish(first);
        if matches!(outcome, Outcome::Status { .. } | Outcome::Files { .. }) {
            return files(Some(Box::new(without.answer(outcome))));
        }
        // whoever names a fallback for missing files means addresses that are no files
        *self = without;
        Step::Done(outcome)
    }

    /// The root leads to its index file, which is taken to exist.
    fn index(&mut self, folder: &str) -> Step {
        let names: Vec<&Argument> = self
            .tree
            .effective(self.level, "index")
            .map(|(_, found)| found)
            .unwrap_or_default()
            .iter()
            .flat_map(|s| &s.args)
            .collect();
        let usual = names.iter().find(|name| &*name.text == "index.html");
        let file = match usual.or(names.first()) {
            Some(name) => self.argument(name),
            None => Evaluated::known("index.html"),
        };
        let file = match file.settled() {
            Ok(name) if name.starts_with('/') => name.to_owned(),
            Ok(name) => format!("{folder}{name}"),
            Err(why) => return self.give_up(why, self.level_place()),
        };
        self.existing = Some(file.clone());
        let args = self.args.clone();
        self.redirect_inside(&Evaluated::known(&file), args)
    }

    fn location_name(&self) -> Arc<str> {
        match self.location().and_then(|id| self.tree.level(id)) {
            Some(level) => select::written(level),
            None => "server".into(),
        }
    }
}

/// Whether a directive makes the content of a location.
fn is_handler(name: &str) -> bool {
    name.contains("content_by_lua")
        || matches!(
            name,
            "proxy_pass"
                | "fastcgi_pass"
                | "uwsgi_pass"
                | "scgi_pass"
                | "grpc_pass"
                | "memcached_pass"
                | "stub_status"
                | "push_stream_subscriber"
                | "js_content"
                | "perl"
                | "pagespeed"
                | "return_by_lua"
                | "empty_gif"
                | "flv"
                | "mp4"
        )
}
