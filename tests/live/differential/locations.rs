//! Servers and locations from a seed.

use super::config::{Node, block, simple};
use super::dice::Dice;
use super::generate::World;
use super::headers;

/// The server that is being made.
pub struct Server<'a> {
    pub world: &'a World,
    pub index: usize,
    /// Marks given so far in the configuration.
    pub marks: &'a mut usize,
    pub has_error_page: bool,
}

const PREFIXES: &[&str] = &[
    "/",
    "/ws",
    "/ws/",
    "/api",
    "/api/",
    "/api/ws",
    "/api/ws/",
    "/a",
    "/a/b",
    "/a/b/",
    "/chat/",
    "/socket.io/",
    "/a b/",
    "/fallback.html",
    "/index.html",
    "/auth/",
    "/é/",
];
const PATTERNS: &[&str] = &[
    r"\.json$",
    "^/ws",
    "^/api/(.*)$",
    "^/a/(?<rest>.+)$",
    "chat",
    "^/(ws|api)/",
    r"\.(js|css)$",
    "^/a/b/?$",
    "IO/",
    r"^/(?<rest>[^/]+)/(\d*)$",
    r"\.html$",
];

/// Puts directives and locations into a server.
pub fn server(dice: &mut Dice, server: &mut Server<'_>, inner: &mut Vec<Node>) {
    inner.push(simple(format!("add_header X-Srv S{} always", server.index)));
    if dice.one_in(12) {
        dice.used("add_header in server only when the status is good");
        inner.push(simple("add_header X-Good yes"));
    }
    if dice.one_in(3) {
        dice.used("proxy_set_header in server");
        inner.extend(headers::lines(dice));
    }
    version(dice, inner);
    inner.push(simple("set $target 127.0.0.1:".to_owned() + &server.world.echoes[0].to_string()));
    inner.push(simple(format!("set $sv s{}", server.index)));
    server_rewrites(dice, inner);
    for (sides, feature, text) in [
        (14, "merge_slashes off in server", "merge_slashes off"),
        (14, "underscores_in_headers in server", "underscores_in_headers on"),
        (14, "recursive_error_pages in server", "recursive_error_pages on"),
        (25, "return 444 in server", "if ($http_user_agent) { return 444; }"),
        (25, "deny all in server", "deny all"),
        (25, "try_files in server", "try_files /nothing /fallback.html"),
        (20, "satisfy any", "satisfy any"),
    ] {
        if dice.one_in(sides) {
            dice.used(feature);
            inner.push(raw(text));
        }
    }
    if !server.has_error_page && dice.one_in(5) {
        inner.push(error_page(dice));
    }
    if dice.one_in(16) {
        auth_basic(dice, server, inner);
    }
    let mut heads = Vec::new();
    for _ in 0..1 + dice.below(6) {
        if let Some(location) = location(dice, server, &mut heads, "", 0) {
            inner.push(location);
        }
    }
    if !heads.iter().any(|head| head == "/") && !dice.one_in(3) {
        inner.push(rest(dice, server));
    }
    for name in ["@named", "@other"] {
        let mut named = marks(server);
        if dice.one_in(2) {
            dice.used("named location that forwards");
            if dice.one_in(6) {
                dice.used("rewrite in a named location");
                named.push(rewrite(dice));
            }
            proxy(dice, server, Uri::Forbidden, &mut named);
        } else if dice.one_in(4) {
            dice.used("try_files in a named location");
            named.push(simple("try_files /nothing /fallback.html"));
        } else {
            dice.used("named location that answers");
            named.push(simple(dice.pick(&["return 418", "return 200 named", "return 302 /from/named"])));
        }
        inner.push(block(format!("location {name}"), named));
    }
    for (path, text) in [("/auth-ok", "return 204"), ("/auth-401", "return 401"), ("/auth-403", "return 403")] {
        let mut auth = marks(server);
        auth.push(simple("internal"));
        auth.push(simple(text));
        inner.push(block(format!("location = {path}"), auth));
    }
    let mut auth = marks(server);
    auth.push(simple("proxy_pass http://back/auth"));
    inner.push(block("location = /auth-proxied", auth));
}

