//! The rewrite phase: `set`, `if`, `rewrite`, `return` and `break` in order.

use std::sync::Arc;

use super::answer::Outcome;
use super::condition;
use super::pattern::Pattern;
use super::run::{Run, unknown};
use super::tree::{Argument, LevelId, LevelKind, Statement};
use super::variables::Evaluated;
use crate::facts::HoleReason;
use crate::model::Assumption;

/// How a list of rewrite statements ended.
pub(super) enum Rewritten {
    /// All were run; the level whose content handler counts (an `if` that held, or the level itself).
    Through(LevelId),
    /// The address changed and the location must be chosen again.
    Again,
    Answer(Outcome),
}

enum Applied {
    No,
    Yes,
    Stay,
    Last,
    Answer(Outcome),
}

impl Run<'_> {
    /// Runs `set`, `if`, `rewrite`, `return` and `break` of a level in order.
    pub(super) fn rewrite(&mut self, id: LevelId, depth: usize) -> Rewritten {
        let mut handler = id;
        let tree = self.tree;
        let Some(level) = tree.level(id) else { return Rewritten::Through(id) };
        let in_location = !matches!(level.kind, LevelKind::Server | LevelKind::ServerIf);
        let mut changed = false;
        for statement in &level.statements {
            match &*statement.name {
                "set" => {
                    if let (Some(name), Some(value)) = (statement.args.first(), statement.args.get(1)) {
                        let value = self.variables.argument(tree, value);
                        self.variables.set(name.text.trim_start_matches('$'), value);
                    }
                }
                "break" => break,
                "return" => return Rewritten::Answer(self.answer_return(statement)),
                "rewrite" => match self.apply_rewrite(statement) {
                    Applied::No => {}
                    Applied::Yes => {
                        changed = true;
                        self.rewritten = true;
                    }
                    Applied::Stay => {
                        self.rewritten = true;
                        self.location_invalid = true;
                        return Rewritten::Through(handler);
                    }
                    Applied::Last => {
                        self.rewritten = true;
                        return if in_location { Rewritten::Again } else { Rewritten::Through(handler) };
                    }
                    Applied::Answer(outcome) => return Rewritten::Answer(outcome),
                },
                "if" => {
                    let Some(block) = statement.block.filter(|_| depth < 8) else { continue };
                    match condition::holds(tree, &mut self.variables, statement) {
                        Some(true) => match self.rewrite(block, depth + 1) {
                            Rewritten::Through(inner) => {
                                handler = inner;
                                let ends = |name: &str| {
                                    tree.level(block)
                                        .is_some_and(|level| level.statements.iter().any(|s| &*s.name == name))
                                };
                                if ends("break") || self.location_invalid {
                                    return Rewritten::Through(handler);
                                }
                            }
                            other => return other,
                        },
                        Some(false) => {}
                        None => self.undecided(statement, block),
                    }
                }
                name if name.contains("_by_lua") && name.starts_with("rewrite") => {
                    return Rewritten::Answer(unknown(HoleReason::Unsupported, Some(statement.place)));
                }
                _ => {}
            }
        }
        if changed && in_location && depth == 0 { Rewritten::Again } else { Rewritten::Through(handler) }
    }

    /// An `if` whose condition is not known: a gate on the Origin, or something that is taken not to happen.
    fn undecided(&mut self, statement: &Statement, block: LevelId) {
        let tree = self.tree;
        let Some(level) = tree.level(block) else { return };
        let text = statement.args.iter().map(|arg| &*arg.text).collect::<Vec<_>>().join(" ");
        let mut decides = false;
        for inner in &level.statements {
            match &*inner.name {
                "set" => {
                    if let Some(name) = inner.args.first() {
                        let name = name.text.trim_start_matches('$').to_owned();
                        self.variables.set(&name, Evaluated::Unknown(HoleReason::Runtime));
                    }
                }
                "return" | "rewrite" | "proxy_pass" => decides = true,
                _ => {}
            }
        }
        if text.contains("$http_origin") && decides {
            self.origin_gate = Some(statement.place);
        } else if decides {
            let assumption = Assumption::OpaqueGuard(text.into());
            if !self.assumptions.contains(&assumption) {
                self.assumptions.push(assumption);
            }
        }
    }

    fn answer_return(&mut self, statement: &Statement) -> Outcome {
        let place = statement.place;
        self.steps.push((place, "`return` answers here".to_owned()));
        let Some(first) = statement.args.first() else { return unknown(HoleReason::Unsupported, Some(place)) };
        let Ok(code) = first.text.parse::<u16>() else {
            let target = Arc::clone(&first.text);
            return Outcome::Redirect { code: 302, target, place, automatic_slash: false };
        };
        match statement.args.get(1) {
            Some(target) if matches!(code, 301 | 302 | 303 | 307 | 308) => {
                Outcome::Redirect { code, target: Arc::clone(&target.text), place, automatic_slash: false }
            }
            _ => self.error_page(code, place).unwrap_or(Outcome::Status { code, place }),
        }
    }

    fn apply_rewrite(&mut self, statement: &Statement) -> Applied {
        let place = statement.place;
        let unsure = || Applied::Answer(unknown(HoleReason::Unsupported, Some(place)));
        let (Some(pattern), Some(replacement)) = (statement.args.first(), statement.args.get(1)) else {
            return unsure();
        };
        if !pattern.holes.is_empty() {
            return unsure();
        }
        let Some(found) = Pattern::new(&pattern.text, false).and_then(|pattern| pattern.find(&self.uri)) else {
            return unsure();
        };
        let matched = found.is_some();
        self.variables.matched(found);
        if !matched {
            return Applied::No;
        }
        let flag = statement.arg(2).unwrap_or("");
        let text = &*replacement.text;
        let redirects = ["http://", "https://", "$scheme"].iter().any(|prefix| text.starts_with(prefix));
        if redirects || matches!(flag, "redirect" | "permanent") {
            self.steps.push((place, "`rewrite` redirects".to_owned()));
            let code = if flag == "permanent" { 301 } else { 302 };
            let target = self.variables.argument(self.tree, replacement);
            let target = target.known().map_or_else(|| Arc::clone(&replacement.text), Arc::from);
            return Applied::Answer(Outcome::Redirect { code, target, place, automatic_slash: false });
        }
        let bare = text.split('?').next().unwrap_or(text);
        let argument = Argument { text: bare.into(), place, holes: replacement.holes.clone() };
        let Evaluated::Known(uri) = self.variables.argument(self.tree, &argument) else { return unsure() };
        self.steps.push((place, format!("`rewrite` makes the path {uri}")));
        self.uri = uri;
        self.publish_uri();
        match flag {
            "break" => Applied::Stay,
            "last" => Applied::Last,
            _ => Applied::Yes,
        }
    }
}
