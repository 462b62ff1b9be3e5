//! The response headers that nginx adds, as far as CORS is concerned.

use std::sync::Arc;

use crate::model::nginx::{Argument, LevelId, LevelKind, Statement, Tree};

/// The header that lets a page of another origin read an answer.
const ALLOW_ORIGIN: &str = "access-control-allow-origin";

/// An `add_header` that is in effect, and the level that it is at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Added<'t> {
    pub level: LevelId,
    pub statement: &'t Statement,
}

impl<'t> Added<'t> {
    /// Whether it may add Access-Control-Allow-Origin.
    pub fn allows_origin(&self) -> bool {
        self.statement.arg(0).is_some_and(|name| name.eq_ignore_ascii_case(ALLOW_ORIGIN))
            && self.value().is_some_and(|value| !value.text.is_empty())
    }

    /// Whether it holds for answers with any status.
    pub fn is_always(&self) -> bool {
        self.statement.arg(2) == Some("always")
    }

    /// Its value.
    pub fn value(&self) -> Option<&'t Argument> {
        self.statement.args.get(1)
    }

    /// Its value for people.
    pub fn text(&self) -> Arc<str> {
        self.value().map_or_else(|| Arc::from(""), |value| Arc::clone(&value.text))
    }
}

/// Every `add_header` that is in effect at a level: its own, else those of the nearest level around it that has any,
/// unless `add_header_inherit` (nginx 1.29.3) says otherwise.
pub(super) fn added(tree: &Tree, level: LevelId) -> Vec<Added<'_>> {
    let mut found = Vec::new();
    for (id, block) in tree.outward(level) {
        let own = block.statements.iter().filter(|statement| &*statement.name == "add_header");
        let before = found.len();
        found.extend(own.map(|statement| Added { level: id, statement }));
        let rule = tree.effective(id, "add_header_inherit").and_then(|(_, rules)| rules.last()?.arg(0));
        match rule {
            Some("merge") => {}
            Some("off") => break,
            _ if found.len() > before => break,
            _ => {}
        }
    }
    found
}

/// The level whose directives decide about the answer to a request with this method; `None` when a condition that is not
/// understood may choose another.
pub(super) fn answering_level(tree: &Tree, level: LevelId, method: &str) -> Option<LevelId> {
    let mut chosen = level;
    for statement in &tree.level(level)?.statements {
        let Some(block) = statement.block.filter(|block| {
            &*statement.name == "if" && tree.level(*block).is_some_and(|block| block.kind == LevelKind::LocationIf)
        }) else {
            continue;
        };
        match holds_for(statement, method) {
            Some(true) => chosen = answering_level(tree, block, method)?,
            Some(false) => {}
            None if has_headers(tree, block) => return None,
            None => {}
        }
    }
    Some(chosen)
}

fn has_headers(tree: &Tree, block: LevelId) -> bool {
    tree.level(block).is_some_and(|block| {
        block.statements.iter().any(|statement| statement.name.contains("header") || statement.block.is_some())
    })
}

/// Whether the `if` compares the method of the request, and what comes of it.
pub(super) fn holds_for(statement: &Statement, method: &str) -> Option<bool> {
    let text: Vec<&str> = statement.args.iter().map(|arg| &*arg.text).collect();
    let text = text.join(" ");
    let rest = text.trim().strip_prefix('(')?.strip_suffix(')')?.trim().strip_prefix("$request_method")?;
    let (operator, wanted) = rest.trim().split_once(' ')?;
    let wanted = wanted.trim().trim_matches(['"', '\'']);
    match operator {
        "=" => Some(wanted == method),
        "!=" => Some(wanted != method),
        "~" | "~*" => {
            let names = wanted.trim_start_matches(['^', '(']).trim_end_matches(['$', ')']);
            let plain = names.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '|');
            plain.then(|| names.split('|').any(|name| name.eq_ignore_ascii_case(method)))
        }
        _ => None,
    }
}

/// Whether something other than `add_header` may add or remove headers at a level.
pub(super) fn may_be_changed(tree: &Tree, level: LevelId) -> bool {
    let changes = |name: &str| name.starts_with("more_") || name.contains("header_filter_by_lua");
    tree.outward(level).any(|(_, block)| block.statements.iter().any(|statement| changes(&statement.name)))
}

/// For which pages an `add_header Access-Control-Allow-Origin` adds the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Emits {
    /// All: a fixed value, or the request's own Origin.
    Always,
    /// These origins.
    For(Vec<Arc<str>>),
    /// Not known.
    Unknown,
}

/// For which pages it adds the header.
pub(super) fn emits(tree: &Tree, header: &Added<'_>) -> Emits {
    let Some(value) = header.value() else { return Emits::Unknown };
    if !value.text.contains('$') || &*value.text == "$http_origin" {
        return Emits::Always;
    }
    let Some(entries) = map_of_origins(tree, &value.text) else { return Emits::Unknown };
    let mut origins = Vec::new();
    for entry in entries.iter().filter(|entry| entry.args.first().is_some_and(|arg| !arg.text.is_empty())) {
        match &*entry.name {
            "default" => return Emits::Always,
            "hostnames" | "volatile" => {}
            key if key.starts_with('~') => return Emits::Unknown,
            key => origins.push(Arc::from(key)),
        }
    }
    Emits::For(origins)
}

/// The entries of the `map` from the request's Origin to a variable.
pub(super) fn map_of_origins<'t>(tree: &'t Tree, variable: &str) -> Option<&'t [Statement]> {
    tree.of_kind(LevelKind::Http).flat_map(|(_, http)| &http.statements).find_map(|statement| {
        let named = &*statement.name == "map"
            && statement.arg(0) == Some("$http_origin")
            && statement.arg(1).is_some_and(|name| name.eq_ignore_ascii_case(variable));
        let level = tree.level(statement.block.filter(|_| named)?)?;
        level.unseen.is_empty().then_some(level.statements.as_slice())
    })
}
