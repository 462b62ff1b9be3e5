//! The rewrite phase: `set`, `if`, `rewrite`, `return` and `break` in order.

use std::sync::Arc;

use super::run::{Redirection, Run, Step, unknown};
use super::tree::{Argument, LevelId, LevelKind, Statement};
use super::uri::{split_query, unescape_redirect};
use super::variables::{Evaluated, Quoting};
use crate::facts::HoleReason;
use crate::model::Assumption;

/// `if` blocks in `if` blocks end here.
const MAX_DEPTH: usize = 16;

/// How a list of statements ends.
enum Flow {
    /// The next statement is run.
    On,
    /// The rest is skipped.
    Stop,
    Answer(Step),
}

/// What the statements of one phase share.
struct Script {
    /// Whether groups are escaped in values: they are until the first `rewrite` has done its work.
    quoting: Quoting,
}

impl Run<'_> {
    /// Runs the rewrite statements of the level; `None`: the next phase follows.
    pub(super) fn rewrite_phase(&mut self) -> Option<Step> {
        let level = self.level;
        let mut script = Script { quoting: Quoting::Escaped };
        match self.statements(level, &mut script, 0) {
            Flow::On | Flow::Stop => None,
            Flow::Answer(step) => Some(step),
        }
    }

    fn statements(&mut self, id: LevelId, script: &mut Script, depth: usize) -> Flow {
        let tree = self.tree;
        let Some(level) = tree.level(id).filter(|_| depth < MAX_DEPTH) else { return Flow::On };
        for statement in &level.statements {
            let flow = match &*statement.name {
                "set" => {
                    self.assign(statement, script);
                    Flow::On
                }
                "break" => {
                    if self.uri_changed {
                        self.valid_location = false;
                        self.uri_changed = false;
                    }
                    Flow::Stop
                }
                "return" => Flow::Answer(self.answer_return(statement)),
                "rewrite" => self.rewrite(statement, script),
                "if" => self.branch(statement, script, depth),
                name if name.contains("_by_lua") && (name.starts_with("rewrite") || name.starts_with("set")) => {
                    Flow::Answer(Step::Done(unknown(HoleReason::Unsupported, Some(statement.place))))
                }
                _ => Flow::On,
            };
            match flow {
                Flow::On => {}
                other => return other,
            }
        }
        Flow::On
    }

    fn assign(&mut self, statement: &Statement, script: &Script) {
        let (Some(name), Some(value)) = (statement.args.first(), statement.args.get(1)) else { return };
        let value = self.quoted_argument(value, script.quoting);
        if value.is_cut() {
            self.tree.effort.value_is_cut(statement.place);
        }
        let name = name.text.trim_start_matches('$').to_ascii_lowercase();
        if name == "args" {
            self.args = value;
            self.valid_raw = false;
        } else {
            self.variables.set(&name, value);
        }
    }

    fn branch(&mut self, statement: &Statement, script: &mut Script, depth: usize) -> Flow {
        let Some(block) = statement.block else { return Flow::On };
        match self.holds(statement, script.quoting) {
            Some(true) => {
                let in_location = self.tree.level(block).is_some_and(|level| level.kind == LevelKind::LocationIf);
                if in_location {
                    self.level = block;
                    self.configure();
                }
                self.statements(block, script, depth + 1)
            }
            Some(false) => Flow::On,
            None => {
                self.undecided(statement, block, 0);
                Flow::On
            }
        }
    }

    /// An `if` whose condition is not known: a gate on the Origin, or something that is taken not to happen.
    fn undecided(&mut self, statement: &Statement, block: LevelId, depth: usize) {
        let tree = self.tree;
        let Some(level) = tree.level(block).filter(|_| depth < MAX_DEPTH) else { return };
        let text = statement.args.iter().map(|arg| &*arg.text).collect::<Vec<_>>().join(" ");
        let mut decides = false;
        for inner in &level.statements {
            match &*inner.name {
                "set" => {
                    if let Some(name) = inner.args.first() {
                        let name = name.text.trim_start_matches('$').to_owned();
                        self.variables.set(&name, Evaluated::unknown(HoleReason::Runtime));
                    }
                }
                "return" | "rewrite" | "proxy_pass" => decides = true,
                "if" => {
                    if let Some(block) = inner.block {
                        self.undecided(inner, block, depth + 1);
                    }
                }
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

    fn answer_return(&mut self, statement: &Statement) -> Step {
        let place = statement.place;
        self.steps.push((place, "`return` answers here".to_owned()));
        let Some(first) = statement.args.first() else {
            return Step::Done(unknown(HoleReason::Unsupported, Some(place)));
        };
        let (code, text) = match first.text.parse::<u16>() {
            Ok(code) => (code, statement.args.get(1)),
            Err(_) if first.holes.is_empty() => (302, Some(first)),
            Err(_) => return Step::Done(unknown(HoleReason::Template(Arc::clone(&first.text)), Some(place))),
        };
        match text {
            Some(target) if is_redirect(code) => {
                let value = self.argument(target);
                let shown = Arc::clone(&target.text);
                self.special(code, place, Some(Redirection { shown, value, automatic_slash: false }))
            }
            // an answer with a text is sent as it is
            Some(_) => self.plain_answer(code, place),
            None if code < 400 => self.plain_answer(code, place),
            None => self.special(code, place, None),
        }
    }

    fn rewrite(&mut self, statement: &Statement, script: &mut Script) -> Flow {
        let place = statement.place;
        let unsure = |why: HoleReason| Flow::Answer(Step::Done(unknown(why, Some(place))));
        let (Some(pattern), Some(replacement)) = (statement.args.first(), statement.args.get(1)) else {
            return unsure(HoleReason::Unsupported);
        };
        let uri = match self.uri.settled() {
            Ok(uri) => uri.to_owned(),
            Err(why) => return unsure(why),
        };
        let found = match pattern.holes.is_empty() {
            true => self.tree.effort.find(&pattern.text, false, &uri, place),
            false => None,
        };
        let Some(found) = found else {
            return unsure(HoleReason::Unsupported);
        };
        let matched = found.is_some();
        self.variables.matched(found);
        if !matched {
            return Flow::On;
        }
        let flag = statement.arg(2).unwrap_or("");
        let text = replacement.text.strip_suffix('?').unwrap_or(&replacement.text);
        let adds_args = text.len() == replacement.text.len();
        let elsewhere = ["http://", "https://", "$scheme"].iter().any(|prefix| text.starts_with(prefix));
        self.internal = true;
        self.valid_raw = false;
        if elsewhere || matches!(flag, "redirect" | "permanent") {
            let code = if flag == "permanent" { 301 } else { 302 };
            self.steps.push((place, "`rewrite` redirects".to_owned()));
            let target = part(replacement, text);
            let value = self.quoted_argument(&target, Quoting::Escaped);
            let mut value = value.with_text(&unescape_redirect(value.with_gaps()));
            let shown = value.settled().map_or_else(|_| Arc::clone(&replacement.text), Arc::from);
            if adds_args {
                self.add_args(&mut value, text.contains('?'));
            }
            return Flow::Answer(self.special(code, place, Some(Redirection { shown, value, automatic_slash: false })));
        }
        // the first `?` of the text, not of a value, begins the query
        let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
        let target = self.quoted_argument(&part(replacement, path), Quoting::Plain);
        match query {
            Some(query) => {
                let mut args = self.text(query, Quoting::Escaped);
                if adds_args && !self.args.with_gaps().is_empty() {
                    args.push_str("&");
                    args.push(&self.args);
                }
                self.args = args;
            }
            None if !adds_args => self.args = Evaluated::default(),
            None => {}
        }
        script.quoting = Quoting::Plain;
        if target.with_gaps().is_empty() {
            return Flow::Answer(self.special(500, place, None));
        }
        self.steps.push((place, format!("`rewrite` makes the path {}", shown(&target))));
        self.uri = target;
        if flag == "break" {
            self.valid_location = false;
            self.uri_changed = false;
            return Flow::Stop;
        }
        self.uri_changed = true;
        if flag == "last" { Flow::Stop } else { Flow::On }
    }

    /// Appends the query of the request.
    fn add_args(&self, value: &mut Evaluated, has_query: bool) {
        match self.args.settled() {
            Ok("") => {}
            Ok(args) => value.push_str(&format!("{}{args}", if has_query { '&' } else { '?' })),
            Err(_) => value.push(&Evaluated::unknown_query()),
        }
    }

    /// Goes on to an address that a directive states, with a query of its own.
    pub(super) fn go_to(&mut self, target: &Evaluated) -> Step {
        let (path, query) = split_query(target.with_gaps());
        let uri = target.with_text(path);
        let args = query.map_or_else(Evaluated::default, |query| target.with_text(query));
        self.redirect_inside(&uri, args)
    }
}

/// A leading part of an argument.
fn part(argument: &Argument, text: &str) -> Argument {
    let holes = argument.holes.iter().filter(|(span, _)| span.end as usize <= text.len()).cloned().collect();
    Argument { text: text.into(), place: argument.place, holes }
}

/// The text for people.
pub(super) fn shown(text: &Evaluated) -> String {
    text.with_gaps().replace([super::variables::GAP, super::variables::QUERY_GAP], "{...}")
}

pub(super) fn is_redirect(code: u16) -> bool {
    matches!(code, 301 | 302 | 303 | 307 | 308)
}
