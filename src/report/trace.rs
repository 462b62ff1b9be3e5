//! Every connection, hop by hop, as text.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;

use super::{redact, words};
use crate::base::escape::{Page, inline};
use crate::base::{FileId, Place};
use crate::model::{
    Component, Connection, ConnectionId, Handshake, Hop, HopKind, Known, PageOrigin, PageScheme, Verdict, Wiring,
};

/// Places of one hop that are shown; more are counted.
const MOST_PLACES: usize = 4;

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Everything.
    All,
    /// What has a place on this line of this file.
    Line(String, u32),
    /// What has a place in this file, or a URL that holds this text.
    Text(String),
}

impl Target {
    /// The target that a user names: `path:line`, a path, or a part of a URL.
    #[must_use]
    pub fn parse(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::All };
        let text = text.trim_start_matches("./");
        match text.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse::<u32>().ok()?))) {
            Some((path, line)) if path.contains(['.', '/']) && !path.contains("//") => {
                Self::Line(path.to_owned(), line)
            }
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// Renders every connection that meets the target.
#[must_use]
pub fn render(wiring: &Wiring, target: &Target) -> Page {
    let tracer = Tracer { wiring };
    let mut out = String::new();
    let mut shown = 0;
    for (id, connection) in (0u32..).map(ConnectionId).zip(&wiring.connections) {
        let handshakes: Vec<&Handshake> = wiring
            .handshakes
            .iter()
            .filter(|handshake| handshake.connection == id)
            .filter(|handshake| tracer.meets(connection, handshake, target))
            .collect();
        if handshakes.is_empty() {
            continue;
        }
        shown += 1;
        tracer.connection(&mut out, connection, &handshakes);
    }
    let unresolved: Vec<_> =
        wiring.unresolved.iter().filter(|(place, reason)| tracer.covers(*place, reason, target)).collect();
    if !unresolved.is_empty() {
        let _ = writeln!(out, "Not followed, because nothing of the address is known:");
        for (place, reason) in &unresolved {
            let _ = writeln!(out, "  {}  {}", tracer.place(*place), inline(reason));
        }
        out.push('\n');
    }
    let _ = match (shown, target) {
        (0, Target::All) if unresolved.is_empty() => writeln!(out, "No browser code opens a connection here."),
        (0, Target::Line(..) | Target::Text(_)) if unresolved.is_empty() => {
            writeln!(out, "No connection has a part there.")
        }
        _ => writeln!(
            out,
            "{} followed in {}, {} not followed.",
            count(shown, "connection"),
            count(wiring.deployments.len(), "deployment"),
            unresolved.len()
        ),
    };
    Page::plain(&redact::prose(&out))
}

fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

struct Tracer<'a> {
    wiring: &'a Wiring,
}

