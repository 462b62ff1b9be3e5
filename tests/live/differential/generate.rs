//! Configurations from a seed: files, maps, upstreams and servers.

use super::config::{Configuration, File, Node, block, simple};
use super::dice::Dice;
use super::headers;
use super::locations::{self, Server};

/// The ports and folders that a configuration refers to.
#[derive(Clone, Debug)]
pub struct World {
    /// Plain ports, and one for TLS.
    pub plain: [u16; 2],
    pub tls: u16,
    /// The upstreams.
    pub echoes: [u16; 2],
    /// Files that are served.
    pub root: String,
    /// Where nginx writes.
    pub scratch: String,
    /// The folder with `cert.pem`, `key.pem` and `users`.
    pub keys: String,
}

/// Names of servers; none is given twice in a configuration.
const NAMES: &[(&str, &str)] = &[
    ("server_name exact", "a.test"),
    ("server_name exact", "b.test"),
    ("server_name exact", "B2.Test"),
    ("server_name leading wildcard", "*.a.test"),
    ("server_name leading wildcard", "*.x.a.test"),
    ("server_name trailing wildcard", "www.b.*"),
    ("server_name trailing wildcard", "www.*"),
    ("server_name with a leading dot", ".c.test"),
    ("server_name pattern", r"~^(?<sub>[a-z]+)\.re\.test$"),
    ("server_name pattern", r"~^x(\d+)\.test$"),
    ("server_name pattern", r"~^[A-Z]+\.up\.test$"),
    ("server_name catch-all", "_"),
    ("server_name empty", "\"\""),
];

/// Hosts to ask for.
pub const HOSTS: &[&str] = &[
    "a.test",
    "A.test",
    "a.test:8080",
    "b.test",
    "b2.test",
    "q.a.test",
    "x.a.test",
    "y.x.a.test",
    "www.b.org",
    "www.b.co.uk",
    "www.z.test",
    "c.test",
    "d.c.test",
    "foo.re.test",
    "x12.test",
    "abc.up.test",
    "elsewhere.test",
    "b.test.",
    "127.0.0.1",
];

/// A configuration.
pub fn configuration(dice: &mut Dice, world: &World) -> Configuration {
    let scratch = &world.scratch;
    let mut http: Vec<Node> = vec![simple("access_log off")];
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        http.push(simple(format!("{kind}_temp_path {scratch}/{kind}")));
    }
    http.push(simple(format!("root {}", world.root)));
    http.push(simple("server_names_hash_bucket_size 128"));
    http.push(simple("variables_hash_bucket_size 128"));
    http.push(simple("map_hash_bucket_size 128"));
    http.push(simple("proxy_headers_hash_bucket_size 128"));
    general(dice, &mut http);
    if dice.one_in(4) {
        dice.used("proxy_set_header in http");
        http.extend(headers::lines(dice));
    }
    let mut files = Vec::new();
    let mut shared = headers::maps(dice);
    shared.push(block("upstream back", vec![simple(format!("server 127.0.0.1:{}", world.echoes[0]))]));
    shared.push(block("upstream Other", vec![simple(format!("server 127.0.0.1:{}", world.echoes[1]))]));
    if dice.one_in(2) {
        dice.used("include of maps");
        files.push(File { path: "conf.d/00-shared.conf".into(), nodes: shared });
    } else {
        http.extend(shared);
    }
    files.push(File { path: "snippets/proxy-one.conf".into(), nodes: headers::lines(dice) });
    files.push(File { path: "snippets/proxy-two.conf".into(), nodes: headers::lines(dice) });
    files.push(File { path: "snippets/empty.conf".into(), nodes: Vec::new() });

    let servers = servers(dice, world);
    let nested = dice.one_in(3);
    if nested {
        dice.used("include in an include");
        files.push(File { path: "conf.d/10-all.conf".into(), nodes: vec![simple("include sites/*.conf")] });
    }
    for (index, server) in servers.into_iter().enumerate() {
        match dice.below(3) {
            0 => http.push(server),
            _ if nested => {
                dice.used("server in a nested include");
                files.push(File { path: format!("sites/s{index}.conf"), nodes: vec![server] });
            }
            _ => {
                dice.used("server in an include");
                files.push(File { path: format!("conf.d/2{index}-site.conf"), nodes: vec![server] });
            }
        }
    }
    let glob = dice.choose(&[
        ("include glob *", "include conf.d/*.conf"),
        ("include glob ?", "include conf.d/??-*.conf"),
        ("include glob with a set", "include conf.d/[0-9]*.conf"),
        ("include glob with a negated set", "include conf.d/[!a-z][[:digit:]]-*.[c]onf"),
    ]);
    // servers of the main file come before or after those of the others
    let at = if dice.one_in(2) { http.len() } else { 11.min(http.len()) };
    http.insert(at, simple(glob));
    http.push(simple("include nothing-here/*.conf"));
    let main = vec![
        simple("worker_processes 1"),
        simple(format!("pid {scratch}/nginx.pid")),
        simple(format!("error_log {scratch}/error.log")),
        block("events", Vec::new()),
        block("http", http),
    ];
    files.insert(0, File { path: "nginx.conf".into(), nodes: main });
    Configuration { files }
}

