//! Headers that `add_header` puts into answers.

use std::sync::Arc;

use super::NginxInstance;
use super::run::Run;
use super::select;
use super::tree::{LevelId, Statement};
use super::variables::{GAP, QUERY_GAP};
use crate::facts::HoleReason;
use crate::model::proxy::{AddedHeader, AddedTo, BackEndHeader, Request, WITNESSES};
use crate::model::{Piece, Text, Unknown};

impl NginxInstance {
    /// The headers that `add_header` adds at a level: its own, else those of the nearest level around it that has any.
    /// With `add_header_inherit merge` those around it come too, and with `off` only its own.
    #[must_use]
    pub(super) fn headers_added_at(&self, level: LevelId) -> Vec<AddedHeader> {
        let mut out: Vec<AddedHeader> = Vec::new();
        for (id, level) in self.tree.outward(level) {
            let own = level.statements.iter().filter(|statement| &*statement.name == "add_header");
            let own: Vec<_> = own.filter_map(|statement| added(statement, id)).collect();
            let mode = self.tree.effective(id, "add_header_inherit");
            let mode = mode.and_then(|(_, found)| found.into_iter().next_back()?.arg(0));
            let ends = mode == Some("off") || !own.is_empty() && mode != Some("merge");
            // outer ones come first
            out.splice(0..0, own);
            if ends {
                break;
            }
        }
        out
    }
}

impl NginxInstance {
    /// The value of a header in the answer to a request. Where several servers may take it and differ, it is not known.
    pub(super) fn added_value(&self, request: &Request, header: &AddedHeader) -> Text {
        let unknown = || Text(vec![gap(HoleReason::Runtime, header)]);
        let statements = self.tree.level(header.level).map(|level| level.statements.as_slice()).unwrap_or_default();
        let statement = statements.iter().find(|statement| statement.place == header.place);
        let Some(value) = statement.and_then(|statement| statement.args.get(1)) else { return unknown() };
        let mut found: Option<Text> = None;
        for candidate in &select::servers(&self.tree, request).servers {
            let path = WITNESSES.first().map(|witness| witness.fill(&request.path)).unwrap_or_default();
            let mut run = Run::new(self, request, candidate, &path);
            if run.read_path(candidate.server).is_err() {
                return unknown();
            }
            run.outcome();
            let value = run.argument(value);
            let text = pieces(value.with_gaps(), header);
            match &found {
                Some(known) if *known != text => return unknown(),
                _ => found = Some(text),
            }
        }
        found.unwrap_or_else(unknown)
    }

    /// Whether `proxy_hide_header` keeps a header of the upstream back.
    pub(super) fn keeps_back(&self, level: LevelId, name: &str) -> bool {
        let hidden = self.tree.effective(level, "proxy_hide_header");
        hidden.is_some_and(|(_, found)| {
            found.iter().any(|statement| statement.arg(0).is_some_and(|hidden| hidden.eq_ignore_ascii_case(name)))
        })
    }
}

fn gap(reason: HoleReason, header: &AddedHeader) -> Piece {
    Piece::Unknown(Unknown { reason, place: Some(header.place) })
}

/// The text with its gaps as unknown pieces.
fn pieces(text: &str, header: &AddedHeader) -> Text {
    let mut found = Vec::new();
    for (index, known) in text.split([GAP, QUERY_GAP]).enumerate() {
        if index > 0 {
            found.push(gap(HoleReason::Runtime, header));
        }
        if !known.is_empty() {
            found.push(Piece::Known(known.into(), Some(header.place)));
        }
    }
    Text(found)
}

fn added(statement: &Statement, level: LevelId) -> Option<AddedHeader> {
    let name = Arc::clone(&statement.args.first()?.text);
    let value = Arc::clone(&statement.args.get(1)?.text);
    let answers = if statement.arg(2) == Some("always") { AddedTo::All } else { AddedTo::Good };
    Some(AddedHeader { name, value, answers, back_end: BackEndHeader::Kept, place: statement.place, level })
}
