//! Statements of nginx, and of other proxies where a line does it.

use std::sync::Arc;

use super::Case;
use super::nginx_tree::{Around, named, repeated, written};
use super::remedies::{
    AUTH_REQUEST, CORS_ALWAYS, CORS_REPEATED, EVENT_STREAM, FORWARDED, HEADERS_REPEATED, HTTP_VERSION, KEEPALIVE_MAP,
    LOCATION_HEAD, LOCATION_PREFERRED, NGINX_NAME, PROXY_SSL_HEADER, RESOLVER, REWRITE, STATEMENT, STICKY, TIMEOUT,
    TO_HTTP, UPGRADE, UPGRADE_MAP,
};
use crate::base::FileKind;
use crate::facts::Directive;
use crate::model::proxy::{ProxyWords, Shadow};
use crate::model::{
    CauseKind, CorsLoss, Cuts, ForwardedEffect, ForwardedProblem, Holder, NameFault, Refusal, TimeoutSource,
};
use crate::rules::fix::{Change, Edit};
use crate::rules::{Applicability, Fix};

/// The variable that says what `Connection` is to be.
const VARIABLE: &str = "$connection_upgrade";
const SET: &str = "proxy_set_header";
const CORS: &str = "access-control-";

/// The fix of a proxy's configuration.
pub(super) fn of(case: &Case<'_>) -> Option<Fix> {
    if let Some(fix) = line(case) {
        return Some(fix);
    }
    let around = Around::new(case.place().file, case.facts, case.place().span)?;
    match &case.cause.kind {
        CauseKind::MissingUpgradeHeaders { by, .. } if by.name == "nginx" => upgrade(&around),
        CauseKind::MissingHttpVersion { .. } => {
            let edits = vec![setting(&around, "proxy_http_version 1.1;")?];
            Some(Fix::new(&HTTP_VERSION, "set `proxy_http_version 1.1`".to_owned(), edits))
        }
        CauseKind::DroppedProxyHeaders { lost, .. } => dropped_headers(&around, lost),
        CauseKind::UndefinedUpgradeMap { variable } => {
            let title = format!("add a `map` for `{variable}`");
            Some(Fix::new(&UPGRADE_MAP, title, vec![map(&around, variable)?]))
        }
        CauseKind::UpgradeMapClosesKeepalive { .. } => {
            let value = around.statement?.args.first()?;
            let edit = Edit::new(around.place_of(value), Change::Statement(vec!["''".to_owned()]));
            Some(Fix::new(&KEEPALIVE_MAP, "send no `Connection` with plain requests".to_owned(), vec![edit]))
        }
        CauseKind::ConstantUpgrade { .. } => {
            let value = around.statement.filter(|statement| &*statement.name == SET)?.args.get(1)?;
            let (variable, edit) = connection(&around)?;
            let changed = Edit::new(around.place_of(value), Change::Statement(vec![variable.to_string()]));
            let edits = [changed].into_iter().chain(edit).collect();
            Some(Fix::new(&KEEPALIVE_MAP, format!("set `Connection` to `{variable}`"), edits))
        }
        CauseKind::AuthRequestUpgrade { .. } => auth_request(&around),
        CauseKind::MisplacedDirective { directive, allowed, .. } => {
            let in_http = allowed.iter().any(|context| &**context == "http");
            let server = around.server().filter(|_| in_http)?;
            let own =
                around.statement.or_else(|| around.blocks.last().copied()).filter(|own| own.name == *directive)?;
            let edit = Edit::new(around.place(own), Change::MoveBefore(around.place(server)));
            Some(Fix::new(&TO_HTTP, format!("move `{directive}` out of the `server`"), vec![edit]))
        }
        CauseKind::MissingForwardedHeaders { by, problem, effect, .. } if by.name == "nginx" => {
            forwarded(&around, by, problem, effect)
        }
        CauseKind::BufferedEventStream { by, holder, .. } if by.name == "nginx" => {
            let lines: &[&str] = match holder {
                Holder::Gzip => &["gzip off;", "proxy_buffering off;"],
                Holder::Http10 => &["proxy_http_version 1.1;", "proxy_buffering off;"],
                Holder::Tls | Holder::Unchunked => &["proxy_buffering off;"],
                Holder::Whole => return None,
            };
            let edits = lines.iter().map(|line| setting(&around, line)).collect::<Option<_>>()?;
            Some(Fix::new(&EVENT_STREAM, "turn buffering off for the stream".to_owned(), joined(edits)))
        }
        CauseKind::ShortProxyTimeout { by, .. } if by.name == "nginx" => {
            let edits = vec![setting(&around, by.socket_timeout.1)?];
            Some(Fix::new(&TIMEOUT, format!("set `{}`", by.socket_timeout.1.trim_end_matches(';')), edits))
        }
        CauseKind::MissingStickySessions { by: Some(by), sticky: Some((line, _)), .. } if by.name == "nginx" => {
            let upstream = around.blocks.last().filter(|block| &*block.name == "upstream")?;
            let edit = Edit::new(around.place(upstream), Change::First(vec![(*line).to_owned()]));
            Some(Fix::new(&STICKY, format!("add `{}`", line.trim_end_matches(';')), vec![edit]))
        }
        CauseKind::ShadowedLocation { by, location, why, .. } if by.name == "nginx" => head(&around, location, why),
        CauseKind::DroppedCorsHeader { loss, .. } => cors(&around, loss),
        CauseKind::ProxyPathRewrite { lines: Some(lines), shared: false, .. } => rewrite(&around, lines),
        CauseKind::RefusedStatement { refusal, .. } => refused(&around, refusal),
        CauseKind::UnresolvableUpstream { fault } => name(&around, fault),
        _ => None,
    }
}

