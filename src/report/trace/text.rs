//! The ways of connections for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Followed, Only, Request, Ways, hop_name, hop_text, origin, rules};
use crate::base::Place;
use crate::base::escape::inline;
use crate::model::{Connection, Handshake, HopKind, Verdict, WireState, Wiring};
use crate::report::redact::Form;
use crate::report::words::{self, counted};
use crate::report::{Page, Run, View, coverage};

/// Places of one hop that are shown; more are counted.
const MOST_PLACES: usize = 4;
/// Ways that are named where all of them have the same hops; more are counted.
const MOST_SAME: usize = 3;
/// Paths that were not read, of which each is a line.
const MOST_UNREAD: usize = 20;

/// The connections that are asked for, and how many there are in all.
#[must_use]
pub fn render(request: Request<'_>) -> Page {
    let view = View::new(Run { tree: request.tree, wiring: request.wiring, findings: &[], compared: None });
    let view = view.seen_from(request.here.clone());
    let writer = Writer { wiring: request.wiring, view: &view };
    let mut out = String::new();
    let mut connections = request.connections();
    if request.ways == Ways::Merged {
        connections.sort_by_key(|followed| (followed.state(), followed.id));
    }
    for followed in &connections {
        writer.connection(&mut out, followed, request.ways);
    }
    let unresolved: Vec<_> = request
        .wiring
        .unresolved
        .iter()
        .filter(|_| request.only == Only::Everything)
        .filter(|(place, why)| request.target.meets_unresolved(request.wiring, *place, why))
        .collect();
    if !unresolved.is_empty() {
        out.push_str("Not followed, because nothing of the address is known:\n");
        for (place, reason) in &unresolved {
            let _ = writeln!(out, "  {}  {}", writer.place(*place), view.placed(&inline(reason)));
        }
        out.push('\n');
    }
    let unread = request.wiring.repository.coverage.unread.iter().filter(|unread| unread.why.may_matter());
    for (index, unread) in unread.take(MOST_UNREAD).enumerate() {
        out.push_str(if index == 0 { "Not read:\n" } else { "" });
        let _ = writeln!(out, "  {}: {}", view.shown_path(&inline(&unread.at)), inline(&unread.why.to_string()));
    }
    out.push_str(&summary(request, &connections, unresolved.len()));
    // Sentences of the model are quoted here as they are: all of it is redacted at once.
    view.page(view.raw_prose(&out), Form::Plain)
}

/// What `check` counts too, of all that is shown.
fn summary(request: Request<'_>, shown: &[Followed<'_>], unresolved: usize) -> String {
    if shown.is_empty() && unresolved == 0 {
        return match request.only {
            Only::Breaks => "No connection breaks.\n".to_owned(),
            Only::Everything => "No browser code opens a connection here.\n".to_owned(),
        };
    }
    let tally = coverage::Tally::of(shown.iter().map(Followed::state));
    let mut text = format!(
        "{} followed in {}",
        counted(shown.len(), "connection"),
        counted(request.wiring.deployments.len(), "deployment")
    );
    if !shown.is_empty() {
        let _ = write!(text, ": {}", tally.words());
    }
    format!("{text}; {unresolved} not followed.\n")
}

struct Writer<'a> {
    wiring: &'a Wiring,
    /// What shows paths as the person would type them.
    view: &'a View<'a>,
}

/// A way as text.
struct Way {
    state: WireState,
    head: String,
    hops: String,
    page: String,
    /// What tells it apart from others: its hops, whatever the page's host is called.
    key: String,
}

