//! Addresses of upstreams.

use std::sync::Arc;

use super::servers::Server;
use super::tree::{Argument, Directive, GAP};
use super::workers::strip_socket;
use crate::base::Place;
use crate::model::proxy::Target;

/// An address of an upstream, taken apart.
pub(super) struct Address<'a> {
    pub scheme: String,
    pub authority: &'a str,
    /// From the first slash on; may be empty.
    pub path: &'a str,
    /// A unix socket takes the place of the host.
    pub socket: bool,
}

impl<'a> Address<'a> {
    pub fn new(url: &'a str) -> Option<Self> {
        let inner = strip_socket(url);
        let socket = inner.len() != url.len();
        let (scheme, rest) = match inner.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(GAP) => (scheme.to_ascii_lowercase(), rest),
            // the whole of it comes from outside
            _ if inner.starts_with(GAP) => ("http".to_owned(), inner),
            _ => return None,
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Some(Self { scheme, authority, path, socket })
    }

    /// The port without one.
    pub fn usual_port(&self) -> u16 {
        if matches!(&*self.scheme, "https" | "wss") { 443 } else { 80 }
    }

    /// Whether the port is a number that no port has.
    pub fn has_bad_port(&self) -> bool {
        let end = self.authority.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (head, digits) = self.authority.split_at(end);
        head.ends_with(':') && !digits.is_empty() && digits.parse::<u16>().ok().is_none_or(|port| port == 0)
    }

    /// Host and port; `None` for what httpd takes for no address.
    pub fn host_port(&self) -> Option<(String, Option<u16>)> {
        let authority = self.authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        let end = authority.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (head, digits) = authority.split_at(end);
        let (host, port) = match head.strip_suffix(':') {
            Some(host) if !digits.is_empty() => (host, Some(digits.parse().ok().filter(|port| *port > 0)?)),
            _ => (&*authority, None),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let broken = host.is_empty() || bare.contains(':') && !host.starts_with('[');
        (!broken || host.contains(GAP)).then(|| (bare.to_owned(), port))
    }

    pub fn target(&self, place: Place) -> Option<Target> {
        if self.socket {
            return Some(Target { host: None, port: None, place });
        }
        if self.authority.contains(GAP) {
            let (host, port) = match self.authority.rsplit_once(':') {
                Some((host, port)) => (host, port.parse().ok()),
                // a placeholder may bring its own port
                None => (self.authority, None),
            };
            let host = (!host.contains(GAP)).then(|| Arc::from(host.to_ascii_lowercase()));
            return Some(Target { host, port, place });
        }
        let (host, port) = self.host_port()?;
        Some(Target { host: Some(host.into()), port: Some(port.unwrap_or(self.usual_port())), place })
    }
}

/// Host and port, the usual one left out.
pub(super) fn without_usual_port(address: &Address<'_>) -> String {
    let usual = format!(":{}", address.usual_port());
    let authority = address.authority.to_ascii_lowercase();
    authority.strip_suffix(&usual).map(str::to_owned).unwrap_or(authority)
}

/// The text for people.
pub(super) fn strip_gaps(text: &str) -> String {
    text.replace(GAP, "{...}")
}

/// Every address that a server's directives name, for whoever looks for the services behind it.
pub(super) fn targets(server: Server<'_>) -> Vec<Target> {
    let mut found = Vec::new();
    let mut open: Vec<&Directive> = server.own().directives.iter().collect();
    while let Some(directive) = open.pop() {
        let words: Vec<&Argument> = match &*directive.name {
            "proxypass" | "proxypassmatch" | "balancermember" | "rewriterule" => directive.args.iter().collect(),
            _ => Vec::new(),
        };
        for word in words {
            let text = word.gapped();
            let is_address = text.contains("://") && !text.starts_with("balancer:");
            let forwards = &*directive.name != "rewriterule" || forwards(directive);
            let address = Address::new(&text).filter(|_| is_address && forwards);
            found.extend(address.and_then(|address| address.target(word.place)));
        }
        if &*directive.name != "virtualhost" {
            open.extend(directive.block.iter().flat_map(|block| &block.directives));
        }
    }
    found
}

/// Whether a rule sends requests on.
fn forwards(rule: &Directive) -> bool {
    let flags = rule.arg(2).unwrap_or_default().trim_matches(['[', ']']);
    flags.split(',').any(|flag| ["p", "proxy"].iter().any(|known| flag.trim().eq_ignore_ascii_case(known)))
}