impl Tracer<'_> {
    fn connection(&self, out: &mut String, connection: &Connection, handshakes: &[&Handshake]) {
        let _ = writeln!(out, "{}  {}", self.place(connection.place), api(connection));
        for handshake in handshakes {
            self.handshake(out, handshake);
        }
        out.push('\n');
    }

    fn handshake(&self, out: &mut String, handshake: &Handshake) {
        let deployment = self.wiring.deployments.get(handshake.deployment.0 as usize);
        let name = deployment.map_or(Cow::Borrowed("?"), |deployment| inline(&deployment.name));
        let page = handshake.page.and_then(|page| self.wiring.pages.get(page.0 as usize));
        let page = page.map_or_else(|| "an unknown page".to_owned(), origin);
        let page = inline(&page);
        let mode = handshake.mode.name();
        let _ = match name == mode {
            true => writeln!(out, "  {mode} mode, from {page}"),
            false => writeln!(out, "  {name}, {mode} mode, from {page}"),
        };
        if let Some(call) = handshake.call {
            let _ = writeln!(out, "    called at {}", self.place(call));
        }
        let mut broken = false;
        for hop in &handshake.hops {
            let first = !broken && matches!(hop.verdict, Verdict::Breaks(_));
            broken |= first;
            self.hop(out, hop, first);
        }
        let assumptions: BTreeSet<String> = handshake.url.assumptions.iter().map(words::assumption).collect();
        for text in assumptions {
            let _ = writeln!(out, "    assumed      {}", inline(&text));
        }
    }

    fn hop(&self, out: &mut String, hop: &Hop, first_break: bool) {
        let (mark, text) = match &hop.verdict {
            Verdict::Holds => ("ok", hop.note.clone()),
            Verdict::Skipped => ("-", hop.note.clone()),
            Verdict::Unknown(why) if hop.note.is_empty() => ("?", why.clone()),
            Verdict::Unknown(why) => ("?", format!("{}; {why}", hop.note)),
            Verdict::Breaks(_) => ("BREAKS", hop.note.clone()),
        };
        let _ = write!(out, "    {:<14}{mark:<7}{}", hop_name(hop.kind), inline(&text));
        if let Verdict::Breaks(causes) = &hop.verdict {
            let rules: BTreeSet<&str> = causes
                .iter()
                .filter_map(|id| self.wiring.causes.get(id.0 as usize))
                .map(|cause| cause.kind.rule())
                .collect();
            let rules: Vec<&str> = rules.into_iter().collect();
            let _ = write!(out, " [{}]", rules.join(", "));
        }
        if first_break {
            out.push_str("  <- first break: what the user sees now");
        }
        out.push('\n');
        let mut places: Vec<String> = Vec::new();
        for place in &hop.places {
            let text = self.place(*place);
            if !places.contains(&text) {
                places.push(text);
            }
        }
        if !places.is_empty() {
            let more = places.len().saturating_sub(MOST_PLACES);
            places.truncate(MOST_PLACES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(out, "    {:<21}{}{more}", "", places.join(", "));
        }
    }

    fn place(&self, place: Place) -> String {
        match self.wiring.repository.get(place.file) {
            Some(facts) => format!("{}:{}", facts.path, facts.lines.position(place.span.start).line),
            None => "?".to_owned(),
        }
    }

    fn meets(&self, connection: &Connection, handshake: &Handshake, target: &Target) -> bool {
        let text = match target {
            Target::All => return true,
            Target::Line(..) => "",
            Target::Text(_) => &handshake.url.display,
        };
        let components = [handshake.url.host.places(), handshake.url.port.places(), handshake.url.scheme.places()];
        let hops = handshake.hops.iter().flat_map(|hop| &hop.places);
        let all = std::iter::once(&connection.place)
            .chain(&handshake.url.evidence)
            .chain(components.into_iter().flatten())
            .chain(hops);
        let mut seen = false;
        for place in all {
            seen |= self.covers(*place, "", target);
        }
        if let Target::Text(wanted) = target {
            let port = handshake.url.port.value().map(u16::to_string);
            let path = match &handshake.url.path {
                Component::Is(path, _) | Component::FromPage(path, _) => path.display(),
                Component::Unknown(_) => String::new(),
            };
            seen |= text.contains(wanted.as_str()) || path.contains(wanted.as_str()) || port.as_ref() == Some(wanted);
        }
        seen
    }

    fn covers(&self, place: Place, text: &str, target: &Target) -> bool {
        let path = |file: FileId| self.wiring.repository.get(file).map(|facts| facts.path.as_str()).unwrap_or_default();
        match target {
            Target::All => true,
            Target::Line(wanted, line) => {
                let Some(facts) = self.wiring.repository.get(place.file) else { return false };
                let (first, last) = facts.lines.lines(place.span);
                path(place.file) == wanted && (first..=last).contains(line)
            }
            Target::Text(wanted) => path(place.file) == wanted || !text.is_empty() && text.contains(wanted.as_str()),
        }
    }
}

fn hop_name(kind: HopKind) -> &'static str {
    match kind {
        HopKind::Page => "page",
        HopKind::Url => "url",
        HopKind::MixedContent => "mixed content",
        HopKind::Csp => "csp",
        HopKind::Reach => "reach",
        HopKind::Redirect => "redirect",
        HopKind::VirtualServer => "server",
        HopKind::Location => "location",
        HopKind::Headers => "headers",
        HopKind::Upstream => "upstream",
        HopKind::Listener => "listener",
        HopKind::Route => "route",
        HopKind::Origin => "origin",
        HopKind::Token => "token",
    }
}

fn api(connection: &Connection) -> String {
    let name = connection.api.name();
    match &connection.method {
        Some(method) if !connection.api.is_socket() => format!("{name} {}", inline(method)),
        _ => name.to_owned(),
    }
}

/// A page's origin for people.
fn origin(page: &PageOrigin) -> String {
    let scheme = match page.scheme.value() {
        Some(PageScheme::Http) => "http",
        Some(PageScheme::Https) => "https",
        None => "{scheme}",
    };
    let host = page.host.value().map_or("{host}", |host| host);
    match &page.port {
        Known::Is(80, _) if scheme == "http" => format!("{scheme}://{host}"),
        Known::Is(443, _) if scheme == "https" => format!("{scheme}://{host}"),
        Known::Is(port, _) => format!("{scheme}://{host}:{port}"),
        Known::Unknown(_) => format!("{scheme}://{host}:{{port}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_line_a_file_or_a_part_of_a_url() {
        assert_eq!(Target::parse(Some("./src/a.ts:12")), Target::Line("src/a.ts".to_owned(), 12));
        assert_eq!(Target::parse(Some("/ws/chat")), Target::Text("/ws/chat".to_owned()));
        assert_eq!(Target::parse(Some("ws://localhost:8000")), Target::Text("ws://localhost:8000".to_owned()));
        assert_eq!(Target::parse(None), Target::All);
    }
}
