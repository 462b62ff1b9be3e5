//! Statements that nginx refuses although their block accepts the directive: wrong arguments, a wrong ending, one too many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{chain, included, is_unreadable, levels};
use crate::base::{FileId, FileKind, Place, Span};
use crate::model::nginx::directives::{self, Arguments, Ending, Form, Repetition};
use crate::model::nginx::select::{self, Matcher};
use crate::model::nginx::tree::{Level, LevelKind, Statement, Tree};
use crate::model::nginx::{MainFile, NginxInstance, history};
use crate::model::{Cause, CauseKind, Link, Refusal, Wiring};

/// The statements of an instance, its templates not yet filled, that nginx refuses.
pub(super) fn refused(wiring: &Wiring, instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let tree = &instance.tree;
    let conditions = Conditions::of(tree);
    let mut seen = BTreeSet::new();
    for (_, level) in levels(tree) {
        // what is above the servers of a fragment may be meant for another block
        let outermost = level.parent.is_none() && instance.main_file == MainFile::Elsewhere;
        let mut first: BTreeMap<&str, &Statement> = BTreeMap::new();
        for statement in &level.statements {
            if let Some(refusal) = unknown(wiring, instance, &conditions, level, statement)
                && seen.insert(statement.place)
            {
                let mut cause = cause(tree, statement, level, refusal, None);
                let installed =
                    instance.placed_by.iter().map(|place| Link { place: *place, shows: "puts it there".to_owned() });
                if cause.chains.is_empty() {
                    cause.chains = chain(installed.collect());
                } else {
                    cause.chains.iter_mut().for_each(|chain| chain.links.extend(installed.clone()));
                }
                causes.push(cause);
                continue;
            }
            let Some(form) = directives::form_at(&statement.name, level.kind) else { continue };
            if is_unreadable(wiring, statement.place.file) {
                continue;
            }
            if outermost && statement.block.is_none() && form.ending == Ending::Semicolon {
                continue;
            }
            let refusal =
                if is_open(wiring, instance, &conditions, statement) { None } else { of_form(statement, form) };
            if let Some(refusal) = refusal
                && seen.insert(statement.place)
            {
                causes.push(cause(tree, statement, level, refusal, None));
                continue;
            }
            if form.repetition == Repetition::Once {
                match first.get(&*statement.name) {
                    Some(earlier)
                        if are_both_read(tree, &conditions, earlier, statement) && seen.insert(statement.place) =>
                    {
                        causes.push(cause(tree, statement, level, Refusal::Duplicate, Some(earlier.place)));
                    }
                    Some(_) => {}
                    None => drop(first.insert(&statement.name, statement)),
                }
            }
        }
        duplicate_locations(tree, &conditions, level, &mut seen, causes);
    }
}

/// The refusal of a directive that came after, or went before, the version that reads it.
fn unknown(
    wiring: &Wiring,
    instance: &NginxInstance,
    conditions: &Conditions,
    level: &Level,
    statement: &Statement,
) -> Option<Refusal> {
    directives::context(level.kind)?;
    let version = instance.version?;
    let age = history::unknown_to(&statement.name, version)?;
    let file = statement.place.file;
    (!is_unreadable(wiring, file) && !conditions.decide(file)).then_some(Refusal::Unknown { age, version })
}

/// Whether a template language, or a step that fills the text, decides what the statement's words are.
fn is_open(wiring: &Wiring, instance: &NginxInstance, conditions: &Conditions, statement: &Statement) -> bool {
    let file = statement.place.file;
    let is_template = wiring.repository.get(file).is_some_and(|facts| facts.kind == FileKind::NginxTemplate);
    let filled = |text: &str| (is_template || instance.filled) && text.contains('$');
    statement.args.iter().any(|arg| !arg.holes.is_empty() || filled(&arg.text)) || conditions.touch(statement.place)
}

/// Where a template language decides which directives are there, by file, in order.
struct Conditions(BTreeMap<FileId, Vec<Span>>);

impl Conditions {
    fn of(tree: &Tree) -> Self {
        let mut files: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
        for condition in &tree.conditions {
            files.entry(condition.file).or_default().push(condition.span);
        }
        files.values_mut().for_each(|spans| spans.sort());
        Self(files)
    }

    fn decide(&self, file: FileId) -> bool {
        self.0.contains_key(&file)
    }

    /// Whether one is inside of `place`. They do not overlap one another.
    fn touch(&self, place: Place) -> bool {
        let spans = self.0.get(&place.file).map(Vec::as_slice).unwrap_or_default();
        let next = spans.partition_point(|span| span.end <= place.span.start);
        spans.get(next).is_some_and(|span| span.start < place.span.end)
    }
}

