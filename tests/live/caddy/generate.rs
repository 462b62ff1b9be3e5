//! Configurations from a seed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::program::Release;
use crate::differential::dice::Dice;

/// Ports, upstreams and folders.
pub struct World {
    /// `http_port`
    pub http: u16,
    /// `https_port`
    pub https: u16,
    /// Another port for plain HTTP.
    pub plain: u16,
    /// Another port for TLS.
    pub tls: u16,
    pub echoes: [u16; 2],
    pub root: String,
    pub keys: String,
}

/// A configuration.
pub struct Configuration {
    /// `Caddyfile` and what it imports.
    pub files: Vec<(String, String)>,
    /// The ports that are listened on, in the order of the sites.
    pub ports: Vec<u16>,
    /// Which of them speak TLS.
    pub tls: Vec<u16>,
    /// Names that the sites of a port have.
    pub names: Vec<(u16, String)>,
}

impl Configuration {
    pub fn write(&self, folder: &Path) {
        for (path, text) in &self.files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, text).expect("a file");
        }
    }

    /// All files as one text, for people.
    pub fn shown(&self) -> String {
        self.files.iter().map(|(path, text)| format!("# {path}\n{text}")).collect()
    }
}

/// The environment that Caddy runs in.
pub fn environment(world: &World) -> BTreeMap<Arc<str>, Arc<str>> {
    let pairs = [
        ("WL_UP", format!("127.0.0.1:{}", world.echoes[0])),
        ("WL_PORT", world.echoes[1].to_string()),
        ("WL_WORDS", "X-Two words".to_owned()),
        ("WL_EMPTY", String::new()),
    ];
    pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// The hosts that requests name.
pub const HOSTS: &[&str] =
    &["a.test", "a.test", "b.test", "x.c.test", "A.TEST", "d.test", "e.test", "f.test", "g.test", "127.0.0.1", "other"];

struct Maker<'w> {
    world: &'w World,
    release: Release,
    /// Marks that were given out: each `X-Loc` has its own.
    marks: usize,
    /// Names of matchers.
    names: usize,
}

/// A whole configuration.
pub fn configuration(dice: &mut Dice, world: &World, release: Release) -> Configuration {
    let mut maker = Maker { world, release, marks: 0, names: 0 };
    let mut ports = Vec::new();
    let mut tls = Vec::new();
    let mut sites = String::new();
    let mut taken: Vec<String> = Vec::new();
    let mut names = Vec::new();
    for _ in 0..=dice.below(3) {
        let (keys, port, speaks_tls) = maker.keys(dice, &taken);
        if keys.is_empty() {
            continue;
        }
        taken.extend(keys.clone());
        for key in &keys {
            let host = key.rsplit("://").next().and_then(|rest| rest.split(':').next()).unwrap_or_default();
            if !host.is_empty() {
                names.push((port, host.replace('*', "x")));
            }
        }
        if !ports.contains(&port) {
            ports.push(port);
        }
        if speaks_tls && !tls.contains(&port) {
            tls.push(port);
        }
        let mut body = Vec::new();
        if speaks_tls && port == world.tls {
            dice.used("tls with a certificate");
            body.push(format!("tls {0}/cert.pem {0}/key.pem", world.keys));
        } else if speaks_tls && dice.one_in(4) {
            dice.used("tls internal");
            body.push("tls internal".to_owned());
        }
        body.extend(maker.directives(dice, 0));
        if dice.one_in(5) {
            dice.used("handle_errors");
            let codes = if release == Release::Current { dice.pick(&["", "", " 404", " 4xx 501"]) } else { "" };
            let inner = maker.directives(dice, 2);
            body.push(block(&format!("handle_errors{codes}"), &inner));
        }
        sites += &format!("{} {{\n{}\n}}\n\n", keys.join(", "), indented(&body));
    }
    if sites.is_empty() {
        let body = maker.directives(dice, 0);
        sites = format!(":{} {{\n{}\n}}\n", world.plain, indented(&body));
        ports.push(world.plain);
    }
    let mut options = vec![
        "admin off".to_owned(),
        format!("http_port {}", world.http),
        format!("https_port {}", world.https),
        "skip_install_trust".to_owned(),
        "local_certs".to_owned(),
    ];
    let automatic = dice.pick(&["", "", "", "disable_redirects"]);
    if !automatic.is_empty() {
        dice.used("auto_https disable_redirects");
        options.push(format!("auto_https {automatic}"));
    } else if !tls.is_empty() {
        // the redirects listen on the port of plain HTTP
        ports.push(world.http);
    }
    // ports are kept free by a socket of the protocol that HTTP/3 uses
    let mut servers = vec!["protocols h1 h2".to_owned()];
    if dice.one_in(8) && release == Release::Current {
        dice.used("trusted proxies");
        servers.push("trusted_proxies static private_ranges".to_owned());
    }
    options.push(block("servers", &servers));
    if dice.one_in(8) {
        dice.used("order");
        options
            .push(dice.pick(&["order respond before redir", "order uri last", "order header after redir"]).to_owned());
    }
    ports.dedup();
    let snippet = maker.directives(dice, 2);
    let main = format!(
        "{{\n{}\n}}\n\n(marked) {{\n\theader X-Snippet {{args.0}}\n}}\n\n(some) {{\n{}\n}}\n\n{sites}",
        indented(&options),
        indented(&snippet)
    );
    let mut files = vec![("Caddyfile".to_owned(), main)];
    let imported = maker.directives(dice, 2);
    files.push(("parts/one.caddy".to_owned(), imported.join("\n") + "\n"));
    Configuration { files, ports, tls, names }
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\t{}", line.replace('\n', "\n\t"))).collect::<Vec<_>>().join("\n")
}

