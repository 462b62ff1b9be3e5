//! `duplicate-cors-header`: answers that carry Access-Control-Allow-Origin twice.

use crate::model::{CauseKind, SecondSource, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "duplicate-cors-header";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/duplicate-cors-header.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| {
        match kind {
        CauseKind::DuplicateCorsHeader { by, location, value, second } => Some(match second {
            SecondSource::BackEnd(library) => Words {
                message: format!(
                    "{} adds `Access-Control-Allow-Origin: {value}` to answers that pass through `{}`, and the {} sets the header too ({library}). `{}` does not replace what the back end sent, so the answer carries both, which browsers refuse.",
                    by.name,
                    by.block(location),
                    at.back_end(),
                    by.added_header.0
                ),
                label: "a second Access-Control-Allow-Origin".to_owned(),
                help: Some(format!(
                    "let one of them do it: remove the `{}` lines for CORS in {at}, or keep those of the back end away:\n    {}",
                    by.added_header.0, by.added_header.1
                )),
                strength: Strength::Full,
            },
            SecondSource::Nginx => Words {
                message: format!(
                    "Two `{} Access-Control-Allow-Origin` are in effect for `{}`. {} sends both, and browsers refuse an answer with more than one.",
                    by.added_header.0,
                    by.block(location),
                    by.name
                ),
                label: "a second Access-Control-Allow-Origin".to_owned(),
                help: Some(format!(
                    "remove one of them, such as the one in {at}. For several origins, use a `map` from `$http_origin` to the origin to answer with"
                )),
                strength: Strength::Full,
            },
        }),
        CauseKind::CorsTwiceInApplication => Some(Words {
            message: "python-socketio answers CORS for its polling itself, and the application that it is mounted in adds the header around it: the answer carries Access-Control-Allow-Origin twice, which browsers refuse.".to_owned(),
            label: "a second Access-Control-Allow-Origin".to_owned(),
            help: Some("leave the header to one of them: `cors_allowed_origins=[]` here turns off that of python-socketio (and its own Origin check), or mount the application inside of it: `ASGIApp(sio, app)`".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    }
    })
}