fn of_form(statement: &Statement, form: &Form) -> Option<Refusal> {
    // in the order in which nginx looks
    match (form.ending, statement.block) {
        (Ending::Semicolon, Some(_)) => return Some(Refusal::UnwantedBlock),
        (Ending::Block, None) => return Some(Refusal::MissingBlock),
        _ => {}
    }
    let given = statement.args.len();
    if !form.arguments.accept(given) {
        let known =
            statement.args.iter().find(|arg| !directives::forms(&arg.text).is_empty() && arg.text.contains('_'));
        let swallowed = known.map(|arg| Arc::clone(&arg.text));
        return Some(Refusal::Arguments { given, accepted: form.arguments.words(), swallowed });
    }
    if let Some(url) = statement.arg(0).filter(|url| &*statement.name == "proxy_pass" && is_without_scheme(url)) {
        return Some(Refusal::UrlPrefix { url: url.into() });
    }
    let value = statement.arg(0).filter(|_| form.arguments == Arguments::OnOff)?;
    let is_switch = value.eq_ignore_ascii_case("on") || value.eq_ignore_ascii_case("off");
    // capitals and signs are what people write where a script puts the value
    let is_meant = value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (!is_switch && is_meant).then(|| Refusal::NotOnOff { value: value.into() })
}

/// Whether an address of `proxy_pass` is refused for its beginning; what a script replaces is in capitals or between signs.
fn is_without_scheme(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let accepted = lower.starts_with("http://") || lower.starts_with("https://");
    let is_meant = url.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && url.bytes().all(|byte| !byte.is_ascii_uppercase() && byte.is_ascii_graphic())
        && !url.contains(['$', '%', '<', '{', '@']);
    is_meant && !accepted
}

/// Whether nginx certainly reads both: no template language chooses between them, and no pattern of an include.
fn are_both_read(tree: &Tree, conditions: &Conditions, earlier: &Statement, later: &Statement) -> bool {
    let files = [earlier.place.file, later.place.file];
    let chosen = files.into_iter().any(|file| conditions.decide(file));
    let by_name = |file| tree.roots.contains(&file) || !tree.included_by_pattern.contains(&file);
    let together = earlier.place.file == later.place.file || files.into_iter().all(by_name);
    earlier.place != later.place && !chosen && together
}

/// Two exact or two prefix locations of one path in one block.
fn duplicate_locations(
    tree: &Tree,
    conditions: &Conditions,
    level: &Level,
    seen: &mut BTreeSet<Place>,
    causes: &mut Vec<Cause>,
) {
    let mut first: BTreeMap<(bool, &str), &Statement> = BTreeMap::new();
    for statement in level.statements.iter().filter(|statement| &*statement.name == "location") {
        let Some(inner) = statement.block.and_then(|id| tree.level(id)) else { continue };
        let (exact, path) = match select::matcher(inner) {
            Matcher::Exact(path) => (true, path),
            Matcher::Prefix { text, .. } => (false, text),
            _ => continue,
        };
        if path.starts_with('@') || path.contains(['$', '{']) || !path.starts_with('/') {
            continue;
        }
        match first.get(&(exact, path)) {
            Some(earlier) if are_both_read(tree, conditions, earlier, statement) && seen.insert(statement.place) => {
                let refusal = Refusal::DuplicateLocation { path: path.into() };
                causes.push(cause(tree, statement, level, refusal, Some(earlier.place)));
            }
            Some(_) => {}
            None => drop(first.insert((exact, path), statement)),
        }
    }
}

fn cause(tree: &Tree, statement: &Statement, level: &Level, refusal: Refusal, earlier: Option<Place>) -> Cause {
    let mut links: Vec<Link> = earlier
        .map(|place| Link { place, shows: "the first one".to_owned() })
        .into_iter()
        .chain(included(tree, statement, level))
        .collect();
    // the first one may be in the snippet, the second beside the include
    if let Some(earlier) = earlier.filter(|earlier| earlier.file != level.place.file)
        && let Some(place) = tree.included_by.get(&earlier.file).and_then(|includes| includes.first())
        && earlier.file != statement.place.file
    {
        links.push(Link { place: *place, shows: "includes the first one".to_owned() });
    }
    let key = match level.kind {
        LevelKind::Main => format!("{} refused", statement.name),
        kind => format!("{} refused in {}", statement.name, kind.word()),
    };
    let kind = CauseKind::RefusedStatement { directive: Arc::clone(&statement.name), refusal };
    Cause { kind, place: statement.place, key, chains: chain(links), assumptions: Vec::new() }
}
