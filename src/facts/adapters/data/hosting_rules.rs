//! The forwarding rules and headers of hosting files.

use std::sync::Arc;

use crate::base::{Limit, Span};
use crate::facts::{
    CspFact, CspReach, CspSender, CspText, Expr, FileFacts, HostingAction, HostingFact, HostingPattern, HostingRule,
    HostingService, HostingWhen,
};
use crate::parse::data::Node;

/// Rules of one file. Vercel allows 1,024 of each kind.
const RULES: Limit = Limit::new(
    4_000,
    "forwarding rules of a hosting service",
    "what becomes of requests that none of them takes is unknown",
    "write fewer rules with wider patterns",
);

/// Adds the rules of a service's file.
pub(super) fn read(service: &str, root: &Node, facts: &mut FileFacts) {
    let fact = match service {
        "Vercel" => vercel(root, facts),
        "Netlify" => netlify(root, facts),
        "Firebase" => firebase(root, facts),
        "Azure Static Web Apps" => azure(root, facts),
        _ => return,
    };
    facts.hosting = fact.map(|fact| Box::new(bounded(fact, facts)));
}

/// The rules up to the bound; what is behind it may answer anything.
pub(in crate::facts::adapters) fn bounded(mut fact: HostingFact, facts: &mut FileFacts) -> HostingFact {
    if let Some(first) = fact.rules.get(RULES.most_items()) {
        facts.limits.push((first.span, RULES));
        fact.unread = Some(first.span);
        fact.rules.truncate(RULES.most_items());
    }
    fact
}

/// What an address means: another server, a function, or a file of the site.
pub(in crate::facts::adapters) fn action(target: &str) -> HostingAction {
    let target = target.trim();
    if target.starts_with("http://") || target.starts_with("https://") {
        HostingAction::Forward(Arc::from(target))
    } else if target.starts_with("/.netlify/functions")
        || target.starts_with("/api")
        || target.starts_with("/_functions")
    {
        HostingAction::Function(Arc::from(target))
    } else {
        let name = target.split(['?', '#']).next().unwrap_or(target).rsplit('/').next().unwrap_or_default();
        let is_code = [".js", ".ts", ".mjs", ".cjs", ".py", ".go", ".rb", ".php"].iter().any(|end| name.ends_with(end));
        if is_code {
            HostingAction::Function(Arc::from(target))
        } else if target == "/" || name.ends_with(".html") || name.ends_with(".json") {
            HostingAction::File(Arc::from(target))
        } else {
            HostingAction::Unknown
        }
    }
}

/// A policy that a rule of headers sends.
pub(in crate::facts::adapters) fn policy(span: Span, value: &str, pattern: &str, facts: &mut FileFacts) {
    facts.csp.push(CspFact {
        span,
        policy: CspText::Header(Expr::str(span, value)),
        by: CspSender::Hosting,
        with: CspReach::Paths(Expr::str(span, pattern)),
        function: None,
    });
}

fn is_policy(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-security-policy")
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::text).map(|text| &**text)
}

/// `headers: [{ source, headers: [{ key, value }] }]`.
fn listed_headers(entries: &Node, facts: &mut FileFacts) {
    for entry in entries.items() {
        let Some(source) = text(entry, "source").or_else(|| text(entry, "regex")) else { continue };
        let conditional = entry.get("has").is_some() || entry.get("missing").is_some();
        for header in entry.get("headers").map(Node::items).unwrap_or_default() {
            let (Some(key), Some(value)) = (text(header, "key"), text(header, "value")) else { continue };
            if is_policy(key) && !conditional {
                policy(header.span, value, source, facts);
            }
        }
    }
}