impl Writer<'_> {
    fn connection(&self, out: &mut String, followed: &Followed<'_>, ways: Ways) {
        let _ = writeln!(out, "{}  {}", self.place(followed.connection.place), api(followed.connection));
        let mut differing: Vec<(Way, Vec<String>)> = Vec::new();
        let mut known: BTreeMap<(WireState, String), usize> = BTreeMap::new();
        for handshake in &followed.ways {
            let way = self.way(handshake, ways);
            let place = *known.entry((way.state, way.key.clone())).or_insert(differing.len());
            match differing.get_mut(place).filter(|_| ways == Ways::Merged) {
                Some((_, heads)) => heads.push(way.head),
                None => differing.push((way, Vec::new())),
            }
        }
        if ways == Ways::Merged {
            differing.sort_by_key(|(way, _)| way.state);
        }
        for (way, same) in differing {
            let _ = writeln!(out, "  {}", way.head);
            out.push_str(&same_ways(&way.head, &same));
            out.push_str(&way.page);
            out.push_str(&way.hops);
        }
        out.push('\n');
    }

    fn way(&self, handshake: &Handshake, ways: Ways) -> Way {
        let mut page = String::new();
        let mut hops = String::new();
        if let Some(call) = handshake.call {
            let _ = writeln!(page, "    called at {}", self.place(call));
        }
        let mut broken = false;
        let mut skipped = Vec::new();
        for hop in &handshake.hops {
            let first = !broken && matches!(hop.verdict, Verdict::Breaks(_));
            broken |= first;
            if ways == Ways::Merged && matches!(hop.verdict, Verdict::Skipped) {
                skipped.push(not_examined(hop_name(hop.kind), &inline(&hop.note)));
                continue;
            }
            let part = if hop.kind == HopKind::Page { &mut page } else { &mut hops };
            let text = hop_text(&hop.note, &hop.verdict);
            let _ = write!(
                part,
                "    {:<14}{:<7}{}",
                hop_name(hop.kind),
                mark(&hop.verdict),
                self.view.placed(&inline(&text))
            );
            let rules = rules(self.wiring, &hop.verdict);
            if !rules.is_empty() {
                let _ = write!(part, " [{}]", rules.join(", "));
            }
            part.push_str(if first { "  <- first break: what the user sees now\n" } else { "\n" });
            part.push_str(&self.places(&hop.places));
        }
        if !skipped.is_empty() {
            let _ = writeln!(hops, "    {:<14}{:<7}{}", "not examined", "-", skipped.join(", "));
        }
        let assumptions: BTreeSet<String> = handshake.url.assumptions.iter().map(words::assumption).collect();
        for text in assumptions {
            let _ = writeln!(hops, "    assumed      {}", self.view.placed(&inline(&text)));
        }
        let origin = handshake.page.and_then(|page| self.wiring.pages.get(page.0 as usize)).map(origin);
        let host = origin.as_deref().and_then(|origin| origin.split_once("://")).map_or("", |(_, host)| host);
        let key = if host.is_empty() { hops.clone() } else { hops.replace(host, "{page}") };
        Way { state: handshake.state(), head: self.head(handshake), hops, page, key }
    }

    fn head(&self, handshake: &Handshake) -> String {
        let deployment = self.wiring.deployments.get(handshake.deployment.0 as usize);
        let name = deployment.map_or_else(|| "?".to_owned(), |deployment| self.view.shown_deployment(&deployment.name));
        let page = handshake.page.and_then(|page| self.wiring.pages.get(page.0 as usize));
        let page = page.map_or_else(|| "an unknown page".to_owned(), origin);
        let mode = handshake.mode.name();
        inline(&format!("{}, from {page}", words::way_name(&name, mode))).into_owned()
    }

    fn places(&self, places: &[Place]) -> String {
        let mut shown: Vec<String> = Vec::new();
        for place in places {
            let text = self.place(*place);
            if !shown.contains(&text) {
                shown.push(text);
            }
        }
        if shown.is_empty() {
            return String::new();
        }
        let more = shown.len().saturating_sub(MOST_PLACES);
        shown.truncate(MOST_PLACES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("    {:<21}{}{more}\n", "", shown.join(", "))
    }

    fn place(&self, place: Place) -> String {
        match self.wiring.repository.get(place.file) {
            Some(facts) => {
                let line = facts.lines.position(place.span.start).line;
                self.view.shown_path(&format!("{}:{line}", facts.path))
            }
            None => "?".to_owned(),
        }
    }
}

fn mark(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "ok",
        Verdict::Skipped => "-",
        Verdict::Unknown(_) => "?",
        Verdict::Breaks(_) => "BREAKS",
    }
}

/// A hop that was not examined, with the reason when it says more than that.
fn not_examined(name: &str, note: &str) -> String {
    match note.trim_start_matches("not checked").trim_start_matches(": ") {
        "" => name.to_owned(),
        why => format!("{name} ({why})"),
    }
}

/// The line for further ways with the same hops.
fn same_ways(head: &str, same: &[String]) -> String {
    let mut others: Vec<&str> = Vec::new();
    for other in same {
        if other != head && !others.contains(&other.as_str()) {
            others.push(other);
        }
    }
    let calls = same.len() - same.iter().filter(|other| *other != head).count();
    let mut text = String::new();
    if !others.is_empty() {
        let hidden = others.len().saturating_sub(MOST_SAME);
        let named = others.iter().take(MOST_SAME).copied().collect::<Vec<_>>().join("; ");
        let more = if hidden > 0 { format!("; and {hidden} more") } else { String::new() };
        let _ = writeln!(text, "    same in {}: {named}{more}", counted(others.len(), "more way"));
    }
    if calls > 0 {
        let _ = writeln!(text, "    same for {}", counted(calls, "more call or value"));
    }
    text
}

fn api(connection: &Connection) -> String {
    let name = connection.api.name();
    match &connection.method {
        Some(method) if !connection.api.is_socket() => format!("{name} {}", inline(method)),
        _ => name.to_owned(),
    }
}
