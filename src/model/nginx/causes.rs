//! What is wrong in a configuration: without a wire, and for a wire that runs through it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::directives;
use super::select::{self, Matcher};
use super::tree::{Fill, Level, LevelId, LevelKind, Statement, Tree};
use super::variables::{TextPiece, pieces};
use super::{LostUpgrade, MainFile, NginxId, NginxInstance, Outcome, Proxied, Request, Upgrade};
use crate::base::{FileId, FileKind, Place};
use crate::facts::Protocol;
use crate::model::{Assumption, Cause, CauseKind, Chain, Link, PathPiece, PathText, Tls, Wiring};

/// What a back end does with a handshake over HTTP/1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Http10Handshake {
    /// It refuses it (hypercorn, the `websockets` library).
    Refused,
    /// It accepts it, or nobody knows what it is.
    Tolerated,
}

/// A cause that an [`Upgrade`] verdict leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct UpgradeCause {
    /// What it is.
    pub kind: CauseKind,
    /// Where the mend goes.
    pub place: Place,
    /// The cause's key.
    pub key: String,
    /// Places that show it, for the end of the chain.
    pub links: Vec<Link>,
    /// What it rests on.
    pub assumptions: Vec<Assumption>,
}

/// The causes that the upgrade verdict of a forwarded handshake leads to; none when it is carried or not known.
#[must_use]
pub fn upgrade_causes(instance: &NginxInstance, proxied: &Proxied, back_end: Http10Handshake) -> Vec<UpgradeCause> {
    let location = &proxied.location;
    let key = location.to_string();
    let mut assumptions = template_assumptions(instance, proxied.location_place);
    let shows = |place, shows: String| Link { place, shows };
    match &proxied.upgrade {
        Upgrade::Carried | Upgrade::Unknown(_) => Vec::new(),
        Upgrade::Http10 { version_dependent } => {
            if *version_dependent {
                assumptions.push(Assumption::NginxVersion("before 1.29.7".into()));
            }
            let refused = back_end == Http10Handshake::Refused;
            let kind = CauseKind::MissingHttpVersion { location: Arc::clone(location), refused };
            let links = vec![shows(proxied.location_place, "the request goes on as HTTP/1.0".to_owned())];
            vec![UpgradeCause { kind, place: proxied.location_place, key, links, assumptions }]
        }
        Upgrade::Lost(LostUpgrade { dropped: Some(dropped), .. }) => {
            let kind = CauseKind::DroppedProxyHeaders {
                location: Arc::clone(location),
                lost: dropped.lost.clone(),
                level: Arc::clone(&dropped.level),
                upgrade_lost: true,
            };
            let set = dropped.set_at.first().map(|place| shows(*place, format!("set for the whole {}", dropped.level)));
            let drops = shows(dropped.dropped_by, "this one replaces all that outer levels set".to_owned());
            let links = set.into_iter().chain([drops]).collect();
            vec![UpgradeCause { kind, place: dropped.dropped_by, key, links, assumptions }]
        }
        Upgrade::Lost(lost) => {
            let kind = CauseKind::MissingUpgradeHeaders {
                location: Arc::clone(location),
                problem: lost.problem.clone(),
                missing: lost.missing.clone(),
                name_only: false,
            };
            let links = vec![shows(lost.place, lost.problem.clone())];
            vec![UpgradeCause { kind, place: lost.place, key, links, assumptions }]
        }
    }
}

/// Conditions of a template language in the file of `place` may change what holds there.
fn template_assumptions(instance: &NginxInstance, place: Place) -> Vec<Assumption> {
    let conditional = instance.tree.conditions.iter().any(|condition| condition.file == place.file);
    if conditional { vec![Assumption::OpaqueOperand("the settings of the template".into())] } else { Vec::new() }
}

/// Stage 4, the proxy's part: the causes that need no wire (misplaced directives, undefined variables).
pub fn configure(wiring: &mut Wiring) {
    fill_templates(wiring);
    let mut causes = Vec::new();
    for instance in wiring.nginx.iter().filter(|instance| instance.accusable && !is_stream(&instance.tree)) {
        installed_as_main(instance, &mut causes);
        installed_as_fragment(instance, &mut causes);
        misplaced(instance, &mut causes);
        undefined_variables(instance, &mut causes);
        dead_locations(instance, &mut causes);
    }
    for cause in causes {
        wiring.add_cause(cause);
    }
}

