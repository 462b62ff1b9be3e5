//! `shadowed-location`: a location that nginx never picks.

use crate::model::proxy::{ProxyWords, Shadow};
use crate::model::{CauseKind, Taken, Wiring};
use crate::rules::registry::{Accuses, Rule};
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "shadowed-location";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/shadowed-location.md"), check).accuses(Accuses::OwnSyntax);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::ShadowedLocation { by, location, why, taken } => Some(Words {
            message: match taken {
                Some(taken) => not_picked(by, location, why, taken),
                None => format!(
                    "nginx never picks `location {location}`, because {}. Its requests go to another location, without what is set here.",
                    reason(why)
                ),
            },
            label: taken.as_ref().map_or_else(
                || "no request comes here".to_owned(),
                |taken| format!("`{}` does not come here", taken.path),
            ),
            help: Some(help(by, location, why, at.place())),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

fn not_picked(words: &ProxyWords, location: &str, why: &Shadow, taken: &Taken) -> String {
    if let Shadow::Rule { by, reason, .. } = why {
        let other = taken.by.as_ref().map_or_else(|| "another one".to_owned(), |other| format!("`{other}`"));
        return format!(
            "`{location}` of {} does not take `{}`, because {reason}: {other} takes it, which {}.",
            by.name, taken.path, taken.breaks
        );
    }
    let by = taken.by.as_ref().map_or_else(|| "the server".to_owned(), |by| format!("`{}`", words.block(by)));
    format!(
        "{} does not pick `{}` for `{}`, because {}: {by} takes it, which {}.",
        words.name,
        words.block(location),
        taken.path,
        reason(why),
        taken.breaks
    )
}

fn reason(why: &Shadow) -> &str {
    match why {
        Shadow::Rule { reason, .. } => reason,
        Shadow::Dead(_) => "paths begin with `/`, and without a modifier it is compared letter by letter",
        Shadow::Pattern => "a pattern that matches wins over every prefix without `^~`",
        Shadow::EarlierPattern => "of several patterns that match the first one wins",
        Shadow::NoPatterns => "after a prefix with `^~` no pattern is tried",
        Shadow::Earlier => "blocks are tried in their order, and one before it takes the path",
        Shadow::Exact => "it takes this one path and nothing below it",
    }
}

fn help(words: &ProxyWords, location: &str, why: &Shadow, at: &str) -> String {
    let bare = location.trim_start_matches(['=', '^', '~', '*', ' ']);
    match why {
        Shadow::Rule { fix, .. } => format!("in {at}, {fix}"),
        Shadow::Dead(meant) => format!("change {at} to:\n    location {meant} {{"),
        Shadow::Pattern => format!("change {at}, so that no pattern is tried for it, to:\n    location ^~ {bare} {{"),
        Shadow::EarlierPattern => format!("move `location {location}` ({at}) above the one that takes the path"),
        Shadow::NoPatterns => {
            format!("write `location {location}` ({at}) as a prefix that is longer than the other one")
        }
        Shadow::Earlier => format!("move `{location}` ({at}) before the one that takes the path"),
        Shadow::Exact if words.block.is_empty() => {
            format!("write `{location}` ({at}) so that it takes all paths that begin so")
        }
        Shadow::Exact => format!("change {at}, so that it takes all paths that begin so, to:\n    location {bare} {{"),
    }
}