fn vercel(root: &Node, facts: &mut FileFacts) -> Option<HostingFact> {
    if let Some(headers) = root.get("headers") {
        listed_headers(headers, facts);
    }
    let mut rules = Vec::new();
    // `routes` is the older form: patterns in full, in front of files until `handle: filesystem`.
    let mut when = HostingWhen::Always;
    for route in root.get("routes").map(Node::items).unwrap_or_default() {
        if text(route, "handle") == Some("filesystem") {
            when = HostingWhen::NoFile;
            continue;
        }
        let Some(source) = text(route, "src") else { continue };
        if route.get("continue").is_some() {
            continue;
        }
        let action = match (text(route, "dest"), route.get("status")) {
            (Some(target), None) => action(target),
            (None, None) => continue,
            _ => HostingAction::Unknown,
        };
        let conditional =
            route.get("has").is_some() || route.get("missing").is_some() || route.get("methods").is_some();
        let when = if conditional { HostingWhen::Sometimes } else { when };
        rules.push(rule(route, source, HostingPattern::Regex, action, when));
    }
    for (key, moved) in [("redirects", true), ("rewrites", false)] {
        // `rewrites` may be an object with phases.
        let list = root.get(key).map(Node::items).unwrap_or_default();
        for entry in list {
            let (Some(source), Some(target)) = (text(entry, "source"), text(entry, "destination")) else { continue };
            let conditional = entry.get("has").is_some() || entry.get("missing").is_some();
            let action = if moved { HostingAction::Redirect(Arc::from(target)) } else { action(target) };
            let when = match (conditional, moved) {
                (true, _) => HostingWhen::Sometimes,
                (false, true) => HostingWhen::Always,
                (false, false) => HostingWhen::NoFile,
            };
            rules.push(rule(entry, source, HostingPattern::Path, action, when));
        }
    }
    let unread = ["builds", "functions", "experimentalServices", "services"].iter().find_map(|key| root.get(key));
    // Rules of the framework's own come with anything but a plain build.
    let framework =
        text(root, "framework").filter(|name| matches!(*name, "nextjs" | "nuxtjs" | "sveltekit" | "remix" | "astro"));
    let unread = unread.map(|node| node.span).or_else(|| framework.map(|_| root.span));
    Some(HostingFact { service: HostingService::Vercel, rules, publishes: None, unread })
}

fn netlify(root: &Node, facts: &mut FileFacts) -> Option<HostingFact> {
    for entry in root.get("headers").map(Node::items).unwrap_or_default() {
        let Some(pattern) = text(entry, "for") else { continue };
        for pair in entry.get("values").map(Node::pairs).unwrap_or_default() {
            if let (true, Some(value)) = (is_policy(&pair.key), pair.value.text()) {
                policy(pair.key_span, value, pattern, facts);
            }
        }
    }
    let mut rules = Vec::new();
    for entry in root.get("redirects").map(Node::items).unwrap_or_default() {
        let (Some(source), Some(target)) = (text(entry, "from"), text(entry, "to")) else { continue };
        let status = entry.get("status").and_then(Node::text).map_or("301", |status| status);
        let conditional = ["conditions", "query", "signed"].iter().any(|key| entry.get(key).is_some());
        let forced = text(entry, "force") == Some("true");
        rules.push(rule(entry, source, HostingPattern::Star, by_status(status, target), starred(conditional, forced)));
    }
    // A base folder says that another package may be meant; edge functions may answer anything.
    let unread = root.get("edge_functions").map(|node| node.span);
    Some(HostingFact { service: HostingService::Netlify, rules, publishes: published(root), unread })
}

/// `publish` is a path from `base`.
fn published(root: &Node) -> Option<Arc<str>> {
    let of_build = |key: &str| root.at(&["build", key]).and_then(Node::text).map(|text| text.trim_matches('/'));
    match (of_build("base"), of_build("publish")) {
        (Some(base), Some(publish)) => Some(Arc::from(format!("{base}/{publish}"))),
        (one, other) => one.or(other).map(Arc::from),
    }
}

/// When a rule with a star counts: files come first unless it is forced.
pub(in crate::facts::adapters) fn starred(conditional: bool, forced: bool) -> HostingWhen {
    match (conditional, forced) {
        (true, _) => HostingWhen::Sometimes,
        (false, true) => HostingWhen::Always,
        (false, false) => HostingWhen::NoFile,
    }
}

