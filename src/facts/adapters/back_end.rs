//! Manifests and settings of back ends in languages that are not read: that they are there, and which ports are theirs.

use crate::base::{RepoPath, Span};
use crate::facts::known::{BACK_ENDS, BackEnd, Family, family};
use crate::facts::{BackEndFact, BackEndRole, FileFacts};

/// Longest file that is looked at, in bytes; manifests and settings of people are far shorter.
const MAX_TEXT: usize = 400_000;

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    if text.len() > MAX_TEXT || is_of_tests(&facts.path) {
        return;
    }
    let name = facts.path.name();
    let found = match family(name) {
        Some(family) => manifest(text, family),
        None => settings(text, name),
    };
    facts.back_end = found.map(Box::new);
}

fn is_of_tests(path: &RepoPath) -> bool {
    path.parts().any(|part| matches!(part, "test" | "androidTest"))
}

fn manifest(text: &str, family: Family) -> Option<BackEndFact> {
    let dependencies = dependencies(text, family);
    let shown = BACK_ENDS.iter().filter(|row| row.family == family).find_map(|row| {
        let at = row.markers.iter().find_map(|marker| find(dependencies, marker, family))?;
        Some((row.id, at))
    });
    let (program, at) = shown?;
    let modules = match family {
        Family::Jvm => text.contains("<packaging>pom</packaging>") || text.contains("<modules>"),
        Family::Rust => !text.contains("[package]"),
        _ => false,
    };
    let role = if modules { BackEndRole::Modules } else { BackEndRole::Program };
    Some(BackEndFact { program: Some(program), span: at, ports: Vec::new(), role })
}

/// The part of a manifest that names what the program is built from: Cargo's dependencies for development come after it.
fn dependencies(text: &str, family: Family) -> &str {
    match family {
        Family::Rust => text.split("[dev-dependencies]").next().unwrap_or(text),
        Family::Php => text.split("\"require-dev\"").next().unwrap_or(text),
        _ => text,
    }
}

/// The place of a marker; in lists of names it must be a whole one.
fn find(text: &str, marker: &str, family: Family) -> Option<Span> {
    let whole = matches!(family, Family::Rust | Family::Ruby);
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(marker).map(|at| at + from) {
        let end = at + marker.len();
        let is_part =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let bytes = text.as_bytes();
        let inside = is_part(at.checked_sub(1).and_then(|before| bytes.get(before))) || is_part(bytes.get(end));
        let line = text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |start| start + 1);
        let comment = text.get(line..at).is_some_and(|head| head.trim_start().starts_with(['#', '/']));
        if !comment && (!whole || !inside) {
            return Some(Span::new(at, end));
        }
        from = end;
    }
    None
}

/// Settings that name a port, and programs that bind one.
fn settings(text: &str, name: &str) -> Option<BackEndFact> {
    let fact = |program, ports: Vec<(u16, Span)>| {
        let first = ports.first()?.1;
        Some(BackEndFact { program, span: first, ports, role: BackEndRole::Settings })
    };
    match name {
        _ if name.starts_with("application") && name.ends_with(".properties") => fact(None, properties(text)),
        _ if name.starts_with("application") => fact(None, yaml(text)),
        "launchSettings.json" => fact(Some(BackEnd::AspNet), addresses(text)),
        "main.go" | "server.go" => {
            let serves = ["ListenAndServe", ".Run(", ".Start(", ".Listen("].iter().any(|call| text.contains(call));
            serves.then(|| fact(Some(BackEnd::GoHttp), bound(text))).flatten()
        }
        "main.rs" => text.contains("bind").then(|| fact(None, bound(text))).flatten(),
        "puma.rb" => fact(None, numbers_of_lines(text, |line| line.trim_start().starts_with("port"))),
        _ => None,
    }
}

/// Keys of a port, dotted.
const PORT_KEYS: &[&str] =
    &["server.port", "quarkus.http.port", "quarkus.http.dev.port", "micronaut.server.port", "ktor.deployment.port"];

fn properties(text: &str) -> Vec<(u16, Span)> {
    lines(text)
        .filter_map(|(start, line)| {
            let (key, value) = line.split_once(['=', ':'])?;
            let key = key.trim();
            let key = key.strip_prefix('%').and_then(|key| key.split_once('.')).map_or(key, |(_, key)| key);
            PORT_KEYS.contains(&key).then(|| port_in(value)).flatten().map(|port| (port, here(start, line)))
        })
        .collect()
}