/// What one line does, whatever the program is.
fn line(case: &Case<'_>) -> Option<Fix> {
    let place = case.place();
    match &case.cause.kind {
        CauseKind::MissingForwardedHeaders { problem: ForwardedProblem::Unread, .. } if case.is_python() => {
            let line = "SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\")".to_owned();
            let edit = Edit::new(place, Change::Line(line));
            Some(Fix::new(&PROXY_SSL_HEADER, "set `SECURE_PROXY_SSL_HEADER`".to_owned(), vec![edit]))
        }
        CauseKind::ShortProxyTimeout { by, cuts, source, .. } if by.name != "nginx" => {
            let (socket, answer) = (by.socket_timeout.1, by.answer_timeout.1);
            let (line, change) = match (by.name, cuts, source) {
                ("HAProxy", Cuts::Sockets, _) => (socket, Change::After(vec![socket.to_owned()])),
                ("HAProxy" | "Envoy", _, TimeoutSource::Written) => {
                    (answer, Change::Statement(vec![answer.to_owned()]))
                }
                ("ingress-nginx", _, TimeoutSource::Written) => {
                    ("3600", Change::Statement(vec!["\"3600\"".to_owned()]))
                }
                _ => return None,
            };
            Some(Fix::new(&TIMEOUT, format!("set `{line}`"), vec![Edit::new(place, change)]))
        }
        CauseKind::ProxyPathRewrite { lines: Some(lines), shared: false, .. }
            if case.facts.kind == FileKind::Caddyfile && !lines.contains('\n') =>
        {
            let change = Change::Statement(vec![lines.trim_end_matches(['{', ' ']).to_owned()]);
            Some(Fix::new(
                &REWRITE,
                "hand the path on as the route needs it".to_owned(),
                vec![Edit::new(place, change)],
            ))
        }
        _ => None,
    }
}

/// A statement in the block of the place: in the place of one of its name, else behind `proxy_pass`.
fn setting(around: &Around<'_>, line: &str) -> Option<Edit> {
    let name = line.split([' ', ';']).next()?;
    let inside = around.inside();
    let lines = vec![line.to_owned()];
    if let Some(known) = named(inside, name).last() {
        return Some(Edit::new(around.place(known), Change::Statement(lines)));
    }
    beside_pass(around, lines)
}

