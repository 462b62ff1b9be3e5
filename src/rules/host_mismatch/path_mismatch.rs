//! `path-mismatch`: a path that the back end has no route for.

use crate::model::{BaseFault, Below, CauseKind, Shift, Told, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, About, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "path-mismatch";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/path-mismatch.md"), check)
    .once_per_place()
    .yields_to(&["unproxied-path"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::PathMismatch { path, symptom, base: Some(base), .. } if base.paths > 1 => {
            Some(of_base(base, path, symptom, at))
        }
        CauseKind::PathMismatch { path, symptom, below: Some(below), .. } if below.places > 1 => {
            Some(of_gap(below, path, symptom, at))
        }
        CauseKind::PathMismatch { path, nearest, why, symptom, asked, .. } => Some(Words {
            message: format!("The {} has no route for `{path}`: {why}, so {symptom}.", at.back_end()),
            label: format!("no route takes `{path}`"),
            help: Some(match (nearest, asked) {
                (Some(route), None) => format!("change `{path}` to `{route}` in {at}: it is the nearest route"),
                (Some(route), Some(asked)) => format!(
                    "let the proxy turn `{asked}` into `{route}`, which is the nearest route, or change the path in {at}"
                ),
                (None, _) => format!(
                    "add a route for `{path}` to the back end, change the path in {at}, or forward it to the process that serves it"
                ),
            }),
            strength: Strength::Full,
        }),
        CauseKind::UnknownNamespace { namespace, known } => Some(Words {
            message: format!(
                "The {} has no socket.io namespace `{namespace}`: it answers `Invalid namespace`, and the client gets a \
                 `connect_error`.",
                at.back_end()
            ),
            label: format!("no code makes the namespace `{namespace}`"),
            help: Some(match known.as_slice() {
                [] => {
                    format!("open the address without `{namespace}` in {at}, or register handlers for that namespace")
                }
                known => format!(
                    "change `{namespace}` in {at} to a namespace that there is ({}), or register handlers for it",
                    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                ),
            }),
            strength: Strength::Full,
        }),
        CauseKind::UnmountedRouter { path, router, route, symptom } => Some(Words {
            message: format!(
                "Nothing reaches the route `{route}` of `{router}`, because no application mounts that router: \
                 requests for `{path}` find no route, so {symptom}."
            ),
            label: format!("`{router}` is not mounted here"),
            help: Some(format!("mount `{router}` on the application here, with the prefix that `{path}` needs")),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

/// The words for a beginning of paths that no route has.
fn of_gap(below: &Below, path: &str, symptom: &str, at: &About<'_>) -> Words {
    let Below { prefix, places, told } = below;
    let (label, first) = match told {
        Told::FirstCall => {
            (format!("no route takes `{path}`"), format!("change the paths, beginning in {at}, to ones"))
        }
        Told::Base => (
            format!("no route takes what {places} places build on this"),
            format!("change the paths that are built on {at}, or this base, to ones"),
        ),
    };
    Words {
        message: format!(
            "The {} has no route that begins with `{prefix}`, and {places} places ask for one, such as `{path}`: {symptom}.",
            at.back_end()
        ),
        label,
        help: Some(format!("add routes that begin with `{prefix}` to the back end, or {first} that it has")),
        strength: Strength::Full,
    }
}

/// The words for a base that is wrong for all that is built on it.
fn of_base(base: &BaseFault, path: &str, symptom: &str, at: &About<'_>) -> Words {
    let (why, label, help) = match &base.shift {
        Shift::Surplus(prefix) => (
            format!("the address that they are built on adds `{prefix}`, and without it they match"),
            format!("extra `{prefix}`"),
            format!(
                "remove `{prefix}` from the base address in {at}, put it in front of the routes, or let the proxy strip it"
            ),
        ),
        Shift::Lacks(prefix) => (
            format!("the routes begin with `{prefix}`, which the address that they are built on leaves out"),
            format!("`{prefix}` is missing"),
            format!("add `{prefix}` to the end of the base address in {at}"),
        ),
    };
    Words {
        message: format!(
            "The {} has no route for `{path}` and others, {} places in all: {why}, so {symptom}.",
            at.back_end(),
            base.paths
        ),
        label,
        help: Some(help),
        strength: Strength::Full,
    }
}
