//! The ways of connections for programs: every way by itself, nothing merged.
//!
//! `schema_version` grows when a field changes its meaning or goes; new fields may come at any time.

use serde::Serialize;

use super::{Only, Request, hop_name, hop_text, origin, rules};
use crate::base::Place;
use crate::model::{Handshake, Hop, Verdict, WireState};
use crate::report::json::{JsonPlace, Tool, json_place};
use crate::report::redact::Form;
use crate::report::{Page, Run, View, coverage, words};

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    tool: Tool,
    connections: Vec<JsonConnection>,
    not_followed: Vec<JsonGap>,
    not_read: Vec<Unread>,
    summary: Summary,
}

#[derive(Serialize)]
struct Unread {
    at: String,
    what: String,
}

#[derive(Serialize)]
struct JsonConnection {
    place: Option<JsonPlace>,
    kind: &'static str,
    method: Option<String>,
    state: &'static str,
    ways: Vec<JsonWay>,
}

#[derive(Serialize)]
struct JsonWay {
    deployment: String,
    mode: String,
    page: Option<String>,
    url: String,
    called_at: Option<JsonPlace>,
    state: &'static str,
    hops: Vec<JsonHop>,
    assumptions: Vec<String>,
}

#[derive(Serialize)]
struct JsonHop {
    hop: &'static str,
    verdict: &'static str,
    text: String,
    places: Vec<JsonPlace>,
    rules: Vec<&'static str>,
}

#[derive(Serialize)]
struct JsonGap {
    place: Option<JsonPlace>,
    reason: String,
}

#[derive(Serialize)]
struct Summary {
    connections: usize,
    broken: usize,
    partly_unknown: usize,
    whole: usize,
    not_followed: usize,
}

/// The document, with a line break at its end.
#[must_use]
pub fn render(request: Request<'_>) -> Page {
    let view = View::new(Run { tree: request.tree, wiring: request.wiring, findings: &[], compared: None });
    let followed = request.connections();
    let tally = coverage::Tally::of(followed.iter().map(super::Followed::state));
    let connections: Vec<JsonConnection> = followed
        .iter()
        .map(|followed| JsonConnection {
            place: json_place(&view, followed.connection.place),
            kind: followed.connection.api.name(),
            method: followed.connection.method.as_ref().map(|method| view.prose(method)),
            state: state(followed.state()),
            ways: followed.ways.iter().map(|handshake| way(&view, handshake)).collect(),
        })
        .collect();
    let not_followed: Vec<JsonGap> = request
        .wiring
        .unresolved
        .iter()
        .filter(|_| request.only == Only::Everything)
        .filter(|(place, why)| request.target.meets_unresolved(request.wiring, *place, why))
        .map(|(place, why)| JsonGap { place: json_place(&view, *place), reason: view.prose(why) })
        .collect();
    let document = Document {
        schema_version: 1,
        tool: Tool::this(),
        summary: Summary {
            connections: connections.len(),
            broken: tally.broken,
            partly_unknown: tally.partly_unknown,
            whole: tally.whole,
            not_followed: not_followed.len(),
        },
        connections,
        not_followed,
        not_read: coverage::of(&view).not_read.into_iter().map(|(at, what)| Unread { at, what }).collect(),
    };
    // The document holds text and numbers only, which always can be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    view.page(text, Form::Json)
}

fn way(view: &View<'_>, handshake: &Handshake) -> JsonWay {
    let wiring = view.wiring();
    let deployment = wiring.deployments.get(handshake.deployment.0 as usize);
    let page = handshake.page.and_then(|page| wiring.pages.get(page.0 as usize));
    JsonWay {
        deployment: deployment.map(|deployment| view.prose(&deployment.name)).unwrap_or_default(),
        mode: view.prose(handshake.mode.name()),
        page: page.map(|page| view.prose(&origin(page))),
        url: view.prose(&handshake.url.display),
        called_at: handshake.call.and_then(|call| json_place(view, call)),
        state: state(handshake.state()),
        hops: handshake.hops.iter().map(|one| hop(view, one)).collect(),
        assumptions: words::assumptions(&handshake.url.assumptions).iter().map(|one| view.prose(one)).collect(),
    }
}

fn hop(view: &View<'_>, hop: &Hop) -> JsonHop {
    let mut places: Vec<Place> = Vec::new();
    for place in &hop.places {
        if !places.contains(place) {
            places.push(*place);
        }
    }
    JsonHop {
        hop: hop_name(hop.kind),
        verdict: match &hop.verdict {
            Verdict::Holds => "ok",
            Verdict::Breaks(_) => "breaks",
            Verdict::Unknown(_) => "unknown",
            Verdict::Skipped => "not examined",
        },
        text: view.prose(&hop_text(&hop.note, &hop.verdict)),
        places: places.into_iter().filter_map(|place| json_place(view, place)).collect(),
        rules: rules(view.wiring(), &hop.verdict),
    }
}

fn state(state: WireState) -> &'static str {
    match state {
        WireState::Broken => "breaks",
        WireState::PartlyUnknown => "unknown",
        WireState::Whole => "ok",
    }
}