fn block(head: &str, inner: &[String]) -> String {
    format!("{head} {{\n{}\n}}", indented(inner))
}

const PATHS: &[&str] = &[
    "/api/*",
    "/api/*",
    "/api",
    "/ws*",
    "/ws/*",
    "/ws",
    "/a*.json",
    "/a/*/b",
    "/API/*",
    "/api/v1/*",
    "/",
    "/x/y*",
    "/api%2Fv1/*",
    "/a//b*",
];

impl Maker<'_> {
    fn mark(&mut self) -> usize {
        self.marks += 1;
        self.marks
    }

    /// The addresses of a site, its port, and whether that speaks TLS.
    fn keys(&self, dice: &mut Dice, taken: &[String]) -> (Vec<String>, u16, bool) {
        let World { http, plain, tls, https, .. } = self.world;
        let (port, speaks_tls, choices): (u16, bool, Vec<String>) = match dice.below(6) {
            0 => {
                let keys = ["http://a.test", "http://b.test", "http://*.c.test", "http://"].map(str::to_owned);
                let numbered = [format!("http://d.test:{http}"), format!(":{http}")];
                (*http, false, keys.into_iter().chain(numbered).collect())
            }
            1 | 2 => {
                let keys = ["http://a.test", "http://b.test", "http://*.c.test", "http://d.test"];
                let mut keys: Vec<String> = keys.iter().map(|key| format!("{key}:{plain}")).collect();
                keys.push(format!(":{plain}"));
                (*plain, false, keys)
            }
            3 => {
                let keys = ["f.test", "g.test"];
                (*tls, true, keys.iter().map(|key| format!("https://{key}:{tls}")).collect())
            }
            _ => (*https, true, ["a.test", "b.test", "*.c.test", "d.test", "https://e.test"].map(str::to_owned).into()),
        };
        let mut keys = Vec::new();
        for _ in 0..=dice.below(2) {
            let key = choices[dice.below(choices.len())].clone();
            let catches_all = |key: &String| key == "http://" || key.starts_with(':');
            let clash = catches_all(&key) && (taken.iter().chain(&keys)).any(catches_all);
            if !taken.contains(&key) && !keys.contains(&key) && !clash {
                keys.push(key);
            }
        }
        (keys, port, speaks_tls)
    }

    /// A matcher for a directive, and the lines that define it.
    fn matcher(&mut self, dice: &mut Dice, defined: &mut Vec<String>) -> String {
        match dice.below(8) {
            0..=2 => String::new(),
            3..=5 => format!("{} ", dice.pick(PATHS)),
            6 if dice.one_in(2) => "* ".to_owned(),
            _ => {
                self.names += 1;
                let name = format!("@m{}", self.names);
                let words = self.named(dice);
                defined.push(format!("{name} {words}"));
                format!("{name} ")
            }
        }
    }

    fn named(&self, dice: &mut Dice) -> String {
        let plain: &[(&str, &str)] = &[
            ("path", "path /api/* /v1/*"),
            ("path", "path *.json"),
            ("path_regexp", "path_regexp ^/(api|ws)/(.*)$"),
            ("path_regexp with a name", "path_regexp part ^/(?P<first>[a-z]+)/?"),
            ("host", "host a.test x.c.test"),
            ("host with a star", "host *.c.test"),
            ("method", "method GET POST"),
            ("header present", "header X-Test *"),
            ("header value", "header X-Test yes"),
            ("header absent", "header !X-Test"),
            ("header part", "header Connection *Upgrade*"),
            ("header_regexp", "header_regexp X-Test ^(y.*)$"),
            ("query", "query a=1"),
            ("query any", "query b=*"),
            ("query two", "query a=1 b=2"),
            ("protocol", "protocol http"),
            ("protocol", "protocol https"),
            ("protocol version", "protocol http/1.1"),
            ("remote_ip", "remote_ip 127.0.0.1/8"),
            ("remote_ip", "remote_ip 10.0.0.0/8"),
            ("not", "not path /api/*"),
            ("not in a block", "not {\n\tpath /x*\n\tmethod GET\n}"),
            ("two matchers", "{\n\theader Connection *Upgrade*\n\theader Upgrade websocket\n}"),
            ("several kinds", "{\n\tpath /api/*\n\tnot method POST\n\theader !X-Test\n}"),
            ("vars", "vars color red"),
            ("vars of a placeholder", "vars {http.request.method} GET"),
            ("file", "file {path}"),
            ("file in the root", "{\n\tfile {path} {path}/\n\tmethod GET HEAD\n}"),
        ];
        dice.choose(plain).to_owned()
    }

    /// Directives of a block, with the matchers that they need.
    fn directives(&mut self, dice: &mut Dice, depth: usize) -> Vec<String> {
        let mut defined = Vec::new();
        let mut out = Vec::new();
        if !dice.one_in(3) {
            let mark = self.mark();
            let form = dice.pick(&["", "", "", "+", ">"]);
            let form = if form == ">" && self.release == Release::Debian { "" } else { form };
            let matcher = if dice.one_in(3) { self.matcher(dice, &mut defined) } else { String::new() };
            out.push(format!("header {matcher}{form}X-Loc {mark}"));
        }
        for _ in 0..=dice.below(4) {
            out.push(self.directive(dice, depth, &mut defined));
        }
        if depth == 0 && dice.one_in(2) {
            out.push(self.proxy(dice, ""));
        }
        defined.extend(out);
        defined
    }

    fn directive(&mut self, dice: &mut Dice, depth: usize, defined: &mut Vec<String>) -> String {
        let matcher = self.matcher(dice, defined);
        let nested = depth < 2;
        let to = |dice: &mut Dice| {
            dice.pick(&[
                "/new",
                "/new{path}",
                "/v1{uri}",
                "{path}",
                "/q?a=1&b={query}",
                "?c=3",
                "/x{re.1}",
                "/index.html",
                "{http.request.uri.path.0}",
                "/{host}",
                "/a%20b",
                "/{vars.color}",
            ])
        };
        match dice.below(26) {
            0..=4 => self.proxy(dice, &matcher),
            5 | 6 => {
                dice.used("respond");
                let words = dice.pick(&["204", "\"{path}\" 200", "hello", "\"\" 403", "ok 418"]);
                format!("respond {matcher}{words}")
            }
            7 => {
                dice.used("redir");
                let target = dice.pick(&[
                    "/elsewhere",
                    "https://{host}{uri}",
                    "{path}/ permanent",
                    "/new{uri} 308",
                    "https://x.test{path} temporary",
                    "/{re.1} 307",
                ]);
                format!("redir {}{target}", if matcher.is_empty() { "* " } else { &matcher })
            }
            8 | 9 => {
                dice.used("rewrite");
                format!("rewrite {}{}", if matcher.is_empty() { "* " } else { &matcher }, to(dice))
            }
            10 | 11 => {
                dice.used("uri");
                let words = dice.pick(&[
                    "strip_prefix /api",
                    "strip_prefix /a//b",
                    "strip_suffix .json",
                    "replace /api /v2",
                    "replace a b 1",
                    "path_regexp /{2,} /",
                    "path_regexp ^/(\\w+)/(\\w+) /$2/$1",
                    "strip_prefix /%61pi",
                ]);
                format!("uri {matcher}{words}")
            }
            12..=14 if nested => {
                dice.used("handle");
                let inner = self.directives(dice, depth + 1);
                block(format!("handle {matcher}").trim_end(), &inner)
            }
            15 | 16 if nested => {
                dice.used("handle_path");
                let path = dice.pick(&["/api/*", "/api*", "/ws/*", "/api", "/a/*", "/*"]);
                let inner = self.directives(dice, depth + 1);
                block(&format!("handle_path {path}"), &inner)
            }
            17 if nested => {
                dice.used("route");
                let inner = self.directives(dice, depth + 1);
                block(format!("route {matcher}").trim_end(), &inner)
            }
            18 => {
                dice.used("request_header");
                let words = dice.pick(&[
                    "X-Set {path}",
                    "-X-Test",
                    "+X-Test more",
                    "X-Test ^y x",
                    "Host up.test",
                    "-User-Agent",
                    "X-Method {method}",
                    "-X-*",
                ]);
                format!("request_header {matcher}{words}")
            }
            19 => {
                dice.used("vars");
                let color = dice.pick(&["red", "blue", "{method}"]);
                format!("vars {matcher}color {color}")
            }
            20 => {
                dice.used("map");
                let lines = ["GET read".to_owned(), "~^P(.*)$ \"write-${1}\"".to_owned(), "default other".to_owned()];
                let map = block(&format!("map {matcher}{{method}} {{kind}}"), &lines);
                format!("{map}\nrequest_header X-Kind {{kind}}")
            }
            21 => {
                dice.used("error");
                let words = dice.pick(&["404", "\"gone\" 410", "{path}", "503"]);
                format!("error {matcher}{words}")
            }
            22 => {
                dice.used("method");
                format!("method {matcher}{}", dice.pick(&["POST", "get"]))
            }
            23 => {
                dice.used("try_files");
                let words = dice.pick(&[
                    "{path} /index.html",
                    "{path} {path}/ /index.html",
                    "{path} =404",
                    "{path}.html /index.html?a=1",
                    "{path}",
                ]);
                format!("root * {}\ntry_files {words}\nfile_server", self.world.root)
            }
            24 if depth < 2 => {
                dice.used("import");
                let mark = self.mark();
                dice.pick(&["import marked MARK", "import some", "import parts/*.caddy", "import parts/one.caddy"])
                    .replace("MARK", &mark.to_string())
            }
            _ => {
                dice.used("small ones");
                let words = dice.pick(&[
                    "encode gzip",
                    if depth == 0 { "log" } else { "encode zstd" },
                    "abort MATCH/abort*",
                    "root MATCH/srv",
                    "file_server MATCH",
                ]);
                match words.split_once("MATCH") {
                    Some((name, "")) => format!("{name}{matcher}"),
                    Some((name, rest)) if name.starts_with("root") => format!("{name}* {rest}"),
                    Some((name, rest)) => format!("{name}{rest}"),
                    None => words.to_owned(),
                }
            }
        }
    }

    fn proxy(&self, dice: &mut Dice, matcher: &str) -> String {
        dice.used("reverse_proxy");
        let [first, second] = self.world.echoes;
        let upstream = match dice.below(8) {
            0 => format!("localhost:{first}"),
            1 => format!("http://127.0.0.1:{second}"),
            2 => "{$WL_UP}".to_owned(),
            3 => "127.0.0.1:{$WL_PORT}".to_owned(),
            4 => format!("{{$WL_NONE:127.0.0.1:{first}}}"),
            _ => format!("127.0.0.1:{}", dice.pick(&[first, second])),
        };
        let mut inner = Vec::new();
        if dice.one_in(2) {
            for _ in 0..=dice.below(2) {
                inner.push(
                    dice.choose(&[
                        ("header_up set", "header_up X-Up {host}"),
                        ("header_up Host", "header_up Host {upstream_hostport}"),
                        ("header_up Host of the request", "header_up Host {http.request.header.X-Test}"),
                        ("header_up deletes", "header_up -X-Forwarded-For"),
                        ("header_up deletes the upgrade", "header_up -Upgrade"),
                        ("header_up adds", "header_up +X-Test added"),
                        ("header_up replaces", "header_up X-Test ^(.)(.*) \"$2$1\""),
                        ("header_up X-Forwarded-Proto", "header_up X-Forwarded-Proto https"),
                        ("header_up two words", "header_up {$WL_WORDS}"),
                        ("header_down", "header_down -Server"),
                        ("rewrite of the proxy", "rewrite /inner{uri}"),
                        ("method of the proxy", "method PUT"),
                        ("flush_interval", "flush_interval -1"),
                        ("transport", "transport http {\n\tread_timeout 5s\n}"),
                        ("trusted_proxies", "trusted_proxies private_ranges"),
                        ("lb_policy", "lb_policy first"),
                    ])
                    .to_owned(),
                );
            }
        }
        inner.sort();
        inner.dedup_by(|a, b| a.split(' ').next() == b.split(' ').next() && !a.starts_with("header"));
        let head = format!("reverse_proxy {matcher}{upstream}");
        if inner.is_empty() { head } else { block(&head, &inner) }
    }
}