/// Settings of the whole that change what requests and answers look like.
fn general(dice: &mut Dice, http: &mut Vec<Node>) {
    for (sides, feature, text) in [
        (5, "proxy_http_version in http", "proxy_http_version 1.1"),
        (12, "absolute_redirect off", "absolute_redirect off"),
        (12, "port_in_redirect off", "port_in_redirect off"),
        (12, "server_name_in_redirect on", "server_name_in_redirect on"),
        (12, "underscores_in_headers on", "underscores_in_headers on"),
        (16, "ignore_invalid_headers off", "ignore_invalid_headers off"),
        (12, "merge_slashes off", "merge_slashes off"),
        (12, "recursive_error_pages on", "recursive_error_pages on"),
        (12, "error_page in http", "error_page 403 404 /api/error"),
        (16, "add_header in http", "add_header X-Http h always"),
    ] {
        if dice.one_in(sides) {
            dice.used(feature);
            http.push(simple(text));
        }
    }
}

fn servers(dice: &mut Dice, world: &World) -> Vec<Node> {
    let count = 1 + dice.below(4);
    let mut names: Vec<(&str, &str)> = NAMES.to_vec();
    let mut defaults: Vec<String> = Vec::new();
    let mut marks = 0;
    (0..count)
        .map(|index| {
            let mut inner = Vec::new();
            let mut secure = false;
            for address in addresses(dice, world) {
                let is_tls = address.ends_with(&format!(":{}", world.tls));
                let tls = if is_tls { " ssl" } else { "" };
                secure |= is_tls;
                let default = if dice.one_in(4) && !defaults.contains(&address) {
                    dice.used("default_server");
                    defaults.push(address.clone());
                    " default_server"
                } else {
                    ""
                };
                inner.push(simple(format!("listen {address}{tls}{default}")));
            }
            if secure {
                dice.used("listen ssl");
                inner.push(simple(format!("ssl_certificate {}/cert.pem", world.keys)));
                inner.push(simple(format!("ssl_certificate_key {}/key.pem", world.keys)));
                if dice.one_in(4) {
                    dice.used("error_page 497");
                    inner.push(simple("error_page 497 https://$host$request_uri"));
                }
            }
            let mut own = Vec::new();
            for _ in 0..dice.below(4) {
                let at = dice.below(names.len());
                let (feature, name) = names.remove(at);
                dice.used(feature);
                own.push(name);
            }
            if !own.is_empty() {
                inner.push(simple(format!("server_name {}", own.join(" "))));
            }
            let mut server = Server { world, index, marks: &mut marks, has_error_page: secure };
            locations::server(dice, &mut server, &mut inner);
            block("server", inner)
        })
        .collect()
}

/// One or two addresses.
fn addresses(dice: &mut Dice, world: &World) -> Vec<String> {
    let [one, two] = world.plain;
    let tls = world.tls;
    let all = [
        ("listen on an address", format!("127.0.0.1:{one}")),
        ("listen on an address", format!("127.0.0.1:{one}")),
        ("listen on another address", format!("127.0.0.2:{one}")),
        ("listen on all addresses", format!("{one}")),
        ("listen on all addresses, written out", format!("*:{two}")),
        ("listen on another port", format!("127.0.0.1:{two}")),
        ("listen with ssl", format!("127.0.0.1:{tls}")),
        ("listen with ssl on all addresses", format!("*:{tls}")),
    ];
    let mut found: Vec<String> = Vec::new();
    for _ in 0..1 + dice.below(2) {
        let (feature, address) = &all[dice.below(all.len())];
        if !found.contains(address) {
            dice.used(feature);
            found.push(address.clone());
        }
    }
    found
}