/// The keys of a YAML file by indentation: settings of this kind are plain maps.
fn yaml(text: &str) -> Vec<(u16, Span)> {
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut found = Vec::new();
    for (start, line) in lines(text) {
        let bare = line.trim_start();
        if bare.starts_with(['#', '-']) || bare.is_empty() {
            continue;
        }
        let indent = line.len() - bare.len();
        let Some((key, value)) = bare.split_once(':') else { continue };
        open.retain(|(outer, _)| *outer < indent);
        let mut dotted: Vec<&str> = open.iter().map(|(_, key)| *key).collect();
        dotted.push(key.trim().trim_matches(['"', '\'']));
        if PORT_KEYS.contains(&dotted.join(".").as_str()) {
            found.extend(port_in(value).map(|port| (port, here(start, line))));
        }
        if open.len() < 16 {
            open.push((indent, key.trim()));
        }
    }
    found
}

/// `"applicationUrl": "https://localhost:7001;http://localhost:5001"`.
fn addresses(text: &str) -> Vec<(u16, Span)> {
    let mut found = Vec::new();
    for (start, line) in lines(text).filter(|(_, line)| line.contains("applicationUrl")) {
        for address in line.split("://").skip(1) {
            let port = address.split(':').nth(1).map(digits).and_then(|digits| digits.parse().ok());
            found.extend(port.map(|port| (port, here(start, line))));
        }
    }
    found
}

/// `":8080"`, `"0.0.0.0:3000"` on lines that bind.
fn bound(text: &str) -> Vec<(u16, Span)> {
    let mut found = Vec::new();
    for (start, line) in lines(text) {
        let lower = line.to_ascii_lowercase();
        if !["listen", "bind", ".run(", ".start(", "addr", "port"].iter().any(|word| lower.contains(word)) {
            continue;
        }
        for piece in line.split('"').skip(1).step_by(2) {
            let Some((head, tail)) = piece.rsplit_once(':') else { continue };
            let is_host = head.is_empty()
                || head == "localhost"
                || head.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let port = tail.parse::<u16>().ok().filter(|port| is_host && *port > 0);
            found.extend(port.map(|port| (port, here(start, line))));
        }
    }
    found
}

fn numbers_of_lines(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<(u16, Span)> {
    let found = lines(text).filter(|(_, line)| wanted(line));
    found.filter_map(|(start, line)| Some((port_in(line)?, here(start, line)))).collect()
}

/// The port in `8080`, `${PORT:8080}`, `ENV.fetch("PORT") { 3000 }`.
fn port_in(value: &str) -> Option<u16> {
    let value = value.split('#').next().unwrap_or(value);
    let mut numbers = value.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let last = numbers.next_back()?;
    last.parse().ok().filter(|port| *port > 0)
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

fn here(start: usize, line: &str) -> Span {
    let bare = line.trim_start();
    let start = start + (line.len() - bare.len());
    Span::new(start, start + bare.trim_end().len())
}

/// The lines with the byte where they start.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let at = start;
        start += line.len() + 1;
        (at, line.trim_end_matches('\r'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(found: Vec<(u16, Span)>) -> Vec<u16> {
        found.into_iter().map(|(port, _)| port).collect()
    }

    #[test]
    fn settings_name_ports() {
        assert_eq!(ports(yaml("server:\n  port: ${PORT:8081}\nspring:\n  port: 1\n")), [8081]);
        assert_eq!(ports(yaml("server.port: 9090 # here\n")), [9090]);
        assert_eq!(ports(properties("#server.port=1\nserver.port = 8082\n")), [8082]);
        assert_eq!(ports(properties("%dev.quarkus.http.port=8083")), [8083]);
        assert_eq!(
            ports(addresses("\"applicationUrl\": \"https://localhost:7001;http://localhost:5001\",")),
            [7001, 5001]
        );
        assert_eq!(ports(bound("http.ListenAndServe(\":8080\", nil)\nx := \"a:90\"\n")), [8080]);
        assert_eq!(ports(bound("TcpListener::bind(\"0.0.0.0:3000\")")), [3000]);
    }

    #[test]
    fn manifests_show_frameworks() {
        let shown = |text, family| manifest(text, family).and_then(|fact| fact.program);
        assert_eq!(shown("require github.com/gin-gonic/gin v1.9.1", Family::Go), Some(BackEnd::Gin));
        assert_eq!(shown("module tool\n", Family::Go), None);
        assert_eq!(shown("[package]\n[dependencies]\naxum = \"0.7\"\n", Family::Rust), Some(BackEnd::Axum));
        assert_eq!(shown("[package]\n[dependencies]\nswarp = \"1\"\n", Family::Rust), None);
        assert_eq!(shown("[package]\n[dev-dependencies]\naxum = \"0.7\"\n", Family::Rust), None);
        assert_eq!(shown("gem 'rails', '~> 7'\n", Family::Ruby), Some(BackEnd::Rails));
        assert_eq!(shown("gem 'jekyll'\n", Family::Ruby), None);
        assert_eq!(shown("<Project Sdk=\"Microsoft.NET.Sdk.Web\">", Family::DotNet), Some(BackEnd::AspNet));
        assert_eq!(shown("<Project Sdk=\"Microsoft.NET.Sdk\">", Family::DotNet), None);
    }
}