/// Puts the run-time environment of the containers into the templates that they fill.
fn fill_templates(wiring: &mut Wiring) {
    let template = |id: &FileId| wiring.repository.get(*id).is_some_and(|facts| facts.kind == FileKind::NginxTemplate);
    let mut filled = Vec::new();
    for (id, instance) in (0u32..).map(NginxId).zip(&wiring.nginx) {
        if !instance.filled && !instance.files.iter().any(template) {
            continue;
        }
        let fill = environment(wiring, id);
        if !fill.is_empty() {
            filled.push((id, instance.tree.filled(&wiring.repository, &fill)));
        }
    }
    for (id, tree) in filled {
        if let Some(instance) = wiring.nginx.get_mut(id.0 as usize) {
            instance.tree = tree;
        }
    }
}

/// The names on which all containers that run this nginx agree.
fn environment(wiring: &Wiring, id: NginxId) -> Fill {
    let mut fill = Fill::new();
    let mut disputed = BTreeSet::new();
    for service in wiring.services.iter().filter(|service| service.nginx == Some(id)) {
        for binding in &service.environment {
            let Some(value) = binding.value.as_known_text() else {
                disputed.insert(Arc::clone(&binding.name));
                continue;
            };
            let known = fill.entry(Arc::clone(&binding.name)).or_insert_with(|| value.as_str().into());
            if **known != *value {
                disputed.insert(Arc::clone(&binding.name));
            }
        }
    }
    fill.retain(|name, _| !disputed.contains(name));
    fill
}

/// After the wires were followed: locations that are WebSocket by name only, and that no wire has shown to be broken.
pub fn suspect(wiring: &mut Wiring) {
    let mut causes = Vec::new();
    for instance in wiring.nginx.iter().filter(|instance| instance.accusable && !is_stream(&instance.tree)) {
        for cause in by_name(wiring, instance) {
            let known = wiring.causes.iter().any(|known| {
                known.place == cause.place && known.key == cause.key && known.kind.rule() == cause.kind.rule()
            });
            if !known {
                causes.push(cause);
            }
        }
    }
    for cause in causes {
        wiring.add_cause(cause);
    }
}

/// A part of a `stream { ... }` that looks like one of `http`: its servers forward without a location.
fn is_stream(tree: &Tree) -> bool {
    select::http_servers(tree).any(|(_, server)| {
        server.statements.iter().any(|statement| {
            &*statement.name == "proxy_pass" && statement.args.first().is_some_and(|arg| !arg.text.contains("://"))
        })
    })
}

fn levels(tree: &Tree) -> impl Iterator<Item = (LevelId, &Level)> {
    (0u32..).map(LevelId).zip(&tree.levels)
}

fn misplaced(instance: &NginxInstance, causes: &mut Vec<Cause>) {
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
            // what stands above the servers of a fragment is decided by whoever includes it
            if level.parent.is_none() && instance.main_file != MainFile::Here && !is_block(statement) {
                continue;
            }
            let links = if level.parent.is_some() {
                vec![Link { place: level.place, shows: format!("the {} that it stands in", level.kind.word()) }]
            } else {
                Vec::new()
            };
            causes.push(Cause {
                kind: CauseKind::MisplacedDirective {
                    directive: Arc::clone(&statement.name),
                    context: level.kind.word().into(),
                    allowed: allowed_words(statement, allowed),
                },
                place: statement.place,
                key: format!("{} in {context}", statement.name),
                chains: chain(links),
                assumptions: Vec::new(),
            });
        }
    }
}

/// A file that begins with `server`, installed as the main file.
fn installed_as_main(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let Some(installed) = instance.installed_as_main else { return };
    let statements = instance.tree.levels.first().map(|root| root.statements.as_slice()).unwrap_or_default();
    let Some(first) = statements.iter().find(|statement| is_block(statement)) else { return };
    let allowed = directives::contexts(&first.name).unwrap_or_default();
    causes.push(Cause {
        kind: CauseKind::MisplacedDirective {
            directive: Arc::clone(&first.name),
            context: LevelKind::Main.word().into(),
            allowed: allowed_words(first, allowed),
        },
        place: first.place,
        key: format!("{} in main", first.name),
        chains: chain(vec![Link { place: installed, shows: "puts the file in the place of nginx.conf".to_owned() }]),
        assumptions: Vec::new(),
    });
}