/// Statements behind the `proxy_pass` of the block, or at its beginning.
fn beside_pass(around: &Around<'_>, lines: Vec<String>) -> Option<Edit> {
    if let Some(pass) = named(around.inside(), "proxy_pass").last() {
        return Some(Edit::new(around.place(pass), Change::After(lines)));
    }
    let block = around.blocks.last()?;
    Some(Edit::new(around.place(block), Change::First(lines)))
}

/// Whether a statement sets this header.
fn sets(directive: &Directive, header: &str) -> bool {
    &*directive.name == SET && directive.arg(0).is_some_and(|name| name.eq_ignore_ascii_case(header))
}

/// Headers for what goes to the back end from the place: in the place of those of their names, else beside the others. The
/// innermost level that sets any is the one that counts.
fn headers(around: &Around<'_>, wanted: &[(&str, &str)]) -> Option<Vec<Edit>> {
    let level = around.levels().find(|level| named(level, SET).next().is_some());
    let mut edits = Vec::new();
    let mut new = Vec::new();
    for (header, value) in wanted {
        let line = format!("{SET} {header} {value};");
        let known = level.and_then(|level| level.iter().find(|directive| sets(directive, header)));
        match known {
            Some(known) if known.arg(1) == Some(*value) => {}
            Some(known) => {
                edits.push(Edit::new(around.place_of(known.args.get(1)?), Change::Statement(vec![(*value).to_owned()])))
            }
            None => new.push(line),
        }
    }
    if !new.is_empty() {
        let last = level.and_then(|level| named(level, SET).last());
        edits.push(match last {
            Some(last) => Edit::new(around.place(last), Change::After(new)),
            None => beside_pass(around, new)?,
        });
    }
    Some(edits)
}

/// Whether what is sent from the place is set at an outer level, for other locations as well.
fn is_shared(around: &Around<'_>) -> bool {
    named(around.inside(), SET).next().is_none() && around.levels().any(|level| named(level, SET).next().is_some())
}

/// A fix that reaches other locations is written by nobody without being asked.
fn shared_with_others(around: &Around<'_>, fix: Fix) -> Fix {
    let applicability = if is_shared(around) { Applicability::Unsafe } else { fix.applicability };
    Fix { applicability, ..fix }
}

fn upgrade(around: &Around<'_>) -> Option<Fix> {
    let (variable, map) = connection(around).unwrap_or_else(|| (Arc::from("\"upgrade\""), None));
    let mut edits = Vec::new();
    let speaks_11 =
        |level: &[Directive]| named(level, "proxy_http_version").last().map(|known| known.arg(0) == Some("1.1"));
    if around.levels().find_map(speaks_11) != Some(true) {
        edits.push(setting(around, "proxy_http_version 1.1;")?);
    }
    edits.extend(headers(around, &[("Upgrade", "$http_upgrade"), ("Connection", &variable)])?);
    edits.extend(map);
    Some(shared_with_others(around, Fix::new(&UPGRADE, "hand the upgrade on".to_owned(), joined(edits))))
}

/// Edits at one place as one edit, in their order.
fn joined(edits: Vec<Edit>) -> Vec<Edit> {
    let mut all: Vec<Edit> = Vec::new();
    for edit in edits {
        let same = all.iter_mut().find(|known| known.place == edit.place);
        match (same.map(|known| &mut known.change), edit.change) {
            (Some(Change::After(lines)), Change::After(more)) | (Some(Change::First(lines)), Change::First(more)) => {
                lines.extend(more);
            }
            (_, change) => all.push(Edit { place: edit.place, change }),
        }
    }
    all
}