/// A directive with a block that is written as one text.
fn raw(text: &str) -> Node {
    match text.split_once(" { ") {
        Some((head, inner)) => {
            let inner = inner.trim_end_matches(" }").split("; ").map(|part| simple(part.trim_end_matches(';')));
            block(head, inner.collect())
        }
        None => simple(text),
    }
}

fn server_rewrites(dice: &mut Dice, inner: &mut Vec<Node>) {
    for (sides, feature, text) in [
        (6, "set in if in server", "if ($http_upgrade) { set $sv upgraded; }"),
        (14, "rewrite in server", "rewrite ^/api/a/(.*)$ /a/$1 last"),
        (14, "rewrite break in server", "rewrite ^/api/b(.*)$ /ws$1?from=b break"),
        (14, "rewrite in server without a flag", "rewrite ^/a/a/(.*)$ /a/$1?"),
        (20, "rewrite redirect in server", "rewrite ^/chat/a https://$host/moved redirect"),
        (25, "return in if in server", "if ($uri = /chat/x) { return 307 http://elsewhere.test$request_uri; }"),
        (25, "rewrite in if in server", "if ($arg_x = 1) { rewrite ^/ws(.*)$ /api$1 last; }"),
        (30, "return in server", "return 301 https://$host$request_uri"),
        (20, "set $args", "set $args $args&added=1"),
        (20, "if on a group", "if ($host ~ ^([a-z]+)\\.) { set $sv $1; }"),
        (25, "break in if in server", "if ($request_method = POST) { break; }"),
    ] {
        if dice.one_in(sides) {
            dice.used(feature);
            inner.push(raw(text));
        }
    }
}

fn marks(server: &mut Server<'_>) -> Vec<Node> {
    *server.marks += 1;
    vec![
        simple(format!("add_header X-Srv S{} always", server.index)),
        simple(format!("add_header X-Loc L{} always", server.marks)),
    ]
}

fn version(dice: &mut Dice, inner: &mut Vec<Node>) {
    let text = match dice.below(6) {
        0 | 1 => "proxy_http_version 1.1",
        2 => "proxy_http_version 1.0",
        _ => return,
    };
    dice.used(text);
    inner.push(simple(text));
}

/// A location that forwards whatever no other one takes.
fn rest(dice: &mut Dice, server: &mut Server<'_>) -> Node {
    dice.used("location that forwards the rest");
    let mut inner = marks(server);
    if dice.one_in(3) {
        let node = script(dice, server);
        inner.push(node);
    }
    if dice.one_in(8) {
        inner.push(error_page(dice));
    }
    proxy(dice, server, Uri::Free, &mut inner);
    block("location /", inner)
}

fn location(
    dice: &mut Dice,
    server: &mut Server<'_>,
    heads: &mut Vec<String>,
    within: &str,
    depth: usize,
) -> Option<Node> {
    let regex = dice.one_in(4);
    let (head, prefix) = if regex {
        let modifier = dice.choose(&[("location ~", "~"), ("location ~*", "~*")]);
        (format!("{modifier} {}", dice.pick(PATTERNS)), String::new())
    } else {
        let fitting: Vec<&str> = PREFIXES.iter().copied().filter(|prefix| prefix.starts_with(within)).collect();
        let prefix = dice.pick(&fitting);
        let modifier = match dice.below(6) {
            0 => {
                dice.used("location =");
                "= "
            }
            1 => {
                dice.used("location ^~");
                "^~ "
            }
            _ => {
                dice.used("location by prefix");
                ""
            }
        };
        let shown = if prefix.contains(' ') { format!("\"{prefix}\"") } else { prefix.to_owned() };
        (format!("{modifier}{shown}"), prefix.to_owned())
    };
    // `^~ /a` and `/a` are the same location to nginx
    let same = head.trim_start_matches("^~ ").to_owned();
    if heads.contains(&same) {
        return None;
    }
    heads.push(same);
    let mut inner = if dice.one_in(12) {
        dice.used("add_header inherited");
        Vec::new()
    } else {
        marks(server)
    };
    let exact = head.starts_with("= ");
    if depth < 2 && !exact && !regex && dice.one_in(5) {
        dice.used("nested location");
        let mut nested = Vec::new();
        for _ in 0..1 + dice.below(2) {
            inner.extend(location(dice, server, &mut nested, &prefix, depth + 1));
        }
    }
    if dice.one_in(16) {
        dice.used("internal");
        inner.push(simple("internal"));
    }
    for _ in 0..dice.below(4) {
        if dice.one_in(2) {
            let node = script(dice, server);
            inner.push(node);
        }
    }
    if dice.one_in(10) {
        inner.push(error_page(dice));
    }
    access(dice, server, &mut inner);
    content(dice, server, if regex { Uri::Forbidden } else { Uri::Free }, &mut inner);
    Some(block(format!("location {head}"), inner))
}