/// A whole configuration, installed where the main file includes parts of `http`.
fn installed_as_fragment(instance: &NginxInstance, causes: &mut Vec<Cause>) {
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
            allowed: allowed_words(first, allowed),
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

fn chain(links: Vec<Link>) -> Vec<Chain> {
    if links.is_empty() { Vec::new() } else { vec![Chain { wire: None, hop: None, links }] }
}

/// Variables in Upgrade and Connection headers that nothing defines: nginx does not start.
fn undefined_variables(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let tree = &instance.tree;
    let defined = defined(tree);
    let mut seen = BTreeSet::new();
    for (id, level) in levels(tree) {
        for statement in level.statements.iter().filter(|statement| &*statement.name == "proxy_set_header") {
            let header = statement.args.first().map_or("", |arg| &*arg.text).to_ascii_lowercase();
            if header != "upgrade" && header != "connection" {
                continue;
            }
            let Some(value) = statement.args.get(1).filter(|arg| arg.holes.is_empty()) else { continue };
            for piece in pieces(&value.text) {
                let TextPiece::Variable(name) = piece else { continue };
                let name = name.to_ascii_lowercase();
                if defined.contains(&name) || is_builtin(&name) || !seen.insert(name.clone()) {
                    continue;
                }
                let assumption = match (instance.main_file, tree.unseen_around(id).next()) {
                    (_, Some((_, path))) => Some(Arc::clone(path)),
                    (MainFile::Elsewhere, None) => Some("nginx.conf".into()),
                    (MainFile::Here | MainFile::Image, None) => None,
                };
                causes.push(Cause {
                    kind: CauseKind::UndefinedUpgradeMap { variable: format!("${name}").into() },
                    place: statement.place,
                    key: name,
                    chains: Vec::new(),
                    assumptions: assumption.map(Assumption::UnseenInclude).into_iter().collect(),
                });
            }
        }
    }
}

/// Proxied locations that no request can reach: a prefix without its slash is usually a pattern without its `~`.
fn dead_locations(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let tree = &instance.tree;
    // a rewrite may lead to an address without a slash
    let all = || tree.levels.iter().flat_map(|level| &level.statements);
    let odd = |statement: &Statement| {
        &*statement.name == "rewrite"
            && statement
                .args
                .get(1)
                .is_some_and(|arg| !arg.text.starts_with(['/', 'h']) && !arg.text.starts_with("$scheme"))
    };
    if all().any(odd) {
        return;
    }
    for (_, level) in tree.of_kind(LevelKind::Location) {
        let Matcher::Prefix { text, .. } = select::matcher(level) else { continue };
        let proxied = level.statements.iter().any(|statement| &*statement.name == "proxy_pass");
        if text.starts_with(['/', '@', '$']) || text.contains("${") || text.is_empty() || !proxied {
            continue;
        }
        let pattern = text.starts_with(['^', '\\', '(', '.']) || text.ends_with('$');
        let meant = if pattern { format!("~ {text}") } else { format!("/{text}") };
        causes.push(Cause {
            kind: CauseKind::ShadowedLocation {
                location: select::written(level),
                why: "paths begin with `/`, and without a modifier it is compared letter by letter".to_owned(),
                meant: Some(meant.into()),
            },
            place: level.place,
            key: text.to_owned(),
            chains: Vec::new(),
            assumptions: Vec::new(),
        });
    }
}

/// Every variable that some directive defines, in lower case without `$`.
fn defined(tree: &Tree) -> BTreeSet<String> {
    let mut defined = BTreeSet::new();
    let statements = tree.levels.iter().flat_map(|level| &level.statements);
    for statement in statements {
        let name = &*statement.name;
        // nginx's own and those of modules: `auth_request_set $x`, `set_by_lua $x`, `perl_set $x`, `js_set $x`
        if name.contains("set") && name != "proxy_set_header" || matches!(name, "map" | "geo" | "split_clients") {
            let names = statement.args.iter().filter_map(|arg| arg.text.strip_prefix('$'));
            // the first argument of `map` is read, not defined
            let reads = usize::from(name == "map");
            defined.extend(names.map(str::to_ascii_lowercase).skip(reads.min(statement.args.len().saturating_sub(1))));
            if name == "map"
                && let Some(target) = statement.args.get(1)
            {
                defined.insert(target.text.trim_start_matches('$').to_ascii_lowercase());
            }
        }
        for arg in statement.args.iter().map(|arg| &*arg.text).chain([name]) {
            for (at, _) in arg.match_indices("(?") {
                let rest = arg.get(at + 2..).unwrap_or_default().trim_start_matches(['P', '<', '\'']);
                let end = rest.find(['>', '\'']).unwrap_or(0);
                defined.extend(rest.get(..end).map(str::to_ascii_lowercase));
            }
        }
    }
    defined
}

/// Variables of nginx itself that may stand in a header.
fn is_builtin(name: &str) -> bool {
    const FAMILIES: &[&str] = &[
        "http_",
        "arg_",
        "cookie_",
        "sent_http_",
        "upstream_",
        "ssl_",
        "proxy_",
        "tcpinfo_",
        "jwt_",
        "server_",
        "request",
        "remote_",
        "geoip",
        "connection_",
        "proxy_protocol",
    ];
    const NAMES: &[&str] = &[
        "args",
        "binary_remote_addr",
        "body_bytes_sent",
        "bytes_sent",
        "connection",
        "content_length",
        "content_type",
        "document_root",
        "document_uri",
        "host",
        "hostname",
        "https",
        "is_args",
        "limit_rate",
        "msec",
        "nginx_version",
        "pid",
        "pipe",
        "query_string",
        "realpath_root",
        "scheme",
        "status",
        "time_iso8601",
        "time_local",
        "uri",
        "http2",
        "http3",
        "connection_requests",
        "connection_time",
    ];
    name.parse::<u32>().is_ok()
        || NAMES.contains(&name)
        || name != "connection_upgrade"
            && name != "proxy_connection"
            && FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Locations whose path is one of those that only sockets have.
fn by_name(wiring: &Wiring, instance: &NginxInstance) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (server, level) in select::http_servers(&instance.tree) {
        let Some(listen) = select::listens(level).into_iter().find(|listen| listen.port.is_some()) else { continue };
        let Some(port) = listen.port else { continue };
        let host = select::names(level).first().filter(|name| name.holes.is_empty()).map(|name| Arc::clone(&name.text));
        for (_, location) in inside(&instance.tree, server) {
            let Some(path) = socket_path(location) else { continue };
            let request = Request {
                port,
                tls: if listen.tls { Tls::Tls } else { Tls::Plain },
                host: host.clone().filter(|host| !host.contains(['*', '~', '_'])),
                path: PathText(vec![PathPiece::Known(path.into())]),
                protocol: Protocol::WebSocket,
                method: "GET".into(),
            };
            let answer = instance.answer(wiring, &request);
            let Outcome::Proxied(proxied) = answer.outcome else { continue };
            if proxied.location_place != location.place || !matches!(proxied.upgrade, Upgrade::Lost(_)) {
                continue;
            }
            for mut cause in upgrade_causes(instance, &proxied, Http10Handshake::Tolerated) {
                if let CauseKind::MissingUpgradeHeaders { name_only, .. } = &mut cause.kind {
                    *name_only = true;
                }
                cause.assumptions.push(Assumption::NameOnly);
                causes.push(Cause {
                    kind: cause.kind,
                    place: cause.place,
                    key: cause.key,
                    chains: chain(cause.links),
                    assumptions: [cause.assumptions, answer.assumptions.clone()].concat(),
                });
            }
        }
    }
    causes
}

/// The locations of a server, nested ones too.
fn inside(tree: &Tree, server: LevelId) -> impl Iterator<Item = (LevelId, &Level)> {
    tree.of_kind(LevelKind::Location).filter(move |(id, _)| tree.outward(*id).any(|(outer, _)| outer == server))
}

/// The path of a location that only sockets have, by the names that libraries and people give them.
fn socket_path(location: &Level) -> Option<String> {
    let text = match select::matcher(location) {
        Matcher::Exact(text) | Matcher::Prefix { text, .. } => text,
        Matcher::Regex { .. } | Matcher::Named(_) | Matcher::Unknown => return None,
    };
    let is_socket = |part: &str| {
        matches!(
            part.to_ascii_lowercase().as_str(),
            "ws" | "wss"
                | "websocket"
                | "websockets"
                | "socket.io"
                | "sockjs-node"
                | "cable"
                | "webpack-hmr"
                | "socket"
        )
    };
    text.split('/').any(is_socket).then(|| text.to_owned())
}