/// The variable for `Connection`, with the `map` that it needs; `None` where no `map` can be: in a file of locations alone.
fn connection(around: &Around<'_>) -> Option<(Arc<str>, Option<Edit>)> {
    let known = named(around.beside_server(), "map").find(|map| map.arg(0) == Some("$http_upgrade"));
    if let Some(known) = known.filter(|_| around.server().is_some()) {
        return Some((Arc::from(known.arg(1)?), kept_alive(around, known)));
    }
    Some((Arc::from(VARIABLE), Some(map(around, VARIABLE)?)))
}

/// Where an upstream asks for connections that stay open, a map that closes them is changed along: plain requests of the location
/// get its value too.
fn kept_alive(around: &Around<'_>, map: &Directive) -> Option<Edit> {
    let upstreams = named(around.beside_server(), "upstream").filter_map(|upstream| upstream.block.as_deref());
    let asks = upstreams.flatten().any(|statement| &*statement.name == "keepalive");
    let entries = map.block.iter().flatten();
    let closing = entries.filter(|entry| entry.name.is_empty() || matches!(&*entry.name, "''" | "\"\""));
    let value = closing.filter(|entry| entry.arg(0) == Some("close")).find_map(|entry| entry.args.first());
    value.filter(|_| asks).map(|value| Edit::new(around.place_of(value), Change::Statement(vec!["''".to_owned()])))
}

/// The `map` for a variable, before the server.
fn map(around: &Around<'_>, variable: &str) -> Option<Edit> {
    let lines = [
        format!("map $http_upgrade {variable} {{"),
        "    default upgrade;".to_owned(),
        "    ''      '';".to_owned(),
        "}".to_owned(),
    ];
    // Before the first of several servers, which may use it too.
    let first = named(around.beside_server(), "server").next().or_else(|| around.server())?;
    around.server()?;
    Some(Edit::new(around.place(first), Change::Before(lines.to_vec())))
}

fn dropped_headers(around: &Around<'_>, lost: &[Arc<str>]) -> Option<Fix> {
    let own = around.levels().find(|level| named(level, SET).next().is_some())?;
    let mut lines = Vec::new();
    for header in lost {
        let set = around.levels().flatten().find(|directive| sets(directive, header));
        lines.push(match set {
            Some(set) => repeated(set)?,
            None => format!("{SET} {header} {};", usual(header)?),
        });
    }
    let last = named(own, SET).last()?;
    let edit = Edit::new(around.place(last), Change::After(lines));
    Some(Fix::new(&HEADERS_REPEATED, "repeat the headers of the outer level".to_owned(), vec![edit]))
}

/// The usual value of a header that is set for the back end.
pub(in crate::rules) fn usual(name: &str) -> Option<&'static str> {
    Some(match &*name.to_ascii_lowercase() {
        "upgrade" => "$http_upgrade",
        "connection" => "\"upgrade\"",
        "host" | "x-forwarded-host" => "$host",
        "x-forwarded-proto" => "$scheme",
        "x-forwarded-for" => "$proxy_add_x_forwarded_for",
        "x-real-ip" => "$remote_addr",
        _ => return None,
    })
}

fn auth_request(around: &Around<'_>) -> Option<Fix> {
    let title = "clear `Upgrade` and `Connection` for the question".to_owned();
    let inside = around.inside();
    if named(inside, SET).next().is_some() {
        let edits = headers(around, &[("Upgrade", "\"\""), ("Connection", "\"\"")])?;
        return Some(Fix::new(&AUTH_REQUEST, title, edits));
    }
    // A level that sets a header inherits none: the others go along.
    let outer = around.levels().skip(1).find(|level| named(level, SET).next().is_some());
    let cleared = |header: &str| format!("{SET} {header} \"\";");
    let kept = outer.into_iter().flat_map(|level| named(level, SET));
    let kept = kept.filter(|set| !sets(set, "Upgrade") && !sets(set, "Connection")).map(repeated);
    let mut lines = kept.collect::<Option<Vec<String>>>()?;
    lines.extend([cleared("Upgrade"), cleared("Connection")]);
    Some(Fix::new(&AUTH_REQUEST, title, vec![beside_pass(around, lines)?]))
}