/// A statement of the rewrite phase.
fn script(dice: &mut Dice, server: &mut Server<'_>) -> Node {
    let port = server.world.echoes[1];
    match dice.below(14) {
        0..=3 => rewrite(dice),
        4 => {
            dice.used("set in location");
            simple(dice.pick(&["set $sv $uri", "set $sv \"$1\"", "set $sv $m_host", "set $sv $arg_x", "set $sv $rest"]))
        }
        5 => {
            dice.used("set $args in location");
            simple(dice.pick(&["set $args z=1", "set $args $args&w=2", "set $args \"\""]))
        }
        6 => {
            dice.used("break");
            simple("break")
        }
        7 => {
            dice.used("proxy_pass in if");
            block(format!("if ({})", condition(dice)), vec![simple(format!("proxy_pass http://127.0.0.1:{port}"))])
        }
        8 => {
            dice.used("set in if");
            block(format!("if ({})", condition(dice)), vec![simple("set $sv in-if")])
        }
        9 => {
            dice.used("return in if");
            let answer =
                dice.pick(&["return 418", "return 403", "return 204", "return 301 /elsewhere", "return 200 ok"]);
            block(format!("if ({})", condition(dice)), vec![simple(answer)])
        }
        10 => {
            dice.used("add_header in if");
            *server.marks += 1;
            let mark = simple(format!("add_header X-Loc L{} always", server.marks));
            block(format!("if ({})", condition(dice)), vec![mark])
        }
        11 => {
            dice.used("rewrite in if");
            let node = rewrite(dice);
            block(format!("if ({})", condition(dice)), vec![node])
        }
        12 => {
            dice.used("break in if");
            block(format!("if ({})", condition(dice)), vec![simple("break")])
        }
        _ => {
            dice.used("if in if");
            let inner = script(dice, server);
            let inner = if inner.name() == "break" { simple("set $sv deep") } else { inner };
            let outer = block(format!("if ({})", condition(dice)), vec![inner]);
            // nginx takes no `if` in an `if`
            if outer.block.iter().flatten().any(|node| node.name() == "if") {
                return block(format!("if ({})", condition(dice)), vec![simple("set $sv flat")]);
            }
            outer
        }
    }
}

fn condition(dice: &mut Dice) -> &'static str {
    dice.choose(&[
        ("if: variable", "$http_upgrade"),
        ("if: variable", "$arg_x"),
        ("if: =", "$http_upgrade = websocket"),
        ("if: =", "$request_method = POST"),
        ("if: = quoted", "$http_origin = \"https://app.test\""),
        ("if: = empty", "$http_upgrade = ''"),
        ("if: = empty", "$args = \"\""),
        ("if: !=", "$scheme != https"),
        ("if: ~", "$uri ~ ^/ws"),
        ("if: ~ with group", "$uri ~ ^/([a-z]+)/(.*)$"),
        ("if: ~*", "$http_upgrade ~* ^web"),
        ("if: !~", "$http_origin !~ ^https://app\\.test$"),
        ("if: !~*", "$request_uri !~* API"),
        ("if: with map", "$m_origin = none"),
        ("if: spaces", " $host = a.test "),
        ("if: -f", "-f $document_root/nothing"),
        ("if: !-e", "!-e $document_root/nothing"),
        ("if: set variable", "$sv = upgraded"),
        ("if: cookie", "$http_cookie ~ \"sid=([a-z]+)\""),
    ])
}

