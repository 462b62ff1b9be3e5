//! Directives where nginx refuses them: it does not start.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{chain, included, is_unreadable, levels};
use crate::base::Place;
use crate::model::nginx::tree::{Level, LevelKind, Statement, Tree};
use crate::model::nginx::{MainFile, NginxInstance, directives};
use crate::model::proxy::Proxies;
use crate::model::{Cause, CauseKind, Link, Wiring};

/// The statements that are where nginx accepts them in some configuration. A snippet that several include may be meant
/// for one of them alone, and who includes it is partly a guess.
pub(super) fn accepted(proxies: &Proxies) -> BTreeSet<Place> {
    let mut found = BTreeSet::new();
    for (_, level) in proxies.all::<NginxInstance>().flat_map(|(_, instance)| levels(&instance.tree)) {
        let in_place = |statement: &&Statement| directives::form_at(&statement.name, level.kind).is_some();
        found.extend(level.statements.iter().filter(in_place).map(|statement| statement.place));
    }
    found
}

/// Directives in a context that nginx refuses.
pub(super) fn misplaced(
    wiring: &Wiring,
    instance: &NginxInstance,
    accepted: &BTreeSet<Place>,
    causes: &mut Vec<Cause>,
) {
    let tree = &instance.tree;
    let mut seen = BTreeSet::new();
    for (_, level) in levels(tree) {
        let Some(context) = directives::context(level.kind) else { continue };
        for statement in &level.statements {
            let Some(allowed) = directives::contexts(&statement.name) else { continue };
            let conditional = tree.conditions.iter().any(|condition| condition.file == statement.place.file);
            if allowed.contains(&context) || conditional || !seen.insert((statement.place, context)) {
                continue;
            }
            if is_unreadable(wiring, statement.place.file) || accepted.contains(&statement.place) {
                continue;
            }
            // what is above the servers of a fragment is decided by whoever includes it
            let outermost = level.parent.is_none() && instance.main_file != MainFile::Here && !is_block(statement);
            if outermost && !stands_in_http(tree, level, statement) {
                continue;
            }
            let mut links = Vec::new();
            if level.parent.is_some() {
                links.push(Link { place: level.place, shows: format!("the {} that it is in", level.kind.word()) });
            }
            links.extend(included(tree, statement, level));
            causes.push(Cause {
                kind: CauseKind::MisplacedDirective {
                    directive: Arc::clone(&statement.name),
                    context: level.kind.word().into(),
                    allowed: allowed_words(statement, &allowed),
                },
                place: statement.place,
                key: format!("{} in {context}", statement.name),
                chains: chain(links),
                assumptions: Vec::new(),
            });
        }
    }
}

/// Whether a statement outside of all blocks of its file is in `http`, whoever includes the file: only there may a
/// server with locations are beside it.
fn stands_in_http(tree: &Tree, level: &Level, statement: &Statement) -> bool {
    let beside = level.statements.iter().filter(|other| other.place.file == statement.place.file);
    let mut servers = beside.filter(|other| &*other.name == "server").filter_map(|server| tree.level(server.block?));
    servers.any(|server| server.statements.iter().any(|inner| &*inner.name == "location" && is_block(inner)))
}

/// A file that begins with `server`, installed as the main file.
pub(super) fn installed_as_main(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let Some(installed) = instance.installed_as_main else { return };
    let statements = instance.tree.levels.first().map(|root| root.statements.as_slice()).unwrap_or_default();
    let Some(first) = statements.iter().find(|statement| is_block(statement)) else { return };
    let allowed = directives::contexts(&first.name).unwrap_or_default();
    causes.push(Cause {
        kind: CauseKind::MisplacedDirective {
            directive: Arc::clone(&first.name),
            context: LevelKind::Main.word().into(),
            allowed: allowed_words(first, &allowed),
        },
        place: first.place,
        key: format!("{} in main", first.name),
        chains: chain(vec![Link { place: installed, shows: "puts the file in the place of nginx.conf".to_owned() }]),
        assumptions: Vec::new(),
    });
}

/// A whole configuration, installed where the main file includes parts of `http`.
pub(super) fn installed_as_fragment(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let Some(installed) = instance.installed_as_fragment else { return };
    let statements = instance.tree.levels.first().map(|root| root.statements.as_slice()).unwrap_or_default();
    let wrong = statements.iter().find_map(|statement| {
        let allowed = directives::contexts(&statement.name)?;
        (!allowed.contains(&"http")).then_some((statement, allowed))
    });
    let Some((first, allowed)) = wrong else { return };
    causes.push(Cause {
        kind: CauseKind::MisplacedDirective {
            directive: Arc::clone(&first.name),
            context: LevelKind::Http.word().into(),
            allowed: allowed_words(first, &allowed),
        },
        place: first.place,
        key: format!("{} in http", first.name),
        chains: chain(vec![Link {
            place: installed,
            shows: "puts the whole configuration where nginx reads parts of http".to_owned(),
        }]),
        assumptions: Vec::new(),
    });
}

/// The contexts for people; `server` with a block is not the one of `upstream`.
fn allowed_words(statement: &Statement, allowed: &[&str]) -> Vec<Arc<str>> {
    let fits = |word: &&&str| !(is_block(statement) && **word == "upstream");
    allowed.iter().filter(fits).map(|word| Arc::from(word.replace('-', " "))).collect()
}

fn is_block(statement: &Statement) -> bool {
    statement.block.is_some()
}