fn forwarded(
    around: &Around<'_>,
    by: &ProxyWords,
    problem: &ForwardedProblem,
    effect: &ForwardedEffect,
) -> Option<Fix> {
    let set = |header: &str, value: &str| headers(around, &[(header, value)]);
    let (title, edits) = match problem {
        ForwardedProblem::Host(_) => ("send the host that the browser used".to_owned(), set("Host", "$host")?),
        ForwardedProblem::Scheme(header) => (format!("send `{header}`"), set(header, "$scheme")?),
        ForwardedProblem::WrongScheme(_) => {
            let value = around.statement?.args.get(1)?;
            let edit = Edit::new(around.place_of(value), Change::Statement(vec!["$scheme".to_owned()]));
            (format!("send the scheme that the browser used through {}", by.name), vec![edit])
        }
        ForwardedProblem::NoOrigin => {
            let statement = around.statement.filter(|statement| sets(statement, "Origin"))?;
            ("send the Origin on".to_owned(), vec![Edit::new(around.place(statement), Change::Remove)])
        }
        ForwardedProblem::Unread => return None,
    };
    let fix = shared_with_others(around, Fix::new(&FORWARDED, title, edits));
    // Where requests are answered today, what is answered may hang on it.
    let applicability = if *effect == ForwardedEffect::OwnAddress { Applicability::Unsafe } else { fix.applicability };
    Some(Fix { applicability, ..fix })
}

fn head(around: &Around<'_>, location: &str, why: &Shadow) -> Option<Fix> {
    let bare = location.trim_start_matches(['=', '^', '~', '*', ' ']);
    let (remedy, new) = match why {
        Shadow::Dead(meant) => (&LOCATION_HEAD, meant.to_string()),
        Shadow::Pattern => (&LOCATION_PREFERRED, format!("^~ {bare}")),
        Shadow::Exact => (&LOCATION_PREFERRED, bare.to_owned()),
        _ => return None,
    };
    let block = around.blocks.last().filter(|block| &*block.name == "location")?;
    let (first, last) = (block.args.first()?, block.args.last()?);
    let place = around.place_of(first);
    let place = crate::base::Place { span: place.span.cover(last.span), ..place };
    let edit = Edit::new(place, Change::Statement(vec![new.clone()]));
    Some(Fix::new(remedy, format!("write `location {new}`"), vec![edit]))
}

fn cors(around: &Around<'_>, loss: &CorsLoss) -> Option<Fix> {
    let is_cors =
        |directive: &&Directive| directive.arg(0).is_some_and(|name| name.to_ascii_lowercase().starts_with(CORS));
    let inside = around.inside();
    match loss {
        CorsLoss::Errors(_) => {
            let without = named(inside, "add_header").filter(is_cors).filter(|header| header.arg(2) != Some("always"));
            let edits: Vec<Edit> = without
                .filter_map(|header| {
                    Some(Edit::new(around.place_of(header.args.last()?), Change::Behind(" always".to_owned())))
                })
                .collect();
            Some(Fix::new(&CORS_ALWAYS, "add the CORS headers to errors too".to_owned(), edits))
        }
        CorsLoss::Replaced(_) | CorsLoss::Preflight => {
            let own: Vec<&Directive> = named(inside, "add_header").collect();
            let has = |name: &str| own.iter().any(|own| own.arg(0).is_some_and(|own| own.eq_ignore_ascii_case(name)));
            let outer =
                around.levels().skip(1).find(|level| named(level, "add_header").any(|header| is_cors(&header)))?;
            let missing = named(outer, "add_header")
                .filter(is_cors)
                .filter(|header| header.arg(0).is_some_and(|name| !has(name)));
            let lines = missing.map(repeated).collect::<Option<Vec<String>>>()?;
            let edit = Edit::new(around.place(own.last()?), Change::After(lines));
            Some(Fix::new(&CORS_REPEATED, "repeat the CORS headers of the outer level".to_owned(), vec![edit]))
        }
        CorsLoss::Idle(_) | CorsLoss::RefusedAhead => None,
    }
}

