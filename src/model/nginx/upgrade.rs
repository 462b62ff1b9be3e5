//! Whether a WebSocket upgrade survives the proxy.

use std::sync::Arc;

use super::run::Run;
use super::tree::{LevelId, Statement, Tree};
use super::variables::{TextPiece, pieces};
use super::version::NginxVersion;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{LostUpgrade, Upgrade};

/// What one header comes to.
enum Header {
    /// No directive sets it.
    Absent,
    /// It is set, and carries its part.
    Good,
    /// It is set to something that does not.
    Bad {
        place: crate::base::Place,
        shown: String,
    },
    Unknown(HoleReason),
}

impl Run<'_> {
    /// Whether the upgrade survives at the level of the request.
    pub(super) fn upgrade(&mut self) -> Upgrade {
        verdict(self)
    }
}

fn verdict(run: &mut Run<'_>) -> Upgrade {
    let tree = run.tree;
    let level = run.level;
    let version = tree.effective(level, "proxy_http_version").and_then(|(_, found)| found.into_iter().next_back());
    let version_text = version.and_then(|statement| statement.arg(0));
    if let Some(statement) = version.filter(|_| matches!(version_text, Some("2" | "2.0"))) {
        return Upgrade::Lost(LostUpgrade {
            problem: "`proxy_http_version 2` cannot carry an upgrade".to_owned(),
            missing: vec!["proxy_http_version 1.1".into()],
            place: statement.place,
            dropped: None,
        });
    }
    let effective = tree.effective(level, "proxy_set_header");
    let headers = effective.as_ref().map(|(_, headers)| headers.as_slice()).unwrap_or_default();
    let upgrade = header(run, headers, "Upgrade");
    let connection = header(run, headers, "Connection");
    let location_place = run.chosen_location().map(|location| location.place);
    let mut missing: Vec<Arc<str>> = Vec::new();
    let mut problems = Vec::new();
    let mut place = None;
    for (name, state) in [("Upgrade", upgrade), ("Connection", connection)] {
        match state {
            Header::Good => {}
            Header::Absent => missing.push(name.into()),
            Header::Bad { place: at, shown } => {
                problems.push(format!("`{name}` is set to {shown}"));
                place = place.or(Some(at));
                missing.push(name.into());
            }
            Header::Unknown(reason) => return Upgrade::Unknown(Unknown { reason, place: location_place }),
        }
    }
    if missing.is_empty() {
        return http_version(run, version_text);
    }
    if let Some(path) = unseen(tree, level, effective.as_ref().map(|(id, _)| *id)) {
        return Upgrade::Unknown(Unknown { reason: HoleReason::Unresolved(path), place: location_place });
    }
    let dropped = tree.dropped(level, |outer| {
        let mut carries = |name| matches!(header(run, outer, name), Header::Good);
        let both = carries("Upgrade") && carries("Connection");
        let lost = |name: &Arc<str>| outer.iter().find(|statement| statement.is_of_header(name));
        missing.iter().find_map(lost).filter(|_| both).map(|statement| statement.place)
    });
    let absent: Vec<&str> = if problems.is_empty() { missing.iter().map(|name| &**name).collect() } else { Vec::new() };
    if !absent.is_empty() {
        problems.push(format!("no `proxy_set_header {}` is in effect", absent.join("` and no `proxy_set_header ")));
    }
    let Some(place) = place.or(location_place) else {
        return Upgrade::Unknown(Unknown { reason: HoleReason::Unsupported, place: None });
    };
    Upgrade::Lost(LostUpgrade { problem: problems.join(", and "), missing, place, dropped })
}

fn http_version(run: &Run<'_>, written: Option<&str>) -> Upgrade {
    match (written, run.instance.version) {
        (Some("1.1"), _) => Upgrade::Carried,
        (Some("1.0"), _) => Upgrade::Http10 { version_dependent: false },
        (Some(_), _) => Upgrade::Unknown(Unknown { reason: HoleReason::Unsupported, place: None }),
        (None, Some(version)) if version >= NginxVersion::HTTP11_BY_DEFAULT => Upgrade::Carried,
        (None, Some(_)) => Upgrade::Http10 { version_dependent: false },
        (None, None) => Upgrade::Http10 { version_dependent: true },
    }
}

/// The include that may set headers at the level where they would be looked for.
fn unseen(tree: &Tree, level: LevelId, effective: Option<LevelId>) -> Option<Arc<str>> {
    for (id, inner) in tree.outward(level) {
        if inner.kind == super::tree::LevelKind::Http {
            return None;
        }
        if let Some((_, path)) = inner.unseen.iter().find(|(_, path)| !super::tree::is_harmless(path)) {
            return Some(Arc::clone(path));
        }
        if Some(id) == effective {
            return None;
        }
    }
    None
}

/// All lines of one header together: nginx sends each that is not empty.
fn header(run: &mut Run<'_>, headers: &[&Statement], name: &str) -> Header {
    let mut state = Header::Absent;
    for statement in headers.iter().filter(|statement| statement.is_of_header(name)) {
        let Some(arg) = statement.args.get(1) else { continue };
        match run.argument(arg).settled() {
            Ok(value) => {
                let carries = match name {
                    "Upgrade" => value.to_ascii_lowercase().contains("websocket"),
                    _ => value.split(',').any(|token| token.trim().eq_ignore_ascii_case("upgrade")),
                };
                if carries {
                    return Header::Good;
                }
                if matches!(state, Header::Absent) {
                    let shown = if value.is_empty() && arg.text.is_empty() {
                        "an empty value".to_owned()
                    } else if &*arg.text == value {
                        format!("`{value}`")
                    } else {
                        format!("`{}`, which is `{value}` for a handshake", arg.text)
                    };
                    state = Header::Bad { place: statement.place, shown };
                }
            }
            Err(reason) => {
                // a variable of this name that is defined elsewhere is the textbook map
                let textbook = pieces(&arg.text).iter().any(
                    |piece| matches!(piece, TextPiece::Variable(name) if name.to_ascii_lowercase().contains("upgrade")),
                );
                if textbook {
                    return Header::Good;
                }
                state = Header::Unknown(reason);
            }
        }
    }
    state
}