fn rewrite(dice: &mut Dice) -> Node {
    let (from, to) = dice.pick(&[
        ("^/api/(.*)$", "/a/$1"),
        ("^/ws/?(.*)$", "/$1"),
        ("/b", "/ws/b"),
        ("^(.*)$", "/x$1"),
        ("^/a/(?<rest>.*)$", "/api/$rest?was=$uri"),
        ("^/([^/]+)/(.+)$", "/$2?first=$1"),
        ("^/chat/(.*)$", "/ws/$1?"),
        ("^/a(.*)$", "/api$1?$args"),
        ("^/ws(.*)$", "$scheme://$host/moved$1"),
        ("^/api/(x.*)$", "https://elsewhere.test/$1?y=1"),
        ("c\\.css$", "/styles/new.css"),
        ("^/socket", "/chat/?a=1?"),
    ]);
    let flag = dice.choose(&[
        ("rewrite last", " last"),
        ("rewrite break", " break"),
        ("rewrite without flag", ""),
        ("rewrite redirect", " redirect"),
        ("rewrite permanent", " permanent"),
    ]);
    simple(format!("rewrite {from} {to}{flag}"))
}

fn error_page(dice: &mut Dice) -> Node {
    simple(dice.choose(&[
        ("error_page to a named location", "error_page 418 404 @named"),
        ("error_page = to a named location", "error_page 403 418 = @other"),
        ("error_page with a status", "error_page 403 401 =200 /fallback.html"),
        ("error_page to an address", "error_page 404 418 /api/error"),
        ("error_page to an address with a query", "error_page 404 403 /ws/error?code=4"),
        ("error_page by redirect", "error_page 403 404 http://elsewhere.test/error"),
        ("error_page by redirect with a status", "error_page 401 418 =301 https://elsewhere.test$request_uri"),
        ("error_page for a redirect", "error_page 301 302 =200 /fallback.html"),
        ("error_page with a variable", "error_page 404 403 /a/$arg_x"),
    ]))
}

fn auth_basic(dice: &mut Dice, server: &Server<'_>, inner: &mut Vec<Node>) {
    dice.used("auth_basic");
    inner.push(simple("auth_basic closed"));
    inner.push(simple(format!("auth_basic_user_file {}/users", server.world.keys)));
}

fn access(dice: &mut Dice, server: &Server<'_>, inner: &mut Vec<Node>) {
    match dice.below(24) {
        0 => {
            dice.used("deny all");
            inner.push(simple("deny all"));
        }
        1 => {
            dice.used("allow and deny");
            let allowed = dice.pick(&["allow 127.0.0.0/8", "allow 127.0.0.1", "allow 10.0.0.0/8"]);
            inner.push(simple(allowed));
            inner.push(simple("deny all"));
        }
        2 => auth_basic(dice, server, inner),
        3 => {
            dice.used("satisfy any in location");
            inner.push(simple("satisfy any"));
            inner.push(simple(dice.pick(&["deny all", "allow all", "allow 127.0.0.1"])));
            auth_basic(dice, server, inner);
        }
        4 | 5 => {
            dice.used("auth_request");
            let target = dice.pick(&["/auth-ok", "/auth-401", "/auth-403", "/auth-proxied", "/auth-ok"]);
            inner.push(simple(format!("auth_request {target}")));
        }
        6 => {
            dice.used("auth_basic off");
            inner.push(simple("auth_basic off"));
        }
        _ => {}
    }
}

/// Whether a constant URI may be in `proxy_pass`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Uri {
    Free,
    Forbidden,
}

