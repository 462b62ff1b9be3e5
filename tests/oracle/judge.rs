//! What wirelint says of recorded stacks, compared with what happened.

use serde_json::Value;
use wirelint::base::{MemoryTree, RepoPath};
use wirelint::config::Config;
use wirelint::report::trace::{self, Only, Request, Target, Ways};
use wirelint::report::{Format, Run, Style, View};
use wirelint::{IgnoredEnv, Settings};

use crate::oracle_record::{Connection, Foreign, Recorded};

/// Rules that say who is let in or what is risky, not that a connection fails.
const RISKS: [&str; 10] = [
    "missing-origin-check",
    "permissive-origin",
    "late-origin-check",
    "wildcard-origin-with-credentials",
    "silent-websocket-error",
    "token-in-url",
    "app-server-tls",
    "permissive-allowed-hosts",
    "default-secret",
    "missing-forwarded-headers",
];
/// Those of them that say that a page of somebody else is let in.
const LET_IN: [&str; 2] = ["missing-origin-check", "permissive-origin"];
/// Faults of a file that take everything behind it down.
const WHOLE_FILE: [&str; 3] = ["undefined-upgrade-map", "misplaced-directive", "syntax-error"];

/// How wirelint's word and what happened go together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Right,
    /// Told broken, works.
    FalseAlarm(String),
    /// Told whole, broken.
    Miss,
    /// Rightly told broken, but not where.
    WrongHop(String),
    /// Not known, for this reason.
    Unknown(String),
    /// `check` and `trace` do not say the same.
    Disagree(String),
    /// Somebody else is said to be let in, and is not.
    FalseRisk(String),
}

impl Outcome {
    /// What kind it is.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::FalseAlarm(_) => "false alarm",
            Self::Miss => "miss",
            Self::WrongHop(_) => "wrong hop",
            Self::Unknown(_) => "unknown",
            Self::Disagree(_) => "check and trace",
            Self::FalseRisk(_) => "false risk",
        }
    }

    /// What is said about it.
    pub fn text(&self) -> &str {
        match self {
            Self::Right | Self::Miss => "",
            Self::FalseAlarm(text)
            | Self::WrongHop(text)
            | Self::Unknown(text)
            | Self::Disagree(text)
            | Self::FalseRisk(text) => text,
        }
    }
}

/// What wirelint says of a repository.
pub struct Said {
    trace: Value,
    findings: Vec<Value>,
}

impl Said {
    /// Asks it.
    pub fn of(files: &[(String, String)]) -> Self {
        let tree = MemoryTree::from_files(files.iter().map(|(path, text)| (path, text)));
        let mut settings = Settings::new(Config::of_tree(&tree).expect("no settings"));
        settings.ignored_env = IgnoredEnv::LeaveOut;
        let report = wirelint::check(&tree, &settings);
        let run = Run { tree: &tree, wiring: &report.wiring, findings: &report.findings, compared: None };
        let checked = Format::Json.render(&View::new(run), Style::default(), None);
        let traced = trace::json(Request {
            tree: &tree,
            wiring: &report.wiring,
            target: &Target::All,
            only: Only::Everything,
            ways: Ways::Each,
            here: &RepoPath::root(),
        });
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let checked = read(checked.as_str());
        Self { trace: read(traced.as_str()), findings: list(&checked["findings"]).to_vec() }
    }

    /// The ways of a connection from a page, else those of production, else all of them.
    fn ways(&self, stack: &Recorded, connection: &Connection) -> Vec<&Value> {
        let here = |place: &Value| is_at(place, connection);
        let all = list(&self.trace["connections"]);
        let ways: Vec<&Value> = all
            .iter()
            .flat_map(|one| list(&one["ways"]).iter().map(move |way| (one, way)))
            .filter(|(one, way)| here(&way["called_at"]) || way["called_at"].is_null() && here(&one["place"]))
            .map(|(_, way)| way)
            .collect();
        let from = |way: &&Value| way["page"].as_str() == Some(&stack.page);
        let port = stack.page.rsplit(':').next().filter(|port| port.parse::<u16>().is_ok());
        let near = |way: &&Value| {
            port.is_some_and(|port| way["page"].as_str().is_some_and(|page| page.ends_with(&format!(":{port}"))))
        };
        let deployed = |way: &&Value| way["mode"] == "production";
        let exact: Vec<&Value> = ways.iter().copied().filter(from).collect();
        let likely: Vec<&Value> = ways.iter().copied().filter(near).collect();
        let production: Vec<&Value> = ways.iter().copied().filter(deployed).collect();
        [exact, likely, production, ways].into_iter().find(|ways| !ways.is_empty()).unwrap_or_default()
    }