/// What hands the path on otherwise: another `proxy_pass`, and maybe another head of its location.
fn rewrite(around: &Around<'_>, lines: &str) -> Option<Fix> {
    let pass = around.statement.filter(|statement| &*statement.name == "proxy_pass")?;
    let address = lines.rsplit_once("proxy_pass ")?.1.strip_suffix(';')?;
    let value = pass.args.first()?;
    let mut edits = Vec::new();
    if address != &*value.text {
        edits.push(Edit::new(around.place_of(value), Change::Statement(vec![address.to_owned()])));
    }
    if let Some(head) = lines.strip_prefix("location ").and_then(|rest| rest.split_once(" {")).map(|(head, _)| head) {
        let [prefix] = around.blocks.last()?.args.as_slice() else { return None };
        edits.push(Edit::new(around.place_of(prefix), Change::Statement(vec![written(head)])));
    }
    Some(Fix::new(&REWRITE, "hand the path on as the route needs it".to_owned(), edits))
}

fn refused(around: &Around<'_>, refusal: &Refusal) -> Option<Fix> {
    let statement = around.statement?;
    let (title, edit) = match refusal {
        Refusal::UrlPrefix { url } => {
            let right = match url.split_once("://") {
                Some(("ws", rest)) => format!("http://{rest}"),
                Some(("wss", rest)) => format!("https://{rest}"),
                Some(_) => return None,
                None => format!("http://{url}"),
            };
            let value = statement.args.first()?;
            (format!("write `{right}`"), Edit::new(around.place_of(value), Change::Statement(vec![right])))
        }
        Refusal::Arguments { swallowed: Some(next), .. } => {
            let at = statement.args.iter().position(|arg| arg.text == *next)?;
            let last = statement.args.get(at.checked_sub(1)?)?;
            (format!("end it before `{next}`"), Edit::new(around.place_of(last), Change::Behind(";".to_owned())))
        }
        Refusal::NotOnOff { value } => {
            let right = match &*value.to_ascii_lowercase() {
                "true" | "yes" | "1" | "enable" | "enabled" => "on",
                "false" | "no" | "0" | "disable" | "disabled" => "off",
                _ => return None,
            };
            let written = statement.args.first()?;
            (format!("write `{right}`"), Edit::new(around.place_of(written), Change::Statement(vec![right.to_owned()])))
        }
        _ => return None,
    };
    Some(Fix::new(&STATEMENT, title, vec![edit]))
}

fn name(around: &Around<'_>, fault: &NameFault) -> Option<Fix> {
    let statement = around.statement?;
    let place = around.place(statement);
    let changed = |from: &str, to: &str| {
        Some(Fix::new(&NGINX_NAME, format!("change `{from}` to `{to}`"), vec![Edit::word(place, from, to)]))
    };
    match fault {
        NameFault::ServerNameWithScheme { written, name } | NameFault::ServerNameWithPort { written, name } => {
            changed(written, name)
        }
        NameFault::MemberWithScheme { written, address } => changed(written, address),
        NameFault::ShortName { host, namespace: Some(namespace), .. } => {
            changed(host, &format!("{host}.{namespace}.svc.cluster.local"))
        }
        NameFault::NoResolver { upstream_with_port: true, written, host } => {
            let from = written.get(written.find(&**host)?..)?;
            let port: String =
                from.strip_prefix(&**host)?.strip_prefix(':')?.chars().take_while(char::is_ascii_digit).collect();
            changed(&format!("{host}:{port}"), host)
        }
        NameFault::NoResolver { .. } => {
            let edit = Edit::new(place, Change::Before(vec!["resolver 127.0.0.11 valid=10s;".to_owned()]));
            Some(Fix::new(&RESOLVER, "name docker's name server".to_owned(), vec![edit]))
        }
        NameFault::ShortName { .. } => None,
    }
}