fn content(dice: &mut Dice, server: &mut Server<'_>, uri: Uri, inner: &mut Vec<Node>) {
    match dice.below(22) {
        0 => {
            dice.used("return with a status");
            inner.push(simple(dice.pick(&["return 403", "return 404", "return 204", "return 418 text", "return 503"])));
        }
        1 => {
            dice.used("return with a redirect");
            inner.push(simple(dice.pick(&[
                "return 302 /elsewhere",
                "return 301 https://$host$request_uri",
                "return 307 $scheme://elsewhere.test$uri$is_args$args",
                "return http://elsewhere.test/",
                "return 308 /x$uri",
                "return 303 relative",
            ])));
        }
        2 => {
            dice.used("try_files to the index");
            inner.push(simple("try_files $uri $uri/ /index.html"));
        }
        3 => {
            dice.used("try_files to a named location");
            inner.push(simple("try_files $uri $uri/ @named"));
        }
        4 => {
            dice.used("try_files to an address");
            let target = dice.pick(&[
                "/ws/",
                "/fallback.html?from=$uri",
                "/fallback.html",
                "=404",
                "/fallback.html?q=1",
                "=418",
            ]);
            inner.push(simple(format!("try_files $uri {target}")));
        }
        5 => {
            dice.used("try_files and proxy_pass");
            inner.push(simple("try_files $uri /fallback.html"));
            proxy(dice, server, uri, inner);
        }
        6 => dice.used("files"),
        7 => {
            dice.used("index");
            inner.push(simple("index index.html"));
        }
        8 => {
            dice.used("limit_except with deny");
            let methods = dice.pick(&["POST", "GET", "GET POST", "OPTIONS"]);
            inner.push(block(format!("limit_except {methods}"), vec![simple("deny all")]));
            proxy(dice, server, uri, inner);
        }
        9 => {
            dice.used("limit_except with proxy_pass");
            let port = server.world.echoes[1];
            let pass = simple(format!("proxy_pass http://127.0.0.1:{port}"));
            inner.push(block("limit_except POST OPTIONS", vec![simple("allow all"), pass]));
            proxy(dice, server, uri, inner);
        }
        _ => proxy(dice, server, uri, inner),
    }
}

fn proxy(dice: &mut Dice, server: &mut Server<'_>, uri: Uri, inner: &mut Vec<Node>) {
    let [one, two] = server.world.echoes;
    if dice.one_in(2) {
        dice.used("proxy_set_header in location");
        inner.extend(headers::lines(dice));
    }
    if dice.one_in(10) {
        let snippet = dice.choose(&[
            ("include of a snippet", "include snippets/proxy-one.conf"),
            ("include of snippets by glob", "include snippets/proxy-*.conf"),
            ("include of an empty snippet", "include snippets/empty.conf"),
        ]);
        inner.push(simple(snippet));
    }
    if dice.one_in(16) {
        dice.used("proxy_pass_request_headers off");
        inner.push(simple("proxy_pass_request_headers off"));
    }
    if dice.one_in(24) {
        dice.used("proxy_method");
        inner.push(simple(dice.pick(&["proxy_method PUT", "proxy_method $request_method", "proxy_method $arg_y"])));
    }
    if dice.one_in(24) {
        dice.used("proxy_set_body");
        inner.push(simple(dice.pick(&["proxy_set_body body", "proxy_set_body \"\"", "proxy_set_body $uri-$arg_x"])));
    }
    if dice.one_in(24) {
        dice.used("proxy_pass_request_body off");
        inner.push(simple("proxy_pass_request_body off"));
    }
    if dice.one_in(24) {
        dice.used("proxy_intercept_errors");
        inner.push(simple("proxy_intercept_errors on"));
    }
    version(dice, inner);
    let pass = match (uri, dice.below(14)) {
        (Uri::Free, 0 | 1) => {
            dice.used("proxy_pass with /");
            format!("http://127.0.0.1:{one}/")
        }
        (Uri::Free, 2 | 3) => {
            dice.used("proxy_pass with a path");
            format!("http://back{}", dice.pick(&["/x", "/x/", "/ws/", "/x?y=1", "/é/"]))
        }
        (_, 4) => {
            dice.used("proxy_pass with a variable");
            format!("http://$target{}", dice.pick(&["", "/fixed", "/", "/x$uri", "$request_uri", "?z=1"]))
        }
        (_, 5) => {
            dice.used("proxy_pass with a variable that names an upstream");
            inner.push(simple("set $up other"));
            "http://$up".into()
        }
        (_, 6) => {
            dice.used("proxy_pass with groups");
            format!("http://127.0.0.1:{two}/$1$is_args$args")
        }
        (_, 7) => {
            dice.used("proxy_pass to an upstream in capitals");
            "http://OTHER".into()
        }
        (_, 8) => {
            dice.used("proxy_pass by a name");
            format!("http://localhost:{one}")
        }
        _ => {
            dice.used("proxy_pass without path");
            "http://back".into()
        }
    };
    inner.push(simple(format!("proxy_pass {pass}")));
}