    /// The findings that have this connection in one of their chains, or that take a whole file down.
    fn told(&self, connection: &Connection) -> Vec<&Value> {
        let touches = |finding: &&Value| {
            let links = list(&finding["chains"]).iter().flat_map(list);
            WHOLE_FILE.contains(&text(&finding["rule"]))
                || links.chain([&finding["place"]]).any(|place| is_at(place, connection))
        };
        self.findings.iter().filter(touches).collect()
    }

    /// Compares what is said of one connection with what happened.
    pub fn outcome(&self, stack: &Recorded, connection: &Connection) -> Outcome {
        let ways = self.ways(stack, connection);
        let hops: Vec<&Value> = ways.iter().flat_map(|way| list(&way["hops"])).collect();
        let first = |verdict: &str| hops.iter().copied().find(|hop| text(&hop["verdict"]) == verdict);
        let shown = |hop: &Value| format!("{}: {} {}", text(&hop["hop"]), text(&hop["text"]), hop["rules"]);
        let told = self.told(connection);
        let loud: Vec<&str> = told
            .iter()
            .filter(|finding| text(&finding["severity"]) != "note")
            .map(|finding| text(&finding["rule"]))
            .filter(|rule| !RISKS.contains(rule))
            .collect();
        let risk = told.iter().map(|finding| text(&finding["rule"])).find(|rule| LET_IN.contains(rule));
        match (connection.works, first("breaks"), first("unknown")) {
            (true, Some(hop), _) => Outcome::FalseAlarm(shown(hop)),
            (true, None, _) if !loud.is_empty() => Outcome::FalseAlarm(format!("check: {loud:?}")),
            (_, None, Some(hop)) if loud.is_empty() => Outcome::Unknown(shown(hop)),
            (_, None, None) if hops.is_empty() => Outcome::Unknown("it is not seen".to_owned()),
            (false, None, None) if loud.is_empty() => Outcome::Miss,
            (false, Some(hop), _) if told.is_empty() => Outcome::Disagree(shown(hop)),
            (false, None, _) => Outcome::Disagree(format!("check: {loud:?}")),
            (false, Some(hop), _)
                if !hops
                    .iter()
                    .any(|hop| text(&hop["verdict"]) == "breaks" && fits(&connection.why, text(&hop["hop"]))) =>
            {
                Outcome::WrongHop(shown(hop))
            }
            (true, None, _) if connection.foreign == Foreign::Refused => {
                risk.map_or(Outcome::Right, |rule| Outcome::FalseRisk(rule.to_owned()))
            }
            _ => Outcome::Right,
        }
    }
}

/// Whether a break at this hop is what the browser said.
fn fits(why: &str, hop: &str) -> bool {
    let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
    let possible: &[&str] = match () {
        () if says(&["mixed-content", "SecurityError"]) => &["mixed content", "url"],
        () if says(&["Content Security Policy", " csp"]) => &["csp"],
        () if says(&["ERR_NAME_NOT_RESOLVED"]) => &["reach", "url"],
        () if says(&["ERR_CONNECTION_REFUSED", "ERR_SSL", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET"]) => {
            &["reach", "listener", "server", "url", "mixed content"]
        }
        () if says(&["stalled", "opened, then"]) => &["location", "headers", "upstream", "listener", "token", "route"],
        () if says(&["Sec-WebSocket-Protocol"]) => &["route", "token", "headers", "origin"],
        () if says(&["code: 50", "| 50", "status 50"]) && !says(&["500"]) => {
            &["upstream", "listener", "location", "headers", "reach"]
        }
        () => {
            &["redirect", "server", "location", "headers", "upstream", "listener", "route", "origin", "token", "reach"]
        }
    };
    possible.contains(&hop)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is_at(place: &Value, connection: &Connection) -> bool {
    place["path"] == *connection.path && place["line"] == connection.line
}