/// What a rule with a status does.
pub(in crate::facts::adapters) fn by_status(status: &str, target: &str) -> HostingAction {
    match status.trim_end_matches('!') {
        "200" => action(target),
        "404" => HostingAction::File(Arc::from(target)),
        "301" | "302" | "303" | "307" | "308" => HostingAction::Redirect(Arc::from(target)),
        _ => HostingAction::Unknown,
    }
}

fn firebase(root: &Node, facts: &mut FileFacts) -> Option<HostingFact> {
    let hosting = root.get("hosting")?;
    // Several sites: which is meant is not known.
    if !hosting.items().is_empty() {
        return Some(HostingFact {
            service: HostingService::Firebase,
            rules: Vec::new(),
            publishes: None,
            unread: Some(hosting.span),
        });
    }
    if let Some(headers) = hosting.get("headers") {
        listed_headers(headers, facts);
    }
    let mut rules = Vec::new();
    for (key, moved) in [("redirects", true), ("rewrites", false)] {
        for entry in hosting.get(key).map(Node::items).unwrap_or_default() {
            let globbed = text(entry, "source").or_else(|| text(entry, "glob")).map(|it| (it, HostingPattern::Glob));
            let Some((source, syntax)) = globbed.or_else(|| text(entry, "regex").map(|it| (it, HostingPattern::Regex)))
            else {
                continue;
            };
            let target = text(entry, "destination");
            let action = match target {
                Some(target) if moved => HostingAction::Redirect(Arc::from(target)),
                Some(target) => action(target),
                None if entry.get("function").is_some() || entry.get("run").is_some() => {
                    HostingAction::Function(Arc::from(text(entry, "function").unwrap_or("Cloud Run")))
                }
                None => HostingAction::Unknown,
            };
            let when = if moved { HostingWhen::Always } else { HostingWhen::NoFile };
            rules.push(rule(entry, source, syntax, action, when));
        }
    }
    Some(HostingFact {
        service: HostingService::Firebase,
        rules,
        publishes: text(hosting, "public").map(Arc::from),
        unread: None,
    })
}

fn azure(root: &Node, facts: &mut FileFacts) -> Option<HostingFact> {
    for pair in root.get("globalHeaders").map(Node::pairs).unwrap_or_default() {
        if let (true, Some(value)) = (is_policy(&pair.key), pair.value.text()) {
            policy(pair.key_span, value, "/*", facts);
        }
    }
    let mut rules = Vec::new();
    // `/api` belongs to the functions of the site, or to the back end that is linked to it.
    let api = |source: &str| HostingRule {
        span: root.span,
        source: Arc::from(source),
        syntax: HostingPattern::Star,
        action: HostingAction::Unknown,
        when: HostingWhen::Always,
    };
    rules.extend([api("/api"), api("/api/*")]);
    for entry in root.get("routes").map(Node::items).unwrap_or_default() {
        let Some(source) = text(entry, "route") else { continue };
        let action = match (text(entry, "rewrite"), text(entry, "redirect")) {
            (Some(target), _) => action(target),
            (None, Some(target)) => HostingAction::Redirect(Arc::from(target)),
            (None, None) => continue,
        };
        let conditional = entry.get("methods").is_some() || entry.get("allowedRoles").is_some();
        let when = if conditional { HostingWhen::Sometimes } else { HostingWhen::Always };
        rules.push(rule(entry, source, HostingPattern::Star, action, when));
    }
    if let Some(fallback) = root.get("navigationFallback")
        && let Some(target) = text(fallback, "rewrite")
    {
        for excluded in fallback.get("exclude").map(Node::items).unwrap_or_default() {
            if let Some(source) = excluded.text() {
                rules.push(rule(excluded, source, HostingPattern::Glob, HostingAction::Unknown, HostingWhen::Always));
            }
        }
        rules.push(rule(fallback, "/*", HostingPattern::Star, action(target), HostingWhen::NoFile));
    }
    Some(HostingFact { service: HostingService::Azure, rules, publishes: None, unread: None })
}

fn rule(entry: &Node, source: &str, syntax: HostingPattern, action: HostingAction, when: HostingWhen) -> HostingRule {
    HostingRule { span: entry.span, source: Arc::from(source), syntax, action, when }
}
