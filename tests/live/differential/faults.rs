//! Directives where they may not be: what nginx refuses, wirelint refuses, and nothing else.

use super::config::{Configuration, Node, block, simple};
use super::dice::Dice;
use super::{SEED, Scene, generate};
use crate::nginx;
use crate::table::check;

/// Configurations with one directive too many.
const FAULTS: usize = 300;

/// Directives with arguments that nginx takes where it takes the directive at all.
const DIRECTIVES: &[&str] = &[
    "proxy_pass http://back",
    "proxy_set_header X-Fault yes",
    "proxy_http_version 1.1",
    "proxy_read_timeout 5s",
    "proxy_buffering off",
    "proxy_hide_header X-Fault",
    "proxy_intercept_errors on",
    "proxy_pass_request_headers on",
    "add_header X-Fault yes",
    "return 204",
    "rewrite ^/fault$ /fixed",
    "set $fault yes",
    "break",
    "try_files $uri =404",
    "error_page 502 /fault",
    "server_name fault.test",
    "internal",
    "root /nowhere",
    "expires 1h",
    "gzip on",
    "deny 192.0.2.1",
    "satisfy all",
    "auth_basic off",
    "auth_request off",
    "absolute_redirect on",
    "underscores_in_headers on",
    "merge_slashes on",
    "worker_connections 64",
    "worker_processes 1",
    "keepalive 4",
    "ip_hash",
    "server 127.0.0.1:9",
    "client_max_body_size 1m",
    "limit_rate 0",
    "default_type text/plain",
    "access_log off",
    "sendfile on",
    "keepalive_timeout 5s",
    "recursive_error_pages on",
];

/// The same with blocks.
const BLOCKS: &[(&str, &str)] = &[
    ("map $uri $fault_map", "default 1"),
    ("upstream fault", "server 127.0.0.1:9"),
    ("if ($uri = /fault)", "set $fault_if 1"),
    ("limit_except GET", "deny 192.0.2.1"),
    ("location /", "expires 1h"),
    ("server", "listen 127.0.0.1:9"),
    ("types", "text/plain fault"),
    ("geo $fault_geo", "default 1"),
];

/// All blocks whose content is directives, outermost first.
fn places<'a>(nodes: &'a mut Vec<Node>, found: &mut Vec<&'a mut Vec<Node>>) {
    // the list of a block is given away when its inner blocks are not wanted, and the other way round
    let deeper = nodes.iter().any(|node| node.block.is_some() && !node.words.starts_with("map"));
    if !deeper {
        found.push(nodes);
        return;
    }
    for node in nodes.iter_mut().filter(|node| !node.words.starts_with("map")) {
        if let Some(inner) = &mut node.block {
            places(inner, found);
        }
    }
}

/// Puts one directive somewhere into a configuration; its words.
fn spoil(dice: &mut Dice, configuration: &mut Configuration) -> String {
    let (fault, words) = if dice.one_in(4) {
        let (head, inner) = dice.pick(BLOCKS);
        (block(head, vec![simple(inner)]), head.to_owned())
    } else {
        let words = dice.pick(DIRECTIVES);
        // a word too few, or some too many
        let words = match dice.below(6) {
            0 => words.rsplit_once(' ').map_or(words, |(shorter, _)| shorter).to_owned(),
            1 => format!("{words} one two three four five six seven"),
            _ => words.to_owned(),
        };
        (simple(words.as_str()), words)
    };
    // half of the time into a block that holds blocks
    let outer = dice.one_in(2);
    let mut found: Vec<&mut Vec<Node>> = Vec::new();
    for file in configuration.files.iter_mut().filter(|file| !file.path.starts_with("snippets")) {
        if !outer {
            places(&mut file.nodes, &mut found);
            continue;
        }
        for node in &mut file.nodes {
            if let Some(inner) = &mut node.block {
                found.push(inner);
            }
        }
    }
    let at = dice.below(found.len().max(1));
    match found.into_iter().nth(at) {
        Some(nodes) => nodes.push(fault),
        None => configuration.files[0].nodes.push(fault),
    }
    words
}

#[test]
fn wirelint_refuses_what_nginx_refuses() {
    let scene = Scene::new();
    let mut dice = Dice::new(SEED);
    let (mut accepted, mut refused, mut other) = (0, 0, 0);
    let mut failures = Vec::new();
    for number in 0..FAULTS {
        let mut configuration = generate::configuration(&mut dice, scene.world());
        let fault = spoil(&mut dice, &mut configuration);
        let folder = scene.folder().join(format!("f{number}"));
        configuration.write(&folder);
        let (accepts, words) = nginx::tests(&folder);
        let report = check(&folder);
        let found: Vec<String> = report
            .findings
            .iter()
            .map(|finding| finding.rule.0.to_owned())
            .filter(|rule| matches!(rule.as_str(), "syntax-error" | "misplaced-directive"))
            .collect();
        if accepts {
            accepted += 1;
            if !found.is_empty() {
                failures.push(format!(
                    "{number}: nginx takes `{fault}`, wirelint says {found:?}\n{}",
                    configuration.shown()
                ));
            }
        } else if words.contains("is not allowed here") || words.contains("invalid number of arguments") {
            refused += 1;
            if found.is_empty() {
                failures.push(format!("{number}: wirelint takes `{fault}`: {words}"));
            }
        } else {
            // twice the same, or something that needs another directive
            other += 1;
        }
        std::fs::remove_dir_all(&folder).expect("the folder goes");
    }
    println!("{accepted} accepted, {refused} refused for their place or arguments, {other} for something else");
    assert!(
        failures.is_empty(),
        "{} differ, the first:\n{}",
        failures.len(),
        failures[..failures.len().min(4)].join("\n")
    );
    assert!(accepted > FAULTS / 5 && refused > FAULTS / 5, "both happen");
}
